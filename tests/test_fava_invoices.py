"""Invoices on the page: the register, the page of one, documents, and what we owe."""

import io
import re
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests import einvoices
from tests.fava_site import Show, Site, starter

REMIND = """
2026-01-10 * "Late" "Posters"
  contract: "late"
  milestone-all: "100%"
  Assets:Receivable  100.00 EUR
  Income:Work
2026-01-12 custom "milestone" "late" "all" "completed"
  invoice: "L-1"
"""
BY_HAND = """
2026-02-20 * "Acme" "Hosting" ^HAND-1
  Assets:Receivable  120.00 EUR
  Income:Work
"""
SUPPLIER = """
2026-01-01 open Liabilities:Payable
2026-01-01 open Liabilities:Held
2026-01-01 open Expenses:Subs
2026-01-05 * "Mason" "Walls"
  contract: "walls"
  retention: Liabilities:Held
  milestone-one: "50%"
  milestone-two: "rest"
  Liabilities:Payable  -900.00 EUR
  Liabilities:Held     -100.00 EUR
  Expenses:Subs
2026-02-01 custom "milestone" "walls" "one" "completed"
  invoice: "MAS-1"
"""
FAVA = 'option "title" "Books"\n2020-01-01 custom "fava-extension" "beancount_milestones.fava"\n'
BOOKS = FAVA + einvoices.LEDGER + REMIND + BY_HAND + SUPPLIER


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return starter(tmp_path_factory.mktemp("invoices"))(BOOKS)


def test_one_row_for_each_invoice_the_newest_first(site: Site) -> None:
    tables = site.tables(view="invoices", time="2026-03-31")

    numbers = tables.texts("invoices", "Invoice")
    assert numbers[0].startswith("PA-2")
    assert any(number == "B-3 credit note" for number in numbers)
    assert "MAS-1" not in numbers
    assert len(numbers) == len(set(numbers))
    assert "Hosting" in tables.texts("invoices", "For")
    assert "Mock-ups <first>" in " ".join(tables.texts("invoices", "For"))


def test_the_filters_narrow_the_register(site: Site) -> None:
    page = site.text(view="invoices", time="2026-03-31", account="Nothing")
    assert "No invoice passes the filters." in page
    assert "do not pass the filters." in page
    page = site.text(view="invoices", time="2026-01-01")
    assert "There are no invoices with a number yet." in page


def test_the_page_of_an_invoice(site: Site) -> None:
    page = site.text(view="invoice", invoice="B-2", time="2026-03-31")

    assert "Invoice B-2" in page
    assert "Open 666.00 EUR" in page
    assert "Final logo: 4998.00 EUR" in page
    assert "2026-02-25 payment 1000.00 EUR (it names it)" in page
    assert "Open to print" in page
    assert "There is no invoice “B-99”" in site.text(view="invoice", invoice="B-99")


def test_the_page_says_what_credit_notes_take_back(show: Show) -> None:
    """The newest is taken back first; a credit note without a number has none to click on."""
    more = """
2026-03-06 custom "milestone" "brand" "final" "invoiced" 60
  invoice: "B-4"
2026-03-07 custom "milestone" "brand" "final" "credited" 10
2026-01-01 open Assets:Receivable:Grant
  client: "Foundation"
2026-01-08 * "Other" "A third is granted"
  contract: "other"
  milestone-a: "100% All"
  Assets:Receivable         60.00 EUR
  Assets:Receivable:Grant   30.00 EUR
  Income:Work
2026-02-20 custom "milestone" "other" "a" "completed"
  invoice: "G-1"
2026-03-08 custom "milestone" "other" "a" "credited"
  invoice: "G-2"
"""
    site = show(BOOKS + more)

    first = site.text(view="invoice", invoice="B-2", time="2026-03-31")
    assert "What settled it 2026-03-05 credit note B-3 3332.00 EUR 2026-03-07" in first
    assert "2026-03-07 credit note 833.00 EUR" in first
    shared = site.text(view="invoice", invoice="G-1", time="2026-03-31")
    assert re.findall(r"2026-03-08 credit note G-2 \S+", shared) == [
        "2026-03-08 credit note G-2 30.00",
        "2026-03-08 credit note G-2 60.00",
    ]
    assert "2026-03-07 credit note 3332.00 EUR" in site.text(view="invoice", invoice="B-4")
    assert "invoice=B-3" in site.page(view="invoice", invoice="B-2")
    before = site.text(view="invoice", invoice="B-2", time="2026-03-04")
    assert "credit note" not in before


