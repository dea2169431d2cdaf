"""Invoices as documents, and as XML after EN 16931; the official rules are the referee."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import pytest
from beancount import loader

from beancount_milestones.documents import writers
from beancount_milestones.documents.einvoice import IncompleteError, cii, missing, ubl
from beancount_milestones.documents.einvoice.terms import Address, einvoice
from beancount_milestones.documents.html import invoice_html
from beancount_milestones.documents.layout import Layout
from beancount_milestones.documents.mail import of_invoice
from beancount_milestones.documents.making import UnknownNumberError, invoice_documents
from beancount_milestones.documents.model import InvoiceDocument, RateNet
from beancount_milestones.documents.schedule import schedule
from beancount_milestones.documents.text import to_text
from beancount_milestones.documents.words import day, languages, say
from beancount_milestones.model import of_register
from beancount_milestones.parties import Party, TaxRate
from beancount_milestones.reports import Books, invoices
from beancount_milestones.reports.application import applications
from tests import einvoices, referee
from tests.shipped import BOOKS

D = Decimal
RAM: Final = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"
YEAR_END: Final = date(2026, 12, 31)


def books_of(text: str, as_of: date = YEAR_END) -> Books:
    entries, errors, options = loader.load_string(text)
    assert not errors
    register = of_register(options)
    assert register
    return Books(register, entries, options, as_of)


def only(books: Books, number: str) -> InvoiceDocument:
    (found,) = invoice_documents(books, number)
    return found


@pytest.fixture(scope="module")
def books() -> Books:
    return books_of(einvoices.LEDGER)


@pytest.fixture(scope="module")
def documents(books: Books) -> dict[str, InvoiceDocument]:
    return {row.invoice: only(books, row.invoice) for row in invoices(books)}


WRITERS: Final[dict[str, Callable[[InvoiceDocument], bytes]]] = {"cii": cii, "ubl": ubl}


@pytest.mark.parametrize("syntax", WRITERS)
def test_the_official_rules_find_nothing(
    syntax: str, documents: dict[str, InvoiceDocument], tmp_path: Path
) -> None:
    files = {}
    for number, document in documents.items():
        if number != "H-2":
            files[number] = tmp_path / f"{number}.xml"
            files[number].write_bytes(WRITERS[syntax](document))
    assert len(files) == 23
    assert referee.judge(syntax, files) == {number: [] for number in files}


@pytest.mark.parametrize("syntax", WRITERS)
def test_the_official_rules_find_nothing_in_what_we_ship(syntax: str, tmp_path: Path) -> None:
    files = {}
    for path in BOOKS:
        entries, _, options = loader.load_file(str(path))
        register = of_register(options)
        assert register
        at = Books(register, entries, options, date(2027, 12, 31))
        for row in invoices(at):
            for document in invoice_documents(at, row.invoice):
                if not missing(document):
                    name = f"{path.stem}-{row.invoice.replace('/', '-')}"
                    files[name] = tmp_path / f"{name}.xml"
                    files[name].write_bytes(WRITERS[syntax](document))
    assert len(files) >= 10
    assert referee.judge(syntax, files) == {number: [] for number in files}


@pytest.mark.parametrize("syntax", WRITERS)
def test_tax_that_is_booked_in_another_currency_is_told_in_both(
    syntax: str, tmp_path: Path
) -> None:
    """Directive 2006/112, art. 230: BT-6 and BT-111."""
    abroad = """
2026-01-08 * "Acme" "Abroad"
  contract: "abroad"
  milestone-a: "50% Half of it"
  milestone-b: "rest"
  Assets:Receivable            119.00 USD @ 0.5 EUR
  Liabilities:VAT19             -9.50 EUR
  Income:Work                  -50.00 EUR
2026-02-12 custom "milestone" "abroad" "a" "completed"
  invoice: "Y-1"
2026-02-13 custom "milestone" "abroad" "a" "credited"
  invoice: "Y-2"
"""
    books = books_of(einvoices.OPENS + einvoices.SELLER + einvoices.CLIENT + abroad)
    bill, note = only(books, "Y-1"), only(books, "Y-2")
    assert [(*bill.tax_in[0], bill.tax)] == [("EUR", D("4.75"), D("9.5"))]
    assert [(*note.tax_in[0], note.tax)] == [("EUR", D("-4.75"), D("-9.5"))]
    assert "Tax in EUR" in to_text(bill)
    files = {document.number: tmp_path / f"{document.number}.xml" for document in (bill, note)}
    for document in (bill, note):
        files[document.number].write_bytes(WRITERS[syntax](document))
        assert b'currencyID="EUR">4.75<' in files[document.number].read_bytes()
    assert referee.judge(syntax, files) == {"Y-1": [], "Y-2": []}


@pytest.mark.parametrize("syntax", WRITERS)
def test_a_deposit_at_a_rate_of_its_own_keeps_the_official_rules(
    syntax: str, tmp_path: Path
) -> None:
    """A rate whose sum is below zero, and one whose sum is nothing."""
    text = """
2026-01-08 * "Acme" "Bath, deposit"
  contract: "bath"
  milestone-deposit: "100% Deposit"
  Assets:Receivable          5,950.00 EUR
  Liabilities:VAT19           -950.00 EUR
  Liabilities:Deposits      -5,000.00 EUR
2026-01-08 * "Acme" "Bath"
  contract: "bath"
  milestone-bath: "100% Delivery"
  Assets:Receivable         15,450.00 EUR
  Liabilities:Deposits       5,000.00 EUR
  Liabilities:VAT19            950.00 EUR
  Liabilities:VAT7          -1,400.00 EUR
  Income:Work              -20,000.00 EUR
2026-01-09 custom "milestone" "bath" "deposit" "invoiced"
  invoice: "Q-1"
2026-02-09 custom "milestone" "bath" "bath" "completed"
  invoice: "Q-2"

2026-01-08 * "Acme" "Tap, all of it before"
  contract: "tap"
  milestone-deposit: "100% Deposit"
  Assets:Receivable            119.00 EUR
  Liabilities:VAT19            -19.00 EUR
  Liabilities:Deposits        -100.00 EUR
2026-01-08 * "Acme" "Tap"
  contract: "tap"
  milestone-tap: "100% Delivery"
  Assets:Receivable              0.00 EUR
  Liabilities:Deposits         100.00 EUR
  Income:Work                 -100.00 EUR
2026-01-10 custom "milestone" "tap" "deposit" "invoiced"
  invoice: "Q-3"
2026-02-10 custom "milestone" "tap" "tap" "completed"
  invoice: "Q-4"
