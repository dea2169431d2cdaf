"""The morning's look, worked out by hand."""

from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from beancount.core import data
from hypothesis import given, settings

from beancount_milestones.output import with_decimals
from beancount_milestones.reports import (
    Figures,
    Placed,
    aging,
    figures,
    outstanding,
    status,
    todo,
    unbilled,
)
from tests.receivables import (
    ACME,
    BOLT,
    NO_WORK,
    TWO_BILLS,
    billed,
    books,
    day,
    ledger,
    on_some_days,
    paid,
    values,
)
from tests.shipped import BOOKS
from tests.strategies import Block, interesting, ledgers, load
from tests.support import Loaded

EURO = BOLT.replace("USD", "EUR").replace("bolt", "euro")
TARGETS = (
    ACME.replace("USD One", "USD 2026-02-10 One")
    .replace("USD Two", "USD 2026-03-10 Two")
    .replace("rest Three", "rest 2026-04-10 Three")
)
SPLIT = """
2026-01-01 * "Acme" "Two payers"
  contract: "split"
  milestone-all: "100% 2026-02-01 All"
  Assets:Receivable        300.00 USD
  Assets:Receivable:Grant  100.00 USD
  Income:Design
"""


def only(loaded: Loaded, date: str) -> Figures:
    (found,) = figures(books(loaded, date))
    return found


def tasks(loaded: Loaded, date: str) -> list[tuple[str, str, str, int, str]]:
    """Kind, milestone, amount, days and date."""
    return [
        (t.kind, t.milestone, f"{t.amount:f}", t.days, str(t.date))
        for t in todo(books(loaded, date))
    ]


# ---------------------------------------------------------------- figures


def test_figures_as_a_whole() -> None:
    loaded = ledger(
        TARGETS,
        TWO_BILLS,
        '2026-03-15 custom "milestone" "acme" "three" "progress" 40\n',
        paid("2026-03-20", "250.00", "^INV-1"),
    )

    # One was due on 2026-03-03, two is due on 2026-03-31.
    assert only(loaded, "2026-03-25") == Figures(
        currency="USD",
        unbilled=Decimal(1200),
        waiting=1,
        waiting_days=10,
        outstanding=Decimal(2750),
        invoices=2,
        overdue=Decimal(750),
        overdue_invoices=1,
        overdue_days=22,
        backlog=Decimal(1800),
        planned=1,
        target=day("2026-04-10"),
    )


def test_nothing_at_all_is_shown_in_the_first_operating_currency() -> None:
    operating = 'option "operating_currency" "JPY"\noption "operating_currency" "EUR"\n'
    found = only(ledger(operating, ACME), "2025-12-31")

    assert (found.currency, str(found.unbilled), str(found.backlog)) == ("JPY", "0", "0")
    assert (found.waiting, found.invoices, found.overdue_invoices, found.planned) == (0, 0, 0, 0)
    assert values(found.waiting_days, found.overdue_days, found.target) == (None, None, None)
    assert figures(books(ledger(ACME), "2025-12-31")) == []


def test_operating_currencies_come_first_then_the_alphabet() -> None:
    contracts = [
        ACME.replace("USD", currency).replace('"acme"', f'"{currency.lower()}"')
        for currency in ("CHF", "AUD", "GBP", "EUR")
    ]
    operating = (f'option "operating_currency" "{name}"\n' for name in ("GBP", "USD", "EUR"))
    found = figures(books(ledger(*operating, *contracts), "2026-01-01"))

    assert [f.currency for f in found] == ["GBP", "EUR", "AUD", "CHF"]