def test_the_page_names_the_credit_note_of_a_reduction(show: Show) -> None:
    more = """
2026-03-06 * "Acme" "Less"
  contract: "brand"
  milestone-less: "100%"
  Assets:Receivable  -100.00 EUR
  Income:Work
2026-03-07 custom "milestone" "brand" "less" "completed"
  invoice: "B-5"
"""
    site = show(BOOKS + more)

    assert "2026-03-07 credit note B-5 100.00 EUR (" in site.text(view="invoice", invoice="B-1")
    assert "invoice=B-5" in site.page(view="invoice", invoice="B-1")


def test_a_reminder_that_is_due_has_its_text(site: Site) -> None:
    page = site.text(view="invoice", invoice="L-1", time="2026-03-31")
    assert "A reminder is due" in page
    assert "Record reminder" in page


def test_a_reminder_that_was_sent_is_recorded(show: Show, tmp_path: Path) -> None:
    started = show(BOOKS)
    form = started.form("reminder", "late", "all", settles="L-1", back="invoice")
    assert form.texts[0].endswith('custom "reminder" "L-1" 1\n')
    page = started.write(form)
    assert "Invoice L-1" in page
    assert "level 1" in page
    assert (tmp_path / "main.beancount").read_text(encoding="utf-8").endswith(form.texts[0])
    again = started.form("reminder", "late", "all", settles="L-1")
    assert again.fields["level"] == "2"


def test_all_that_a_letter_is_about_is_recorded(show: Show, tmp_path: Path) -> None:
    """Or the client would get the same letter again, of the next invoice."""
    more = """
2026-01-10 * "Late" "Flyers"
  contract: "flyers"
  milestone-first: "50%"
  milestone-second: "rest"
  Assets:Receivable  300.00 EUR
  Income:Work
2026-02-20 custom "milestone" "flyers" "first" "completed"
  invoice: "L-2"
2026-03-25 custom "milestone" "flyers" "second" "completed"
  invoice: "L-3"
2026-03-01 custom "reminder" "L-1" 1
"""
    started = show(BOOKS + more)
    asked = {"settles": "L-1", "back": "invoice", "time": "2026-03-31"}
    form = started.form("reminder", "late", "all", **asked)
    # L-3 is not due at any level yet.
    assert form.written == [
        '2026-03-31 custom "reminder" "L-1" 2',
        "",
        '2026-03-31 custom "reminder" "L-2" 1',
    ]
    started.write(form)
    assert (tmp_path / "main.beancount").read_text(encoding="utf-8").endswith(form.texts[0])
    page = started.text(view="invoice", invoice="L-2", time="2026-03-31")
    assert "A reminder is due" not in page
    assert "level 1" in page


@pytest.mark.parametrize(
    ("settles", "level", "said"),
    [
        ("B-99", "", "'B-99' is not an invoice with something open"),
        ("L-1", "soon", "The level 'soon' is not a number like 1, 2 or 3"),
        ("L-1", "0", "The level '0' is not a number"),
        ("L-1", "101", "The level '101' is not a number"),
        ("L-1", "1000", "The level '1000' is not a number"),
    ],
)
def test_a_reminder_that_cannot_be(show: Show, settles: str, level: str, said: str) -> None:
    form = show(BOOKS).form("reminder", "late", "all", settles=settles, level=level)
    assert said in form.alert
    assert not form.can_write