"""
    books = books_of(einvoices.OPENS + einvoices.SELLER + einvoices.CLIENT + text)
    files = {}
    for number in ("Q-1", "Q-2", "Q-3", "Q-4"):
        files[number] = tmp_path / f"{number}.xml"
        files[number].write_bytes(WRITERS[syntax](only(books, number)))
    assert parts_of(cii(only(books, "Q-2"))) == (
        "380",
        [
            ("Delivery", "20000.00", "S", "7"),
            ("Deposit, invoice Q-1 of 2026-01-09", "-5000.00", "S", "19"),
        ],
        [("20000.00", "1400.00", "S", "7"), ("-5000.00", "-950.00", "S", "19")],
        ["15000.00", "15000.00", "450.00", "15450.00", "15450.00"],
    )
    assert referee.judge(syntax, files) == {number: [] for number in files}


@pytest.mark.parametrize("syntax", WRITERS)
def test_two_reasons_for_no_tax_are_both_told(syntax: str, tmp_path: Path) -> None:
    text = "".join(
        f"""
2026-01-01 open Liabilities:Free{number}
  tax: "E {reason}"
2026-01-08 * "Acme" "Course {number}"
  contract: "course-{number}"
  milestone-a: "100% Course {number}"
  Assets:Receivable            100.00 EUR
  Liabilities:Free{number}           0.00 EUR
  Income:Work                 -100.00 EUR
2026-02-01 custom "milestone" "course-{number}" "a" "completed"
  invoice: "{invoice}"
"""
        for number, (invoice, reason) in enumerate(
            [
                ("V-1", "Section 19"),
                ("V-1", "Section 4 no. 21"),
                ("V-1", "Section 19"),
                ("V-2", "VATEX-EU-132-1I"),
                ("V-2", "VATEX-EU-132-1I School"),
                ("V-3", "VATEX-EU-132-1I"),
                ("V-3", "Section 19"),
            ]
        )
    )
    books = books_of(einvoices.OPENS + einvoices.SELLER + einvoices.CLIENT + text)
    found = {number: einvoice(only(books, number)).taxes for number in ("V-1", "V-2", "V-3")}
    assert {
        number: [(str(one.net), one.code, one.reason) for one in taxes]
        for number, taxes in found.items()
    } == {
        "V-1": [("300.00", "", "Section 19; Section 4 no. 21")],
        "V-2": [("200.00", "VATEX-EU-132-1I", "School")],
        "V-3": [("200.00", "", "VATEX-EU-132-1I; Section 19")],
    }
    files = {number: tmp_path / f"{number}.xml" for number in found}
    for number, file in files.items():
        file.write_bytes(WRITERS[syntax](only(books, number)))
    assert referee.judge(syntax, files) == {number: [] for number in files}


#: Of 989.00 PLN for 230.00 EUR, a third is 76.667441... EUR.
UNEVEN: Final = """
2026-01-01 open Liabilities:Zloty
  tax: "S 23%"
2026-01-08 * "Acme" "Job"
  contract: "job"
  milestone-a: "1/3 One"
  milestone-b: "rest Two"
  Assets:Receivable          1,230.00 EUR
  Liabilities:Zloty           -989.00 PLN @@ 230.00 EUR
  Income:Work               -1,000.00 EUR
2026-02-01 custom "milestone" "job" "a" "progress" 11
  invoice: "N-1"
2026-02-02 custom "milestone" "job" "a" "completed"
  invoice: "N-2"
2026-02-03 custom "milestone" "job" "b" "completed"
  invoice: "N-3"
2026-02-04 custom "milestone" "job" "b" "credited" 40
  invoice: "N-4"
