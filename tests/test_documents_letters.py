"""Statements, reminders, payment schedules and pay applications on paper."""

import json
import re
from decimal import Decimal
from email import message_from_bytes
from email.policy import default
from html import unescape
from pathlib import Path

import pytest
from beancount import loader
from click.testing import CliRunner, Result
from pypdf import PdfReader

from beancount_milestones import cli
from beancount_milestones.documents import words
from beancount_milestones.documents.application import application_letter
from beancount_milestones.documents.layout import Layout
from beancount_milestones.documents.letter import written
from beancount_milestones.documents.reminders import reminder_letter, reminders
from beancount_milestones.documents.schedule import schedule, schedule_letter
from beancount_milestones.documents.statement import StatementDocument, statement_letter
from beancount_milestones.model import Terms, of_register
from beancount_milestones.reports import Books, SupplierError, invoices, is_supplier, statement
from beancount_milestones.reports.application import applications
from tests.receivables import books, day, ledger
from tests.shipped import BOOKS, ROOT
from tests.support import Loaded

LEDGER = """\
plugin "beancount_milestones" "{'reminders': '7, 14, 28'}"
2026-01-01 custom "seller" "Studio North"
  address: "1 Mill Lane, Bristol"
  country: "GB"
  email: "me@north.example"
  iban: "GB29NWBK60161331926819"
2026-01-01 custom "client" "Acme"
  name: "Acme Ltd"
  address: "5 Dock Road, Leeds"
  email: "ap@acme.example"
2026-01-01 open Assets:Bank
2026-01-01 open Assets:Receivable
2026-01-01 open Assets:Retention
2026-01-01 open Liabilities:VAT
  tax: "20%"
2026-01-01 open Income:Work

2026-01-08 * "Acme" "Brand identity"
  contract: "brand"
  terms: "2/10 net 30"
  order: "PO-7"
  interest: "8%"
  milestone-one: "25% 2026-02-01 Mock-ups"
  milestone-two: "rest 2026-03-01 Final artwork"
  Assets:Receivable    1,200.00 GBP
  Liabilities:VAT       -200.00 GBP
  Income:Work
2026-01-20 ! "Acme" "Brand identity: cards"
  contract: "brand"
  milestone-cards: "100% Business cards"
  Assets:Receivable      120.00 GBP
  Liabilities:VAT        -20.00 GBP
  Income:Work
2026-02-01 custom "milestone" "brand" "one" "completed"
  invoice: "INV-1"
2026-03-01 custom "milestone" "brand" "two" "completed"
  invoice: "INV-2"
2026-03-10 * "Acme" "Private note on a payment" ^INV-1
  Assets:Bank            100.00 GBP
  Assets:Receivable

2026-01-08 * "Berg" "Clinic"
  contract: "clinic"
  retention: Assets:Retention
  milestone-walls: "60% Walls"
  milestone-roof: "rest Roof"
  Assets:Receivable      900.00 EUR
  Assets:Retention       100.00 EUR
  Income:Work
2026-02-02 custom "contract" "clinic" "progress"
  invoice: "PA-1"
  milestone-walls: 50
"""


SIGNS = str.maketrans("\N{NO-BREAK SPACE}\N{MINUS SIGN}\N{EN DASH}", " --")


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(cli.main, [str(arg) for arg in args])


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "books.beancount"
    path.write_text(LEDGER, encoding="utf-8")
    return path


def loaded(more: str = "") -> Loaded:
    found = Loaded(*loader.load_string(LEDGER + more))
    assert found.messages == []
    return found


def text_of(page: str) -> str:
    """What people read on a page, in one line and with plain signs."""
    body = unescape(re.sub(r"<[^>]*>", " ", page[page.index("<body>") :]))
    return " ".join(body.translate(SIGNS).split())


# ---------------------------------------------------------------- statement