@pytest.mark.parametrize("number", ["L-1", "HAND-1"])
def test_a_reminder_is_not_before_its_invoice(show: Show, number: str) -> None:
    asked = {"settles": number, "level": "1", "date": "2026-01-02"}
    form = show(BOOKS).form("reminder", "late", "all", **asked)
    assert f"'{number}' is of 2026-" in form.alert
    assert ": no reminder of it is before that" in form.alert
    assert not form.can_write


def test_an_invoice_by_hand_is_reminded_of_in_the_editor(show: Show) -> None:
    page = show(BOOKS).text(view="invoice", invoice="HAND-1", time="2026-03-31")
    assert '2026-03-31 custom "reminder" "HAND-1" 1' in page


def test_an_e_invoice_that_lacks_something_says_what(site: Site) -> None:
    """A link would lead nowhere."""
    page = site.text(view="invoice", invoice="L-1")
    assert "E-invoice (XML)" not in page
    assert "Missing for an e-invoice (XML):" in page
    assert 'custom "client" "Late"' in page
    assert "E-invoice (XML)" in site.text(view="invoice", invoice="B-2")


def test_a_contract_with_a_supplier_is_marked_and_has_a_total_of_its_own(site: Site) -> None:
    tables = site.tables(view="contracts", time="2026-03-31")
    assert "Mason supplier" in tables.texts("contracts", "Client")
    assert "Late" in tables.texts("contracts", "Client")
    foot = [[cell.text for cell in row] for row in tables.foot["contracts"]]
    assert [row[0] for row in foot] == ["Total", "Total", "Total", "Total to pay"]
    assert foot[-1][1:3] == ["1000.00", "500.00"]
    # The client, the contract and the bars have no total.
    assert {len(row) + 2 for row in foot} == {len(tables.headings["contracts"])}


def test_what_we_owe_has_a_list_of_its_own(site: Site) -> None:
    tables = site.tables(view="pay", time="2026-03-31")
    assert tables.texts("pay", "Supplier") == ["Mason"]
    assert tables.texts("pay", "Outstanding") == ["450.00"]
    page = site.text(view="pay", time="2026-03-31")
    assert "Held back from suppliers until later: 50.00 EUR." in page
    assert "Mason" not in site.text(view="outstanding", time="2026-03-31")
    assert "MAS-1" in site.text(view="invoice", invoice="MAS-1", time="2026-03-31")
    assert "As the client sees it" not in site.text(view="invoice", invoice="MAS-1")


def test_what_is_owed_to_a_supplier_is_paid_from_the_bank(show: Show) -> None:
    form = show(BOOKS).form("payment", "walls", "one", to="Assets:Bank")
    shown = " ".join(" ".join(form.texts).split())
    assert "Assets:Bank -450.00 EUR" in shown
    assert "Liabilities:Payable 450.00 EUR" in shown


def test_no_list_for_who_buys_nothing(show: Show) -> None:
    assert "To pay" not in show(FAVA + einvoices.LEDGER).text()


def test_the_period_has_its_roll_forward_and_its_tax(site: Site) -> None:
    tables = site.tables(view="period", time="2026-02-01 - 2026-02-28")
    row = next(r for r in tables.body["rolled"] if r[1].text == "walls" and "Payable" in r[0].text)
    assert [cell.text for cell in row[2:6]] == ["0.00", "0.00", "450.00", "-450.00"]
    assert tables.texts("taxes", "Account")[0] == "Liabilities:Consumption"
    assert "Nothing moved in this period." in site.text(view="period", time="2025")


# ---------------------------------------------------------------- documents

PAPERS = "extension/Milestones/"