"""


@pytest.mark.parametrize("syntax", WRITERS)
def test_tax_at_a_price_is_told_to_the_cent(syntax: str, tmp_path: Path) -> None:
    books = books_of(einvoices.OPENS + einvoices.SELLER + einvoices.CLIENT + UNEVEN)
    found = {number: only(books, number) for number in ("N-1", "N-2", "N-3", "N-4")}
    assert {
        number: (f"{one.net} {one.tax} {one.gross}", f"{one.lines[0].this}")
        for number, one in found.items()
    } == {
        "N-1": ("36.67 8.43 45.10", "36.67"),
        "N-2": ("296.66 68.24 364.90", "296.66"),
        "N-3": ("666.67 153.33 820.00", "666.67"),
        "N-4": ("-400.00 -92.00 -492.00", "-400.00"),
    }
    assert [f"{found[number].lines[0].remaining}" for number in ("N-2", "N-4")] == [
        "0.00",
        "400.00",
    ]
    files = {number: tmp_path / f"{number}.xml" for number in found}
    for number, document in found.items():
        assert [(part.net, part.tax) for part in document.rates] == [(document.net, document.tax)]
        assert missing(document) == []
        files[number].write_bytes(WRITERS[syntax](document))
    assert referee.judge(syntax, files) == {number: [] for number in files}


def test_a_schedule_and_an_application_are_to_the_cent_too() -> None:
    books = books_of(einvoices.OPENS + UNEVEN)
    assert [f"{one.net} {one.tax} {one.gross}" for one in schedule(books, "job").lines] == [
        "333.33 76.67 410.00",
        "666.67 153.33 820.00",
    ]
    (sheet,) = applications(books, "N-2")
    assert f"{sheet.value} {sheet.completed} {sheet.tax} {sheet.due}" == (
        "1000.00 333.33 68.24 364.90"
    )


@pytest.mark.parametrize("syntax", WRITERS)
def test_the_referee_sees_what_is_wrong(
    syntax: str, documents: dict[str, InvoiceDocument], tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.xml"
    wrong.write_bytes(WRITERS[syntax](documents["B-1"]).replace(b">3570.00<", b">3571.00<"))
    (found,) = referee.judge(syntax, {"wrong": wrong}).values()
    assert any(message.startswith("BR-CO-1") for message in found)


def parts_of(xml: bytes) -> tuple[str, list[tuple[str, ...]], list[tuple[str, ...]], list[str]]:
    """Type, lines, taxes and totals of a Cross Industry Invoice."""
    root = ElementTree.fromstring(xml)  # noqa: S314 - we wrote it

    def texts(element: ElementTree.Element, *tags: str) -> tuple[str, ...]:
        return tuple(found.text or "" for tag in tags for found in element.iter(RAM + tag))

    lines = [
        texts(line, "Name", "LineTotalAmount", "CategoryCode", "RateApplicablePercent")
        for line in root.iter(RAM + "IncludedSupplyChainTradeLineItem")
    ]
    (settlement,) = root.iter(RAM + "ApplicableHeaderTradeSettlement")
    taxes = [
        texts(tax, "BasisAmount", "CalculatedAmount", "CategoryCode", "RateApplicablePercent")
        for tax in settlement.iter(RAM + "ApplicableTradeTax")
    ]
    (sums,) = root.iter(RAM + "SpecifiedTradeSettlementHeaderMonetarySummation")
    return texts(root, "TypeCode")[0], lines, taxes, [found.text or "" for found in sums]


@pytest.mark.parametrize(
    ("number", "says"),
    [
        pytest.param(
            "B-1",
            (
                "380",
                [("Mock-ups <first>", "3000.00", "S", "19")],
                [("3000.00", "570.00", "S", "19")],
                ["3000.00", "3000.00", "570.00", "3570.00", "3570.00"],
            ),
            id="30% of 10,000 and 19%",
        ),
        pytest.param(
            "B-2",
            (
                "380",
                [("Final logo", "4200.00", "S", "19")],
                [("4200.00", "798.00", "S", "19")],
                ["4200.00", "4200.00", "798.00", "4998.00", "1000.00", "3998.00"],
            ),
            id="60% of 7,000, and 1,000 are received",
        ),
        pytest.param(
            "B-3",
            (
                "381",
                [("Final logo", "2800.00", "S", "19")],
                [("2800.00", "532.00", "S", "19")],
                ["2800.00", "2800.00", "532.00", "3332.00", "3332.00"],
            ),
            id="back from 60% to 20%: a credit note is positive",
        ),
        pytest.param(
            "D-1",
            (
                "380",
                [("With the order", "1500.00", "S", "19")],
                [("1500.00", "285.00", "S", "19")],
                ["1500.00", "1500.00", "285.00", "1785.00", "1785.00"],
            ),
            id="half of a deposit is an invoice",
        ),
        pytest.param(
            "D-3",
            (
                "380",
                [
                    ("Survey and drawings", "4000.00", "S", "19"),
                    ("Deposit, invoice D-1 of 2026-01-12", "-1200.00", "S", "19"),
                ],
                [("2800.00", "532.00", "S", "19")],
                ["2800.00", "2800.00", "532.00", "3332.00", "3332.00"],
            ),
            id="40% of the deposit are of its first invoice",
        ),
        pytest.param(
            "D-4",
            (
                "380",
                [
                    ("Built and fitted", "6000.00", "S", "19"),
                    ("Deposit, invoice D-1 of 2026-01-12", "-300.00", "S", "19"),
                    ("Deposit, invoice D-2 of 2026-01-19", "-1500.00", "S", "19"),
                ],
                [("4200.00", "798.00", "S", "19")],
                ["4200.00", "4200.00", "798.00", "4998.00", "4998.00"],
            ),
            id="what is left of the first invoice, and the second",
        ),
        pytest.param(
            "D-5",
            (
                "381",
                [
                    ("Built and fitted", "6000.00", "S", "19"),
                    ("Deposit, invoice D-1 of 2026-01-12", "-300.00", "S", "19"),
                    ("Deposit, invoice D-2 of 2026-01-19", "-1500.00", "S", "19"),
                ],
                [("4200.00", "798.00", "S", "19")],
                ["4200.00", "4200.00", "798.00", "4998.00", "4998.00"],
            ),
            id="a credit note gives the same deposits back",
        ),
        pytest.param(
            "H-1",
            (
                "380",
                [("Frame", "10000.00", "S", "19")],
                [("10000.00", "1900.00", "S", "19")],
                ["10000.00", "10000.00", "1900.00", "11900.00", "11900.00"],
            ),
            id="what is held back is invoiced all the same",
        ),
        pytest.param(
            "J-1",
            (
                "380",
                [("First", "33334", "S", "10")],
                [("33334", "3333", "S", "10")],
                ["33334", "33334", "3333", "36667", "36667"],
            ),
            id="a third of 100,000 yen; the income takes the yen that rounding leaves",
        ),
        pytest.param(
            "O-1",
            (
                "380",
                [("Damages", "500.00", "O")],
                [("500.00", "0.00", "O")],
                ["500.00", "500.00", "0.00", "500.00", "500.00"],
            ),
            id="outside the scope of tax there is no rate",
        ),
        pytest.param(
            "P-1",
            (
                "380",
                [("First", "333.34", "S", "5.5")],
                [("333.34", "18.33", "S", "5.5")],
                ["333.34", "333.34", "18.33", "351.67", "351.67"],
            ),
            id="33.3333% of 1,000, at a rate with decimals",
        ),
        pytest.param(
            "PA-2",
            (
                "381",
                [("Asphalt", "40.00", "S", "19"), ("No kerb", "100.00", "S", "19")],
                [("140.00", "26.60", "S", "19")],
                ["140.00", "140.00", "26.60", "166.60", "166.60"],
            ),
            id="a pay application that takes back",
        ),
        pytest.param(
            "R-1",
            (
                "380",
                [("Advice", "500.00", "AE", "0")],
                [("500.00", "0.00", "AE", "0")],
                ["500.00", "500.00", "0.00", "500.00", "500.00"],
            ),
            id="reverse charge",
        ),
        pytest.param(
            "T-2",
            (
                "380",
                [
                    ("Clean-up", "333.35", "S", "19"),
                    ("Clean-up", "333.33", "S", "7"),
                    ("Clean-up", "33.32", "Z", "0"),
                ],
                [
                    ("333.35", "63.34", "S", "19"),
                    ("333.33", "23.33", "S", "7"),
                    ("33.32", "0.00", "Z", "0"),
                ],
                ["700.00", "700.00", "86.67", "786.67", "786.67"],
            ),
            id="what no rate explains is not taxed",
        ),
        pytest.param(
            "M-1",
            (
                "380",
                [("A day of advice", "100.00", "S", "19")],
                [("100.00", "19.00", "S", "19")],
                ["100.00", "100.00", "19.00", "119.00", "119.00"],
            ),
            id="by hand",
        ),
        pytest.param(
            "M-2",
            (
                "381",
                [("Advice, too much of it", "10.00", "S", "19")],
                [("10.00", "1.90", "S", "19")],
                ["10.00", "10.00", "1.90", "11.90", "11.90"],
            ),
            id="a credit note by hand",
        ),
    ],
)
def test_what_an_invoice_says(
    documents: dict[str, InvoiceDocument], number: str, says: tuple[object, ...]
) -> None:
    """Type, lines, taxes (net, tax, category, rate) and totals, worked out by hand."""
    assert parts_of(cii(documents[number])) == says


def test_two_milestones_on_one_number_are_summed_by_rate(
    documents: dict[str, InvoiceDocument],
) -> None:
    _, lines, taxes, totals = parts_of(cii(documents["T-1"]))
    assert [line[0] for line in lines] == ["Catering"] * 3 + ["Catering again"] * 3
    assert taxes == [
        ("666.70", "126.67", "S", "19"),
        ("666.66", "46.67", "S", "7"),
        ("66.64", "0.00", "Z", "0"),
    ]
    assert totals == ["1400.00", "1400.00", "173.34", "1573.34", "1573.34"]


def test_a_document_has_the_totals_of_its_row(
    books: Books, documents: dict[str, InvoiceDocument]
) -> None:
    for row in invoices(books):
        document = documents[row.invoice]
        assert (document.net, document.tax, document.gross) == (row.net, row.tax, row.gross)
        assert sum(part.net for part in document.rates) == row.net
        assert sum(part.tax for part in document.rates) == row.tax
        this = sum(line.this for line in document.lines)
        assert this + sum(drawn.net for drawn in document.drawn) == row.net
        assert document.received + document.settled == row.paid
        assert document.owed == document.gross - row.held


def test_never_386(documents: dict[str, InvoiceDocument]) -> None:
    for document in documents.values():
        if not missing(document):
            assert b">386<" not in cii(document) + ubl(document)


def test_the_same_document_gives_the_same_bytes(books: Books) -> None:
    again = books_of(einvoices.LEDGER)
    for number in ("B-2", "D-4", "M-2"):
        for write in WRITERS.values():
            assert write(only(books, number)) == write(only(again, number))


def test_what_a_document_knows(documents: dict[str, InvoiceDocument]) -> None:
    second, deposit, draws, credit = (documents[name] for name in ("B-2", "D-1", "D-4", "B-3"))
    assert second.period == (date(2026, 2, 10), date(2026, 2, 20))
    assert second.discount == (D(2), date(2026, 3, 2))
    assert (second.order, second.title) == ("PO-77", "Brand identity")
    (line,) = second.lines
    assert [line.scheduled, line.before, line.this, line.remaining] == [D(7000), 0, 4200, 2800]
    assert line.percent == 60
    assert [one.number for one in second.earlier] == ["B-1"]
    assert second.earlier[0].gross == 3570
    assert deposit.period is None
    assert deposit.lines[0].deposit
    assert [(one.number, one.net, one.tax) for one in draws.drawn] == [
        ("D-1", D(-300), D(-57)),
        ("D-2", D(-1500), D(-285)),
    ]
    assert draws.title == "Desk"
    assert [one.number for one in credit.takes_back] == ["B-2"]
    assert (credit.discount, credit.due) == (None, None)
    assert documents["M-1"].period == (date(2026, 5, 1), date(2026, 5, 1))


def test_no_discount_is_offered_where_nothing_is_open() -> None:
    """On paper, in the terminal and in the e-invoice alike."""
    paid = """
