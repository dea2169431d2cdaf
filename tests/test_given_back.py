"""What is given back, by kind: a returned payment, a refund, tax withheld by mistake.

And what is written by hand with tax withheld on it, or added to an invoice.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

import pytest
from beancount import loader
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from beancount_milestones import postings
from beancount_milestones.documents.making import invoice_documents
from beancount_milestones.documents.text import to_text
from beancount_milestones.reports import Scope, invoices, received, statement
from beancount_milestones.reports.invoices import numbered
from beancount_milestones.reports.taxes import taxes
from beancount_milestones.reports.withheld import withheld
from tests.receivables import (
    HEAD,
    billed,
    books,
    day,
    label,
    ledger,
    owed,
    settle,
    turned,
    values,
)
from tests.support import Loaded

#: 1,000 and 220 of tax; of what is paid, a client may withhold or take off some.
SITE = """
2020-01-01 open Assets:Withheld
  settles-as: "withholding"
2020-01-01 open Expenses:Discount
  settles-as: "discount"
2020-01-01 open Liabilities:VAT22
  tax: "S 22%"
2020-01-01 open Liabilities:VAT10
  tax: "S 10%"
2026-01-01 * "Acme" "Site"
  contract: "acme"
  milestone-one: "100%"
  Assets:Receivable    1,220.00 USD
  Liabilities:VAT22     -220.00 USD
  Income:Design