def test_an_invoice_as_the_client_sees_it(site: Site) -> None:
    response = site.get(
        f"{PAPERS}document", number="B-2", client="Acme", ending="html", time="2026-03-31"
    )

    assert response.status_code == 200
    assert "666.00" in response.get_data(as_text=True)
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_pdf_and_e_invoice_and_calendar(site: Site) -> None:
    pdf = site.get(f"{PAPERS}document", number="B-2", client="Acme", ending="pdf")
    xml = site.get(f"{PAPERS}document", number="B-2", client="Acme", ending="xml")
    dates = site.get(f"{PAPERS}calendar")

    assert "4,998.00" in PdfReader(io.BytesIO(pdf.data)).pages[0].extract_text()
    assert pdf.headers["Content-Disposition"] == "inline; filename=B-2.pdf"
    assert b"CrossIndustryInvoice" in xml.data
    assert dates.data.startswith(b"BEGIN:VCALENDAR")


def test_a_statement_to_send(site: Site) -> None:
    of = {"client": "Acme", "ending": "html"}
    whole = site.get(f"{PAPERS}statement", **of, time="2026-03-31").get_data(as_text=True)
    open_ = site.get(f"{PAPERS}statement", **of, open="yes").get_data(as_text=True)

    assert "<h1>Statement of account</h1>" in whole
    assert "<h1>Open invoices</h1>" in open_


@pytest.mark.parametrize(
    ("what", "args", "said"),
    [
        ("document", {"number": "B-99", "client": "Acme", "ending": "pdf"}, "no invoice 'B-99'"),
        ("document", {"number": "B-1", "client": "Bo", "ending": "pdf"}, "not an invoice of 'Bo'"),
        ("document", {"number": "B-1", "client": "Acme", "ending": "exe"}, "ends in 'exe'"),
        ("document", {"number": "L-1", "client": "Late", "ending": "xml"}, "no e-invoice for"),
        ("statement", {"client": "Nobody", "ending": "pdf"}, "no client 'Nobody'"),
        ("statement", {"client": "Acme", "ending": "xml"}, "ends in 'xml'"),
        ("statement", {"client": "Mason", "ending": "html"}, "a letter is for clients"),
        ("calendar", {"time": "never"}, "never"),
    ],
)
def test_what_cannot_be_made_is_said(
    site: Site, what: str, args: dict[str, str], said: str
) -> None:
    response = site.get(f"{PAPERS}{what}", **args)

    assert response.status_code == 404
    assert said in response.get_data(as_text=True)


def test_a_fault_of_ours_is_a_sentence(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    started = show(BOOKS)
    monkeypatch.setattr("beancount_milestones.fava.serving.calendar_paper", lambda _books: 1 / 0)
    response = started.get(f"{PAPERS}calendar")

    assert response.status_code == 500
    assert "ZeroDivisionError" in response.get_data(as_text=True)


def test_hidden_numbers_make_no_documents(show: Show) -> None:
    started = show(BOOKS, incognito=True)

    assert started.get(f"{PAPERS}calendar").status_code == 403
    assert "so there are no documents" in started.text(view="invoice", invoice="B-2")
    assert "iframe" not in started.page(view="invoice", invoice="B-2")


@pytest.mark.parametrize(
    "view",
    [
        {"view": "outstanding"},
        {"view": "invoices"},
        {"view": "invoice", "invoice": "D-1"},
        {"view": "client", "client": "Early"},
        {"view": "contract", "contract": "early"},
    ],
    ids=lambda view: view["view"],
)
def test_a_discount_is_where_the_due_date_is(show: Show, view: dict[str, str]) -> None:
    early = REMIND.replace('"Late"', '"Early"').replace('"late"', '"early"').replace("L-1", "D-1")
    site = show(BOOKS + early.replace("  milestone", '  terms: "2/10 net 30"\n  milestone'))

    def said(date: str) -> int:
        return site.page(**view, time=date).count("2% off until 2026-01-22")

    assert said("2026-01-22") == 1
    assert said("2026-01-23") == 0