def test_a_statement_on_paper(book: Path, tmp_path: Path) -> None:
    path = tmp_path / "acme.html"
    result = run("statement", book, "acme", "--as-of", "2026-03-31", "-o", path)
    text = text_of(path.read_text(encoding="utf-8"))

    assert (result.exit_code, result.output) == (0, "")
    assert "Statement of account 1,100.00 GBP to pay" in text
    assert "2026-02-01 Invoice INV-1 Brand identity: Mock-ups Due on 2026-03-03. 300.00" in text
    assert "2026-03-10 Payment INV-1 100.00 1,100.00" in text
    assert "Balance 1,100.00 Not due yet 1-30 days late" in text
    assert "900.00 200.00 0.00 0.00 0.00 How to pay Account holder Studio North" in text
    assert "Private note" not in text


def test_a_statement_as_pdf(book: Path, tmp_path: Path) -> None:
    path = tmp_path / "acme.pdf"
    run("statement", book, "Acme", "--as-of", "2026-03-31", "-o", path)

    assert "1,100.00" in PdfReader(path).pages[0].extract_text()


def test_a_statement_of_a_period_and_of_what_is_open(book: Path, tmp_path: Path) -> None:
    path = tmp_path / "acme.html"
    run("statement", book, "Acme", "--from", "2026-03-01", "--as-of", "2026-03-31", "-o", path)
    text = text_of(path.read_text(encoding="utf-8"))
    assert "Period 2026-03-01 to 2026-03-31" in text
    assert "Balance brought forward 300.00" in text

    run("statement", book, "Acme", "--open", "--as-of", "2026-03-31", "-o", path)
    text = text_of(path.read_text(encoding="utf-8"))
    assert "As of 31 March 2026 Open invoices 1,100.00 GBP to pay" in text
    assert "2026-02-01 INV-1 Brand identity: Mock-ups 2026-03-03 200.00 200.00" in text


@pytest.mark.parametrize("only", [(), ("--open",)])
def test_a_statement_says_which_discounts_can_be_taken(
    book: Path, tmp_path: Path, only: tuple[str, ...]
) -> None:
    path = tmp_path / "acme.html"

    def said(date: str) -> int:
        run("statement", book, "Acme", *only, "--as-of", date, "-o", path)
        return path.read_text().count("2% discount if paid by 2026-02-11.")

    assert (said("2026-02-11"), said("2026-02-12")) == (1, 0)


def test_a_statement_as_data_has_the_decimals_of_the_ledger(book: Path, tmp_path: Path) -> None:
    path = tmp_path / "acme.json"
    run("statement", book, "Acme", "--as-of", "2026-03-31", "-o", path)
    found = json.loads(path.read_text(encoding="utf-8"))

    assert found["accounts"][0]["closing"] == "1100.00"
    assert found["accounts"][0]["ages"][1] == {"name": "days_1_30", "amount": "200.00"}
    assert [
        line["text"] for line in found["accounts"][0]["lines"] if line["kind"] == "payment"
    ] == [""]


@pytest.mark.parametrize(
    ("amount", "said"), [("1,100.00", "Everything is paid."), ("1,150.00", "50.00 GBP in your fav")]
)
def test_a_statement_of_who_has_paid(tmp_path: Path, amount: str, said: str) -> None:
    more = f'2026-03-20 * "Acme" "Rest"\n  Assets:Bank  {amount} GBP\n  Assets:Receivable\n'
    letter = statement_letter(books(loaded(more), "2026-03-31"), "Acme")
    text = text_of(written(letter, ".html", Layout(tmp_path, None)).decode())

    assert said in text
    assert ("To your credit" in text) == (amount == "1,150.00")


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_statements_close_with_the_balance_of_the_report(path: Path) -> None:
    entries, _, options = loader.load_file(str(path))
    register = of_register(options)
    assert register
    at = Books(register, entries, options, day("2027-12-31"))
    for client in set(at.clients.names.values()):
        if is_supplier(at, client):
            with pytest.raises(SupplierError):
                statement_letter(at, client)
            continue
        letter = statement_letter(at, client)
        document = letter.document
        assert isinstance(document, StatementDocument)
        closing = {
            line.currency: line.balance
            for line in statement(at, client)
            if line.kind == "closing" and line.side == "sell"
        }
        assert {one.currency: one.closing for one in document.accounts} == closing
        page = text_of(written(letter, ".html", Layout.of(at)).decode())
        for currency, amount in closing.items():
            shown = words.figure(letter.language, amount, register.places(currency))
            assert shown.translate(SIGNS) in page


