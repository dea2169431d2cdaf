"""The commands `invoice` and `calendar`, and what they write."""

import json
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from beancount_milestones import cli
from tests import einvoices


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "books.beancount"
    path.write_text(einvoices.LEDGER, encoding="utf-8")
    return path


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(cli.main, [*map(str, args), "--as-of", "2026-12-31"])


def test_an_invoice_in_the_terminal(book: Path) -> None:
    result = run("invoice", book, "B-2")
    assert result.exit_code == 0
    assert result.stdout == (
        "Invoice B-2 of 2026-02-20\n"
        "Brand identity\n"
        "\n"
        "From   Studio North GmbH, Musterstr. 1, 10115 Berlin, DE, DE123456788\n"
        "To     Acme & Sons SA, Service achats, 1 rue de la Paix, 75002 Paris, FR, FR40303265045\n"
        "For    brand\n"
        "Order  PO-77\n"
        "Done   2026-02-10 to 2026-02-20\n"
        "\n"
        "Milestone                Contract amount  Billed before  This invoice  Remaining\n"
        "Final logo, 60% to date         7,000.00           0.00      4,200.00   2,800.00\n"
        "\n"
        "Earlier invoices        Net     Tax     Gross\n"
        "B-1 of 2026-02-01  3,000.00  570.00  3,570.00\n"
        "\n"
        "Net                        4,200.00\n"
        "Tax 19% on 4,200.00          798.00\n"
        "Gross                      4,998.00\n"
        "Received                  -1,000.00\n"
        "Credited                  -3,332.00\n"
        "Amount due by 2026-03-22     666.00\n"
        "All amounts in EUR.\n"
        "2% off if paid by 2026-03-02.\n"
        "To pay: DE89370400440532013000, COBADEFFXXX\n"
    )


def test_a_deposit_that_is_drawn_in_the_terminal(book: Path) -> None:
    (line,) = [
        one for one in run("invoice", book, "D-4").stdout.splitlines() if "Deposit D-2" in one
    ]
    assert " ".join(line.split()) == "Deposit D-2, with -285.00 of tax -1,500.00"


def test_a_credit_note_in_the_terminal(book: Path) -> None:
    text = run("invoice", book, "B-3").stdout
    assert text.startswith("Credit note B-3 of 2026-03-05\n")
    assert text.endswith(
        "Gross                 -3,332.00\n"
        "Unapplied                  0.00\n"
        "All amounts in EUR.\n"
        "Takes back B-2.\n"
    )


def test_retention_that_is_released_in_the_terminal(book: Path) -> None:
    text = run("invoice", book, "H-2").stdout
    assert "Released                  1,000.00\nAmount due by 2026-08-01  1,000.00\n" in text
    assert "Tax" not in text.partition("Earlier invoices")[2].partition("\n\n")[2]


def test_a_bare_ledger_says_what_is_not_described(tmp_path: Path) -> None:
    book = tmp_path / "bare.beancount"
    book.write_text(
        einvoices.OPENS
        + """
2026-01-08 * "Acme" ""
  contract: "advice"
  milestone-a: "100% First"
  Assets:Receivable  50.00 EUR
  Income:Work
2026-01-09 * "Acme" ""
  contract: "advice"
  milestone-a: "100%"
  Assets:Receivable  50.00 EUR
  Income:Work
"""
        + """
2026-01-10 * "Acme" "Deposit"
  contract: "advice"
  deposit: Liabilities:Deposits
  milestone-more: "100% More"
  Assets:Receivable  50.00 EUR
  Liabilities:Deposits  50.00 EUR
  Income:Work
2026-02-01 custom "milestone" "advice" "a" "completed"
  invoice: "A-1"
2026-02-01 custom "milestone" "advice" "more" "completed"
  invoice: "A-1"
"""
    )
    text = run("invoice", book, "A-1").stdout
    assert text.startswith(
        "Invoice A-1 of 2026-02-01\n\nFrom   not described\nTo     Acme\nFor    advice\n"
    )
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines[8:11] == [
        "First 100.00 0.00 100.00 0.00",
        "More (change order) 100.00 0.00 100.00 0.00",
        "Deposit -50.00",
    ]
    assert "To pay" not in text