2026-02-10 * "Acme" "Paid" ^B-1
  Assets:Bank                3,498.60 EUR
  Expenses:Losses               71.40 EUR
  Assets:Receivable
"""

    def offered(more: str = "") -> list[bool]:
        found = only(books_of(einvoices.LEDGER + more), "B-1")
        page = invoice_html(found, Layout(Path(), None))
        return ["2026-02-11" in one for one in (page, to_text(found), einvoice(found).terms)]

    assert offered() == [True] * 3
    assert offered(paid) == [False] * 3


def test_work_that_is_billed_later_keeps_its_day() -> None:
    document = only(
        books_of(
            einvoices.OPENS
            + """
2026-01-08 * "Acme" "Advice"
  contract: "advice"
  milestone-a: "1/2 First"
  milestone-b: "rest Second"
  Assets:Receivable            100.00 EUR
  Income:Work                 -100.00 EUR
2026-02-01 custom "milestone" "advice" "a" "progress" 50
2026-02-02 custom "milestone" "advice" "a" "invoiced" 30
  invoice: "A-1"
2026-02-03 custom "milestone" "advice" "a" "invoiced" 50
  invoice: "A-2"
2026-03-05 custom "milestone" "advice" "b" "invoiced"
  invoice: "A-3"
"""
        ),
        "A-2",
    )
    assert document.period == (date(2026, 2, 1), date(2026, 2, 1))


ADVICE = (
    einvoices.OPENS
    + """
2026-01-08 * "Acme" "Advice"
  contract: "advice"
  acceptance: 14
  milestone-a: "100%"
  Assets:Receivable            100.00 EUR
  Income:Work                 -100.00 EUR
"""
)


@pytest.mark.parametrize(
    "events",
    [
        # It is completed, by itself or because nobody refuses it, and that is taken back.
        "2026-02-24 completed; 2026-03-01 reopened; 2026-03-05 progress R-1",
        "2026-02-10 delivered; 2026-03-01 reopened; 2026-03-05 progress R-1",
        "2026-02-24 completed; 2026-03-01 reopened; 2026-03-05 progress; 2026-03-06 invoiced R-1",
        # It is delivered, and refused.
        "2026-02-10 delivered; 2026-02-11 rejected; 2026-03-05 completed R-1",
        # That was billed before.
        "2026-02-20 invoiced 5; 2026-02-24 completed; 2026-03-01 reopened; 2026-03-05 progress R-1",
    ],
)
def test_what_is_taken_back_was_not_done(events: str) -> None:
    document = only(books_of(ADVICE + of_advice(events)), "R-1")

    assert document.period == (date(2026, 3, 5), date(2026, 3, 5))


def test_when_it_was_done_what_a_credit_note_takes_back() -> None:
    events = "2026-02-24 completed R-0; 2026-03-01 reopened; 2026-03-05 credited R-1"

    assert only(books_of(ADVICE + of_advice(events)), "R-1").period == (
        date(2026, 2, 24),
        date(2026, 2, 24),
    )


def of_advice(events: str) -> str:
    """Directives from "DATE EVENT [N] [NUMBER]; …"."""
    found = ""
    for when, event, *more in (words.split() for words in events.split("; ")):
        share = "80" if event == "progress" else "".join(filter(str.isdigit, more))
        found += f'{when} custom "milestone" "advice" "a" "{event}" {share}\n'
        found += "".join(f'  invoice: "{word}"\n' for word in more if not word.isdigit())
    return found


HALL = (
    einvoices.OPENS
    + einvoices.SELLER
    + einvoices.CLIENT
    + """
2026-01-05 * "Acme" "Hall"
  contract: "hall"
  retention: Assets:Retention
  milestone-work: "100%"
  Assets:Receivable          119,000.00 EUR
  Liabilities:VAT19          -19,000.00 EUR
  Income:Work
2026-01-05 * "Acme" "Hall: held"
  contract: "hall"
  milestone-held: "100%"
  Assets:Receivable          -19,000.00 EUR
  Assets:Retention
2026-01-31 custom "contract" "hall" "progress"
  invoice: "PA-1"
  milestone-work: 90
"""
)
#: It holds back more than it charges.
MORE_HELD = (
    HALL
    + """
2026-02-28 custom "contract" "hall" "progress"
  invoice: "PA-2"
  milestone-work: 100
  milestone-held: 100
"""
)
#: It releases more than it takes back.
MORE_RELEASED = (
    HALL
    + """
2026-01-31 custom "milestone" "hall" "held" "invoiced" 50
  invoice: "PA-1"
2026-02-28 custom "contract" "hall" "progress"
  invoice: "PA-2"
  milestone-work: 85
  milestone-held: 0