@pytest.mark.parametrize("only", [[], ["--open"]])
def test_no_letter_for_a_supplier(book: Path, tmp_path: Path, only: list[str]) -> None:
    supplier = """
2026-01-01 open Liabilities:Payable
2026-01-01 open Expenses:Subs
2026-01-05 * "Mason" "Walls"
  contract: "walls"
  milestone-all: "100%"
  Expenses:Subs          900.00 GBP
  Liabilities:Payable
2026-02-01 custom "milestone" "walls" "all" "completed"
  invoice: "M-1"
"""
    book.write_text(LEDGER + supplier, encoding="utf-8")
    args: list[str | Path] = ["statement", book, "mason", *only, "--as-of", "2026-03-31"]
    result = run(*args, "-o", tmp_path / "mason.html")

    assert result.exit_code == 2
    assert " ".join(result.stderr.split()).endswith(
        f"Error: '{tmp_path / 'mason.html'}' is not written: by 2026-03-31 only we owe 'Mason', and"
        " a letter is for clients; leave out -o to read what we owe"
    )
    assert list(tmp_path.iterdir()) == [book]
    assert "M-1" in run(*args).stdout
    # Who buys from us too is a client.
    sold = supplier.replace("walls", "sold").replace("Expenses:Subs  ", "Assets:Receivable")
    sold = sold.replace("Liabilities:Payable\n2026-02", "Income:Work\n2026-02")
    sold = sold[sold.index("2026-01-05") : sold.index("2026-02-01 custom")]
    book.write_text(LEDGER + supplier + sold, encoding="utf-8")
    assert run(*args, "-o", tmp_path / "mason.html").exit_code == 0


# ---------------------------------------------------------------- reminders


def test_the_next_reminder_is_due_by_its_days() -> None:
    """INV-1 is due on 3 March; the first reminder 7 days after that, the second 14 days."""
    sent = '2026-03-12 custom "reminder" "INV-1" 1\n'

    def levels(more: str, date: str) -> list[int]:
        return [
            line.level for one in reminders(books(loaded(more), date), "Acme") for line in one.due
        ]

    assert levels("", "2026-03-09") == []
    assert levels("", "2026-03-10") == [1]
    assert levels(sent, "2026-03-16") == []
    assert levels(sent, "2026-03-17") == [2]
    assert levels(sent.replace("1\n", "3\n"), "2026-12-31") == [1]


def test_a_reminder_that_was_sent_late_moves_the_next_one() -> None:
    """Level 2 is due on 17 March, level 3 on 31 March: seven and fourteen days lie between."""

    def level(date: str, *sent: str) -> int:
        more = "".join(
            f'{day_} custom "reminder" "INV-1" {number}\n' for number, day_ in enumerate(sent, 1)
        )
        (line,) = (
            line
            for one in reminders(books(loaded(more), date), "Acme", None)
            for line in one.lines
            if line.number == "INV-1"
        )
        return line.level

    late = ("2026-06-30",)
    assert level("2026-06-30", *late) == 0
    assert level("2026-07-06", *late) == 0
    assert level("2026-07-07", *late) == 2
    assert level("2026-07-20", *late, "2026-07-07") == 0
    assert level("2026-07-21", *late, "2026-07-07") == 3