"""
ONE = billed("2026-02-01 one completed INV-1")


def entry(date: str, *postings: str, links: str = "^INV-1", number: str = "") -> str:
    """A transaction on the account of Acme, for what its other postings leave."""
    said = f'  invoice: "{number}"\n' if number else ""
    lines = "".join(f"  {posting} USD\n" for posting in postings)
    return f'{date} * "Acme" "By hand" {links}\n{said}{lines}  Assets:Receivable\n'


PAID_LESS_TAX = entry("2026-02-20", "Assets:Bank  1020.00", "Assets:Withheld  200.00")


def of_years(loaded: Loaded, date: str = "2027-12-31") -> dict[int, int]:
    """What is withheld by year."""
    return {row.year: int(row.amount) for row in withheld(books(loaded, date))}


def cash_tax(loaded: Loaded, date: str = "2027-12-31") -> list[tuple[str, str, str]]:
    """The rows of the tax in payments: day, invoice, amount."""
    found = taxes(books(loaded, date), basis="cash")
    return [(str(row.date), row.invoice, f"{row.tax:f}") for row in found]


def charged(loaded: Loaded) -> list[tuple[str, str]]:
    """The kinds of the lines of a statement, and what they charge."""
    lines = statement(books(loaded, "2027-12-31"), "Acme")
    return [(line.kind, str(line.charged)) for line in lines]


def money(loaded: Loaded) -> list[str]:
    return [f"{row.amount:f}" for row in received(books(loaded, "2027-12-31"))]


def test_a_payment_that_was_returned_was_not_withheld_either() -> None:
    back = entry("2026-03-20", "Assets:Bank  -1020.00", "Assets:Withheld  -200.00")
    loaded = ledger(SITE, ONE, PAID_LESS_TAX, back)

    assert of_years(loaded) == {2026: 0}
    assert of_years(loaded, "2026-03-01") == {2026: 200}
    assert money(loaded) == ["1020.00", "-1020.00"]
    lines = charged(loaded)
    assert lines[-3:-1] == [("returned", "1020.00"), ("withholding", "200.00")]
    assert sum(Decimal(tax) for *_, tax in cash_tax(loaded)) == 0


def test_what_a_bank_charges_with_a_returned_payment_is_money() -> None:
    back = entry("2026-03-20", "Assets:Bank  -1030.00", "Assets:Withheld  -200.00")
    loaded = ledger(SITE, ONE, PAID_LESS_TAX, back)

    assert of_years(loaded) == {2026: 0}
    assert money(loaded) == ["1020.00", "-1020.00"]
    items = books(loaded, "2027-12-31").open_items().items
    assert sorted(item.open for item in items) == [10, 1220]


def test_what_was_refunded_does_not_come_back_again() -> None:
    """Half of it is credited and refunded, then the whole payment is sent back, with a fee."""
    paid = entry("2026-02-20", "Assets:Bank  1220.00")
    credited = '2026-03-01 custom "milestone" "acme" "one" "credited" 50\n  invoice: "CN-1"\n'
    refund = entry("2026-03-02", "Assets:Bank  -610.00", links="^CN-1")
    back = entry("2026-03-20", "Assets:Bank  -625.00")
    again = entry("2026-04-20", "Assets:Bank  610.00")
    loaded = ledger(SITE, ONE, paid, credited, refund, back, again)

    def owed(date: str) -> list[Decimal]:
        return sorted(item.open for item in books(loaded, date).open_items().items)

    assert [owed(date) for date in ("2026-03-02", "2026-03-20", "2026-04-20")] == [
        [0],
        [15, 610],
        [0, 15],
    ]
    taxed = [tax for *_, tax in cash_tax(loaded)]
    assert sum(map(Decimal, taxed)) == 110


#: Days, money that comes in or goes back, and what it names.
BACK_TWICE = {
    "once paid": ((("03-01", "1220.00", "^INV-1"), ("03-10", "-1220.00", "^INV-1")), [1220, 1220]),
    "paid again": (
        (
            *(("03-01", "1220.00", "^INV-1"), ("03-10", "-1220.00", "^INV-1")),
            ("03-15", "1220.00", "^INV-1"),
        ),
        [1220],
    ),
    "without a name": (
        (("03-01", "1220.00", ""), ("03-10", "-1220.00", "^INV-1"), ("03-15", "1220.00", "")),
        [1220],
    ),
}


@pytest.mark.parametrize(("moves", "expected"), BACK_TWICE.values(), ids=BACK_TWICE)
def test_a_second_payment_that_comes_back_raises_what_was_paid_again(
    moves: tuple[tuple[str, str, str], ...], expected: list[int]
) -> None:
    """Else it is charged besides: nothing is owed twice on an invoice."""
    last = ("03-20", "-1220.00", "^INV-1")
    told = [
        entry(f"2026-{date}", f"Assets:Bank  {amount}", links=link)
        for date, amount, link in (*moves, last)
    ]
    at = books(ledger(SITE, ONE, *told), "2027-12-31")
    assert [item.open for item in at.open_items().items] == expected


def test_a_refund_gives_back_what_was_withheld_in_its_own_year() -> None:
    credited = billed("2027-01-15 one credited CN-1")
    refund = entry("2027-01-20", "Assets:Bank  -1020.00", "Assets:Withheld  -200.00", links="^CN-1")
    loaded = ledger(SITE, ONE, PAID_LESS_TAX, credited, refund)

    assert of_years(loaded, "2026-12-31") == {2026: 200}
    assert of_years(loaded) == {2026: 200, 2027: -200}
    assert money(loaded) == ["1020.00", "-1020.00"]
    lines = charged(loaded)
    assert lines[-3:-1] == [("refund", "1020.00"), ("withholding", "200.00")]
    # A refund in money alone leaves what was withheld.
    all_money = entry("2027-01-20", "Assets:Bank  -1220.00", links="^CN-1")
    assert of_years(ledger(SITE, ONE, PAID_LESS_TAX, credited, all_money)) == {2026: 200}


def test_tax_that_was_withheld_by_mistake_is_owed_again() -> None:
    mistake = entry("2026-06-20", "Assets:Withheld  -200.00")
    late = entry("2026-07-20", "Assets:Bank  200.00")
    loaded = ledger(SITE, ONE, PAID_LESS_TAX, mistake, late)

    assert of_years(loaded) == {2026: 0}
    assert [tax for *_, tax in cash_tax(loaded)] == ["220.00", "-36.07", "36.07"]


def test_a_returned_payment_gives_no_discount_back_as_money() -> None:
    first = entry("2026-02-20", "Assets:Bank  1159.00", "Expenses:Discount  61.00")
    back = entry("2026-03-20", "Assets:Bank  -1159.00", "Expenses:Discount  -61.00")
    again = entry("2026-04-20", "Assets:Bank  1220.00")

    rows = cash_tax(ledger(SITE, ONE, first, back, again))
    assert [tax for *_, tax in rows] == ["209.00", "-209.00", "220.00"]


def test_interest_on_an_invoice_has_none_of_its_tax() -> None:
    interest = entry("2026-06-20", "Income:Fees  -122.00")
    both = entry("2026-07-20", "Assets:Bank  1342.00")
    loaded = ledger(SITE, ONE, interest, both)

    assert [tax for *_, tax in cash_tax(loaded)] == ["220.00"]
    # Nothing was received before, and the paper says so.
    (found,) = invoice_documents(books(loaded, "2026-06-30"), "INV-1")
    assert values(found.received, found.settled, found.credited) == (0, 0, -122)
    assert found.open == 1342
    assert "Charged since 122.00" in " ".join(to_text(found).split())


#: A payment that comes back, with a fee of 30.
BACK_WITH_A_FEE = {
    "in the sum": ("Assets:Bank  -1250.00",),
    "charged": ("Assets:Bank  -1220.00", "Income:Fees  -30.00"),
    "and one of ours": (
        *("Assets:Bank  -1230.00", "Income:Fees  -30.00"),
        "Expenses:CardFees  10.00",
    ),
}


@pytest.mark.parametrize("postings", BACK_WITH_A_FEE.values(), ids=BACK_WITH_A_FEE)
def test_a_fee_on_a_payment_that_came_back_is_charged(postings: tuple[str, ...]) -> None:
    """Nothing more goes back than was paid."""
    first = entry("2026-02-20", "Assets:Bank  1220.00")
    loaded = ledger(SITE, ONE, first, entry("2026-03-20", *postings))

    assert charged(loaded)[-3:-1] == [("invoice", "30.00"), ("returned", "1220.00")]
    assert [tax for *_, tax in cash_tax(loaded)] == ["220.00", "-220.00"]
    (found,) = numbered(books(loaded, "2027-12-31"))
    assert values(found.gross, found.tax, found.paid) == (1250, 220, 0)


def test_a_payment_that_was_too_large_comes_back_as_it_was() -> None:
    """Nothing is charged that was paid before."""
    first = entry("2026-02-20", "Assets:Bank  1300.00")
    loaded = ledger(SITE, ONE, first, entry("2026-03-20", "Assets:Bank  -1300.00"))

    at = books(loaded, "2027-12-31")
    assert money(loaded) == ["1300.00", "-1300.00"]
    (found,) = numbered(at)
    assert values(found.gross, found.paid, found.open) == (1220, 0, 1220)
    assert not at.open_items().unapplied


#: Three invoices: what was paid on 02-10 is given back on 03-10.
THREE = """
2026-01-01 * "Acme" "In three"
  contract: "acme"
  milestone-one: "500.00 USD"
  milestone-two: "300.00 USD"
  milestone-six: "rest"
  Assets:Receivable  1,400.00 USD
  Income:Design