def test_why_there_is_no_tax_is_said_in_the_terminal(tmp_path: Path) -> None:
    book = tmp_path / "reverse.beancount"
    book.write_text(
        """
plugin "beancount_milestones"
2026-01-01 open Assets:Receivable
2026-01-01 open Income:Work
2026-01-01 open Liabilities:Reverse
  tax: "AE 0%"
2026-01-08 * "Acme" "Job"
  contract: "job"
  milestone-a: "100% First"
  Assets:Receivable    1,000.00 EUR
  Liabilities:Reverse      0.00 EUR
  Income:Work
2026-02-01 custom "milestone" "job" "a" "completed"
  invoice: "I-1"
"""
    )

    assert "everse charge" in run("invoice", book, "I-1").stdout


def test_what_has_fallen_away_does_not_remain(tmp_path: Path) -> None:
    book = tmp_path / "cancelled.beancount"
    book.write_text(
        einvoices.OPENS
        + """
2026-01-08 * "Acme" "Job"
  contract: "job"
  milestone-a: "50% First"
  milestone-b: "50% Second"
  Assets:Receivable  2,000.00 EUR
  Income:Work
2026-02-01 custom "milestone" "job" "a" "progress" 40
2026-02-02 custom "milestone" "job" "a" "cancelled"
2026-02-03 custom "milestone" "job" "a" "invoiced"
  invoice: "I-1"
2026-02-04 custom "milestone" "job" "b" "completed"
  invoice: "I-2"
2026-02-05 custom "milestone" "job" "b" "credited" 75
  invoice: "CN-1"
2026-02-05 custom "milestone" "job" "b" "waived"
"""
    )

    def line(number: str) -> str:
        text = run("invoice", book, number).stdout
        return " ".join(text.partition("Remaining\n")[2].splitlines()[0].split())

    assert line("I-1") == "First 400.00 0.00 400.00 0.00"
    assert line("I-2") == "Second 1,000.00 0.00 1,000.00 0.00"
    # A price concession: the credit note stays.
    assert line("CN-1") == "Second, 100% to date 750.00 1,000.00 -250.00 0.00"


def test_files_by_their_ending(book: Path, tmp_path: Path) -> None:
    for ending in ("txt", "json", "xml", "eml", "pdf", "html", "XML"):
        result = run("invoice", book, "D-4", "-o", tmp_path / f"D-4.{ending}")
        assert (result.exit_code, result.output) == (0, "")
    text = (tmp_path / "D-4.txt").read_text(encoding="utf-8")
    assert text == run("invoice", book, "D-4").stdout
    xml = (tmp_path / "D-4.xml").read_bytes()
    assert xml.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<rsm:CrossIndustryInvoice')
    assert (tmp_path / "D-4.XML").read_bytes() == xml
    (attached,) = message_from_bytes(
        (tmp_path / "D-4.eml").read_bytes(), policy=default
    ).iter_attachments()
    assert attached.get_filename() == "D-4.pdf"
    assert attached.get_content() == (tmp_path / "D-4.pdf").read_bytes()
    assert "D-4" in (tmp_path / "D-4.html").read_text(encoding="utf-8")
    assert not list(tmp_path.glob(".*"))


def test_the_whole_model_as_json(book: Path, tmp_path: Path) -> None:
    run("invoice", book, "D-4", "-o", tmp_path / "D-4.json")
    found = json.loads((tmp_path / "D-4.json").read_text(encoding="utf-8"))
    assert (found["net"], found["tax"], found["gross"]) == ("4200.00", "798.00", "4998.00")
    assert found["period"] == ["2026-04-24", "2026-04-24"]
    assert found["discount"] is None
    (line,) = found["lines"]
    assert (line["this"], line["remaining"]) == ("6000.00", "0.00")
    assert line["rates"] == [
        {"rate": {"category": "S", "rate": "19", "reason": ""}, "net": "6000.00"}
    ]
    assert [one["net"] for one in found["drawn"]] == ["-300.00", "-1500.00"]
    assert found["credited"] == "4998.00"


def test_the_other_syntax(book: Path, tmp_path: Path) -> None:
    path = tmp_path / "B-3.xml"
    assert run("invoice", book, "B-3", "-o", path, "--syntax", "ubl").exit_code == 0
    assert b"<CreditNote xmlns=" in path.read_bytes()