def test_one_letter_has_all_that_is_overdue_with_its_interest() -> None:
    """200 open since 3 March and 900 since 31 March: 8% of 200 for 30 days is 1.3150…"""
    (document,) = reminders(books(loaded(), "2026-04-02"), "acme")

    assert [(line.number, line.level, line.days) for line in document.lines] == [
        ("INV-1", 1, 30),
        ("INV-2", 0, 2),
    ]
    assert [line.interest for line in document.lines] == [Decimal("1.32"), Decimal("0.39")]
    assert [(total.currency, total.amount) for total in document.totals] == [
        ("GBP", Decimal("1100.00"))
    ]


def test_nobody_is_threatened_for_what_was_never_reminded_of(tmp_path: Path) -> None:
    """INV-1 is at its third reminder, INV-2 at its first."""
    sent = "".join(f'2026-03-{10 + n} custom "reminder" "INV-1" {n}\n' for n in (1, 2))
    (document,) = reminders(books(loaded(sent), "2026-04-10"), "Acme")
    letter = reminder_letter(document)

    assert [(line.number, line.level) for line in document.lines] == [("INV-1", 3), ("INV-2", 1)]
    firm, first, friendly, second = (
        letter.body.index(words)
        for words in ("In spite of our reminders", "INV-1 of", "You may have missed", "INV-2 of")
    )
    assert firm < first < friendly < second
    page = text_of(written(letter, ".html", Layout(tmp_path, None)).decode())
    assert page.index("In spite of") < page.index("INV-1") < page.index("You may have missed")
    # A first reminder of INV-2 does not repeat the threat of INV-1, which is not due again.
    sent += '2026-04-08 custom "reminder" "INV-1" 3\n'
    (document,) = reminders(books(loaded(sent), "2026-04-10"), "Acme")
    assert [(line.level, line.sent) for line in document.lines] == [(0, 3), (1, 0)]
    assert "In spite of" not in reminder_letter(document).body


def test_what_is_paid_and_not_matched_is_not_asked_for() -> None:
    more = (
        '2026-03-20 * "Acme" "Transfer" ^INV-9\n  Assets:Bank  1,200.00 GBP\n  Assets:Receivable\n'
    )

    assert reminders(books(loaded(more), "2026-04-15"), "Acme") == []


#: 350 of INV-1, of which 200 are open: 150 are paid and not matched.
TOO_MUCH = '2026-03-20 * "Acme" "Rest" ^INV-1\n  Assets:Bank  350.00 GBP\n  Assets:Receivable\n'


def test_what_is_left_of_it_is_deducted_wherever_a_sum_is_asked_for(tmp_path: Path) -> None:
    """900 of INV-2 less 150: 750, and 8% of it for 5 days."""
    at = books(loaded(TOO_MUCH), "2026-04-05")
    (document,) = reminders(at, "Acme", 1)
    letter = reminder_letter(document)
    (line,) = document.lines

    assert (line.number, line.open, line.interest) == ("INV-2", Decimal(900), Decimal("0.82"))
    assert letter.body.split("\n\n")[2] == (
        "INV-2 of 2026-03-01, due on 2026-03-31: 900.00 GBP\n"
        "  Interest at 8% a year: 0.82 GBP\n"
        "To your credit: 150.00 GBP\n"
        "750.00 GBP to pay"
    )
    text = text_of(written(letter, ".html", Layout(tmp_path, None)).decode())
    assert "Reminder 750.00 GBP to pay" in text
    assert "0.82 GBP 900.00 GBP To your credit -150.00 GBP How to pay" in text
    found = json.loads(written(letter, ".json", Layout(tmp_path, None)))
    assert found["credits"] == [{"currency": "GBP", "amount": "150.00", "places": 2}]
    assert found["totals"] == [{"currency": "GBP", "amount": "750.00", "places": 2}]