""" + billed(
    "2026-02-01 one completed INV-1", "2026-02-02 two completed INV-2",
    "2026-02-03 six completed INV-6",
)  # fmt: skip


INVOICES = ("INV-1", "INV-2", "INV-6")


def settled(loaded: Loaded, date: str) -> dict[str, list[str]]:
    """What settled each invoice."""
    return {
        label(item): [f"{match.amount:f} {match.basis}" for match in item.matches]
        for item in settle(loaded, date).items
    }


@pytest.mark.parametrize(
    ("amount", "links", "found"),
    [
        # One payment of two invoices, of some of them, of all and more.
        ("800.00", "^INV-1 ^INV-2", {"INV-1": "500.00 link", "INV-2": "300.00 link"}),
        ("650.00", "^INV-1 ^INV-2", {"INV-1": "500.00 link", "INV-2": "150.00 link"}),
        ("600.00", "^acme", {"INV-1": "500.00 link", "INV-2": "100.00 link"}),
        # It names nothing: the one of that amount, else the oldest.
        ("600.00", "", {"INV-6": "600.00 amount"}),
        ("300.00", "", {"INV-2": "300.00 amount"}),
        ("550.00", "", {"INV-1": "500.00 oldest", "INV-2": "50.00 oldest"}),
    ],
)
def test_what_a_payment_settled_it_settled_also_when_it_has_come_back(
    amount: str, links: str, found: dict[str, str]
) -> None:
    names = " ".join(f"^{name}" for name in found)
    paid = entry("2026-02-10", f"Assets:Bank  {amount}", links=links)
    back = entry("2026-03-10", f"Assets:Bank  -{amount}", links=names)
    loaded = ledger(THREE, paid, back)

    expected = {name: [found[name]] if name in found else [] for name in INVOICES}
    assert settled(loaded, "2026-03-09") == settled(loaded, "2026-03-10") == expected
    whole = {"INV-1": "500.00", "INV-2": "300.00", "INV-6": "600.00"}
    assert owed(loaded, "2026-03-10") == whole

    # Paid again, and returned again.
    again = entry("2026-03-20", f"Assets:Bank  {amount}", links=names)
    twice = ledger(THREE, paid, back, again, back.replace("2026-03-10", "2026-03-30"))
    left = {n: str(Decimal(x) - Decimal(found.get(n, "0 ").split()[0])) for n, x in whole.items()}
    assert owed(twice, "2026-03-20") == {n: x for n, x in left.items() if Decimal(x)}
    assert owed(twice, "2026-03-30") == whole


def test_what_is_beyond_all_of_several_invoices_is_owed_on_the_first() -> None:
    paid = entry("2026-02-10", "Assets:Bank  900.00", links="^INV-1 ^INV-2")
    back = entry("2026-03-10", "Assets:Bank  -900.00", links="^INV-1 ^INV-2")
    loaded = ledger(THREE, paid, back)

    assert settled(loaded, "2026-03-10")["INV-1"] == ["600.00 link"]
    assert owed(loaded, "2026-03-10") == {"INV-1": "500.00", "INV-2": "300.00", "INV-6": "600.00"}


def test_tax_withheld_comes_back_invoice_by_invoice() -> None:
    """Money settles the first one, and the rest of it the second with what was withheld."""
    both = "^INV-1 ^INV-2"
    paid = entry("2026-02-10", "Assets:Bank  600.00", "Assets:Withheld  200.00", links=both)
    back = entry("2026-03-10", "Assets:Bank  -600.00", "Assets:Withheld  -200.00", links=both)
    loaded = ledger(SITE.replace('"acme"', '"site"'), THREE, paid, back)

    debits = {
        label(item): [debit.parts for debit in item.debits]
        for item in settle(loaded, "2026-03-10").items
        if item.debits
    }
    assert debits == {
        "INV-1": [(("payment", 500),)],
        "INV-2": [(("payment", 100), ("withholding", 200))],
    }


def test_a_fee_with_tax_on_a_payment_that_came_back() -> None:
    first = entry("2026-02-20", "Assets:Bank  1220.00")
    fee = ("Assets:Bank  -1220.00", "Income:Fees  -25.00", "Liabilities:VAT22  -5.50")
    (found,) = numbered(books(ledger(SITE, ONE, first, entry("2026-03-20", *fee)), "2027-12-31"))

    assert values(found.net, found.tax, found.paid) == (1025, Decimal("225.50"), 0)


def test_a_fee_with_a_number_of_its_own_takes_nothing_of_what_came_back() -> None:
    first = entry("2026-02-20", "Assets:Bank  1220.00")
    back = """
    2026-03-20 * "Acme" "Came back"
      Assets:Receivable   1220.00 USD
        settles: "INV-1"
      Assets:Receivable     30.50 USD
        invoice: "FEE-1"
      Assets:Bank        -1220.00 USD
      Income:Fees          -25.00 USD
      Liabilities:VAT22     -5.50 USD
    """
    loaded = ledger(SITE, ONE, first, back)

    assert [tax for *_, tax in cash_tax(loaded)] == ["220.00", "-220.00"]
    fee, one = sorted(numbered(books(loaded, "2027-12-31")), key=lambda found: found.number)
    assert values(fee.net, fee.tax, fee.paid) == (25, Decimal("5.50"), 0)
    assert values(one.net, one.tax, one.paid) == (1000, 220, 0)


def test_what_is_billed_and_paid_at_once_with_another_invoice() -> None:
    both = """
    2026-02-20 * "Acme" "INV-1, and travel billed and paid at once"
      Assets:Bank         1281.00 USD
      Assets:Receivable  -1281.00 USD
        settles: "INV-1"
      Assets:Receivable     61.00 USD
        invoice: "T-1"
      Liabilities:VAT22    -11.00 USD
      Income:Design        -50.00 USD
    """
    loaded = ledger(SITE, ONE, both)
    *_, found = numbered(books(loaded, "2027-12-31"))

    assert [tax for *_, tax in cash_tax(loaded)] == ["220.00", "11.00"]
    assert values(found.number, found.net, found.tax, found.paid) == ("T-1", 50, 11, 61)


def test_what_a_refund_names_is_there_for_nothing_else() -> None:
    """A credit note that is used for another invoice, which has just so much open then."""
    other = """
    2026-01-01 * "Acme" "Shop"
      contract: "shop"
      milestone-all: "100%"
      Assets:Receivable  1,220.00 USD
      Income:Design
    2026-02-02 custom "milestone" "shop" "all" "completed"
      invoice: "INV-2"
    """
    first = entry("2026-02-20", "Assets:Bank  1220.00")
    credited = billed("2026-03-01 one credited CN-1").replace('"credited"', '"credited" 50')
    used = """
    2026-03-20 * "Acme" "CN-1 for INV-2"
      Assets:Receivable   610.00 USD
        settles: "CN-1"
      Assets:Receivable  -610.00 USD
        settles: "INV-2"
    """
    loaded = ledger(SITE, other, ONE, first, credited, used)

    found = books(loaded, "2027-12-31").open_items()
    assert [(item.number, item.open) for item in found.items if item.open] == [
        ("INV-2", Decimal(610))
    ]
    assert not found.unapplied


# ---------------------------------------------------------------- by hand


HAND = """
2026-04-10 * "Acme" "An hour"
  invoice: "H-1"
  Assets:Receivable    530.00 USD
  Assets:Withheld       75.00 USD
  Liabilities:VAT22   -105.00 USD
  Income:Design