"""
)


@pytest.mark.parametrize(
    ("text", "kind", "total"),
    [(MORE_HELD, "380", "11900.00"), (MORE_RELEASED, "381", "5950.00")],
)
def test_what_is_held_or_released_does_not_say_what_a_document_is(
    text: str, kind: str, total: str
) -> None:
    document = only(books_of(text), "PA-2")
    terms = einvoice(document)

    assert missing(document) == []
    assert (terms.type, f"{terms.payable}") == (kind, total)
    assert ("19,000.00" in terms.terms) == (kind == "380")
    # A credit note has no room for a due date.
    assert terms.due is None
    assert f">{total}<".encode() in cii(document)
    assert f">{total}<".encode() in ubl(document)


def test_what_is_below_zero_is_not_to_be_paid() -> None:
    held, released = (only(books_of(text), "PA-2") for text in (MORE_HELD, MORE_RELEASED))
    layout = Layout(Path(), None)

    assert [to_text(held).startswith("Invoice"), "Unapplied" in to_text(held)] == [True, True]
    assert held.due is None
    assert held.credited == 0
    assert "Nothing left to pay" in invoice_html(held, layout)
    # What is released is to be paid, also on a credit note.
    assert to_text(released).startswith("Credit note")
    assert "Amount due by 2026-02-28   3,550.00" in to_text(released)
    assert "Released                   9,500.00" in to_text(released)
    assert "3,550.00\N{NO-BREAK SPACE}EUR due by" in invoice_html(released, layout)
    assert b"We have credited 5,950.00 EUR" in of_invoice(released)


def test_an_invoice_is_as_of_its_own_day() -> None:
    """The title and the address that came later are not on it; what is paid is."""
    text = """
2026-06-01 custom "client" "Acme"
  address: "Elsewhere 1, 75003 Paris"
2026-06-01 * "Acme" "Brand identity, more"
  contract: "brand"
  milestone-more: "100% More"
  Assets:Receivable            119.00 EUR
  Liabilities:VAT19            -19.00 EUR
  Income:Work
2026-06-02 * "Acme" "The rest" ^B-1
  Assets:Bank                3,570.00 EUR
  Assets:Receivable         -3,570.00 EUR
"""
    books = books_of(einvoices.LEDGER + text)
    document = only(books, "B-1")
    assert document.client.address[-1] == "75002 Paris"
    assert (document.received, document.open) == (D(3570), D(0))
    assert document.due == date(2026, 3, 3)
    early = only(books_of(einvoices.LEDGER + text, date(2026, 5, 31)), "B-1")
    assert early.received == 0


def test_a_number_that_nobody_has(books: Books) -> None:
    with pytest.raises(UnknownNumberError, match="no invoice 'B-11' by 2026-12-31; did you mean"):
        invoice_documents(books, "B-11")


def test_an_invoice_by_hand_that_is_older_than_any_contract() -> None:
    text = (
        einvoices.OPENS
        + """
2026-01-02 * "Acme" "Brought forward"
  Assets:Receivable            700.00 EUR
    invoice: "F-88"
  Income:Work
2026-01-08 * "Acme" "Advice"
  contract: "advice"
  milestone-a: "100% Advice"
  Assets:Receivable            100.00 EUR
  Income:Work
"""
    )
    document = only(books_of(text), "F-88")
    assert (document.date, document.net, document.title) == (
        date(2026, 1, 2),
        D(700),
        "Brought forward",
    )


def test_deposits_that_no_invoice_has() -> None:
    """Billed without a number, taken back in part, and more drawn than there was."""
    books = books_of(
        einvoices.OPENS
        + einvoices.SELLER
        + einvoices.CLIENT
        + """
2026-01-08 * "Acme" "Desk, deposits"
  contract: "desk"
  deposit: Liabilities:Deposits
  milestone-early: "100% With the order"
  Assets:Receivable            119.00 EUR
  Liabilities:VAT19            -19.00 EUR
  Liabilities:Deposits        -100.00 EUR
2026-01-08 * "Acme" "Desk"
  contract: "desk"
  milestone-build: "100% Built"
  Assets:Receivable          1,071.00 EUR
  Liabilities:Deposits         100.00 EUR
  Liabilities:VAT19           -171.00 EUR
  Income:Work               -1,000.00 EUR
2026-01-12 custom "milestone" "desk" "early" "invoiced" 80
  invoice: "E-1"
2026-01-13 custom "milestone" "desk" "early" "credited" 30
  invoice: "E-2"
2026-02-12 custom "milestone" "desk" "build" "completed"
  invoice: "E-3"
"""
    )
    document = only(books, "E-3")
    assert [(one.number, one.net) for one in document.drawn] == [("E-1", D(-30)), ("", D(-70))]
    _, lines, _, _ = parts_of(cii(document))
    assert [line[0] for line in lines] == [
        "Built",
        "Deposit, invoice E-1 of 2026-01-12",
        "Deposit",
    ]


def test_a_deposit_is_no_tax_wherever_it_was_billed() -> None:
    """By a contract of its own, or before these books began; no rate and no key say so."""
    books = books_of(
        """
plugin "beancount_milestones"
2026-01-01 open Assets:Receivable
2026-01-01 open Liabilities:Deposits
2026-01-01 open Liabilities:VAT
2026-01-01 open Income:Work
2026-01-02 * "Acme" "Deposit"
  contract: "advance"
  milestone-deposit: "100% Deposit"
  Assets:Receivable          1,190.00 EUR
  Liabilities:VAT             -190.00 EUR
  Liabilities:Deposits      -1,000.00 EUR
2026-01-03 * "Acme" "Desk"
  contract: "desk"
  milestone-built: "100% Built"
  Assets:Receivable          3,570.00 EUR
  Liabilities:Deposits       1,000.00 EUR
  Liabilities:VAT             -570.00 EUR
  Income:Work               -4,000.00 EUR
2026-01-12 custom "milestone" "advance" "deposit" "invoiced"
  invoice: "A-1"
2026-02-12 custom "milestone" "desk" "built" "completed"
  invoice: "A-2"
"""
    )
    first, second = only(books, "A-1"), only(books, "A-2")
    assert (first.net, first.tax) == (D(1000), D(190))
    assert (second.net, second.tax) == (D(3000), D(570))
    assert [(one.number, one.net) for one in second.drawn] == [("A-1", D(-1000))]


def test_two_payers_and_a_price() -> None:
    """Each client has its part of net and tax; the price of the contract gives the currency."""
    books = books_of(
        einvoices.OPENS
        + """
2026-01-01 open Assets:Receivable:Other
  client: "Other"
2026-01-01 open Assets:Receivable:First
  client: "First"
2026-01-08 * "Acme" "Shared"
  contract: "shared"
  milestone-a: "100% All of it"
  Assets:Receivable:First      100.00 EUR
  Assets:Receivable:Other       19.00 EUR
  Liabilities:VAT19            -19.00 EUR
  Income:Work                 -100.00 EUR
2026-01-08 * "Acme" "Abroad"
  contract: "abroad"
  milestone-a: "100% All of it"
  Assets:Receivable            119.00 USD @ 0.5 EUR
  Liabilities:VAT19             -9.50 EUR
  Income:Work                  -50.00 EUR
2026-02-12 custom "milestone" "shared" "a" "completed"
  invoice: "Y-1"