def test_an_open_statement_deducts_what_is_to_the_clients_credit(tmp_path: Path) -> None:
    letter = statement_letter(books(loaded(TOO_MUCH), "2026-04-05"), "Acme", only_open=True)
    text = text_of(written(letter, ".html", Layout(tmp_path, None)).decode())

    assert "Open invoices 750.00 GBP to pay" in text
    assert "2026-03-31 900.00 900.00 2026-03-20 To your credit -150.00 750.00" in text
    assert "0.00 900.00 0.00 0.00 0.00 -150.00 How to pay" in text
    assert "Rest" not in text
    (account,) = json.loads(written(letter, ".json", Layout(tmp_path, None)))["accounts"]
    assert (account["closing"], account["lines"][-1]["settled"]) == ("750.00", "150.00")


def test_what_is_paid_before_its_invoice_is_in_your_favour(tmp_path: Path) -> None:
    more = """
2026-03-14 * "Acme" "Stickers"
  contract: "stickers"
  milestone-all: "100%"
  Assets:Receivable      1,200.00 GBP
  Income:Work
2026-03-15 custom "milestone" "stickers" "all" "completed"
2026-03-20 * "Acme" "Stickers" ^stickers/all
  Assets:Bank            1,200.00 GBP
  Assets:Receivable
"""
    for only_open in (True, False):
        at = books(loaded(more), "2026-04-05")
        letter = statement_letter(at, "Acme", only_open=only_open)
        (account,) = json.loads(written(letter, ".json", Layout(tmp_path, None)))["accounts"]
        assert account["closing"] == "-100.00"
        assert account["ages"][-1] == {"name": "unapplied", "amount": "-1200.00"}


def test_an_open_statement_never_asks_for_less_than_nothing(tmp_path: Path) -> None:
    more = TOO_MUCH.replace("350", "1,200")
    letter = statement_letter(books(loaded(more), "2026-04-05"), "Acme", only_open=True)

    page = written(letter, ".html", Layout(tmp_path, None)).decode()
    assert "Open invoices 100.00 GBP in your favour" in text_of(page)


def test_a_level_of_ones_own() -> None:
    (document,) = reminders(books(loaded(), "2026-03-05"), "Acme", 3)

    assert [(line.number, line.level) for line in document.lines] == [("INV-1", 3)]


def test_reminders_in_the_terminal_end_with_the_lines_to_add(book: Path) -> None:
    result = run("remind", book, "--as-of", "2026-03-12")

    assert result.exit_code == 0
    first, second, lines = result.stdout.split("Studio North\n\n")
    assert first == (
        "Reminder: INV-1\n\nDear Acme Ltd,\n\n"
        "You may have missed this: the invoices below are past their due date. If your payment is"
        " on its way, please ignore this letter.\n\n"
        "INV-1 of 2026-02-01, due on 2026-03-03: 200.00 GBP\n"
        "  Interest at 8% a year: 0.39 GBP\n\nKind regards\n"
    )
    assert "PA-1 of 2026-02-02, due on 2026-02-02: 270.00 EUR\n" in second
    assert lines == (
        '2026-03-12 custom "reminder" "INV-1" 1\n2026-03-12 custom "reminder" "PA-1" 1\n'
    )


def test_a_number_that_two_clients_owe_is_marked_once(tmp_path: Path) -> None:
    path = tmp_path / "two.beancount"
    path.write_text(
        """
plugin "beancount_milestones"
2026-01-01 open Assets:Receivable:A
  client: "Alpha"
2026-01-01 open Assets:Receivable:B
  client: "Beta"
2026-01-01 open Income:Work
2026-01-08 * "Alpha" "Job"
  contract: "job"
  milestone-a: "100% First"
  Assets:Receivable:A  600.00 EUR
  Assets:Receivable:B  400.00 EUR
  Income:Work
2026-02-01 custom "milestone" "job" "a" "completed"
  invoice: "S-1"
""",
        encoding="utf-8",
    )
    result = run("remind", path, "--as-of", "2026-04-20")

    assert "Dear Alpha" in result.stdout
    assert "Dear Beta" in result.stdout
    assert result.stdout.count('custom "reminder" "S-1" 1') == 1
    assert result.stderr == ""
    # The line of one counts for the other, and says so.
    result = run("remind", path, "Alpha", "--as-of", "2026-04-20")
    assert result.stdout.endswith('custom "reminder" "S-1" 1\n')
    assert result.stderr == (
        "The line of S-1 counts for everybody who owes on that number, so for Beta too.\n"
    )