def test_each_currency_has_figures_of_its_own() -> None:
    loaded = ledger(
        ACME,
        EURO,
        billed("2026-02-01 one completed INV-1", "2026-02-10 two completed"),
        '2026-02-05 custom "milestone" "euro" "two" "completed"\n',
        '2026-02-06 custom "milestone" "euro" "three" "completed"\n  invoice: "INV-3"\n',
    )
    euro, dollar = figures(books(loaded, "2026-03-08"))

    # INV-1 was due on 2026-03-03, INV-3 on this very day.
    assert (euro.currency, dollar.currency) == ("EUR", "USD")
    assert values(euro.unbilled, euro.waiting, euro.waiting_days) == (2000, 1, 31)
    assert values(dollar.unbilled, dollar.waiting, dollar.waiting_days) == (2000, 1, 26)
    assert values(euro.outstanding, euro.invoices, dollar.outstanding, dollar.invoices) == (
        *(3000, 1),
        *(1000, 1),
    )
    assert values(euro.overdue, euro.overdue_invoices, euro.overdue_days) == (0, 0, None)
    assert values(dollar.overdue, dollar.overdue_invoices, dollar.overdue_days) == (1000, 1, 5)
    assert values(euro.backlog, euro.planned, dollar.backlog, dollar.planned) == (1000, 1, 3000, 1)


def test_proposals_are_left_out_and_so_is_what_we_buy() -> None:
    proposed = EURO.replace("2026-01-01 *", "2026-01-01 !").replace("USD One", "USD 2026-02-01 One")
    buying = """
        2026-01-02 * "Supplier" "Print"
          contract: "print"
          milestone-one: "100% 2026-02-01"
          Expenses:CardFees  100.00 GBP
          Liabilities:VAT
    """
    found = only(ledger(ACME, proposed, buying), "2026-01-02")

    assert values(found.currency, found.backlog, found.planned, found.target) == (
        "USD",
        6000,
        3,
        None,
    )


def test_a_milestone_on_two_accounts_is_counted_once() -> None:
    done = '2026-02-05 custom "milestone" "split" "all" "completed"\n'
    invoiced = '2026-02-06 custom "milestone" "split" "all" "invoiced"\n  invoice: "INV-1"\n'
    loaded = ledger(SPLIT, done, invoiced)
    planned, waiting, owed, late = (
        only(loaded, date) for date in ("2026-02-04", "2026-02-05", "2026-02-06", "2026-03-09")
    )

    assert values(planned.backlog, planned.planned) == (400, 1)
    assert values(waiting.unbilled, waiting.waiting, waiting.waiting_days) == (400, 1, 0)
    assert values(owed.outstanding, owed.invoices, owed.overdue_invoices) == (400, 1, 0)
    assert values(late.overdue, late.overdue_invoices, late.overdue_days) == (400, 1, 1)


def test_an_invoice_over_several_milestones_is_counted_once() -> None:
    together = billed("2026-02-01 one completed INV-1", "2026-02-01 two completed INV-1")
    found = only(ledger(ACME, together), "2026-03-04")

    assert values(found.outstanding, found.invoices) == (3000, 1)
    assert values(found.overdue, found.overdue_invoices) == (3000, 1)


def test_invoices_without_a_number_are_counted_each() -> None:
    bill = '2026-02-01 custom "milestone" "acme" "{}" "completed"\n  invoice: TRUE\n'
    found = only(ledger(ACME, bill.format("one"), bill.format("two")), "2026-03-04")

    assert (found.invoices, found.overdue_invoices) == (2, 2)


def test_several_invoices_of_a_milestone_are_counted_each() -> None:
    halves = "".join(
        f'{date} custom "milestone" "acme" "two" "invoiced" {percent}\n'
        for date, percent in (("2026-02-01", 50), ("2026-02-02", 75))
    )
    found = only(ledger(ACME, halves), "2026-03-04")

    # Due on 2026-03-03 and 2026-03-04.
    assert values(found.outstanding, found.invoices) == (1500, 2)
    assert values(found.overdue, found.overdue_invoices, found.overdue_days) == (1000, 1, 1)


def test_due_today_is_not_overdue() -> None:
    loaded = ledger(ACME, TWO_BILLS)
    due, after = (only(loaded, date) for date in ("2026-03-03", "2026-03-04"))

    assert values(due.overdue, due.overdue_invoices, due.overdue_days) == (0, 0, None)
    assert values(after.overdue, after.overdue_invoices, after.overdue_days) == (1000, 1, 1)