2026-02-12 custom "milestone" "abroad" "a" "completed"
  invoice: "Y-2"
"""
    )
    first, other = sorted(invoice_documents(books, "Y-1"), key=lambda one: one.client.name)
    assert (first.client.name, first.net, first.tax) == ("First", D("84.03"), D("15.97"))
    assert (other.client.name, other.net, other.tax) == ("Other", D("15.97"), D("3.03"))
    for document in (first, other):
        assert document.lines[0].this == document.net
        assert sum(part.tax for part in document.rates) == document.tax
    abroad = only(books, "Y-2")
    assert (abroad.currency, abroad.net, abroad.tax) == ("USD", D(100), D(19))
    assert abroad.lines[0].scheduled == 100


def test_two_payers_share_no_tax_of_what_has_none() -> None:
    """Each tax of a payer is rounded; the cent that is left is tax of a rate that is not zero."""
    books = books_of(
        einvoices.OPENS
        + """
2026-01-01 open Assets:Receivable:First
  client: "First"
2026-01-01 open Assets:Receivable:Other
  client: "Other"
2026-01-08 * "Acme" "Shared"
  contract: "shared"
  milestone-a: "100% All of it"
  Assets:Receivable:First      466.67 EUR
  Assets:Receivable:Other      372.89 EUR
  Liabilities:VAT19           -114.00 EUR
  Liabilities:VAT7              -4.67 EUR
  Liabilities:Zero               0.00 EUR
  Income:Work                 -720.89 EUR
2026-02-12 custom "milestone" "shared" "a" "completed"
  invoice: "Y-1"
"""
    )
    found = {
        one.client.name: {part.rate.rate: part.tax for part in one.rates if part.rate}
        for one in invoice_documents(books, "Y-1")
    }

    assert found == {
        "First": {19: D("63.36"), 7: D("2.60"), 0: D("0.00")},
        "Other": {19: D("50.64"), 7: D("2.07"), 0: D("0.00")},
    }


def test_terms_of_several_contracts() -> None:
    """One number on two contracts: a discount only where both offer it, and no one contract."""
    text = """
2026-01-08 * "Acme" "{name}"
  contract: "{name}"
  terms: "{terms}"
  milestone-a: "100% {name} a"
  Assets:Receivable            119.00 EUR
  Liabilities:VAT19            -19.00 EUR
  Income:Work                 -100.00 EUR
2026-02-12 custom "milestone" "{name}" "a" "completed"
  invoice: "{number}"
"""
    ledger = (
        einvoices.OPENS
        + text.format(name="one", terms="2/10 net 30", number="K-1")
        + text.format(name="two", terms="2/10 net 30", number="K-1")
        + text.format(name="three", terms="2/10 net 30", number="K-2")
        + text.format(name="four", terms="net 30", number="K-2")
        + text.format(name="five", terms="net 30", number="K-3")
    )
    books = books_of(ledger)
    assert only(books, "K-1").discount == (D(2), date(2026, 2, 22))
    assert only(books, "K-2").discount is None
    assert only(books, "K-3").discount is None
    assert only(books, "K-1").contracts == ("one", "two")


def ledger(**changes: str) -> str:
    """A small ledger with one invoice, W-1, and something else about it."""
    parts: dict[str, Any] = {
        "seller": einvoices.SELLER,
        "client": einvoices.CLIENT,
        "tax": 'tax: "S 19%"',
        "vat": "Liabilities:VAT  -19.00 EUR",
        "owed": "119.00 EUR",
        "income": "",
        "extra": "",
    } | changes
    return """
plugin "beancount_milestones"
2026-01-01 open Assets:Receivable
2026-01-01 open Assets:Retention
2026-01-01 open Liabilities:VAT
  {tax}
2026-01-01 open Liabilities:Small
  tax: "E"
2026-01-01 open Liabilities:Outside
  tax: "O"
2026-01-01 open Liabilities:Reverse
  tax: "AE Tax is owed by the client"
2026-01-01 open Liabilities:Zero
  tax: "Z"
2026-01-01 open Income:Work
{seller}{client}
2026-01-08 * "Acme" "Advice"
  contract: "advice"
  milestone-a: "100% Advice"
  Assets:Receivable  {owed}
  {vat}
  Income:Work {income}
{extra}
2026-02-01 custom "milestone" "advice" "a" "completed"
  invoice: "W-1"
""".format(**parts)


BARE: Final = '2026-01-01 custom "{kind}" "{name}"\n  {keys}\n'


@pytest.mark.parametrize(
    ("changes", "sentences"),
    [
        ({}, []),
        (
            {"seller": ""},
            ['the ledger has no seller: add 2026-01-01 custom "seller" "NAME"'],
        ),
        (
            {"seller": BARE.format(kind="seller", name="North", keys='vat-id: "123"')},
            [
                (
                    "the seller 'North' has no address: add address: \"Musterstr. 1, 10115 Berlin\""
                    ' to custom "seller" "North"'
                ),
                'the seller \'North\' has no country: add country: "DE" to custom "seller" "North"',
                (
                    "the VAT number '123' of the seller 'North' has to begin with the two letters"
                    ' of its country, as in vat-id: "DE123456788"'
                ),
            ],
        ),
        (
            {
                "seller": BARE.format(
                    kind="seller", name="N", keys='address: "A, B"\n  country: "DE"'
                ),
            },
            [
                (
                    "the seller 'N' has no VAT or tax number: add vat-id: \"DE123456788\" to custom"
                    ' "seller" "N"'
                ),
            ],
        ),
        (
            {"client": ""},
            [
                (
                    "the client 'Acme' has no address: add address: \"Musterstr. 1, 10115 Berlin\""
                    ' to custom "client" "Acme"'
                ),
                'the client \'Acme\' has no country: add country: "DE" to custom "client" "Acme"',
            ],
        ),
        (
            {
                "vat": "Liabilities:Outside  0 EUR",
                "seller": BARE.format(
                    kind="seller", name="N", keys='address: "A, B"\n  country: "DE"'
                ),
            },
            [
                'the seller \'N\' has no tax number: add tax-id: "NUMBER" to custom "seller" "N"',
            ],
        ),
        (
            {
                "vat": "Liabilities:Reverse  0 EUR",
                "seller": BARE.format(
                    kind="seller", name="N", keys='address: "A, B"\n  country: "DE"'
                ),
                "client": BARE.format(
                    kind="client", name="Acme", keys='address: "A, B"\n  country: "DE"'
                ),
            },
            [
                (
                    "the seller 'N' has no VAT number: add vat-id: \"DE123456788\" to custom"
                    ' "seller" "N"'
                ),
                (
                    "the client 'Acme' has no VAT number: add vat-id: \"FR40303265045\" to custom"
                    ' "client" "Acme"'
                ),
            ],
        ),
        (
            {"tax": 'note: "no rate"'},
            [
                (
                    'the rate of its tax is not known: add tax: "S 19%" to the `open` of each of'
                    " its tax accounts"
                )
            ],
        ),
        (
            {"vat": "; no tax", "owed": "100.00 EUR"},
            [
                (
                    "the ledger does not say why no tax is charged: add a posting of 0 EUR to the"
                    ' contract, on an account whose `open` says tax: "E Small business" (or Z, AE,'
                    " K, G, O)"
                )
            ],
        ),
        (
            {"vat": "Liabilities:Small  0 EUR"},
            ['the ledger does not say why it is exempt: add the reason, as in tax: "E Section 19"'],
        ),
        (
            {"tax": 'tax: "S 0%"', "vat": "Liabilities:VAT  0 EUR"},
            ["tax of category S is more than 0%, not 0%: correct tax: on its account"],
        ),
        (
            {"tax": 'tax: "E 19% Reason"'},
            ["tax of category E is 0%, not 19%: correct tax: on its account"],
        ),
        (
            {"tax": 'tax: "7%"'},
            [
                (
                    "19.00 EUR of tax is not 7% of 100.00 EUR: give each rate a tax account of its"
                    " own, and what is not taxed one at 0%"
                )
            ],
        ),
        (
            {"owed": "119.005 EUR", "income": "-100.005 EUR"},
            [
                (
                    "EN 16931 allows 2 decimals, and an amount of this invoice has 3: write the"
                    " amounts of the contract in whole cents"
                )
            ],
        ),
        (
            {"owed": "119.00 XBT", "vat": "Liabilities:VAT  -19.00 XBT"},
            ["'XBT' is not the code of a currency after ISO 4217"],
        ),
        (
            {
                "vat": "Liabilities:Zero  0 EUR\n  Liabilities:Outside  0 EUR",
            },
            [
                (
                    "the ledger does not say why no tax is charged: add a posting of 0 EUR to the"
                    ' contract, on an account whose `open` says tax: "E Small business" (or Z, AE,'
                    " K, G, O)"
                )
            ],
        ),
    ],
)
def test_what_is_missing(changes: dict[str, str], sentences: list[str]) -> None:
    document = only(books_of(ledger(**changes)), "W-1")
    assert missing(document) == sentences
    for write in WRITERS.values():
        if sentences:
            with pytest.raises(IncompleteError) as raised:
                write(document)
            assert raised.value.sentences == sentences
            assert str(raised.value).startswith("no e-invoice for 'W-1': ")
        else:
            assert write(document)


def test_what_is_not_taxed_is_alone() -> None:
    extra = """