"""


def test_tax_withheld_on_an_invoice_by_hand() -> None:
    loaded = ledger(SITE, HAND)

    (row,) = numbered(books(loaded, "2026-04-10"))
    assert values(row.net, row.tax, row.gross, row.held, row.open) == (500, 105, 605, 75, 530)
    (found,) = invoice_documents(books(loaded, "2026-04-10"), "H-1")
    assert values(found.net, found.withheld, found.retained, found.open) == (500, 75, 0, 530)
    assert of_years(loaded) == {2026: 75}


def test_tax_withheld_on_a_credit_note_by_hand() -> None:
    note = """
2027-01-10 * "Acme" "Less"
  invoice: "N-1"
  Assets:Receivable   -106.00 USD
  Assets:Withheld      -15.00 USD
  Liabilities:VAT22     21.00 USD
  Income:Design
"""
    loaded = ledger(SITE, HAND, note)

    row = numbered(books(loaded, "2027-01-10"))[-1]
    assert (row.number, *values(row.net, row.tax, row.held)) == ("N-1", -100, -21, -15)
    (found,) = invoice_documents(books(loaded, "2027-01-10"), "N-1")
    assert values(found.net, found.withheld) == (-100, -15)
    assert of_years(loaded) == {2026: 75, 2027: -15}
    at = books(loaded, "2027-12-31")
    assert len(withheld(replace(at, scope=Scope(client="Acme")))) == 2
    assert withheld(replace(at, scope=Scope(client="Bolt"))) == []


def test_a_credit_note_by_hand_stays_once_it_is_refunded() -> None:
    note = entry("2026-06-10", "Liabilities:VAT22  22.00", "Income:Design  100.00", number="N-1")
    refund = entry("2026-07-10", "Assets:Bank  -122.00", links="^N-1")
    loaded = ledger(SITE, ONE, entry("2026-05-10", "Assets:Bank  1220.00"), note, refund)

    row = numbered(books(loaded, "2026-07-31"))[-1]
    assert (row.number, *values(row.gross, row.open), row.status) == ("N-1", -122, 0, "credited")
    assert cash_tax(loaded) == [
        ("2026-05-10", "INV-1", "220.00"),
        ("2026-07-10", "N-1", "-22.00"),
    ]


BOOKS = """
2026-02-01 * "Acme" "Books"
  invoice: "INV-1"
  Assets:Receivable    110.00 USD
  Liabilities:VAT10    -10.00 USD
  Income:Design
