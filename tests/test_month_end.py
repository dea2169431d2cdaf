"""Month-end: roll-forward, taxes, revenue, what was withheld. Figures by hand, and laws."""

import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beancount_milestones.reports.revenue import revenue
from beancount_milestones.reports.rollforward import rollforward
from beancount_milestones.reports.taxes import taxes
from beancount_milestones.reports.withheld import withheld
from tests.laws import periods_follow, revenue_agrees, rolled_agrees, tax_agrees
from tests.monthly import LEDGER
from tests.receivables import books, day, on_some_days, texts
from tests.shipped import BOOKS
from tests.strategies import Block, days, interesting, ledgers
from tests.strategies import load as load_blocks
from tests.support import Load, Loaded

D = Decimal


@pytest.fixture
def loaded(load: Load) -> Loaded:
    found = load(LEDGER)
    assert found.messages == []
    return found


# ---------------------------------------------------------------- roll-forward


def test_what_each_account_of_a_contract_got_and_gave(loaded: Loaded) -> None:
    rows = {
        (row.account, row.contract): (row.opening, row.added, row.taken, row.closing)
        for row in rollforward(books(loaded, "2026-02-28"), day("2026-02-01"))
    }

    # INV-1 of 300 is open; INV-2 bills 300, and 280 are paid.
    assert rows["Assets:Receivable", "brand"] == (D(300), D(300), D(280), D(320))
    # 60% of 250 is earned and not invoiced; half of 500 is invoiced and not earned.
    assert rows["Assets:Unbilled", "brand"] == (D(0), D(150), D(0), D(150))
    assert rows["Liabilities:Deferred", "brand"] == (D(0), D(0), D(250), D(-250))
    assert rows["Liabilities:Payable", "print"] == (D(0), D(0), D(400), D(-400))
    # Hosting is of no contract.
    assert rows["Assets:Receivable", ""] == (D(0), D(120), D(0), D(120))


def test_the_uses_and_sides_of_accounts(loaded: Loaded) -> None:
    rows = rollforward(books(loaded, "2026-03-31"))

    assert {(row.account, row.use, row.side) for row in rows} == {
        ("Assets:Receivable", "receivable", "sell"),
        ("Assets:Unbilled", "unbilled", "sell"),
        ("Liabilities:Deferred", "deferred", "sell"),
        ("Liabilities:Payable", "payable", "buy"),
    }
    assert [row.closing for row in rows if row.side == "buy"] == [0]


RETURNED = """
plugin "beancount_milestones"
2025-01-01 open Assets:Bank
2025-01-01 open Assets:AR
2025-01-01 open Liabilities:Deposits
2025-01-01 * "Acme" "Deposit"
  contract: "kit"
  milestone-all: "100%"
  Assets:AR  3,600.00 USD
  Liabilities:Deposits
2025-01-05 custom "milestone" "kit" "all" "invoiced"
  invoice: "K-1"
2025-01-20 * "Acme" "Paid" ^K-1
  Assets:Bank  3,600.00 USD
  Assets:AR
2025-02-25 custom "milestone" "kit" "all" "credited" 40
  invoice: "K-3"
2025-02-25 custom "milestone" "kit" "all" "waived"
2025-02-27 * "Acme" "Refund" ^K-3
  Assets:AR  2,160.00 USD
  Assets:Bank
"""


def owed_rows(loaded: Loaded, to: str, since: str) -> dict[str, list[str]]:
    return {
        row.contract: texts(row.opening, row.added, row.taken, row.closing)
        for row in rollforward(books(loaded, to), day(since))
        if row.account == "Assets:AR"
    }


def test_a_period_opens_as_the_one_before_it_closed(load: Load) -> None:
    """2,160 of the payment settle nothing since February: a movement of February."""
    loaded = load(RETURNED)

    assert owed_rows(loaded, "2025-01-31", "2025-01-01") == {
        "kit": ["0.00", "3600.00", "3600.00", "0.00"]
    }
    assert owed_rows(loaded, "2025-02-26", "2025-02-01") == {
        "kit": ["0.00", "2160.00", "2160.00", "0.00"],
        "": ["0.00", "0.00", "2160.00", "-2160.00"],
    }
    assert owed_rows(loaded, "2025-02-28", "2025-02-01") == {
        "kit": ["0.00", "2160.00", "2160.00", "0.00"],
        "": ["0.00", "2160.00", "2160.00", "0.00"],
    }
    assert owed_rows(loaded, "2025-02-28", "2025-02-27") == {
        "": ["-2160.00", "2160.00", "0.00", "0.00"]
    }


