"""When milestones are, and were, to be reached, worked out by hand."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from beancount_milestones.reports import Lane, Mark, Scope, status, timeline
from tests.receivables import ACME, BOLT, TWO_BILLS, billed, books, day, ledger, on_some_days
from tests.shipped import BOOKS
from tests.strategies import Block, interesting, ledgers, load
from tests.support import Loaded

TARGETS = (
    ACME.replace("USD One", "USD 2026-02-10 One")
    .replace("USD Two", "USD 2026-03-10 Two")
    .replace("rest Three", "rest 2026-04-10 Three")
)


def only(loaded: Loaded, date: str) -> Lane:
    (lane,) = timeline(books(loaded, date))
    return lane


def marks(loaded: Loaded, date: str) -> list[tuple[str, str, str]]:
    """Milestone, status and date."""
    return [
        (mark.milestone, mark.status, str(mark.date or "")) for mark in only(loaded, date).marks
    ]


def test_a_lane_as_a_whole() -> None:
    loaded = ledger(TARGETS, billed("2026-03-01 two completed INV-1"))
    lane = only(loaded, "2026-03-02")

    assert (lane.contract, lane.title, lane.client) == ("acme", "Brand", "Acme")
    assert (lane.start, lane.end, lane.open) == (day("2026-01-01"), day("2026-04-10"), True)
    assert lane.marks[0] == Mark(
        contract="acme",
        milestone="one",
        title="One",
        status="planned",
        proposed=False,
        late=True,
        target=day("2026-02-10"),
        first_target=None,
        done=None,
        account="Assets:Receivable",
    )
    assert (lane.marks[1].milestone, lane.marks[1].target, lane.marks[1].done) == (
        *("two", day("2026-03-10")),
        day("2026-03-01"),
    )


def test_a_milestone_stands_where_it_was_done_else_where_it_should_be() -> None:
    done = ("2026-02-20 one completed", "2026-02-15 two completed", "2026-02-18 three cancelled")

    assert marks(ledger(TARGETS), "2026-02-01") == [
        ("one", "planned", "2026-02-10"),
        ("two", "planned", "2026-03-10"),
        ("three", "planned", "2026-04-10"),
    ]
    assert marks(ledger(TARGETS, billed(*done)), "2026-03-01") == [
        ("two", "unbilled", "2026-02-15"),
        ("three", "cancelled", "2026-02-18"),
        ("one", "unbilled", "2026-02-20"),
    ]


def test_what_has_no_date_comes_last_in_the_order_written() -> None:
    loaded = ledger(ACME.replace("rest Three", "rest 2026-04-10"))
    lane = only(loaded, "2026-02-01")

    assert [(mark.milestone, mark.title) for mark in lane.marks] == [
        ("three", "three"),
        ("one", "One"),
        ("two", "Two"),
    ]
    assert lane.marks[1].date is None


def test_a_lane_reaches_from_the_contract_to_the_last_milestone() -> None:
    done = billed("2026-05-01 one completed")
    past = TARGETS.replace("2026-02-10", "2025-11-10")

    assert only(ledger(TARGETS, done), "2026-04-30").end == day("2026-04-10")
    assert only(ledger(TARGETS, done), "2026-05-01").end == day("2026-05-01")
    # Work that had begun before it was agreed.
    assert only(ledger(past), "2026-02-01").start == day("2025-11-10")


def test_a_lane_without_a_date_is_a_day_long() -> None:
    lane = only(ledger(ACME), "2026-02-01")

    assert lane.start == lane.end == day("2026-01-01")


def test_a_lane_never_ends_before_its_contract() -> None:
    past = ACME.replace("USD One", "USD 2025-11-10 One")
    lane = only(ledger(past), "2026-02-01")

    assert (lane.start, lane.end) == (day("2025-11-10"), day("2026-01-01"))


def test_lanes_stand_by_their_date_and_then_by_contract() -> None:
    later = ACME.replace('"acme"', '"a-later"').replace("2026-01-01", "2026-01-05")
    loaded = ledger(later, BOLT, ACME)

    assert [lane.contract for lane in timeline(books(loaded, "2026-02-01"))] == [
        "acme",
        "bolt",
        "a-later",
    ]
    assert [lane.contract for lane in timeline(books(loaded, "2026-01-04"))] == ["acme", "bolt"]


def test_a_lane_is_open_until_everything_is_done() -> None:
    loaded = ledger(
        ACME, TWO_BILLS, billed("2026-03-02 three cancelled", "2026-03-03 three reopened")
    )

    # Paid or not does not matter.
    assert only(loaded, "2026-03-01").open
    assert not only(loaded, "2026-03-02").open
    assert only(loaded, "2026-03-03").open


def test_what_is_no_work_is_done_when_all_of_it_is_billed() -> None:
    deposit = """
        2026-01-01 * "Acme" "Deposit"
          contract: "acme"
          milestone-all: "100% 2026-01-10 Deposit"
          Assets:Receivable     300.00 USD
          Liabilities:Deferred

        2026-01-12 custom "milestone" "acme" "all" "invoiced" 50
        2026-01-13 custom "milestone" "acme" "all" "invoiced"
        2026-01-14 custom "milestone" "acme" "all" "credited" 50
    """
    loaded = ledger(deposit)

    assert marks(loaded, "2026-01-12") == [("all", "outstanding", "2026-01-10")]
    assert only(loaded, "2026-01-12").open
    assert marks(loaded, "2026-01-13") == [("all", "outstanding", "2026-01-13")]
    assert not only(loaded, "2026-01-13").open
    assert [only(loaded, f"2026-01-{day}").marks[0].late for day in (12, 13)] == [True, False]
    assert only(loaded, "2026-01-14").open


def test_what_is_billed_in_advance_is_still_to_do() -> None:
    loaded = ledger(TARGETS, billed("2026-01-05 one invoiced INV-1"))

    assert marks(loaded, "2026-01-05")[0] == ("one", "outstanding", "2026-02-10")


def test_a_milestone_on_two_accounts_has_one_mark() -> None:
    split = """
        2026-01-01 * "Acme" "Two payers"
          contract: "split"
          milestone-all: "100% 2026-02-01 All"
          Assets:Receivable        300.00 USD
          Assets:Receivable:Grant  100.00 USD
          Income:Design
    """
    (mark,) = only(ledger(split), "2026-01-01").marks

    assert (mark.milestone, mark.account) == ("all", "Assets:Receivable")


def test_what_is_proposed_is_there_beside_what_is_agreed_and_is_nothing_to_do() -> None:
    more = """
        2026-01-05 ! "Acme" "More of one, and something new"
          contract: "acme"
          milestone-one: "50% 2026-03-15 One"
          milestone-new: "50% 2026-06-01 New"
          Assets:Receivable  400.00 USD
          Income:Design
    """
    done = (f"2026-01-06 {name} cancelled" for name in ("one", "two", "three"))
    loaded = ledger(TARGETS, more, billed(*done))

    assert marks(loaded, "2026-01-05") == [
        ("one", "planned", "2026-02-10"),
        ("two", "planned", "2026-03-10"),
        ("one", "proposed", "2026-03-15"),
        ("three", "planned", "2026-04-10"),
        ("new", "proposed", "2026-06-01"),
    ]
    assert only(loaded, "2026-01-05").open
    assert not only(loaded, "2026-01-06").open
    assert only(loaded, "2026-01-06").end == day("2026-06-01")


def test_what_we_buy_is_there_too() -> None:
    buying = """
        2026-01-02 * "Supplier" "Print"
          contract: "print"
          milestone-one: "100% 2026-02-01"
          Expenses:CardFees  100.00 USD
          Liabilities:VAT
    """
    (mark,) = only(ledger(buying), "2026-02-02").marks

    assert (mark.account, mark.late) == ("Liabilities:VAT", True)


def test_lanes_of_a_client_and_of_a_contract() -> None:
    at = books(ledger(ACME, BOLT), "2026-02-01")

    def found(scope: Scope) -> list[str]:
        return [lane.contract for lane in timeline(replace(at, scope=scope))]

    assert (found(Scope(client="bolt")), found(Scope(contract="acme"))) == (["bolt"], ["acme"])


# ---------------------------------------------------------------- laws


def agree(loaded: Loaded, date: str) -> None:
    """Every milestone has a mark with what `status` says of it, in the lane of its contract."""
    at = books(loaded, date)
    rows = {(row.contract, row.milestone, row.status == "proposed") for row in status(at)}
    lanes = timeline(at)
    found = [
        (lane.contract, mark.milestone, mark.status == "proposed")
        for lane in lanes
        for mark in lane.marks
    ]
    assert sorted(rows) == sorted(found)
    for lane in lanes:
        dates = [mark.date for mark in lane.marks if mark.date]
        assert dates == sorted(dates)
        assert all(lane.start <= date <= lane.end for date in dates)
        assert all(mark.contract == lane.contract for mark in lane.marks)


@given(ledgers)
@settings(max_examples=30)
def test_every_milestone_is_on_the_timeline(blocks: list[Block]) -> None:
    loaded = load(blocks)
    for date in interesting(blocks):
        agree(loaded, date)


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_every_milestone_is_on_the_timeline_in_what_we_ship(path: Path) -> None:
    for loaded, date in on_some_days(path):
        agree(loaded, date)
