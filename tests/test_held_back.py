"""What a milestone holds back, and what gives it back: as a plan, and as money to come."""

from decimal import Decimal

import pytest

from beancount_milestones.documents.schedule import schedule
from beancount_milestones.reports import forecast
from tests.receivables import HEAD, books, ledger, turned
from tests.support import Loaded

# 1,000 and 500 of work, without what is taken away of it later.
WORK = """
2026-01-01 * "Acme" "Hall"
  contract: "hall"
  retention: Assets:Retention
  milestone-one: "1,200.00 USD 2026-02-28"
  milestone-two: "rest 2026-04-30"
  Assets:Receivable   1,800.00 USD
  Liabilities:VAT      -300.00 USD
  Income:Design
2026-01-02 * "Acme" "Hall, no gate"
  contract: "hall"
  milestone-gate: "100% 2026-04-30"
  Assets:Receivable    -240.00 USD
  Liabilities:VAT        40.00 USD
  Income:Design
"""
HELD = """
2026-01-01 * "Acme" "Hall, held"
  contract: "hall"
  milestone-held: "100% 2026-12-31"
  Assets:Receivable    -100.00 USD
  Assets:Retention
"""
#: Its tax is due when it is released.
HELD_WITH_TAX = HELD.replace("  Assets:Ret", "  Liabilities:VAT   16.67 USD\n  Assets:Ret")
RELEASED = """
2026-01-03 * "Acme" "Hall, released"
  contract: "hall"
  milestone-handover: "50% 2026-06-30"
  milestone-end: "50% 2027-06-30"
  Assets:Receivable     100.00 USD
  Assets:Retention
"""
HALF_RELEASED = """
2026-01-03 * "Acme" "Hall, half of it released"
  contract: "hall"
  milestone-handover: "100% 2026-06-30"
  Assets:Receivable      33.33 USD
  Assets:Retention
"""
MORE_HELD = """
2026-01-01 * "Acme" "Hall, held of materials"
  contract: "hall"
  milestone-materials: "100% 2026-09-30"
  Assets:Receivable     -20.01 USD
  Assets:Retention
"""
EVENTS = """
2026-02-28 custom "contract" "hall" "progress"
  invoice: "PA-1"
  milestone-one: 100
  milestone-held: 60
2026-04-30 custom "contract" "hall" "progress"
  invoice: "PA-2"
  milestone-two: 100
  milestone-gate: 100
  milestone-held: 100
"""
CREDITED = """
2026-10-31 custom "milestone" "hall" "held" "credited" 50
  invoice: "PA-3"
2026-12-31 custom "milestone" "hall" "held" "credited"
  invoice: "PA-4"
"""
HANDED_OVER = """
2026-06-30 custom "milestone" "hall" "handover" "completed"
  invoice: "PA-3"
"""
END = """
2027-06-30 custom "milestone" "hall" "end" "completed"
  invoice: "PA-5"
"""
LESS_OF_TWO = (
    EVENTS.replace("-two: 100", "-two: 50")
    + '2026-05-31 custom "milestone" "hall" "two" "cancelled"\n'
)
NO_MORE_HELD = (
    EVENTS.replace("-held: 100", "-held: 70")
    + '2026-05-31 custom "milestone" "hall" "held" "waived"\n'
)
END_FALLS_AWAY = '2026-07-31 custom "milestone" "hall" "end" "cancelled"\n'
#: What is agreed, what happens, and what falls away of the 1,560, and when.
LIVES = {
    "credited": (WORK + HELD, EVENTS + CREDITED, ("", 0)),
    "credited with its tax": (WORK + HELD_WITH_TAX, EVENTS + CREDITED, ("", 0)),
    "released": (WORK + HELD + RELEASED, EVENTS + HANDED_OVER + END, ("", 0)),
    "two rates": (WORK + HELD + MORE_HELD + HALF_RELEASED, EVENTS + HANDED_OVER, ("", 0)),
    "partly released": (WORK + HELD + HALF_RELEASED, EVENTS + HANDED_OVER, ("", 0)),
    "kept for good": (
        WORK + HELD + RELEASED,
        EVENTS + HANDED_OVER + END_FALLS_AWAY,
        ("2026-07-31", 50),
    ),
    "less work": (WORK + HELD, LESS_OF_TWO + CREDITED, ("2026-05-31", 300)),
    "no more is held": (WORK + HELD, NO_MORE_HELD, ("", 0)),
}
DAYS = [f"2026-{month:02}-01" for month in range(2, 13)] + ["2027-01-01", "2027-07-01"]
lives = pytest.mark.parametrize(("text", "events", "less"), LIVES.values(), ids=LIVES.keys())