def test_nothing_is_before_the_first_day_there_is(loaded: Loaded) -> None:
    at = books(loaded, "2026-03-31")

    assert rollforward(at, datetime.date.min) == rollforward(at)


@given(ledgers, st.sets(days, min_size=2))
@settings(max_examples=60)
def test_each_period_opens_as_the_one_before_it_closed(
    blocks: list[Block], starts: set[datetime.date]
) -> None:
    periods_follow(load_blocks(blocks), sorted({*starts, day("2026-03-31")}))


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_each_period_opens_as_the_one_before_it_closed_in_what_we_ship(path: Path) -> None:
    found = list(on_some_days(path, 4))
    periods_follow(found[0][0], sorted({day(date) for _, date in found}))


@given(ledgers)
@settings(max_examples=40)
def test_closing_is_the_balance_of_the_account(blocks: list[Block]) -> None:
    loaded = load_blocks(blocks)
    dates = interesting(blocks)
    rolled_agrees(loaded, dates[-1], dates[0])


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_closing_is_the_balance_in_what_we_ship(path: Path) -> None:
    for loaded, date in on_some_days(path, 3):
        rolled_agrees(loaded, date, "2026-01-15")


# ---------------------------------------------------------------- taxes


def test_what_was_booked_in_a_period(loaded: Loaded) -> None:
    rows = taxes(books(loaded, "2026-02-28"), day("2026-02-01"))

    assert [(r.date, r.rate, r.client, r.contract, r.invoice, r.tax) for r in rows] == [
        (day("2026-02-20"), "S 20%", "Acme", "brand", "INV-2", D(50)),
        (day("2026-02-25"), "S 20%", "Landlord", "", "", D(-20)),
        (day("2026-02-26"), "S 20%", "Bolt", "", "HAND-1", D(20)),
    ]


def test_the_tax_in_each_payment(loaded: Loaded) -> None:
    """280 of 300 have 46.67 of the 50 of tax, the rest 3.33; 60 of 120 have 10 of 20."""
    rows = taxes(books(loaded, "2026-03-31"), basis="cash")

    assert [(row.date, row.invoice, row.tax) for row in rows] == [
        (day("2026-02-15"), "INV-1", D("46.67")),
        (day("2026-03-05"), "INV-1", D("3.33")),
        (day("2026-03-06"), "HAND-1", D("10.00")),
    ]


TAXED = """
plugin "beancount_milestones"
2026-01-01 open Assets:R
2026-01-01 open Assets:Bank
2026-01-01 open Liabilities:VAT
  tax: "S 20%"
2026-01-01 open Income:W
2026-01-05 * "Acme" "Job"
  contract: "c"
  milestone-a: "50% A"
  milestone-b: "50% B"
  Assets:R            2,400.00 USD
  Liabilities:VAT      -400.00 USD
  Income:W
2026-02-01 custom "milestone" "c" "a" "completed"
  invoice: "I-1"
"""


def tax_rows(loaded: Loaded, to: str, since: str = "") -> list[tuple[str, str, str]]:
    rows = taxes(books(loaded, to), day(since) if since else None, "cash")
    return [(str(row.date), row.invoice, f"{row.tax} {row.currency}") for row in rows]


def test_a_payment_that_goes_back_takes_its_tax_along(load: Load) -> None:
    paid = """
2026-02-10 * "Acme" "Paid" ^I-1
  Assets:Bank  1,200.00 USD
  Assets:R
2026-02-12 * "Bank" "Returned" ^I-1
  Assets:R  1,200.00 USD
  Assets:Bank
"""

    assert tax_rows(load(TAXED + paid), "2026-02-28") == [
        ("2026-02-10", "I-1", "200.00 USD"),
        ("2026-02-12", "I-1", "-200.00 USD"),
    ]


def test_what_is_credited_once_paid_has_its_tax_until_it_is_refunded(load: Load) -> None:
    loaded = load(
        TAXED
        + """
2026-02-10 * "Acme" "Paid" ^I-1
  Assets:Bank  1,200.00 USD
  Assets:R
2026-03-20 custom "milestone" "c" "a" "credited" 50
  invoice: "CN-1"
2026-03-25 * "Acme" "Refund" ^CN-1
  Assets:R  600.00 USD
  Assets:Bank
"""
    )

    assert tax_rows(loaded, "2026-02-28") == [("2026-02-10", "I-1", "200.00 USD")]
    # Nothing is given back yet.
    assert tax_rows(loaded, "2026-03-24", "2026-03-01") == []
    assert tax_rows(loaded, "2026-03-31", "2026-03-01") == [("2026-03-25", "CN-1", "-100.00 USD")]
    assert tax_rows(loaded, "2026-03-31") == [
        ("2026-02-10", "I-1", "100.00 USD"),
        ("2026-02-10", "I-1", "100.00 USD"),
        ("2026-03-25", "CN-1", "-100.00 USD"),
    ]


