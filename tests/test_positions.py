"""A milestone on an account on a day (section 5 of the manual), worked out by hand."""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from beancount.core import data
from hypothesis import given, settings

from beancount_milestones import reports
from beancount_milestones.receivables import Account
from beancount_milestones.reports import Row, Scope, status
from beancount_milestones.reports.positions import Position, positions
from tests.receivables import (
    ACME,
    TWO_BILLS,
    billed,
    books,
    day,
    ledger,
    on_some_days,
    paid,
    rows,
    texts,
)
from tests.shipped import BOOKS
from tests.strategies import Block, interesting, ledgers, load
from tests.support import Loaded


def words(loaded: Loaded, milestone: str, *dates: str) -> list[str]:
    """The status of a milestone on some days."""
    return [rows(loaded, date)[milestone].status for date in dates]


def plain(row: Row) -> str:
    """Amount, paid, outstanding, unbilled and remaining, without zeros at the end."""
    figures = (row.amount, row.paid, row.outstanding, row.unbilled, row.remaining)
    return " ".join(f"{figure.normalize():f}" for figure in figures)


# ---------------------------------------------------------------- status


def test_credited_until_it_is_billed_again_or_waived() -> None:
    note = billed("2026-02-01 two completed INV-1", "2026-02-05 two credited CN-1")
    again = billed("2026-02-10 two invoiced INV-2")
    waived = billed("2026-02-10 two waived")

    assert words(ledger(ACME, note), "two", "2026-02-01", "2026-02-05", "2026-02-20") == [
        *("outstanding", "credited", "credited")
    ]
    assert words(ledger(ACME, note, again), "two", "2026-02-09", "2026-02-10") == [
        *("credited", "outstanding")
    ]
    # A concession: completed, and nothing of it will be billed.
    found = rows(ledger(ACME, note, waived), "2026-02-10")["two"]
    assert (found.status, plain(found)) == ("completed", "0 0 0 0 0")


def test_credited_in_part_and_paid_is_credited() -> None:
    loaded = ledger(
        ACME,
        billed("2026-02-01 two completed INV-1"),
        '2026-02-05 custom "milestone" "acme" "two" "credited" 75\n  invoice: "CN-1"\n',
        paid("2026-02-10", "1500.00", "^INV-1"),
        '2026-02-11 custom "milestone" "acme" "two" "waived"\n',
    )

    assert words(loaded, "two", "2026-02-05", "2026-02-10", "2026-02-11") == [
        *("outstanding", "credited", "paid")
    ]
    assert plain(rows(loaded, "2026-02-11")["two"]) == "1500 1500 0 0 0"


def test_written_off_is_settled_without_money() -> None:
    def settled(*parts: str) -> str:
        posted = "".join(f"  {part}\n" for part in parts)
        entry = f'2026-03-01 * "Acme" "Settled" ^INV-1\n{posted}  Assets:Receivable\n'
        loaded = ledger(ACME, billed("2026-02-01 two completed INV-1"), entry)
        return rows(loaded, "2026-03-01")["two"].status

    assert settled("Expenses:BadDebts  2,000.00 USD") == "written-off"
    assert settled("Assets:Bank  1,500.00 USD", "Expenses:BadDebts  500.00 USD") == "paid"
    # Without money, but nothing that was given up either.
    assert settled("Income:Discount  2,000.00 USD") == "paid"
    assert settled("Liabilities:VAT  2,000.00 USD") == "paid"


def test_waived_when_it_is_half_billed() -> None:
    loaded = ledger(
        ACME,
        '2026-02-01 custom "milestone" "acme" "two" "progress" 50\n  invoice: "INV-1"\n',
        billed("2026-02-02 two completed", "2026-02-05 two waived"),
    )

    assert plain(rows(loaded, "2026-02-04")["two"]) == "2000 0 1000 1000 0"
    assert plain(rows(loaded, "2026-02-05")["two"]) == "1000 0 1000 0 0"


# ---------------------------------------------------------------- reach


def test_in_the_simple_mode_nothing_is_unbilled_that_is_in_no_account() -> None:
    """A credit note takes both sides down until it is invoiced again."""
    loaded = ledger(ACME, billed("2026-02-01 two completed INV-1", "2026-02-05 two credited CN-1"))

    assert plain(rows(loaded, "2026-02-05")["two"]) == "2000 0 0 0 2000"