"""


def test_what_is_written_by_hand_on_an_invoice_is_on_its_paper() -> None:
    loaded = ledger(SITE, ONE, BOOKS, entry("2026-02-20", "Assets:Bank  1330.00"))

    (found,) = invoice_documents(books(loaded, "2026-02-10"), "INV-1")
    assert [(line.title, int(line.this)) for line in found.lines] == [("one", 1000), ("Books", 100)]
    rates = [values(part.rate.rate, part.net, part.tax) for part in found.rates if part.rate]
    assert rates == [(22, 1000, 220), (10, 100, 10)]
    assert sum(Decimal(tax) for *_, tax in cash_tax(loaded)) == 230


def test_by_hand_on_two_accounts_each_has_its_part_of_every_tax() -> None:
    both = """
2026-02-01 * "Acme" "Books and prints"
  invoice: "H-2"
  Assets:Receivable        140.00 USD
  Assets:Receivable:Acme    93.00 USD
  Liabilities:VAT22        -22.00 USD
  Liabilities:VAT10        -11.00 USD
  Income:Design
"""
    second = """
2026-01-01 * "Acme" "Other"
  contract: "other"
  milestone-all: "100%"
  Assets:Receivable:Acme  1.00 USD
  Income:Design
"""
    found = invoice_documents(books(ledger(SITE, second, both), "2026-02-01"), "H-2")

    whole = [(part.tax, part.net) for one in found for part in one.rates]
    assert sum(tax for tax, _ in whole) == 33
    assert sum(one.net for one in found) == 200


@pytest.mark.parametrize(("number", "due"), [("CN-9", None), ("INV-9", "2026-04-04")])
def test_a_statement_has_the_due_dates_of_the_invoices(number: str, due: str | None) -> None:
    less = """