2026-01-08 * "Acme" "More"
  contract: "advice"
  milestone-b: "100% Damages"
  Assets:Receivable  50.00 EUR
  Liabilities:Outside  0 EUR
  Income:Work
2026-02-01 custom "milestone" "advice" "b" "completed"
  invoice: "W-1"
"""
    assert missing(only(books_of(ledger(extra=extra)), "W-1")) == [
        "what is not subject to VAT (O) cannot be on one invoice with what is"
    ]


def test_what_has_no_tax_has_not_a_cent_of_it() -> None:
    text = """
2026-01-08 * "Acme" "Books"
  contract: "books"
  milestone-a: "100%"
  Assets:Receivable  500.01 EUR
  Liabilities:Zero    -0.01 EUR
  Income:Work
2026-02-01 custom "milestone" "books" "a" "completed"
  invoice: "Z-9"
"""
    opens = einvoices.OPENS + einvoices.SELLER + einvoices.CLIENT

    assert missing(only(books_of(opens + text), "Z-9")) == [
        (
            "0.01 EUR of tax is not 0% of 500.00 EUR: give each rate a tax account of its own, and"
            " what is not taxed one at 0%"
        )
    ]


def test_lines_that_come_to_something_else_than_what_is_taxed(
    documents: dict[str, InvoiceDocument],
) -> None:
    """BR-S-08: such an e-invoice is not written."""
    found = documents["B-1"]
    (line,), (part,) = found.lines, found.rates
    low = TaxRate("S", D(7), "")
    split = (RateNet(part.rate, D(2900)), RateNet(low, D(100)))
    found = replace(found, lines=(replace(line, rates=split),))

    said = "its lines come to {} EUR at {} (S), and its tax is on {} EUR"
    assert [sentence.split(":")[0] for sentence in missing(found)] == [
        said.format("2900", "19%", "3000"),
        said.format("100", "7%", "0"),
    ]


def test_what_was_paid_has_the_decimals_of_its_currency() -> None:
    plain = books_of(
        einvoices.OPENS
        + einvoices.SELLER
        + einvoices.CLIENT
        + einvoices.CONTRACTS
        + '2026-02-03 * "Acme" "Part" ^B-1\n  Assets:Bank  100 EUR\n  Assets:Receivable\n'
    )
    document = only(plain, "B-1")

    assert document.received == 100
    assert b"PrepaidAmount>100.00<" in cii(document)


#: What is charged by hand on the number of B-1, 3,570.00, since; and what is paid.
INTEREST = '2026-04-01 * "Acme" "Interest" ^B-1\n  Assets:Receivable  6.52 EUR\n  Income:Work\n'
FEE = (
    '2026-02-10 * "Acme" "Paid" ^B-1\n  Assets:Bank  3570.00 EUR\n  Assets:Receivable\n'
    '2026-02-12 * "Acme" "Returned" ^B-1\n  Assets:Receivable  3576.52 EUR\n'
    "  Assets:Bank  -3570.00 EUR\n  Income:Work\n"
)
PORTO = INTEREST.replace("04-01", "02-03")


@pytest.mark.parametrize(
    ("since", "paid", "prepaid", "payable"),
    [
        (INTEREST, "3576.52", "3570.00", "0.00"),
        (INTEREST, "3570.00", "3570.00", "0.00"),
        (FEE, "3576.52", "3570.00", "0.00"),
        # It is due before the invoice is, and so it is paid before.
        (PORTO, "6.52", "0.00", "3570.00"),
        (PORTO, "10.00", "3.48", "3566.52"),
    ],
)
def test_what_was_charged_since_is_not_on_the_invoice(
    since: str, paid: str, prepaid: str, payable: str
) -> None:
    text = f'2026-04-05 * "Acme" "Paid" ^B-1\n  Assets:Bank  {paid} EUR\n  Assets:Receivable\n'
    found = only(books_of(einvoices.LEDGER + since + text, date(2026, 4, 30)), "B-1")
    told = einvoice(found)

    assert (str(told.prepaid), str(told.payable)) == (prepaid, payable)
    assert found.received == D(paid)


def test_what_is_no_invoice_of_ours(documents: dict[str, InvoiceDocument]) -> None:
    assert missing(documents["H-2"]) == [
        (
            "it charges nothing net of tax: what it asks for, such as retention that is released,"
            " is on earlier invoices"
        )
    ]
    bought = books_of(
        """