def test_with_bridges_what_is_credited_is_earned_all_the_same() -> None:
    bridged = ACME.replace('contract: "acme"', 'contract: "acme"\n  unbilled: Assets:Unbilled')
    loaded = ledger(
        bridged, billed("2026-02-01 two completed INV-1", "2026-02-05 two credited CN-1")
    )

    found = rows(loaded, "2026-02-05")["two"]
    assert (found.status, plain(found)) == ("unbilled", "2000 0 0 2000 0")


# ---------------------------------------------------------------- late and done


RELEASE = """
2026-01-01 * "Acme" "House"
  contract: "acme"
  retention: Assets:Retention
  milestone-work: "100% 2026-02-01"
  Assets:Receivable  900.00 USD
  Assets:Retention   100.00 USD
  Income:Design
2026-01-01 * "Acme" "House: release"
  contract: "acme"
  milestone-release: "100% 2026-02-01"
  Assets:Receivable  100.00 USD
  Assets:Retention
"""


def late(loaded: Loaded, date: str) -> list[str]:
    return [name for name, row in rows(loaded, date).items() if row.late]


def test_work_is_late_until_it_is_completed_and_a_release_until_it_is_billed() -> None:
    loaded = ledger(
        RELEASE,
        billed("2026-02-03 work invoiced", "2026-02-04 work completed"),
        '2026-02-05 custom "milestone" "acme" "release" "invoiced" 50\n',
        billed("2026-02-06 release invoiced"),
    )

    assert late(loaded, "2026-02-01") == []
    assert late(loaded, "2026-02-03") == ["work", "release"]
    assert late(loaded, "2026-02-04") == ["release"]
    # Half of it is not all of it.
    assert late(loaded, "2026-02-05") == ["release"]
    assert late(loaded, "2026-02-06") == []


LESS = """
2026-01-01 * "Acme" "Less"
  contract: "acme"
  milestone-less: "100% 2026-02-01"
  Assets:Receivable  -300.00 USD
  Income:Design
"""


def test_what_an_application_earns_and_bills_in_full_is_done() -> None:
    bill = """
2026-02-03 custom "contract" "acme" "progress"
  invoice: "PA-1"
  milestone-work: 100
  milestone-less: 100
"""
    loaded = ledger(RELEASE, LESS, bill, paid("2026-02-20", "600.00", "^PA-1"))

    assert late(loaded, "2026-02-02") == ["work", "release", "less"]
    assert late(loaded, "2026-02-03") == ["release"]
    found = {p.milestone.id: p for p in positions(books(loaded, "2026-02-20"))}
    assert [(found[name].status, found[name].done) for name in ("work", "less")] == [
        ("paid", day("2026-02-03")),
        ("paid", day("2026-02-03")),
    ]


def test_a_reduction_that_is_done_makes_less_unbilled() -> None:
    bridged = RELEASE.replace(
        '"acme"\n  retention', '"acme"\n  unbilled: Assets:Unbilled\n  retention'
    )
    done = billed("2026-02-01 work completed", "2026-02-02 less completed")
    found = rows(ledger(bridged, LESS, done), "2026-02-03")

    assert [(found[name].status, plain(found[name])) for name in ("work", "less")] == [
        ("unbilled", "900 0 0 900 0"),
        ("unbilled", "-300 0 0 -300 0"),
    ]
    # It is billed and waits for something to settle.
    waits = billed("2026-02-02 less completed CN-1")
    less = rows(ledger(bridged, LESS, waits), "2026-02-03")["less"]
    assert (less.status, plain(less)) == ("completed", "-300 0 0 0 0")


def test_what_is_cancelled_or_waived_is_done() -> None:
    loaded = ledger(RELEASE, billed("2026-02-03 work waived", "2026-02-03 release cancelled"))

    assert late(loaded, "2026-02-02") == ["work", "release"]
    assert late(loaded, "2026-02-03") == []
    done = [found.done for found in positions(books(loaded, "2026-02-03"))]
    assert done == [day("2026-02-03")] * 2


