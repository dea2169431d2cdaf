"""What stands on an invoice beside what it charges: earlier ones, credit, what is held back."""

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from beancount_milestones.documents.html import invoice_html
from beancount_milestones.documents.layout import Layout
from beancount_milestones.documents.making import invoice_documents
from beancount_milestones.documents.model import InvoiceDocument, TaxIn
from beancount_milestones.documents.text import to_text
from beancount_milestones.parties import Party
from beancount_milestones.reports import Scope, contracts, invoices
from beancount_milestones.reports.withheld import withheld
from tests.receivables import ACME, TWO_BILLS, billed, books, ledger, paid, values
from tests.support import Loaded

BACK = '2026-04-01 custom "milestone" "acme" "one" "credited" 40\n  invoice: "CN-1"\n'


def only(loaded: Loaded, number: str, date: str) -> InvoiceDocument:
    (found,) = invoice_documents(books(loaded, date), number)
    return found


def credit(date: str, *more: str) -> tuple[int, int]:
    """What CN-1 is over, and what it leaves to the credit of the client."""
    found = only(ledger(ACME, TWO_BILLS, BACK, *more), "CN-1", date)
    return int(found.gross), int(found.open)


def test_earlier_invoices_are_those_of_the_client() -> None:
    loaded = ledger(
        """
        2026-01-01 open Assets:Receivable:City
          client: "City"
        2026-01-01 open Assets:Receivable:State
          client: "State"
        2026-01-01 * "Bridge"
          contract: "acme"
          milestone-one: "25%"
          milestone-two: "rest"
          Assets:Receivable:City    70,000.00 USD
          Assets:Receivable:State   30,000.00 USD
          Income:Design
        """,
        TWO_BILLS,
        '2026-04-01 custom "milestone" "acme" "two" "credited" 40\n  invoice: "CN-1"\n',
    )
    at = books(loaded, "2026-04-01")

    def seen(number: str) -> dict[str, list[tuple[str, int]]]:
        return {
            one.client.name: [(other.number, int(other.gross)) for other in one.earlier]
            for one in invoice_documents(at, number)
        }

    assert seen("INV-2") == {"City": [("INV-1", 17500)], "State": [("INV-1", 7500)]}
    assert [[other.net for other in one.takes_back] for one in invoice_documents(at, "CN-1")] == [
        [Decimal(52500)],
        [Decimal(22500)],
    ]


def test_a_credit_note_of_a_paid_invoice_leaves_the_money_to_the_clients_credit() -> None:
    other = paid("2026-04-03", "2000.00", "^INV-2")
    back = """
        2026-04-05 * "Acme" "Refund" ^CN-1
          Assets:Receivable   600.00 USD
          Assets:Bank
    """
    payment = paid("2026-03-05", "1000.00", "^INV-1")

    assert credit("2026-04-01") == (-600, 0)
    assert credit("2026-04-01", payment) == (-600, -600)
    assert credit("2026-04-03", payment, other) == (-600, -600)
    assert credit("2026-04-05", payment, other, back) == (-600, 0)


def test_of_more_money_a_credit_note_leaves_no_more_than_it_is_over() -> None:
    named = paid("2026-03-05", "1300.00", "^INV-1")
    elsewhere = paid("2026-03-05", "2300.00", "^INV-2")

    assert credit("2026-04-01", named) == (-600, -600)
    assert credit("2026-04-01", elsewhere) == (-600, 0)


def test_a_credit_note_by_hand_leaves_itself_to_the_clients_credit() -> None:
    note = """
        2026-03-10 * "Acme" "Sorry" ^INV-1
          invoice: "CN-1"
          Assets:Receivable   -50.00 USD
          Income:Design
    """
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-05", "1000.00", "^INV-1"), note)

    assert int(only(loaded, "CN-1", "2026-03-10").open) == -50


def test_money_is_to_the_credit_of_one_credit_note() -> None:
    both = BACK.replace(" 40", "") + BACK.replace('"one"', '"two"').replace(" 40", "").replace(
        "CN-1", "CN-2"
    )
    linked = paid("2026-03-05", "1000.00", "^brand-2026")
    unnamed = paid("2026-03-05", "1000.00")
    later = paid("2026-04-02", "1000.00")

    for payment, left in ((linked, [-1000, 0]), (unnamed, [-1000, 0]), (later, [0, 0])):
        loaded = ledger(ACME, TWO_BILLS, payment, both)
        found = [int(only(loaded, number, "2026-04-02").open) for number in ("CN-1", "CN-2")]
        assert found == left