def test_the_days_are_those_of_what_has_waited_longest() -> None:
    waiting = billed("2026-02-11 one completed", "2026-02-01 three completed")
    bolt = "".join(
        f'{date} custom "milestone" "bolt" "{name}" "completed"\n  invoice: "B-{name}"\n'
        for date, name in (("2026-02-08", "one"), ("2026-02-02", "two"), ("2026-02-05", "three"))
    )
    found = only(ledger(ACME, BOLT, waiting, bolt), "2026-03-31")

    # B-two was due on 2026-03-04.
    assert values(found.waiting, found.waiting_days) == (2, 58)
    assert values(found.overdue_invoices, found.overdue_days) == (3, 27)


def test_the_next_target_is_not_past_and_something_is_still_to_do_for_it() -> None:
    loaded = ledger(TARGETS, billed("2026-02-15 two completed"))

    assert only(loaded, "2026-02-10").target == day("2026-02-10")
    assert only(loaded, "2026-02-11").target == day("2026-03-10")
    assert only(loaded, "2026-02-15").target == day("2026-04-10")
    assert only(loaded, "2026-04-11").target is None


def test_what_is_cancelled_is_no_backlog() -> None:
    found = only(ledger(ACME, billed("2026-02-01 three cancelled")), "2026-02-01")

    assert values(found.backlog, found.planned) == (3000, 2)


def test_nothing_is_shown_with_the_decimals_of_the_currency() -> None:
    at = books(ledger(ACME.replace("6,000.00 USD", "6000 USD")), "2026-01-01")
    (found,) = figures(at)

    # Decimals are added where it is shown.
    shown = with_decimals(found, at.register.places)
    assert (str(shown.unbilled), str(shown.backlog)) == ("0.00", "6000.00")


def test_figures_are_of_what_is_kept_only() -> None:
    bolt = '2026-02-02 custom "milestone" "bolt" "two" "completed"\n'
    loaded = ledger(ACME, BOLT, TWO_BILLS, bolt, SPLIT)
    at = books(loaded, "2026-03-04")

    def of_bolt(placed: Placed) -> bool:
        return placed.contract == "bolt"

    def of_one(placed: Placed) -> bool:
        return placed.milestone == "one"

    def on_grant(placed: Placed) -> bool:
        return placed.account == "Assets:Receivable:Grant"

    (bolt_, one, grant) = (figures(at, keep)[0] for keep in (of_bolt, of_one, on_grant))
    assert values(bolt_.unbilled, bolt_.waiting, bolt_.outstanding, bolt_.invoices) == (
        2000,
        1,
        0,
        0,
    )
    assert values(one.unbilled, one.waiting, one.outstanding, one.overdue) == (0, 0, 1000, 1000)
    # Of Bolt it is still to do.
    assert values(one.backlog, one.planned) == (1000, 1)
    assert values(grant.backlog, grant.planned) == (100, 1)
    assert figures(at, lambda placed: placed.contract == "none") == []


# ---------------------------------------------------------------- to do


def test_a_task_as_a_whole() -> None:
    loaded = ledger(ACME, TWO_BILLS, paid("2026-03-01", "250.00", "^INV-1"))
    (task,) = todo(books(loaded, "2026-03-04"))

    assert (task.kind, task.contract, task.milestone, task.title) == ("chase", "acme", "one", "One")
    assert (task.client, task.invoice, task.currency) == ("Acme", "INV-1", "USD")
    assert (task.amount, task.account) == (Decimal(750), "Assets:Receivable")
    assert (task.days, task.date) == (1, day("2026-03-03"))
    # The directive that billed it.
    assert (task.entry.date, type(task.entry)) == (day("2026-02-01"), data.Custom)


def test_nothing_to_do() -> None:
    assert tasks(ledger(ACME, TWO_BILLS), "2026-03-03") == []


def test_what_brings_money_in_soonest_comes_first_and_then_the_most_urgent() -> None:
    waiting = ACME.replace('"acme"', '"wait"\n  acceptance: 14').replace(
        "USD Two", "USD 2026-02-20 Two"
    )
    loaded = ledger(
        TARGETS,
        waiting,
        TWO_BILLS,
        '2026-02-01 custom "milestone" "wait" "one" "completed"\n',
        '2026-04-10 custom "milestone" "wait" "three" "delivered"\n',
        '2026-03-02 custom "milestone" "acme" "three" "progress" 50\n',
    )

    assert tasks(loaded, "2026-04-18") == [
        ("invoice", "one", "1000.00", 76, "2026-02-01"),
        ("invoice", "three", "1500.00", 47, "2026-03-02"),
        ("chase", "one", "1000.00", 46, "2026-03-03"),
        ("chase", "two", "2000.00", 18, "2026-03-31"),
        ("late", "two", "2000.00", 57, "2026-02-20"),
        ("late", "three", "1500.00", 8, "2026-04-10"),
        ("accept", "three", "3000.00", 6, "2026-04-24"),
    ]