COURIER = """
2026-02-10 * "Bolt" "Courier"
  invoice: "H-1"
  due: 2026-02-20
  Assets:Receivable  120.00 USD
  Income:Fees
2026-02-25 * "Bolt" "Some of it" ^H-1
  Assets:Bank         20.00 USD
  Assets:Receivable
"""


def test_outstanding_holds_what_no_contract_explains() -> None:
    loaded = ledger(ACME, billed("2026-02-01 one completed INV-1"), COURIER)
    found = reports.outstanding(books(loaded, "2026-02-28"))

    assert [(item.row.invoice, item.days) for item in found] == [("H-1", 8), ("INV-1", None)]
    by_hand = found[0]
    assert (by_hand.position, by_hand.entry.date) == (None, day("2026-02-10"))
    assert [(moved.kind, str(moved.amount)) for moved in by_hand.movements] == [
        ("payment", "20.00")
    ]
    row = by_hand.row
    assert (row.contract, row.milestone, row.title, row.client) == ("", "", "Courier", "Bolt")
    assert (row.status, row.late, row.side, row.account) == (
        *("overdue", False),
        *("sell", "Assets:Receivable"),
    )
    assert plain(row) == "120 20 100 0 0"
    assert texts(row.invoiced, row.due) == ["2026-02-10", "2026-02-20"]
    (early,) = (
        item.row
        for item in reports.outstanding(books(loaded, "2026-02-20"))
        if item.row.invoice == "H-1"
    )
    assert early.status == "outstanding"
    only = replace(books(loaded, "2026-02-28"), scope=Scope(contract="acme"))
    assert [item.row.invoice for item in reports.outstanding(only)] == ["INV-1"]


def test_aging_is_the_balance_of_the_account() -> None:
    loaded = ledger(
        ACME,
        billed("2026-02-01 one completed INV-1"),
        COURIER,
        '2026-02-12 custom "milestone" "acme" "two" "progress" 25\n',
        paid("2026-02-15", "30.00", "^INV-9"),
    )
    acme, bolt = reports.aging(books(loaded, "2026-02-28"))

    assert texts(acme.client, acme.not_billed, acme.current, acme.unapplied, acme.total) == [
        *("Acme", "500.00", "1000.00", "30.00", "1470.00")
    ]
    assert texts(bolt.client, bolt.days_1_30, bolt.total) == ["Bolt", "100.00", "100.00"]


# ---------------------------------------------------------------- laws


def add_up(loaded: Loaded, date: str) -> None:
    """What is to be billed is paid, outstanding, unbilled or remaining."""
    at = books(loaded, date)
    for found in positions(at):
        if _is_plain(found):
            parts = (found.paid, found.outstanding, found.unbilled, found.remaining)
            assert found.amount == sum(parts), found.key
    owed: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for aged in reports.aging(at):
        owed[aged.side, aged.currency] += aged.total
    assert {key: sum_ for key, sum_ in owed.items() if sum_} == held(loaded, date)


def _is_plain(found: Position) -> bool:
    """Whether no more is paid than can be billed, and it is no reduction."""
    return found.amount >= 0 and found.paid <= max(found.reached, found.billed)


def held(loaded: Loaded, date: str) -> dict[tuple[str, str], Decimal]:
    """The balance of the accounts in use, by side."""
    at = books(loaded, date)
    names = {account.name for account in at.in_use()}
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for entry in loaded.entries:
        if isinstance(entry, data.Transaction) and entry.date <= at.as_of:
            for posting in entry.postings:
                assert posting.units is not None
                assert posting.units.number is not None
                if posting.account in names:
                    side = at.side_of(Account(posting.account, posting.units.currency))
                    sign = -1 if side == "buy" else 1
                    sums[side, posting.units.currency] += sign * posting.units.number
    return {key: sum_ for key, sum_ in sums.items() if sum_}


@given(ledgers)
@settings(max_examples=40)
def test_what_is_to_be_billed_adds_up(blocks: list[Block]) -> None:
    loaded = load(blocks)
    for date in interesting(blocks):
        add_up(loaded, date)


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_what_is_to_be_billed_adds_up_in_what_we_ship(path: Path) -> None:
    for loaded, date in on_some_days(path):
        add_up(loaded, date)


def test_both_sides_add_up() -> None:
    add_up(ledger(ACME, TWO_BILLS, SUB, COURIER), "2026-03-04")