def test_what_is_left_of_a_credit_note_is_on_its_own_number_as_in_the_register() -> None:
    """A reduction of 75, of which 45 are billed again, and one of 70; and what is held back."""
    reductions = """
        2026-01-10 * "Acme" "Less"
          contract: "acme"
          milestone-less: "100%"
          Assets:Receivable  -100.00 USD
          Income:Design
        2026-02-03 custom "milestone" "acme" "less" "progress" 75
          invoice: "R-1"
        2026-02-04 custom "contract" "acme" "progress"
          invoice: "R-2"
          milestone-less: 30
        2026-02-05 custom "milestone" "acme" "less" "completed"
          invoice: "R-3"
    """
    held = """
        2026-01-10 * "Acme" "Held"
          contract: "acme"
          retention: Assets:Retention
          milestone-held: "100%"
          Assets:Receivable  -100.00 USD
          Assets:Retention    100.00 USD
        2026-02-01 custom "contract" "acme" "progress"
          invoice: "R-1"
          milestone-one: 50
          milestone-held: 50
        2026-03-01 custom "milestone" "acme" "one" "credited"
          invoice: "R-2"
    """
    for text, left in ((reductions, [-30, 0, -70]), (held, [-50, 0])):
        at = books(ledger(ACME, text), "2026-03-02")
        rows = {row.invoice: row.open for row in invoices(at)}

        assert [int(amount) for amount in rows.values()] == left
        assert rows == {name: invoice_documents(at, name)[0].open for name in rows}


def test_what_is_left_of_a_credit_note_to_two_payers_is_of_each() -> None:
    loaded = ledger(
        """
        2026-01-01 open Assets:Receivable:City
          client: "City"
        2026-01-01 open Assets:Receivable:State
          client: "State"
        2026-01-01 * "Bridge"
          contract: "acme"
          milestone-one: "100%"
          Assets:Receivable:City    70,000.00 USD
          Assets:Receivable:State   30,000.00 USD
          Income:Design
        2026-01-10 * "Less"
          contract: "acme"
          milestone-less: "100%"
          Assets:Receivable:City    -7,000.00 USD
          Assets:Receivable:State   -3,000.00 USD
          Income:Design
        2026-02-01 custom "milestone" "acme" "less" "completed"
          invoice: "R-1"
        """
    )
    at = books(loaded, "2026-03-02")

    assert [(row.client, int(row.open)) for row in invoices(at)] == [
        ("City", -7000),
        ("State", -3000),
    ]
    assert [int(one.open) for one in invoice_documents(at, "R-1")] == [-7000, -3000]


@pytest.mark.parametrize("kind", ["set-off", "transfer", "payment"])
def test_an_account_that_settles_in_another_way_may_be_owed_on(kind: str) -> None:
    loaded = ledger(
        f"""
2026-01-01 open Assets:Factor
  settles-as: "{kind}"
2026-01-01 * "Acme" "Brand"
  contract: "acme"
  milestone-one: "100%"
  Assets:Factor   1,000.00 USD
  Income:Design
""",
        billed("2026-02-01 one completed INV-1"),
    )

    assert only(loaded, "INV-1", "2026-02-01").open == 1000


def test_tax_withheld_below_the_account_that_is_named_is_not_owed() -> None:
    loaded = ledger(
        """
2026-01-01 open Assets:Receivable:Tax
  settles-as: "withholding"
2026-01-01 * "Acme" "Audit"
  contract: "acme"
  receivable: Assets:Receivable
  milestone-one: "100%"
  Assets:Receivable:Acme   900.00 USD
  Assets:Receivable:Tax    100.00 USD
  Income:Design
""",
        billed("2026-02-01 one completed INV-1"),
    )
    found = only(loaded, "INV-1", "2026-02-01")

    assert (int(found.open), int(found.withheld)) == (900, 100)