2026-03-01 * "Acme" "Less"
  contract: "acme"
  milestone-less: "100%"
  Assets:Receivable  -100.00 USD
  Income:Design
"""
    steps = billed("2026-03-02 less completed CN-9", "2026-03-05 less credited INV-9")
    loaded = ledger(SITE, ONE, less, steps)

    lines = statement(books(loaded, "2026-03-31"), "Acme")
    (found,) = [line.due for line in lines if line.invoice == number]
    assert found == (day(due) if due else None)


# ---------------------------------------------------------------- laws

#: Tax that is withheld is on the invoice.
FEES = """
2026-01-01 * "Bolt" "Fees"
  contract: "bolt"
  milestone-one: "1/3"
  milestone-two: "rest"
  Assets:Receivable    1,070.00 USD
  Assets:Withheld        150.00 USD
  Liabilities:VAT22     -220.00 USD
  Income:Design
"""
#: Beside what is owed: money, tax that is withheld, a discount. Or what is charged.
PAID = ("Assets:Bank", "Assets:Withheld", "Expenses:Discount")
CHARGED = (
    ("Income:Design  500.00",),
    ("Income:Design  500.00", "Liabilities:VAT22  110.00"),
    ("Income:Design  500.00", "Liabilities:VAT22  110.00", "Assets:Withheld  -75.00"),
    ("Income:Design  500.00", "Assets:Withheld  -75.00"),
)
dates = st.dates(day("2026-02-01"), day("2026-02-12"))


#: The day, the amount, and what it names.
Receipt = tuple[datetime.date, str, list[str]]
receipts: st.SearchStrategy[Receipt] = st.tuples(
    dates,
    st.sampled_from(["100.00", "300.00", "450.00", "600.00", "800.00"]),
    st.lists(st.sampled_from([*INVOICES, "acme"]), max_size=2),
)


def test_what_is_left_of_a_payment_settles_the_one_invoice_of_that_amount_that_came_back() -> None:
    early = entry("2026-02-10", "Assets:Bank  900.00", links="")
    named = [linked("2026-03-01", "500.00", ["INV-1"]), linked("2026-03-01", "300.00", ["INV-2"])]
    back = [linked("2026-03-10", "-500.00", ["INV-1"]), linked("2026-03-10", "-300.00", ["INV-2"])]

    found = settled(ledger(THREE, early, *named, *back), "2026-03-31")

    assert found == {
        "INV-1": ["500.00 link"],
        "INV-2": ["300.00 amount", "300.00 link"],
        "INV-6": ["600.00 oldest"],
    }


def linked(date: str, amount: str, names: Iterable[str]) -> str:
    return entry(date, f"Assets:Bank  {amount}", links=" ".join(f"^{name}" for name in names))


@given(st.lists(receipts, min_size=1, max_size=5), st.permutations(range(5)))
def test_what_has_come_back_is_owed_again_and_nothing_else_moves(
    paid: list[Receipt], order: list[int]
) -> None:
    """Each return names what the payment has settled."""
    written = [
        linked(str(date), amount, names).replace("By hand", f"Payment {n}")
        for n, (date, amount, names) in enumerate(paid)
    ]
    before = ledger(THREE, *written)
    found = settle(before, "2026-06-01")
    assume(not found.unapplied)
    open_ = sum((item.open for item in found.items), Decimal())
    for n in order:
        own = {
            label(item): match.amount
            for item in found.items
            for match in item.matches
            if match.credit.entry and match.credit.entry.narration == f"Payment {n}"
        }
        if own:
            amount = sum(own.values(), Decimal())
            written.append(linked(f"2026-04-{10 + len(written)}", f"-{amount}", own))
            open_ += amount
            after = ledger(THREE, *written)
            assert settled(after, "2026-06-01") == settled(before, "2026-06-01")
            items = settle(after, "2026-06-01").items
            assert sum(item.open for item in items) == open_


@st.composite
def steps(draw: st.DrawFn) -> str:
    """A bill or a credit note, with a number of its own."""
    date, event = draw(dates), draw(st.sampled_from(["completed", "credited"]))
    contract, name = draw(st.sampled_from(["acme one", "bolt one", "bolt two"])).split()
    number = f"{event[:2].upper()}{date.day}{contract[0]}"
    return f'{date} custom "milestone" "{contract}" "{name}" "{event}"\n  invoice: "{number}"\n'


@st.composite
def written(draw: st.DrawFn) -> str:
    """A transaction by hand: paid, returned, charged or credited, with a name or without."""
    date, payee = draw(dates), draw(st.sampled_from(["Acme", "Bolt"]))
    sign = draw(st.sampled_from([1, 1, -1]))
    numbers = st.sampled_from(["10.00", "50.00", "150.00", "535.00", "1220.00"])
    some = st.lists(st.sampled_from(PAID), min_size=1, unique=True)
    beside = draw(
        some.map(lambda accounts: tuple(f"{name}  {draw(numbers)}" for name in accounts))
        | st.sampled_from(CHARGED)
    )
    parts = (posting.split() for posting in beside)
    lines = "".join(f"  {name}  {sign * Decimal(figure)} USD\n" for name, figure in parts)
    link = draw(st.sampled_from(["", f"^CO{draw(dates).day}a", f"^CR{draw(dates).day}b", "^bolt"]))
    number = draw(st.sampled_from(["", "", f'  invoice: "H-{date.day}"\n']))
    return f'{date} * "{payee}" "By hand" {link}\n{number}{lines}  Assets:Receivable\n'


@settings(max_examples=200)
@given(st.lists(steps() | written() | written(), max_size=12), st.sampled_from(["sell", "buy"]))
def test_reports_and_papers_have_what_the_accounts_have(blocks: list[str], side: str) -> None:
    # Steps that cannot be are errors, and left out.
    text = turned("\n".join([HEAD, SITE, FEES, *blocks]), side)
    loaded = Loaded(*loader.load_string(text))
    at = books(loaded, "2027-12-31")
    sign = 1 if side == "sell" else -1
    # By account, as it is called on the sell side and with its signs.
    moved: dict[str, Decimal] = defaultdict(Decimal)
    for posting in (posting for entry in loaded.transactions for posting in entry.postings):
        moved[turned(posting.account, side)] += sign * postings.number(posting)
    # What was paid for a client is owed by them: it is not money that they were given back.
    items = at.open_items().items
    debits = [debit for item in items for debit in item.debits]
    for item in (item for item in items if not item.milestone):
        entry = item.debits[0].entry
        sums = {turned(p.account, side): postings.number(p) for p in entry.postings}
        # What is owed again was paid back first.
        parts = [part for debit in debits if debit.entry is entry for part in debit.parts]
        rest = abs(sums["Assets:Receivable"]) - sum(amount for _, amount in parts)
        money = sum(amount for kind, amount in parts if kind == "payment")
        lent = sign * sums.get("Assets:Bank", Decimal()) + money
        moved["Assets:Bank"] -= item.charged * lent / rest if rest else 0

    # What we pay is not received.
    money = moved["Assets:Bank"] if side == "sell" else 0
    assert sum(row.amount for row in received(at)) == money
    assert sum(row.amount for row in withheld(at)) == moved["Assets:Withheld"]
    assert sum(row.tax for row in taxes(at)) == -sign * moved["Liabilities:VAT22"]
    for number in {one.number for one in numbered(at)}:
        for found in invoice_documents(at, number):
            lines = sum(line.this for line in found.lines) + sum(one.net for one in found.drawn)
            assert lines == found.net == sum(part.net for part in found.rates), number
            assert sum(part.tax for part in found.rates) == found.tax


# ---------------------------------------------------------------- to another client


@pytest.mark.parametrize(("moved", "left"), [("615.00", 0), ("600.00", 15)])
def test_what_a_credit_note_has_left_pays_the_invoice_of_another_client(
    moved: str, left: int
) -> None:
    """Grant was charged and has paid; it was the work of Acme."""
    loaded = ledger(
        f"""
        2026-02-01 * "Grant" "Job"
          contract: "wrong"
          milestone-job: "100%"
          Assets:Receivable:Grant  615.00 USD
          Income:Design
        2026-02-15 custom "milestone" "wrong" "job" "completed"
          invoice: "T-2"
        2026-02-20 * "Grant" "Paid" ^T-2
          Assets:Bank  615.00 USD
          Assets:Receivable:Grant
        2026-03-01 custom "milestone" "wrong" "job" "credited"
          invoice: "T-3"
        2026-03-01 custom "milestone" "wrong" "job" "waived"
        2026-03-01 * "Acme" "Job"
          contract: "right"
          milestone-job: "100%"
          Assets:Receivable:Acme   615.00 USD
          Income:Design
        2026-03-01 custom "milestone" "right" "job" "completed"
          invoice: "T-4"
        2026-03-05 * "Acme" "What Grant has paid"
          Assets:Receivable:Grant   {moved} USD
            settles: "T-3"
          Assets:Receivable:Acme   -{moved} USD
            settles: "T-4"
        """
    )

    at = books(loaded, "2026-03-05")
    found = {row.invoice: int(row.open) for row in invoices(at)}
    assert found == {"T-2": 0, "T-3": 0, "T-4": left}
    for client in ("Acme", "Grant"):
        (*_, closing) = statement(at, client)
        assert abs(closing.balance) == left


def test_a_claim_that_comes_back_is_owed_again_though_a_credit_note_is_named_too() -> None:
    loaded = ledger(
        """
        2026-02-01 * "Acme" "Job"
          contract: "acme"
          milestone-one: "1,000.00 USD"
          milestone-two: "rest"
          Assets:Receivable:Acme   1,200.00 USD
          Income:Design
        2026-02-01 * "Grant" "Factor"
          contract: "grant"
          milestone-all: "100%"
          Assets:Receivable:Grant      1.00 USD
          Income:Design
        """,
        billed("2026-02-01 one completed R-1", "2026-02-01 two completed R-2"),
        billed("2026-03-01 two credited CN-1"),
        """
        2026-03-02 * "Acme" "Paid, though it was taken back" ^R-2
          Assets:Bank             200.00 USD
          Assets:Receivable:Acme
        2026-03-03 * "Acme" "To the factor" ^R-1
          Assets:Receivable:Grant  1,000.00 USD
          Assets:Receivable:Acme
        2026-03-04 * "Acme" "Back from the factor" ^R-1 ^CN-1
          Assets:Receivable:Acme   1,000.00 USD
          Assets:Receivable:Grant
        """,
    )

    found = {row.invoice: int(row.open) for row in invoices(books(loaded, "2026-03-04"))}
    assert found == {"R-1": 1000, "R-2": 0, "CN-1": 0}