def test_the_tax_of_a_payment_in_advance_is_in_the_period_of_its_invoice(load: Load) -> None:
    loaded = load(
        TAXED
        + """
2026-01-20 * "Acme" "Paid ahead"
  Assets:Bank  1,200.00 USD
  Assets:R
"""
    )

    assert tax_rows(loaded, "2026-01-31") == []
    assert tax_rows(loaded, "2026-02-28", "2026-02-01") == [("2026-02-01", "I-1", "200.00 USD")]


def test_tax_is_in_its_own_currency(load: Load) -> None:
    loaded = load(
        TAXED.replace("2,400.00 USD", "2,000.00 EUR @ 1.2 USD")
        + """
2026-02-10 * "Acme" "Paid half" ^I-1
  Assets:Bank  600.00 USD
  Assets:R    -500.00 EUR @ 1.2 USD
"""
    )

    assert tax_rows(loaded, "2026-02-28") == [("2026-02-10", "I-1", "100.00 USD")]


def test_a_discount_pays_no_tax(load: Load) -> None:
    text = LEDGER.replace("Assets:TDS              30.00", "Expenses:Rent           30.00")
    rows = taxes(books(load(text), "2026-02-28"), basis="cash")

    assert [row.tax for row in rows] == [D("41.67")]


#: 19,000 of tax on 100,000; a tenth of all is held back, or held by a milestone of its own.
RETAINED = """
plugin "beancount_milestones"
2026-01-01 open Assets:R
2026-01-01 open Assets:R:Two
2026-01-01 open Assets:Bank
2026-01-01 open Assets:Ret
2026-01-01 open Liabilities:VAT
  tax: "S 19%"
2026-01-01 open Income:W
2026-01-02 * "B" "Roof"
  contract: "roof"
  retention: Assets:Ret
  milestone-a: "60%"
  milestone-b: "40%"
  Assets:R          107,100.00 EUR
  Assets:Ret         11,900.00 EUR
  Liabilities:VAT   -19,000.00 EUR
  Income:W
2026-01-02 * "B" "Release"
  contract: "roof"
  milestone-half: "50%"
  milestone-rest: "rest"
  Assets:R           11,900.00 EUR
  Assets:Ret        -11,900.00 EUR
2026-02-01 custom "milestone" "roof" "a" "completed"
  invoice: "1"
2026-03-01 * "B" "1" ^1
  Assets:Bank        64,260.00 EUR
  Assets:R
2026-04-01 custom "milestone" "roof" "b" "completed"
  invoice: "2"
2026-04-01 custom "milestone" "roof" "half" "invoiced"
  invoice: "3"
2026-05-01 * "B" "2 and 3" ^2 ^3
  Assets:Bank        48,790.00 EUR
  Assets:R
2027-02-01 custom "milestone" "roof" "rest" "invoiced"
2027-03-01 * "B" "4" ^roof
  Assets:Bank         5,950.00 EUR
  Assets:R
"""


def test_the_tax_of_what_is_held_back_comes_with_its_release(load: Load) -> None:
    assert tax_rows(load(RETAINED), "2027-12-31") == [
        ("2026-03-01", "1", "10260.00 EUR"),
        ("2026-05-01", "2", "6840.00 EUR"),
        ("2026-05-01", "3", "950.00 EUR"),
        ("2027-03-01", "", "950.00 EUR"),
    ]