@pytest.mark.parametrize("receivable", ["", "  receivable: Assets:Receivable\n"])
def test_tax_that_is_withheld_on_the_invoice_is_not_held_back_until_later(receivable: str) -> None:
    loaded = ledger(
        f"""
2026-01-01 open Assets:IRPF
  settles-as: "withholding"
2026-01-01 * "Acme" "Audit"
  contract: "acme"
{receivable}  milestone-one: "40%"
  milestone-two: "rest"
  Assets:Receivable   1,060.00 USD
  Assets:IRPF           150.00 USD
  Liabilities:VAT      -210.00 USD
  Income:Design      -1,000.00 USD
""",
        billed("2026-02-01 one completed INV-1"),
    )
    found = only(loaded, "INV-1", "2026-02-01")

    assert [int(n) for n in (found.held, found.withheld, found.retained)] == [60, 60, 0]
    assert [int(n) for n in (len(found.lines), found.owed, found.open)] == [1, 424, 424]
    assert re.search(r"^Tax withheld +-60\.00$", to_text(found), re.MULTILINE)
    (standing,) = contracts(books(loaded, "2026-02-01"))
    # Of the 1,210.00, 424.00 is billed and 60.00 withheld.
    assert int(standing.remaining) == 726
    rows = withheld(books(loaded, "2026-02-01"))
    assert [(row.client, row.year, int(row.amount), row.payments) for row in rows] == [
        ("Acme", 2026, 60, 1)
    ]
    assert withheld(books(loaded, "2026-01-31")) == []
    assert withheld(replace(books(loaded, "2026-02-01"), scope=Scope(client="Bolt"))) == []
    found = replace(found, seller=Party(), client=Party(language="es"))
    page = invoice_html(found, Layout(Path(), None))
    assert "Retención de impuestos" in page
    assert "garantía" not in page


def test_a_credit_note_releases_nothing_of_what_was_held_back() -> None:
    loaded = ledger(
        """
        2026-01-01 * "Acme" "Hall"
          contract: "acme"
          retention: Assets:Retention
          milestone-one: "50%"
          milestone-two: "rest"
          Assets:Receivable   1,800.00 USD
          Assets:Retention      200.00 USD
          Income:Design
        2026-01-01 * "Acme" "Hall, release"
          contract: "acme"
          milestone-release: "100%"
          Assets:Receivable     200.00 USD
          Assets:Retention
        """,
        TWO_BILLS,
        billed("2026-03-02 two credited CN-1", "2026-04-01 release invoiced INV-3"),
    )
    found = {n: only(loaded, n, "2026-04-01") for n in ("INV-1", "CN-1", "INV-3")}

    assert {n: (one.held_as, int(one.held)) for n, one in found.items()} == {
        "INV-1": ("held back", 100),
        "CN-1": ("no longer held", -100),
        "INV-3": ("released", -200),
    }


def test_what_only_releases_is_below_the_lines() -> None:
    loaded = ledger(
        """
        2026-01-01 * "Acme" "Hall"
          contract: "acme"
          retention: Assets:Retention
          milestone-one: "100%"
          Assets:Receivable   1,000.00 USD
          Income:Design
        2026-01-01 * "Acme" "Hall, held back"
          contract: "acme"
          milestone-two: "100% Held"
          Assets:Receivable    -100.00 USD
          Assets:Retention
        """,
        billed("2026-02-01 one completed INV-1", "2026-02-01 two invoiced INV-1"),
        billed("2026-03-01 two credited INV-2"),
    )
    first, release = only(loaded, "INV-1", "2026-03-01"), only(loaded, "INV-2", "2026-03-01")

    assert [line.milestone for line in first.lines] == ["one"]
    assert (release.kind, release.owed, release.takes_back) == ("invoice", Decimal(100), ())
    # An invoice has a line.
    assert [line.title for line in release.lines] == ["Held"]


# ---------------------------------------------------------------- by hand


@pytest.mark.parametrize("names", ["^INV-1", "^INV-1 ^CN-9", "^acme/one", "settles"])
def test_a_credit_note_by_hand_names_what_it_takes_back(names: str) -> None:
    """By a link, by `settles`, or as what it settles of a milestone."""
    says = '    settles: "INV-1"\n' if names == "settles" else ""
    links = "" if says else names
    note = (
        f'2026-03-05 * "Acme" "Less" {links}\n  invoice: "CN-9"\n'
        f"  Assets:Receivable  -100.00 USD\n{says}  Income:Design\n"
    )
    loaded = ledger(ACME, TWO_BILLS, note)

    assert [one.number for one in only(loaded, "CN-9", "2026-03-05").takes_back] == ["INV-1"]
    assert only(loaded, "INV-1", "2026-03-05").takes_back == ()