def test_what_is_accepted_first_comes_first() -> None:
    clocks = ACME.replace('"acme"', '"acme"\n  acceptance: 14')
    loaded = ledger(clocks, billed("2026-02-03 one delivered", "2026-02-02 two delivered"))

    assert [task[1:4:2] for task in tasks(loaded, "2026-02-10")] == [("two", 6), ("one", 7)]


def test_tasks_of_the_same_urgency_stand_by_client_contract_milestone_and_account() -> None:
    late = TARGETS.replace("2026-02-10", "2026-03-10")
    bolt = late.replace('"acme"', '"a-bolt"').replace('"Acme"', '"Bolt"')
    second = late.replace('"acme"', '"second"')
    loaded = ledger(bolt, second, late)
    found = todo(books(loaded, "2026-03-11"))

    assert [(task.client, task.contract, task.milestone) for task in found] == [
        ("Acme", "acme", "one"),
        ("Acme", "acme", "two"),
        ("Acme", "second", "one"),
        ("Acme", "second", "two"),
        ("Bolt", "a-bolt", "one"),
        ("Bolt", "a-bolt", "two"),
    ]


def test_what_is_earned_is_to_be_invoiced_on_each_account() -> None:
    swapped = SPLIT.replace("Receivable        300", "Receivable:Grant  300").replace(
        "Receivable:Grant  100", "Receivable        100"
    )
    done = '2026-02-05 custom "milestone" "split" "all" "completed"\n'
    found = todo(books(ledger(swapped, done), "2026-02-06"))

    assert [values(t.kind, t.account, t.amount, t.days, t.invoice) for t in found] == [
        ("invoice", "Assets:Receivable", 100, 1, ""),
        ("invoice", "Assets:Receivable:Grant", 300, 1, ""),
    ]
    assert {t.entry.date for t in found} == {day("2026-02-05")}


def test_a_task_without_a_title_has_the_name_of_the_milestone() -> None:
    loaded = ledger(ACME.replace("USD One", "USD"), billed("2026-02-05 one completed"))
    (task,) = todo(books(loaded, "2026-02-05"))

    assert task.title == "one"


def test_an_invoice_over_several_milestones_is_chased_once() -> None:
    together = billed("2026-02-01 one completed INV-1", "2026-02-01 two completed INV-1")
    (task,) = todo(books(ledger(ACME, together), "2026-03-04"))

    assert values(task.title, task.invoice, task.amount) == ("2 milestones", "INV-1", 3000)


def test_an_invoice_on_two_accounts_is_chased_on_each() -> None:
    bill = '2026-02-06 custom "milestone" "split" "all" "completed"\n  invoice: "INV-1"\n'
    found = todo(books(ledger(SPLIT, bill), "2026-03-09"))

    assert [values(t.kind, t.title, t.account, t.amount) for t in found] == [
        ("chase", "All", "Assets:Receivable", 300),
        ("chase", "All", "Assets:Receivable:Grant", 100),
    ]


def test_an_invoice_that_is_given_two_due_dates_is_due_on_the_first() -> None:
    one = billed("2026-02-01 one completed INV-1") + "  due: 2026-02-20\n"
    two = billed("2026-02-01 two completed INV-1") + "  due: 2026-02-10\n"
    loaded = ledger(ACME, one, two)

    assert tasks(loaded, "2026-02-20") == [("chase", "one", "3000.00", 10, "2026-02-10")]
    assert tasks(loaded, "2026-02-21") == [("chase", "one", "3000.00", 11, "2026-02-10")]


