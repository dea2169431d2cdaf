"""Pay applications, as on G702 and G703, worked out by hand."""

import datetime
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings

from beancount_milestones.reports.application import (
    Application,
    ApplicationLine,
    UnknownApplicationError,
    applications,
    sheet_totals,
)
from beancount_milestones.reports.sequence import when_billed
from beancount_milestones.reports.slices import slices
from tests.receivables import WITHHELD, billed, books, day, ledger, values
from tests.strategies import Block, ledgers, load
from tests.support import Loaded

# 100,000 of work in two lines, 10% held back, and a change order of 10,000.
BRIDGE = """
2026-01-01 * "Acme" "Footbridge"
  contract: "acme"
  retention: Assets:Retention
  milestone-piles: "40,000.00 USD Piles"
  milestone-deck: "rest Deck"
  Assets:Receivable   90,000.00 USD
  Assets:Retention    10,000.00 USD
  Income:Design

2026-02-10 * "Acme" "Footbridge: lights"
  contract: "acme"
  milestone-lights: "100% Lights"
  Assets:Receivable    9,000.00 USD
  Assets:Retention     1,000.00 USD
  Income:Design

2026-01-01 * "Acme" "Footbridge: release"
  contract: "acme"
  milestone-release: "100%"
  Assets:Receivable   11,000.00 USD
  Assets:Retention

2026-01-31 custom "contract" "acme" "progress"
  invoice: "PA-1"
  milestone-piles: 50
2026-02-28 custom "contract" "acme" "progress"
  invoice: "PA-2"
  milestone-piles: 100
  milestone-deck: 10
  milestone-lights: 25
2026-03-31 custom "contract" "acme" "progress"
  invoice: "PA-3"
  milestone-deck: 5
  milestone-lights: 100
2026-06-30 custom "milestone" "acme" "release" "invoiced" "4,000.00 USD"
  invoice: "PA-4"
"""


def only(loaded: Loaded, number: str, date: str = "2026-12-31") -> Application:
    (found,) = applications(books(loaded, date), number)
    return found


def cover(found: Application) -> list[str]:
    """Lines 1 to 9, without zeros at the end."""
    lines = (
        *(found.value, found.changes, found.total, found.completed, found.retention),
        *(found.earned, found.previous, found.current, found.balance),
    )
    return [f"{line.normalize():f}" for line in lines]


def test_the_cover_of_every_application() -> None:
    loaded = ledger(BRIDGE)

    # 20,000 of the piles, 2,000 held back.
    assert cover(only(loaded, "PA-1")) == [
        *("100000", "0", "100000", "20000", "2000", "18000", "0", "18000", "82000")
    ]
    # 40,000, 6,000 of the deck, 2,500 of the lights: 48,500, and 4,850 held back.
    assert cover(only(loaded, "PA-2")) == [
        *("100000", "10000", "110000", "48500", "4850", "43650", "18000", "25650", "66350")
    ]
    # The deck goes down to 3,000; the lights are done: 53,000.
    assert cover(only(loaded, "PA-3")) == [
        *("100000", "10000", "110000", "53000", "5300", "47700", "43650", "4050", "62300")
    ]
    # 4,000 of what is held back are released.
    assert cover(only(loaded, "PA-4")) == [
        *("100000", "10000", "110000", "53000", "1300", "51700", "47700", "4000", "58300")
    ]


def test_the_sheet_as_a_whole() -> None:
    found = only(ledger(BRIDGE), "PA-3")

    assert (found.number, found.date, found.contract, found.title, found.client) == (
        *("PA-3", day("2026-03-31"), "acme", "Footbridge", "Acme"),
    )
    assert values(found.currency, found.tax, found.deposits, found.due) == ("USD", 0, 0, 4050)
    piles, deck, release, lights = found.lines
    assert piles == ApplicationLine(
        contract="acme",
        milestone="piles",
        title="Piles",
        change=False,
        scheduled=Decimal(40000),
        previous=Decimal(40000),
        this=Decimal(0),
        to_date=Decimal(40000),
        percent=Decimal(100),
        balance=Decimal(0),
        retention=Decimal(4000),
    )
    assert values(deck.previous, deck.this, deck.to_date, deck.percent) == (6000, -3000, 3000, 5)
    assert values(lights.change, lights.scheduled, lights.this) == (True, 10000, 7500)
    # No work: nothing is scheduled, so there is no percentage of it.
    assert values(release.scheduled, release.to_date, release.percent) == (0, 0, None)