def test_a_credit_note_by_hand_over_two_invoices_is_one_document() -> None:
    note = """
        2026-03-05 * "Acme" "Less"
          invoice: "CN-9"
          Assets:Receivable  -100.00 USD
            settles: "INV-1"
          Assets:Receivable  -200.00 USD
            settles: "INV-2"
          Income:Design
    """
    document = only(ledger(ACME, TWO_BILLS, note), "CN-9", "2026-03-05")

    assert [line.this for line in document.lines] == [-300]
    assert values(document.gross, document.open) == (-300, 0)
    assert [one.number for one in document.takes_back] == ["INV-1", "INV-2"]


def test_a_credit_note_by_hand_on_two_accounts_leaves_what_is_left_on_both() -> None:
    note = """
        2026-03-05 * "Acme" "Less"
          invoice: "CN-9"
          Assets:Receivable        -100.00 USD
            settles: "INV-1"
          Assets:Receivable:Grant  -200.00 USD
          Income:Design
    """
    later = """
        2026-01-01 * "Acme" "Granted"
          contract: "grant"
          milestone-all: "100%"
          Assets:Receivable:Grant  9000.00 USD
          Income:Design
        2026-03-06 * "Acme" "Stamps"
          Assets:Receivable:Grant    50.00 USD
          Income:Fees
    """
    loaded = ledger(ACME, TWO_BILLS, note, later)

    assert only(loaded, "CN-9", "2026-03-05").open == -200
    assert only(loaded, "CN-9", "2026-03-06").open == -150


def test_a_credit_note_by_hand_that_names_nothing() -> None:
    note = '2026-03-05 * "Acme" ""\n  invoice: "CN-9"\n  Assets:Receivable  -1 USD\n  Income:Fees\n'

    assert only(ledger(ACME, TWO_BILLS, note), "CN-9", "2026-03-05").takes_back == ()


FOREIGN = """
2026-01-01 open Liabilities:VAT23
  tax: "S 23%"
2026-01-02 * "Acme" "Abroad"
  contract: "acme"
  milestone-one: "100%"
  Assets:Receivable   1,230 EUR @ 4.00 PLN
  Liabilities:VAT23  -920.00 PLN
  Income:Design    -4,000.00 PLN
2026-02-01 custom "milestone" "acme" "one" "completed"
  invoice: "INV-1"
2026-02-01 * "Acme" "By hand"
  invoice: "H-1"
  Assets:Receivable   1,230 EUR @ 4.00 PLN
  Liabilities:VAT23  -920.00 PLN
  Income:Design    -4,000.00 PLN
2026-02-02 * "Acme" "Less" ^H-1
  invoice: "CN-1"
  Assets:Receivable  -123 EUR @ 4.00 PLN
  Liabilities:VAT23    92.00 PLN
  Income:Design
"""


def test_tax_in_our_own_currency_is_tax_by_hand_too() -> None:
    loaded = ledger(FOREIGN)

    def figures(number: str) -> tuple[object, ...]:
        one = only(loaded, number, "2026-02-02")
        (rate,) = one.rates
        return (*map(int, (one.net, one.tax, one.gross, rate.net, rate.tax)), one.tax_in)

    assert figures("INV-1") == (1000, 230, 1230, 1000, 230, (TaxIn("PLN", Decimal("920.00")),))
    assert figures("H-1") == figures("INV-1")
    assert figures("CN-1") == (-100, -23, -123, -100, -23, (TaxIn("PLN", Decimal("-92.00")),))