def test_what_is_held_back_by_a_milestone_of_its_own_is_not_received(load: Load) -> None:
    text = """
2026-01-02 * "B" "Roof"
  contract: "roof"
  retention: Assets:Ret
  milestone-a: "100%"
  Assets:R           17,850.00 EUR
  Liabilities:VAT    -2,850.00 EUR
  Income:W
2026-01-02 * "B" "Held"
  contract: "roof"
  milestone-held: "100%"
  Assets:R           -2,975.00 EUR
  Assets:Ret
2026-02-01 custom "contract" "roof" "progress"
  invoice: "1"
  milestone-a: 100
  milestone-held: 100
2026-03-01 * "B" "1" ^1
  Assets:Bank        14,875.00 EUR
  Assets:R
2027-02-01 custom "milestone" "roof" "held" "credited"
  invoice: "2"
2027-03-01 * "B" "2" ^2
  Assets:Bank         2,975.00 EUR
  Assets:R
"""
    opens = RETAINED[: RETAINED.index("2026-01-02")]

    assert tax_rows(load(opens + text), "2027-12-31") == [
        ("2026-03-01", "1", "2375.00 EUR"),
        ("2027-03-01", "2", "475.00 EUR"),
    ]


def test_a_credit_note_takes_back_what_is_held_of_the_tax(load: Load) -> None:
    less = """
2026-03-02 custom "milestone" "roof" "a" "credited" 50
  invoice: "CN"
2026-03-20 * "B" "Refund" ^CN
  Assets:R           32,130.00 EUR
  Assets:Bank
"""
    assert tax_rows(load(RETAINED[: RETAINED.index("2026-04-01")] + less), "2026-12-31") == [
        ("2026-03-01", "1", "5130.00 EUR"),
        ("2026-03-01", "1", "5130.00 EUR"),
        ("2026-03-20", "CN", "-5130.00 EUR"),
    ]


def test_tax_that_is_charged_with_the_release_is_not_in_what_is_held_back(load: Load) -> None:
    """The tax point of a retention may be its release (VAT Regulations 1995, reg. 89)."""
    text = RETAINED.replace("107,100.00", "105,200.00").replace("11,900.00", "11,900.00")
    text = text.replace("-19,000.00", "-17,100.00").replace(
        "Assets:R           11,900.00 EUR", "Assets:R           13,800.00 EUR"
    )
    text = text.replace(
        "  Assets:Ret        -11,900.00 EUR\n",
        "  Assets:Ret        -11,900.00 EUR\n  Liabilities:VAT\n",
    )
    paid = text.replace("64,260.00", "63,120.00").replace("48,790.00", "48,980.00")

    assert tax_rows(load(paid.replace("5,950.00", "6,900.00")), "2027-12-31") == [
        ("2026-03-01", "1", "10260.00 EUR"),
        ("2026-05-01", "2", "6840.00 EUR"),
        ("2026-05-01", "3", "950.00 EUR"),
        ("2027-03-01", "", "950.00 EUR"),
    ]


def test_what_has_no_number_has_its_tax_too(load: Load) -> None:
    text = TAXED.replace('  invoice: "I-1"\n', "  invoice: TRUE\n") + """
2026-02-02 custom "milestone" "c" "b" "completed"
2026-02-03 * "Acme" "By hand"
  Assets:R              60.00 USD
  Liabilities:VAT      -10.00 USD
  Income:W
2026-02-10 * "Acme" "Paid"
  Assets:Bank        2,460.00 USD
  Assets:R
"""  # fmt: skip

    assert sorted(tax_rows(load(text), "2026-02-28")) == [
        ("2026-02-10", "", "10.00 USD"),
        ("2026-02-10", "", "200.00 USD"),
        ("2026-02-10", "", "200.00 USD"),
    ]


def test_each_payer_pays_its_own_part_of_the_tax(load: Load) -> None:
    text = TAXED.replace(
        "  Assets:R            2,400.00 USD",
        "  Assets:R            1,800.00 USD\n  Assets:Two            600.00 USD",
    ).replace(
        "2026-01-01 open Assets:Bank", "2026-01-01 open Assets:Bank\n2026-01-01 open Assets:Two"
    )
    paid = """
2026-02-10 * "Acme" "Paid" ^I-1
  Assets:Bank  900.00 USD
  Assets:R
2026-02-11 * "Acme" "Paid" ^I-1
  Assets:Bank  300.00 USD
  Assets:Two
"""  # fmt: skip

    rows = taxes(books(load(text + paid), "2026-02-28"), basis="cash")
    assert sum(row.tax for row in rows) == 200


def test_what_adjusts_an_invoice_by_hand_is_told_with_it(load: Load) -> None:
    less = """
2026-02-10 * "Acme" "Less 2%"
  settles: "I-1"
  Assets:Bank      1,176.00 USD
  Income:W            20.00 USD
  Liabilities:VAT      4.00 USD
  Assets:R
"""
    rows = taxes(books(load(TAXED + less), "2026-02-28"))

    assert [(row.invoice, row.contract, row.tax) for row in rows] == [
        ("I-1", "c", D(200)),
        ("I-1", "c", D(-4)),
    ]