def test_a_change_order_is_not_on_an_earlier_sheet() -> None:
    """The application is of its own day, whenever one looks."""
    loaded = ledger(BRIDGE)

    names = [line.milestone for line in only(loaded, "PA-1").lines]
    assert names == ["piles", "deck", "release"]
    assert only(loaded, "PA-1") == only(loaded, "PA-1", "2026-01-31")


def test_tax_and_deposits_come_after_line_8() -> None:
    loaded = ledger(
        """
        2026-01-01 * "Acme" "Advance"
          contract: "acme"
          milestone-advance: "100%"
          Assets:Receivable       240.00 USD
          Liabilities:VAT         -40.00 USD
          Liabilities:Deferred   -200.00 USD
        2026-01-01 * "Acme" "Shop"
          contract: "acme"
          milestone-work: "100%"
          Assets:Receivable       960.00 USD
          Liabilities:Deferred    200.00 USD
          Liabilities:VAT        -160.00 USD
          Income:Design
        """,
        billed("2026-01-02 advance invoiced PA-1"),
        '2026-02-01 custom "milestone" "acme" "work" "progress" 50\n  invoice: "PA-2"\n',
    )
    first, second = only(loaded, "PA-1"), only(loaded, "PA-2")

    assert values(first.current, first.deposits, first.tax, first.due) == (0, 200, 40, 240)
    # Half of 1,000, of which the deposit has paid 100.
    assert values(second.current, second.deposits, second.tax, second.due) == (500, -100, 80, 480)
    assert second.total == 1000


def test_tax_withheld_is_not_retention() -> None:
    loaded = ledger(WITHHELD)
    first, second = only(loaded, "PA-1"), only(loaded, "PA-2")

    assert cover(second) == ["1000", "0", "1000", "1000", "50", "950", "380", "570", "50"]
    assert values(first.retention, first.lines[0].retention) == (20, 20)
    assert values(first.tax, first.withheld, first.due) == (84, 60, 404)
    assert values(second.tax, second.withheld, second.due) == (126, 90, 606)
    ties(loaded)


def test_what_a_supplier_applies_for_is_positive_too() -> None:
    loaded = ledger(
        """
        2026-01-01 * "Sub" "Piles"
          contract: "sub"
          retention: Liabilities:Deferred
          milestone-piles: "100%"
          Expenses:CardFees       1,000.00 USD
          Liabilities:Deferred     -100.00 USD
          Liabilities:VAT          -900.00 USD
        2026-02-01 custom "milestone" "sub" "piles" "progress" 30
          invoice: "S-1"
        """
    )

    assert cover(only(loaded, "S-1")) == [
        *("1000", "0", "1000", "300", "30", "270", "0", "270", "730")
    ]


def test_one_number_for_two_contracts_and_two_numbers_on_one_day() -> None:
    other = BRIDGE.replace('"acme"', '"other"').split("2026-02-28 custom")[0]
    again = (
        '2026-01-31 custom "milestone" "other" "deck" "progress" 10\n  invoice: "PA-0"\n'
        '2026-01-31 custom "milestone" "acme" "deck" "progress" 10\n  invoice: "PA-1B"\n'
    )
    loaded = ledger(BRIDGE.split("2026-02-28 custom", maxsplit=1)[0], other, again)
    acme, second = applications(books(loaded, "2026-01-31"), "PA-1")

    assert values(acme.contract, second.contract) == ("acme", "other")
    # On one day, in the ledger's order, whatever the numbers.
    assert values(acme.previous, second.previous) == (0, 0)
    assert only(loaded, "PA-0").previous == second.earned
    assert only(loaded, "PA-1B").previous == acme.earned


def test_what_is_cancelled_is_a_change_and_no_longer_to_finish() -> None:
    """The deck is cancelled at a tenth: 54,000 less; the lights at nothing."""
    loaded = ledger(
        BRIDGE.split("2026-03-31 custom", maxsplit=1)[0],
        """
        2026-03-15 custom "milestone" "acme" "deck" "cancelled"
        2026-03-16 custom "milestone" "acme" "lights" "waived"
        2026-03-31 custom "milestone" "acme" "release" "invoiced" "1,000.00 USD"
          invoice: "PA-3"
        """,
    )
    found = only(loaded, "PA-3")

    # Line 9 is what is still held back.
    assert cover(found) == [
        *("100000", "-51500", "48500", "48500", "3850", "44650", "43650", "1000", "3850")
    ]
    assert [(line.milestone, str(line.scheduled), str(line.balance)) for line in found.lines] == [
        ("piles", "40000.00", "0.00"),
        ("deck", "6000.00", "0.00"),
        ("release", "0", "0"),
        ("lights", "2500.00", "0.00"),
    ]
    # It does not look ahead.
    assert cover(only(loaded, "PA-2"))[:3] == ["100000", "10000", "110000"]