def test_what_no_contract_explains_is_chased_too() -> None:
    fee = """
        2026-02-10 * "Acme" "Courier"
          Assets:Receivable  20.00 USD
          Income:Fees
    """
    loaded = ledger(ACME, fee)

    # Due on its date: no contract says more.
    assert tasks(loaded, "2026-02-10") == []
    assert tasks(loaded, "2026-03-10") == [("chase", "", "20.00", 28, "2026-02-10")]
    assert only(loaded, "2026-03-10").outstanding == 20


def test_a_milestone_is_late_the_day_after_its_target_and_once_for_both_accounts() -> None:
    loaded = ledger(SPLIT)

    assert tasks(loaded, "2026-02-01") == []
    assert tasks(loaded, "2026-02-02") == [("late", "all", "400.00", 1, "2026-02-01")]


def test_late_is_neither_what_is_done_nor_what_is_proposed() -> None:
    proposed = TARGETS.replace("2026-01-01 *", "2026-01-01 !").replace('"acme"', '"next"')
    loaded = ledger(
        TARGETS, proposed, billed("2026-02-10 one completed INV-1", "2026-02-11 two cancelled")
    )

    assert tasks(loaded, "2026-03-03") == []
    assert [task[:2] for task in tasks(loaded, "2026-04-11")] == [
        ("chase", "one"),
        ("late", "three"),
    ]


def test_what_is_no_work_is_late_until_it_is_billed() -> None:
    loaded = ledger(NO_WORK)

    assert tasks(loaded, "2026-01-12") == [("late", "all", "150.00", 2, "2026-01-10")]
    assert tasks(loaded, "2026-01-13") == []


def test_a_change_order_is_where_a_late_milestone_comes_from() -> None:
    order = """
        2026-01-20 * "Acme" "More"
          contract: "acme"
          milestone-one: "100% 2026-02-15"
          Assets:Receivable  500.00 USD
          Income:Design
    """
    loaded = ledger(TARGETS, order)
    (task,) = todo(books(loaded, "2026-02-16"))

    assert values(task.entry.date, task.amount, task.date) == (
        *(day("2026-01-20"), 1500),
        day("2026-02-15"),
    )
    assert tasks(loaded, "2026-02-15") == []


CLOCK = TARGETS.replace('"acme"', '"acme"\n  acceptance: 14')


def test_the_acceptance_of_what_is_delivered_is_near() -> None:
    loaded = ledger(CLOCK, billed("2026-02-05 one delivered"))

    # Accepted on 2026-02-19; late in the meantime, but it waits for the client.
    assert tasks(loaded, "2026-02-11") == []
    assert tasks(loaded, "2026-02-12") == [("accept", "one", "1000.00", 7, "2026-02-19")]
    assert tasks(loaded, "2026-02-18") == [("accept", "one", "1000.00", 1, "2026-02-19")]
    assert tasks(loaded, "2026-02-19") == [("invoice", "one", "1000.00", 0, "2026-02-19")]


def test_the_directive_that_delivered_it_last_is_where_it_comes_from() -> None:
    loaded = ledger(CLOCK, billed("2026-02-05 one delivered", "2026-02-07 one delivered"))
    (task,) = todo(books(loaded, "2026-02-15"))

    assert (task.kind, task.date, task.entry.date) == (
        *("accept", day("2026-02-21")),
        day("2026-02-07"),
    )


@pytest.mark.parametrize("stop", ["rejected", "completed INV-1", "cancelled"])
def test_what_ends_the_time_of_acceptance(stop: str) -> None:
    loaded = ledger(CLOCK, billed("2026-02-05 one delivered", f"2026-02-09 one {stop}"))

    assert tasks(loaded, "2026-02-08") == []
    assert tasks(loaded, "2026-02-10") == []
    assert "accept" not in [kind for kind, *_ in tasks(loaded, "2026-02-18")]


def test_a_cancelled_delivery_that_is_reopened_is_not_accepted_by_waiting() -> None:
    happened = ("2026-02-05 one delivered", "2026-02-06 one cancelled", "2026-02-07 one reopened")

    assert tasks(ledger(CLOCK, billed(*happened)), "2026-02-20") == [
        ("late", "one", "1000.00", 10, "2026-02-10")
    ]


def test_late_and_delivered_without_a_time_of_acceptance() -> None:
    loaded = ledger(TARGETS, billed("2026-02-05 one delivered"))

    assert tasks(loaded, "2026-02-11") == [("late", "one", "1000.00", 1, "2026-02-10")]