def test_tax_at_the_price_of_what_is_owed() -> None:
    """A price on the tax, or none that ties it to what is owed; and one that is nothing."""
    tied = """
    2026-02-01 * "Acme" "By hand"
      invoice: "H-4"
      Assets:Receivable  1,230 EUR
      Liabilities:VAT23  -920.00 PLN @@ 230.00 EUR
      Income:Design     -1,000.00 EUR
    """
    apart = """
    2026-02-01 * "Acme" "By hand"
      invoice: "H-2"
      Assets:Receivable  1,000 EUR
      Income:Design     -1,000.00 EUR
      Liabilities:VAT23  -920.00 PLN
      Assets:Bank         920.00 PLN
    """
    free = """
    2026-02-01 * "Acme" "By hand"
      invoice: "H-3"
      Assets:Receivable  1,000 EUR @ 0 PLN
      Liabilities:VAT23  -920.00 PLN
      Assets:Bank         920.00 PLN
    """
    loaded = ledger(FOREIGN, tied, apart, free)

    found = [only(loaded, number, "2026-02-02") for number in ("H-4", "H-2", "H-3")]
    assert [(int(one.net), int(one.tax)) for one in found] == [(1000, 230), (1000, 0), (1000, 0)]


def test_two_taxes_over_two_accounts_are_cut_together() -> None:
    """Half of 0.05 and half of 0.05 is 0.05, not 0.03 twice."""
    loaded = ledger(
        """
        2026-01-01 open Liabilities:Central
          tax: "S 9%"
        2026-01-01 open Liabilities:State
          tax: "S 9%"
        2026-01-01 * "Acme" "So that they are receivable"
          contract: "acme"
          milestone-all: "100%"
          Assets:Receivable        1.00 USD
          Assets:Receivable:Grant  1.00 USD
          Income:Design
        2026-02-01 * "Acme" "By hand"
          invoice: "H-1"
          Assets:Receivable         0.33 USD
            invoice: "H-1"
          Assets:Receivable:Grant   0.33 USD
            invoice: "H-2"
          Liabilities:Central      -0.05 USD
          Liabilities:State        -0.05 USD
          Income:Design            -0.56 USD
        """
    )
    found = [only(loaded, number, "2026-02-01") for number in ("H-1", "H-2")]

    assert [(str(one.net), str(one.tax)) for one in found] == [("0.28", "0.05")] * 2
    assert [str(sum(part.tax for part in one.rates)) for one in found] == ["0.05"] * 2


# ---------------------------------------------------------------- order numbers


@pytest.mark.parametrize(
    ("orders", "one", "several"),
    [
        (("PO-1", "PO-1"), "PO-1", ()),
        (("PO-1", "PO-2"), "", (("a", "PO-1"), ("b", "PO-2"))),
        (("PO-1", ""), "", (("a", "PO-1"),)),
        (("", ""), "", ()),
    ],
)
def test_order_numbers_of_several_contracts(
    orders: tuple[str, str], one: str, several: tuple[tuple[str, str], ...]
) -> None:
    """The e-invoice has room for one order number, of the whole invoice."""
    loaded = ledger(
        *(
            f'2026-01-01 * "Acme" "Work"\n  contract: "{name}"\n'
            + (f'  order: "{order}"\n' if order else "")
            + '  milestone-all: "100%"\n  Assets:Receivable  10.00 USD\n  Income:Design\n'
            f'2026-02-01 custom "milestone" "{name}" "all" "completed"\n  invoice: "INV-1"\n'
            for name, order in zip("ab", orders, strict=True)
        )
    )
    found = only(loaded, "INV-1", "2026-02-01")

    assert (found.order, found.orders) == (one, several)
    page, plain = invoice_html(found, Layout(Path(), None)), to_text(found)
    for name, number in several:
        assert f"{number} ({name})" in page
        assert f"Order  {number} ({name})\n" in plain
    assert page.count("PO-") == len(several) + bool(one)


def test_a_number_by_hand_on_two_accounts_of_a_client_is_one_paper() -> None:
    """The second account is that of another contract of Acme."""
    text = ACME.replace("Assets:Receivable  ", "Assets:Receivable:Acme  ")
    lines = [
        f'2026-02-01 * "Acme" "{what}" ^H-1\n  {account}  {amount} USD\n  Income:Fees\n'
        for what, account, amount in (
            ("Hosting", "Assets:Receivable", "250.00"),
            ("Support", "Assets:Receivable:Acme", "100.00"),
        )
    ]
    both = ledger(text, ACME.replace('"acme"', '"more"').replace("^brand-2026", ""), *lines)

    (found,) = invoice_documents(books(both, "2026-02-01"), "H-1")

    assert [(line.title, int(line.this)) for line in found.lines] == [
        ("Hosting", 250),
        ("Support", 100),
    ]
    assert found.gross == found.open == 350