def test_an_application_is_in_the_currency_that_is_owed() -> None:
    loaded = ledger(
        """
        2026-01-01 * "Acme" "Abroad"
          contract: "abroad"
          milestone-a: "1/3"
          milestone-b: "rest"
          Assets:Receivable   1,200.00 EUR @ 1.1 USD
          Liabilities:VAT      -220.00 USD
          Income:Design
        2026-01-31 custom "contract" "abroad" "progress"
          invoice: "PA-1"
          milestone-a: 50
        2026-02-28 custom "contract" "abroad" "progress"
          invoice: "PA-2"
          milestone-a: 100
          milestone-b: 10
        """
    )
    first, second = only(loaded, "PA-1"), only(loaded, "PA-2")

    assert first.currency == "EUR"
    # 1,000.00 net and 200.00 of tax in all.
    assert values(first.value, first.current, first.tax, first.due) == values(
        Decimal("1000.00"), Decimal("166.66"), Decimal("33.34"), Decimal("200.00")
    )
    assert values(second.previous, second.current, second.due) == values(
        first.earned, Decimal("233.34"), Decimal("280.00")
    )
    for found in (first, second):
        assert found.total == sum(line.scheduled for line in found.lines)


def test_work_from_before_these_books_is_work() -> None:
    loaded = ledger(
        """
        2026-01-01 * "Acme" "Old"
          contract: "old"
          milestone-a: "100%"
          Assets:Receivable   1,200.00 USD
          Equity:Opening-Balances
        2026-01-31 custom "milestone" "old" "a" "completed"
          invoice: "PA-1"
        """
    )
    found = only(loaded, "PA-1")

    assert values(found.value, found.current, found.tax, found.due) == (1200, 1200, 0, 1200)


def test_a_number_that_nobody_has() -> None:
    loaded = ledger(BRIDGE)

    with pytest.raises(UnknownApplicationError) as told:
        applications(books(loaded, "2026-12-31"), "PA3")
    assert str(told.value) == "nothing is billed on 'PA3' by 2026-12-31; did you mean 'PA-3'?"
    with pytest.raises(UnknownApplicationError):
        applications(books(loaded, "2026-01-30"), "PA-1")


# ---------------------------------------------------------------- laws


def of_each_contract(loaded: Loaded) -> Iterator[list[Application]]:
    """The applications of each contract, in the order in which the ledger tells them."""
    at = books(loaded, str(datetime.date.max))
    steps = [part.step for part in slices(at.register, at.as_of) if part.step.number]
    steps.sort(key=lambda step: when_billed(at, step))
    numbers = dict.fromkeys(step.number for step in steps if step.number)
    found = [one for number in numbers for one in applications(at, number)]
    for name in dict.fromkeys(one.contract for one in found):
        yield [one for one in found if one.contract == name]


def ties(loaded: Loaded) -> None:
    """What a reviewer checks."""
    for some in of_each_contract(loaded):
        for found in some:
            # 1. The cover is the sum of the sheet.
            assert found.completed == sum(line.to_date for line in found.lines)
            assert found.retention == sum(line.retention for line in found.lines)
            assert found.current == found.earned - found.previous
            assert found.balance == found.total - found.earned
            sums = sheet_totals(found)
            assert (sums["to_date"], sums["retention"]) == (found.completed, found.retention)
            assert sums["to_date"] == sums["previous"] + sums["this"]
            assert sums["balance"] == sums["scheduled"] - sums["to_date"]
            # 2. The scheduled values are the contract sum.
            assert found.total == sum(line.scheduled for line in found.lines)
            assert found.total == found.value + found.changes
            for line in found.lines:
                # 4. No line is above its scheduled value.
                assert abs(line.to_date) <= abs(line.scheduled)
                assert line.to_date == line.previous + line.this
                assert line.balance == line.scheduled - line.to_date
        for before, after in pairwise(some):
            # 3. What is previous is what was to date.
            known = {line.milestone: line.to_date for line in before.lines}
            assert {
                line.milestone: line.previous for line in after.lines if line.milestone in known
            } == known
            assert after.previous == before.earned


def test_the_ties_of_a_footbridge() -> None:
    ties(ledger(BRIDGE))


#: As there, but what is billed or taken back always has a number.
numbered = ledgers.map(
    lambda blocks: [
        block
        for block in blocks
        if "invoice:" in block.text or not {'"invoiced"', '"credited"'} & set(block.text.split())
    ]
)


@given(numbered)
@settings(max_examples=40)
def test_the_ties_hold(blocks: list[Block]) -> None:
    ties(load(blocks))