def test_a_schedule_of_which_nothing_is_left(tmp_path: Path) -> None:
    path = tmp_path / "none.beancount"
    path.write_text(
        """
plugin "beancount_milestones"
2026-01-01 open Assets:Receivable
2026-01-01 open Income:Work
2026-01-08 * "Acme" "Job"
  contract: "job"
  milestone-a: "100% First"
  Assets:Receivable  600.00 EUR
  Income:Work
2026-02-01 custom "contract" "job" "cancelled"
""",
        encoding="utf-8",
    )
    result = run("schedule", path, "job", "--as-of", "2026-02-01")

    assert result.exit_code == 2
    assert "nothing is left of contract 'job' on 2026-02-01" in result.stderr


def test_there_is_no_level_beyond_the_last(book: Path) -> None:
    result = run("remind", book, "--level", "4", "--as-of", "2026-04-20")

    assert result.exit_code == 2
    assert "there is no level 4: the configuration has 3 levels" in result.stderr


def test_drafts_of_reminders(book: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "drafts"
    result = run("remind", book, "Acme", "--as-of", "2026-04-20", "-o", folder)
    (path,) = folder.iterdir()
    draft = message_from_bytes(path.read_bytes(), policy=default)
    (attached,) = draft.iter_attachments()

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        '2026-04-20 custom "reminder" "INV-1" 1',
        '2026-04-20 custom "reminder" "INV-2" 1',
    ]
    assert path.name == "Reminder Acme 2026-04-20.eml"
    assert draft["Subject"] == "Reminder: INV-1, INV-2"
    assert draft["X-Unsent"] == "1"
    assert attached.get_filename() == "Reminder Acme 2026-04-20.pdf"


def test_a_reminder_on_paper(tmp_path: Path) -> None:
    (document,) = reminders(books(loaded(), "2026-04-20"), "Acme")
    page = written(reminder_letter(document), ".html", Layout(tmp_path, None)).decode()
    text = text_of(page)

    assert "Reminder 1,100.00 GBP to pay You may have missed this" in text
    assert "INV-1 of 2026-02-01 Interest at 8% a year 2026-03-03 48 2.10 GBP 200.00 GBP" in text
    assert "Reference INV-1, INV-2" in text
    (document,) = reminders(books(loaded(), "2026-04-20"), "Berg")
    page = written(reminder_letter(document), ".html", Layout(tmp_path, None)).decode()
    assert "Interest" not in text_of(page)


def test_nothing_to_remind_of(book: Path) -> None:
    result = run("remind", book, "--as-of", "2026-01-31")

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "Nothing to remind of on 2026-01-31.\n"


# ---------------------------------------------------------------- schedule


def test_the_schedule_of_a_contract_with_what_is_proposed(book: Path) -> None:
    result = run("schedule", book, "brand", "--as-of", "2026-03-01")

    assert [line.split() for line in result.stdout.splitlines()] == [
        ["Payment", "schedule", "brand:", "Brand", "identity"],
        ["Milestone", "Planned", "for", "%", "Net", "Tax", "Total"],
        ["Mock-ups", "2026-02-01", "22.73", "250.00", "50.00", "300.00", "GBP"],
        ["Final", "artwork", "2026-03-01", "68.18", "750.00", "150.00", "900.00", "GBP"],
        ["Business", "cards", "9.09", "100.00", "20.00", "120.00", "GBP", "proposed"],
        ["Total", "1,100.00", "220.00", "1,320.00", "GBP"],
    ]