@given(ledgers)
@settings(max_examples=40)
def test_the_rows_of_a_tax_account_are_what_it_moved(blocks: list[Block]) -> None:
    tax_agrees(load_blocks(blocks), interesting(blocks)[-1])


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_the_rows_of_a_tax_account_are_what_it_moved_in_what_we_ship(path: Path) -> None:
    for loaded, date in on_some_days(path, 2):
        tax_agrees(loaded, date)


# ---------------------------------------------------------------- revenue


def test_revenue_by_month(loaded: Loaded) -> None:
    rows = [
        (row.month, row.contract, row.recognised, row.expected, row.side)
        for row in revenue(books(loaded, "2026-03-20"))
    ]

    assert rows == [
        ("2026-01", "brand", D(250), D(0), "sell"),
        ("2026-02", "brand", D(150), D(0), "sell"),
        ("2026-02", "print", D(400), D(0), "buy"),
        # The target of the draft is past: it is expected in the month that one looks.
        ("2026-03", "brand", D(0), D(100), "sell"),
        ("2026-06", "brand", D(0), D(500), "sell"),
    ]


def test_what_has_no_target_or_falls_away_has_no_month(load: Load) -> None:
    more = """
2026-01-09 * "Carl" "Loose"
  contract: "loose"
  milestone-one: "50%"
  milestone-two: "50%"
  Assets:Receivable  100.00 GBP
  Income:Work
2026-01-10 custom "milestone" "loose" "two" "cancelled"
"""
    rows = revenue(books(load(LEDGER + more), "2026-01-15"))

    assert [(row.month, row.expected) for row in rows if row.contract == "loose"] == [("", D(50))]


def test_an_advance_that_is_given_back_is_not_expected(load: Load) -> None:
    """Cancelled at half billed and a fifth earned; of the half all but a fifth goes back."""
    more = """
2026-01-09 * "Carl" "Tool"
  contract: "tool"
  unbilled: Assets:Unbilled
  deferred: Liabilities:Deferred
  milestone-all: "100%"
  Assets:Receivable  1,000.00 GBP
  Income:Work
2026-01-10 custom "milestone" "tool" "all" "invoiced" 50
2026-01-11 custom "milestone" "tool" "all" "progress" 20
2026-01-12 custom "milestone" "tool" "all" "cancelled"
2026-01-13 custom "milestone" "tool" "all" "credited" 40
"""
    loaded = load(LEDGER + more)

    def tool(date: str) -> list[tuple[str, Decimal, Decimal]]:
        rows = revenue(books(loaded, date))
        return [(r.month, r.recognised, r.expected) for r in rows if r.contract == "tool"]

    assert tool("2026-01-12") == [("2026-01", D(200), D(0)), ("", D(0), D(300))]
    assert tool("2026-01-13") == [("2026-01", D(200), D(0))]


@given(ledgers)
@settings(max_examples=40)
def test_recognised_is_the_income_of_the_ledger(blocks: list[Block]) -> None:
    revenue_agrees(load_blocks(blocks), interesting(blocks)[-1])


def test_what_somebody_else_calls_an_event_is_not_ours(load: Load) -> None:
    more = """
2026-03-01 * "Party" "Tickets"
  event: "concert"
  contract: "none"
  Assets:Bank             10.00 GBP
  Income:Work
"""
    at = books(load(LEDGER + more), "2026-03-20")

    assert revenue(at) == revenue(books(load(LEDGER), "2026-03-20"))


# ---------------------------------------------------------------- withheld


def test_what_was_withheld_by_client_and_year(loaded: Loaded) -> None:
    rows = withheld(books(loaded, "2026-12-31"))

    assert [(row.client, row.year, row.amount, row.payments, row.side) for row in rows] == [
        ("Acme", 2026, D("30.00"), 1, "sell"),
        ("Sub", 2026, D("40.00"), 1, "buy"),
    ]


def test_what_was_withheld_of_what_settles_nothing(load: Load) -> None:
    more = """
2026-04-01 * "Bolt" "Too much" ^NONE-1
  Assets:Bank             10.00 GBP
  Assets:TDS             100.00 GBP
  Assets:Receivable
"""
    rows = withheld(books(load(LEDGER + more), "2026-12-31"))

    assert ("Bolt", D("100.00")) in [(row.client, row.amount) for row in rows]