def test_a_delivery_is_expected_once_for_both_accounts() -> None:
    clock = SPLIT.replace('"split"', '"split"\n  acceptance: 7')
    loaded = ledger(clock, '2026-02-05 custom "milestone" "split" "all" "delivered"\n')

    assert tasks(loaded, "2026-02-05") == [("accept", "all", "400.00", 7, "2026-02-12")]


def test_tasks_are_of_what_is_kept_only() -> None:
    together = billed("2026-02-01 one completed INV-1", "2026-02-01 two completed INV-1")
    bolt = '2026-02-02 custom "milestone" "bolt" "two" "completed"\n'
    at = books(ledger(ACME, BOLT, SPLIT, together, bolt), "2026-03-04")

    def kept(name: str, value: str) -> list[tuple[str, str, str, str]]:
        found = todo(at, lambda placed: bool(getattr(placed, name) == value))
        return [(t.kind, t.contract, t.title, f"{t.amount:f}") for t in found]

    assert kept("contract", "bolt") == [("invoice", "bolt", "Two", "2000.00")]
    # The other milestone of an invoice, and the other account of a milestone.
    assert kept("milestone", "two") == [
        ("invoice", "bolt", "Two", "2000.00"),
        ("chase", "acme", "Two", "2000.00"),
    ]
    assert kept("account", "Assets:Receivable:Grant") == [("late", "split", "All", "100.00")]
    assert kept("contract", "none") == []


# ---------------------------------------------------------------- laws


def agree(loaded: Loaded, date: str) -> None:
    """The figures are the sums of the reports, and the tasks are what makes them up."""
    at = books(loaded, date)
    rows = [row for row in status(at) if row.status != "proposed" and row.side == "sell"]
    aged = [row for row in aging(at) if row.side == "sell"]
    owed = [listed.row for listed in outstanding(at) if listed.row.side == "sell"]
    tasks: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for task in todo(at):
        tasks[task.kind, task.currency] += task.amount
    found = figures(at)
    assert {row.currency for row in rows if row.account} <= {f.currency for f in found}
    for f in found:
        for column, name in (("unbilled", "unbilled"), ("backlog", "remaining")):
            sum_ = sum(getattr(row, name) for row in rows if row.currency == f.currency)
            assert getattr(f, column) == sum_
        # But for what was returned to a milestone that has no invoice.
        if not any(item.raised and not item.invoiced for item in at.open_items().items):
            mine_owed = [row.outstanding for row in owed if row.currency == f.currency]
            assert f.outstanding == sum(mine_owed)
        mine = [row for row in aged if row.currency == f.currency]
        not_due = sum(row.current for row in mine)
        assert f.outstanding == sum(row.total + row.unapplied - row.not_billed for row in mine)
        assert f.overdue == f.outstanding - not_due
        assert f.overdue == tasks["chase", f.currency] + tasks["match", f.currency]
        waiting = [x for x in unbilled(at) if (x.row.currency, x.row.side) == (f.currency, "sell")]
        assert f.unbilled == tasks["invoice", f.currency] == sum(x.row.unbilled for x in waiting)
        assert f.overdue_invoices <= f.invoices
        assert f.waiting <= len(waiting)


@given(ledgers)
@settings(max_examples=40)
def test_the_look_agrees_with_the_reports(blocks: list[Block]) -> None:
    loaded = load(blocks)
    for date in interesting(blocks):
        agree(loaded, date)


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_the_look_agrees_with_the_reports_in_what_we_ship(path: Path) -> None:
    for loaded, date in on_some_days(path):
        agree(loaded, date)


@given(ledgers)
@settings(max_examples=30)
def test_later_entries_never_change_an_earlier_look(blocks: list[Block]) -> None:
    dates = interesting(blocks)
    for date in dates[:: max(1, len(dates) // 3)]:
        earlier = [block for block in blocks if str(block.date) <= date]
        seen, later = (books(load(some), date) for some in (earlier, blocks))
        assert figures(seen) == figures(later)
        assert [task.days for task in todo(seen)] == [task.days for task in todo(later)]