# A part of the work is owed by somebody else, in another currency.
IN_TWO = """
2026-01-01 * "Acme" "Split"
  contract: "hall"
  retention: Assets:Retention
  milestone-work: "100%"
  Assets:Receivable         100.00 USD @ 0.90 EUR
  Assets:Receivable:Grant    50.00 EUR
  Income:Design
2026-01-01 * "Acme" "Split, held"
  contract: "hall"
  milestone-held: "100% 2026-12-31"
  Assets:Receivable:Grant    -5.00 EUR
  Assets:Retention
"""


# A part of the work is owed by somebody else, in another currency.
IN_TWO = """
2026-01-01 * "Acme" "Split"
  contract: "hall"
  retention: Assets:Retention
  milestone-work: "100%"
  Assets:Receivable         100.00 USD @ 0.90 EUR
  Assets:Receivable:Grant    50.00 EUR
  Income:Design
2026-01-01 * "Acme" "Split, held"
  contract: "hall"
  milestone-held: "100% 2026-12-31"
  Assets:Receivable:Grant    -5.00 EUR
  Assets:Retention
"""


def of(side: str, *parts: str) -> Loaded:
    return ledger(*(turned(part, side) for part in parts), head=turned(HEAD, side))


@lives
@pytest.mark.parametrize("side", ["sell", "buy"])
def test_what_is_held_back_comes_once(
    text: str, events: str, less: tuple[str, int], side: str
) -> None:
    """As long as nothing is paid, all that is ever paid is to come, and in the schedule."""
    loaded = of(side, text, events)

    since, gone = less
    for date in DAYS:
        to_come = sum(row.amount for row in forecast(books(loaded, date)))
        (total,) = schedule(books(loaded, date), "hall").totals
        assert total.due == to_come, date
        assert to_come == 1560 - (gone if since and date > since else 0), date


def planned(loaded: Loaded, date: str) -> dict[str, list[Decimal]]:
    """What the schedule has of each milestone: with tax, of that tax, and what is due."""
    return {
        f"{line.milestone} {line.currency}": [line.gross, line.tax, line.due]
        for line in schedule(books(loaded, date), "hall").lines
    }


def figures(**lines: str) -> dict[str, list[Decimal]]:
    return {
        f"{name} USD": [Decimal(number) for number in line.split()] for name, line in lines.items()
    }


LESS_100 = figures(one="1200 200 1133.33", two="600 100 566.67", gate="-240 -40 -240")


@pytest.mark.parametrize("side", ["sell", "buy"])
@pytest.mark.parametrize("held", [HELD, HELD_WITH_TAX])
def test_what_is_held_of_the_work_is_due_as_its_release(held: str, side: str) -> None:
    loaded = of(side, WORK, held, EVENTS, CREDITED)

    for date in ("2026-01-05", "2026-03-01", "2026-11-01"):
        assert planned(loaded, date) == LESS_100 | figures(held="0 0 100")
    # When all of it is released, it is due as the work is.
    assert planned(loaded, "2026-12-31") == figures(
        one="1200 200 1200", two="600 100 600", gate="-240 -40 -240"
    )


def test_what_milestones_release_is_due_with_them() -> None:
    released = of("sell", WORK, HELD, RELEASED)
    half = of("sell", WORK, HELD_WITH_TAX, HALF_RELEASED)

    # Before the day of the change order nothing is to release it.
    assert planned(released, "2026-01-02") == LESS_100 | figures(held="0 0 100")
    assert planned(released, "2026-01-03") == LESS_100 | figures(
        held="0 0 0", handover="0 0 50", end="0 0 50"
    )
    # Of 83.33 that are held, 50 are left, and as much of the tax in it.
    assert planned(half, "2026-02-01") == LESS_100 | figures(
        held="-6.67 -6.67 60", handover="0 0 33.33"
    )


def test_what_is_held_of_no_work_is_not_paid() -> None:
    """A proposal to hold back more changes nothing of what is agreed."""
    loaded = of("sell", WORK, HELD.replace("01-01 *", "01-02 !"))

    assert planned(loaded, "2026-02-01") == figures(
        one="1200 200 1200", two="600 100 600", gate="-240 -40 -240", held="0 0 0"
    )
    offer = of("sell", WORK.replace(" *", " !"), HELD.replace(" *", " !"))
    assert planned(offer, "2026-02-01") == LESS_100 | figures(held="0 0 100")


def test_what_is_held_in_one_currency_is_of_the_work_in_it() -> None:
    found = planned(of("sell", IN_TWO), "2026-02-01")

    assert {name: line[-1] for name, line in found.items()} == {
        "work USD": 100,
        "work EUR": 45,
        "held EUR": 5,
    }