plugin "beancount_milestones"
2026-01-01 open Liabilities:Payable
2026-01-01 open Expenses:Work
2026-01-08 * "Sub" "Roof"
  contract: "roof"
  milestone-a: "100% Roof"
  Expenses:Work  100.00 EUR
  Liabilities:Payable
2026-02-01 custom "milestone" "roof" "a" "completed"
  invoice: "S-9"
"""
    )
    document = only(bought, "S-9")
    assert missing(document) == ["it is not an invoice of ours to send"]
    for ending in (".pdf", ".html", ".eml", ".xml"):
        with pytest.raises(IncompleteError, match="not an invoice of ours"):
            writers.WRITERS[ending](document, Layout.of(bought), "cii")
    # To read, the supplier has sent it to us.
    assert "\nFrom   Sub\nTo     not described\n" in to_text(document)


def test_retention_that_is_released_beside_work() -> None:
    extra = """
2026-01-08 * "Acme" "Advice, retention"
  contract: "advice"
  retention: Assets:Retention
  milestone-release: "100% Release"
  Assets:Receivable  10.00 EUR
  Assets:Retention  -10.00 EUR
2026-02-01 custom "milestone" "advice" "release" "invoiced"
  invoice: "W-1"
"""
    document = only(books_of(ledger(extra=extra)), "W-1")
    assert (document.held, document.owed) == (D(-10), D(129))
    assert parts_of(cii(document))[1:3] == (
        [("Advice", "100.00", "S", "19")],
        [("100.00", "19.00", "S", "19")],
    )
    # What pays for both has paid all that the work comes to.
    extra += "2026-01-01 open Assets:Bank\n"
    extra += '2026-02-05 * "Acme" "All" ^W-1\n  Assets:Bank  129.00 EUR\n  Assets:Receivable\n'
    told = einvoice(only(books_of(ledger(extra=extra)), "W-1"))
    assert (told.prepaid, told.payable) == (D(119), D(0))


def test_tax_that_the_client_withholds_is_in_the_terms() -> None:
    extra = """
2026-01-01 open Assets:Withheld
  settles-as: "withholding"
2026-01-08 * "Acme" "Audit"
  contract: "audit"
  milestone-all: "100% Audit"
  Assets:Receivable  104.00 EUR
  Assets:Withheld     15.00 EUR
  Liabilities:VAT    -19.00 EUR
  Income:Work
2026-02-01 custom "milestone" "audit" "all" "completed"
  invoice: "W-9"
"""
    document = only(books_of(ledger(extra=extra)), "W-9")
    assert (document.withheld, document.owed) == (D(15), D(104))
    assert "15.00 EUR of it is tax that you withhold." in cii(document).decode()


def test_two_rates_that_explain_all() -> None:
    document = only(
        books_of(
            einvoices.OPENS
            + """
2026-01-08 * "Acme" "Catering"
  contract: "catering"
  milestone-a: "100% Catering"
  Assets:Receivable
  Liabilities:VAT19            -19.03 EUR
  Liabilities:VAT7             -14.00 EUR
  Income:Work                 -300.00 EUR
2026-02-01 custom "milestone" "catering" "a" "completed"
  invoice: "V-1"
"""
        ),
        "V-1",
    )
    assert [(part.net, part.tax) for part in document.rates] == [
        (D("100.11"), D("19.03")),
        (D("199.89"), D("14.00")),
    ]


def test_no_client_at_all() -> None:
    text = ledger().replace('2026-01-08 * "Acme" "Advice"', '2026-01-08 * "Advice"')
    assert missing(only(books_of(text), "W-1")) == [
        'the invoice has no client: give its contract a payee, or client: "NAME"'
    ]


def test_small_parties() -> None:
    """Neither telephone nor bank, and a tax number alone."""
    seller = BARE.format(
        kind="seller", name="N", keys='address: "A, B"\n  country: "DE"\n  tax-id: "12/3"'
    )
    document = only(books_of(ledger(seller=seller)), "W-1")
    for write in WRITERS.values():
        text = write(document).decode()
        assert "Contact>" not in text
        assert "PaymentMeans>" not in text
        assert text.count("12/3") == 2


@pytest.mark.parametrize("language", languages())
def test_the_words_of_an_invoice_follow_the_client(language: str) -> None:
    client = einvoices.CLIENT + f'  language: "{language}"\n'
    ledger = einvoices.OPENS + einvoices.SELLER + client + einvoices.CONTRACTS
    text = cii(only(books_of(ledger), "D-4")).decode()
    assert say(language, "drawn", number="D-1", date=day(language, date(2026, 1, 12))) in text


def test_the_reason_for_no_tax_is_in_the_language_of_the_client() -> None:
    client = einvoices.CLIENT + '  language: "de"\n'
    ledger = einvoices.OPENS + einvoices.SELLER + client + einvoices.CONTRACTS
    text = cii(only(books_of(ledger), "R-1")).decode()
    assert ">Steuerschuldnerschaft des Leistungsempfängers<" in text
    assert ">VATEX-EU-AE<" in text


def test_a_language_of_others_is_english() -> None:
    assert say("tlh", "credited") == "This amount is credited."


def test_characters_that_xml_cannot_hold() -> None:
    text = ledger(client=einvoices.CLIENT.replace("Acme & Sons", "Acme \x07& <Sons>"))
    assert b"<ram:Name>Acme &amp; &lt;Sons&gt; SA<" in cii(only(books_of(text), "W-1"))


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        ((), ((), "", "")),
        (("Musterstr. 1", "10115 Berlin"), (("Musterstr. 1",), "Berlin", "10115")),
        (
            ("1 Main St", "Springfield IL 62701-1234"),
            (("1 Main St",), "Springfield IL", "62701-1234"),
        ),
        (("1 High St", "London SW1A 1AA"), (("1 High St",), "London", "SW1A 1AA")),
        (("Damrak 1", "1012 AB Amsterdam"), (("Damrak 1",), "Amsterdam", "1012 AB")),
        (("ul. Nowa 2", "00-950 Warszawa"), (("ul. Nowa 2",), "Warszawa", "00-950")),
        (("Kungsgatan 1", "111 22 Stockholm"), (("Kungsgatan 1",), "Stockholm", "111 22")),
        (("Weg 1", "D-10115 Berlin", "Germany"), (("Weg 1", "Germany"), "Berlin", "D-10115")),
        (("Nowhere",), ((), "Nowhere", "")),
        (("1234 Main Street", "Dublin"), (("1234 Main Street",), "Dublin", "")),
        (("Rua X 5", "1000-001 Lisboa"), (("Rua X 5",), "Lisboa", "1000-001")),
        (("10115 Berlin",), ((), "Berlin", "10115")),
        (("a", "b", "c", "d", "1234 E"), (("a", "b", "c, d"), "E", "1234")),
    ],
)
def test_addresses(lines: tuple[str, ...], address: tuple[tuple[str, ...], str, str]) -> None:
    assert Address.of(Party(address=lines, country="XX")) == (*address, "XX")