def test_a_schedule_on_paper(book: Path, tmp_path: Path) -> None:
    path = tmp_path / "brand.html"
    run("schedule", book, "brand", "--as-of", "2026-03-01", "-o", path)
    text = text_of(path.read_text(encoding="utf-8"))

    assert "Contract brand Your order PO-7 Terms 30 days net, 2% off within 10 days" in text
    assert "Business cards Change order Proposed 9.09% 100.00 20.00 120.00" in text
    run("schedule", book, "clinic", "-o", path)
    text = text_of(path.read_text(encoding="utf-8"))
    assert "Walls 60% 600.00 540.00 Roof 40% 400.00 360.00" in text


def test_a_schedule_has_no_later_change_orders(book: Path) -> None:
    result = run("schedule", book, "brand", "--as-of", "2026-01-10")

    assert "Business cards" not in result.stdout


def test_a_schedule_of_a_proposal_is_an_offer() -> None:
    more = LEDGER[LEDGER.index("2026-01-20 !") : LEDGER.index("2026-02-01 custom")]
    found = loaded(more.replace("brand", "offer").replace('"Acme"', '"New"'))
    document = schedule(books(found, "2026-03-01"), "offer")

    assert document.offer
    assert document.lines[0].share == Decimal("100.00")


def test_the_schedule_of_a_supplier_and_of_nothing() -> None:
    found = ledger(
        """
        2026-01-01 open Liabilities:Payable
        2026-01-01 open Expenses:Subs
        2026-01-05 * "Sub" "Masonry"
          contract: "masonry"
          milestone-walls: "100%"
          Liabilities:Payable  -500.00 USD
          Expenses:Subs
        2026-01-05 * "Acme" "Free"
          contract: "free"
          milestone-all: "100%"
          Assets:Receivable  0.00 USD
          Income:Design
        """
    )
    masonry = schedule(books(found, "2026-02-01"), "masonry")
    (total,) = masonry.totals
    assert (total.gross, total.due, masonry.holds) == (Decimal(500), Decimal(500), False)
    assert schedule(books(found, "2026-02-01"), "free").lines[0].share is None


def test_a_schedule_says_what_is_held_back_and_paid_later(tmp_path: Path) -> None:
    path = ROOT / "examples" / "general-contractor.beancount"
    result = run("schedule", path, "holloway-barn")
    run("schedule", path, "holloway-barn", "-o", tmp_path / "barn.html")

    rows = [line.split() for line in result.stdout.splitlines()]
    assert [row[-3:-1] for row in rows[2:]] == [
        ["40,000.00", "36,000.00"],
        ["60,000.00", "54,000.00"],
        ["60,000.00", "54,000.00"],
        ["40,000.00", "36,000.00"],
        ["0.00", "20,000.00"],
        ["200,000.00", "200,000.00"],
    ]
    page = (tmp_path / "barn.html").read_text(encoding="utf-8")
    assert '<td class="now">36,000.00</td>' in page


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (Terms(0), "Due on receipt"),
        (Terms(10), "10 days net"),
        (Terms(10, end_of_month=True), "10 days from the end of the month"),
    ],
)
def test_terms_in_words(terms: Terms, said: str) -> None:
    assert words.terms("en", terms) == said


# ---------------------------------------------------------------- pay application


def test_a_pay_application_on_paper(book: Path, tmp_path: Path) -> None:
    path = tmp_path / "PA-1.html"
    result = run("application", book, "PA-1", "-o", path)
    text = text_of(path.read_text(encoding="utf-8"))

    assert result.exit_code == 0
    assert "'Berg' has no address" in result.stderr
    assert "Pay application PA-1 Clinic 270.00 EUR due" in text
    assert "4. Completed to date 300.00 EUR 5. Retention 30.00 EUR" in text
    assert "walls Walls 600.00 0.00 300.00 300.00 50 300.00 30.00" in text
    run("application", book, "PA-1", "-o", tmp_path / "PA-1.json")
    found = json.loads((tmp_path / "PA-1.json").read_text(encoding="utf-8"))
    assert (found["client"]["name"], found["application"]["balance"]) == ("Berg", "730.00")