def test_what_is_missing_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    book = tmp_path / "books.beancount"
    book.write_text(einvoices.OPENS + einvoices.CONTRACTS, encoding="utf-8")
    path = tmp_path / "B-1.xml"
    result = run("invoice", book, "B-1", "-o", path)
    assert result.exit_code == 1
    assert result.stderr == (
        f"'{path}' is not written:\n"
        '  the ledger has no seller: add 2026-01-01 custom "seller" "NAME"\n'
        "  the client 'Acme' has no address: add address: \"Musterstr. 1, 10115 Berlin\" to custom"
        ' "client" "Acme"\n'
        '  the client \'Acme\' has no country: add country: "DE" to custom "client" "Acme"\n'
    )
    assert not path.exists()


def test_a_draft_is_written_all_the_same(tmp_path: Path) -> None:
    book = tmp_path / "books.beancount"
    book.write_text(einvoices.OPENS + einvoices.CONTRACTS, encoding="utf-8")
    path = tmp_path / "B-1.eml"
    result = run("invoice", book, "B-1", "-o", path)
    assert result.exit_code == 0
    assert "the client 'Acme' has no e-mail address" in result.stderr
    assert message_from_bytes(path.read_bytes(), policy=default)["Subject"] == "Invoice B-1"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["B-11"], "no invoice 'B-11' by 2026-12-31; did you mean 'B-1'?"),
        (["B-1", "-o", "B-1.doc"], "'B-1.doc': the ending is one of .pdf, .html, .xml, .eml"),
        (["B-1", "-o", "no/such/folder/B-1.xml"], "cannot write 'no/such/folder/B-1.xml': No such"),
        (["B-1", "--client", "Nobody"], "'B-1' is not an invoice of 'Nobody'"),
    ],
)
def test_bad_usage(book: Path, args: list[str], message: str) -> None:
    result = run("invoice", book, *args)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())


def test_a_number_of_two_clients(tmp_path: Path) -> None:
    book = tmp_path / "books.beancount"
    book.write_text(
        einvoices.OPENS
        + "".join(
            f"""
2026-01-08 * "{name}" "Advice"
  contract: "{name.lower()}"
  milestone-a: "100% Advice"
  Assets:Receivable  50.00 EUR
  Income:Work
2026-02-01 custom "milestone" "{name.lower()}" "a" "completed"
  invoice: "{number}"
"""
            for name, number in (("North", "A-1"), ("South", "A-2"))
        )
        + """
2026-02-01 * "South" "By hand"
  Assets:Receivable  50.00 EUR
    invoice: "A-1"
  Income:Work
"""
    )
    both = run("invoice", book, "A-1").stdout
    assert "To     North\n" in both
    assert "To     South\n" in both
    result = run("invoice", book, "A-1", "-o", tmp_path / "A-1.txt")
    assert result.exit_code == 2
    assert "'A-1' is on invoices of 'North' and 'South': say which with" in result.stderr
    assert (
        run("invoice", book, "A-1", "-o", tmp_path / "A-1.txt", "--client", "south").exit_code == 0
    )
    assert "To     South\n" in (tmp_path / "A-1.txt").read_text(encoding="utf-8")


def test_a_wrong_ledger_is_told_and_the_invoice_is_written(book: Path, tmp_path: Path) -> None:
    book.write_text(einvoices.LEDGER + "2026-01-01 open Assets:Bank\n", encoding="utf-8")
    path = tmp_path / "B-1.xml"
    result = run("invoice", book, "B-1", "-o", path)
    assert result.exit_code == 1
    assert "Duplicate open" in result.stderr
    assert path.exists()


def test_the_calendar(book: Path, tmp_path: Path) -> None:
    path = tmp_path / "dates.ics"
    assert run("calendar", book, "-o", path).exit_code == 0
    content = path.read_bytes()
    assert content.startswith(b"BEGIN:VCALENDAR\r\n")
    assert run("calendar", book).stdout_bytes == content


def test_a_calendar_has_its_own_ending(book: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    result = run("calendar", book, "-o", path)
    assert result.exit_code == 2
    assert "x.txt': the ending is .ics" in " ".join(result.stderr.split())
    assert not path.exists()