def test_an_application_of_two_contracts_is_two_papers(book: Path, tmp_path: Path) -> None:
    more = """
2026-01-09 * "Berg" "Annexe"
  contract: "annexe"
  milestone-all: "100%"
  Assets:Receivable      500.00 EUR
  Income:Work
2026-02-02 custom "milestone" "annexe" "all" "completed"
  invoice: "PA-1"
"""
    book.write_text(LEDGER + more, encoding="utf-8")
    run("application", book, "PA-1", "-o", tmp_path / "PA-1.html")

    assert {path.name for path in tmp_path.glob("*.html")} == {
        "PA-1-annexe.html",
        "PA-1-clinic.html",
    }


# ---------------------------------------------------------------- every template, every ledger


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_every_letter_of_what_we_ship_is_a_page(path: Path) -> None:
    entries, _, options = loader.load_file(str(path))
    register = of_register(options)
    assert register
    at = Books(register, entries, options, day("2027-12-31"))
    letters = [schedule_letter(schedule(at, name)) for name in register.contracts]
    letters += map(reminder_letter, reminders(at, level=1))
    for number in dict.fromkeys(row.invoice for row in invoices(at) if row.contracts):
        letters += [application_letter(at, found) for found in applications(at, number)]
    for letter in letters:
        page = text_of(written(letter, ".html", Layout.of(at)).decode())
        assert letter.client.name in page
        assert json.loads(written(letter, ".json", Layout.of(at)))


# ---------------------------------------------------------------- bad usage


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["statement", "Nobody", "-o", "x.pdf"], "no client 'Nobody'"),
        (["statement", "Acme", "-o", "x.doc"], "the ending is one of .pdf, .html, .eml, .json"),
        (["statement", "Acme", "-o", "no/folder/x.html"], "cannot write 'no/folder/x.html'"),
        (["remind", "Nobody"], "no client 'Nobody'"),
        (["schedule", "brandy"], "no contract 'brandy' by 2026-12-31; did you mean 'brand'?"),
        (["schedule", "brand", "--as-of", "2025-12-31"], "contract 'brand' only begins on 2026-"),
        (["application", "PA-2", "-o", "x.pdf"], "nothing is billed on 'PA-2'"),
    ],
)
def test_bad_usage(book: Path, args: list[str], said: str) -> None:
    result = run(args[0], book, "--as-of", "2026-12-31", *args[1:])

    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())


def test_a_folder_that_cannot_be(book: Path, tmp_path: Path) -> None:
    result = run("remind", book, "--as-of", "2026-12-31", "-o", book / "drafts")

    assert result.exit_code == 2
    assert f"cannot write into '{book / 'drafts'}'" in " ".join(result.stderr.split())
    assert list(tmp_path.iterdir()) == [book]


def test_no_draft_replaces_another(book: Path, tmp_path: Path) -> None:
    again = LEDGER[LEDGER.index("2026-01-08 *") :].replace("INV-", "X-").replace("PA-", "Y-")
    for name in ("brand", "clinic"):
        again = again.replace(f'"{name}"', f'"{name}-2"')
    text = LEDGER.replace('"Acme"', '"A/B"') + again.replace('"Acme"', '"A-B"')
    book.write_text(text, encoding="utf-8")
    result = run("remind", book, "--as-of", "2026-04-20", "-o", tmp_path / "drafts")

    assert result.exit_code == 2
    said = "'Reminder A-B 2026-04-20' and 'Reminder A/B 2026-04-20' would both be"
    assert said in " ".join(result.stderr.split())
    assert list(tmp_path.iterdir()) == [book]


def test_a_template_of_a_letter_that_fails(book: Path, tmp_path: Path) -> None:
    book.write_text(LEDGER.replace("{'rem", "{'templates': 't', 'rem"), encoding="utf-8")
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "statement.html").write_text("{{ nothing }}")
    result = run("statement", book, "Acme", "-o", tmp_path / "x.html")

    assert result.exit_code == 2
    assert "statement.html:1: the template cannot be used: 'nothing' is undefined" in result.stderr
