"""Laws of forecast, statement, changes and check, for any ledger."""

import re
from collections import defaultdict
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings

from beancount_milestones.receivables import Key, bills, open_items
from beancount_milestones.reports import (
    changes,
    check,
    forecast,
    open_statement,
    statement,
    status,
)
from beancount_milestones.reports.positions import positions
from tests.receivables import books, day, settle, waiting
from tests.strategies import CONTRACTS, Block, interesting, ledgers, load
from tests.support import Loaded

#: A milestone, and an account in a currency.
Place = tuple[Key, str, str]


def clients(loaded: Loaded, date: str) -> list[str]:
    at = books(loaded, date)
    return sorted(set(at.clients.names.values()))


def told(loaded: Loaded, dates: list[str]) -> object:
    """Everything that the reports say, without the lines that it comes from."""
    earliest, date = dates[0], dates[-1]
    at = books(loaded, date)
    findings = [
        (f.kind, f.date, f.contract, f.milestone, f.client, re.sub(r":\d+\)", ")", f.message))
        for f in check(at, 3)
    ]
    statements = [statement(at, client, day(earliest)) for client in clients(loaded, date)]
    return forecast(at), changes(at, day(earliest)), findings, statements


@given(ledgers)
@settings(max_examples=60)
def test_later_entries_never_change_an_earlier_report(blocks: list[Block]) -> None:
    # The name of a contract is never a number, even before that is written: these come later.
    later = re.compile(r"\^(?:bolt|carl|duo|sub)(?:/\w+)?")
    blocks = [Block(block.date, later.sub("^no-1", block.text)) for block in blocks]
    loaded = load(blocks)
    dates = interesting(blocks)

    for end in range(1, len(dates), max(1, len(dates) // 3)):
        earlier = [block for block in blocks if str(block.date) <= dates[end]]
        contracts = [text for text in CONTRACTS if text.strip()[:10] <= dates[end]]
        seen = dates[: end + 1]
        assert told(load(earlier, contracts), seen) == told(loaded, seen)


@given(ledgers)
@settings(max_examples=60)
def test_all_statements_together_are_the_balances(blocks: list[Block]) -> None:
    loaded = load(blocks)

    for date in interesting(blocks):
        at = books(loaded, date)
        # Sums to the balances, less what no client sees yet; what nobody is named for is on none.
        found = settle(loaded, date)
        whose, known = at.clients, clients(loaded, date)
        expected: dict[str, Decimal] = defaultdict(Decimal)
        for item in found.items:
            if whose.owner(item.account, item.client):
                expected[item.account.currency] += item.open
            else:
                # What is nobody's is on no statement; what a client paid of it is on its own.
                expected[item.account.currency] -= sum(
                    match.amount for match in item.matches if match.credit.client in known
                )
        for rest in found.unapplied:
            if whose.owner(rest.credit.account, rest.credit.payee):
                expected[rest.credit.account.currency] -= rest.amount
        for (_side, client, currency), amount in waiting(at).items():
            assert client
            expected[currency] -= amount
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for client in known:
            for entry in statement(at, client):
                if entry.kind == "closing":
                    sums[entry.currency] += entry.balance
        nothing = dict.fromkeys([*sums, *expected], Decimal())
        assert nothing | sums == nothing | expected


@given(ledgers)
@settings(max_examples=40)
def test_open_statement_has_the_balance_of_the_whole_one(blocks: list[Block]) -> None:
    loaded = load(blocks)

    for date in interesting(blocks):
        at = books(loaded, date)
        for client in clients(loaded, date):
            whole = {
                (one.side, one.currency): one.balance
                for one in statement(at, client)
                if one.kind == "closing" and one.balance
            }
            # The last line of each side and currency has the balance.
            open_ = {(one.side, one.currency): one.balance for one in open_statement(at, client)}
            assert {key: balance for key, balance in open_.items() if balance} == whole


@given(ledgers)
@settings(max_examples=40)
def test_opening_and_movements_are_closing(blocks: list[Block]) -> None:
    loaded = load(blocks)
    start, date = interesting(blocks)[0], interesting(blocks)[-1]

    for client in clients(loaded, date):
        balance = Decimal()
        for entry in statement(books(loaded, date), client, day(start)):
            if entry.kind == "opening":
                balance = entry.balance
            balance += (entry.charged or 0) - (entry.settled or 0)
            assert entry.balance == balance


@given(ledgers)
@settings(max_examples=60)
def test_what_is_expected_is_what_is_owed_and_what_is_still_to_come(blocks: list[Block]) -> None:
    loaded = load(blocks)

    for date in interesting(blocks):
        at = books(loaded, date)
        # What is on the receivables, what is not on them yet, and what is still to do.
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for row in forecast(at):
            sums[row.currency] += row.amount
            assert row.date is None or row.date >= at.as_of
        expected: dict[str, Decimal] = defaultdict(Decimal)
        # What is held back comes in one day: all of it.
        holds = {
            (contract.id, milestone.id)
            for contract, milestone in at.register.milestones()
            if contract.holds_back(milestone, at.as_of)
        }
        for line in status(at):
            expected[line.currency] -= line.paid
            if (line.contract, line.milestone) not in holds:
                expected[line.currency] += line.amount
        found = open_items(at.register, at.entries, at.options, at.as_of)
        for item in found.items:
            if not item.milestone:
                expected[item.account.currency] += item.open
        for rest in found.unapplied:
            if not rest.credit.milestone:
                expected[rest.credit.account.currency] -= rest.amount
        nothing = dict.fromkeys([*sums, *expected], Decimal())
        assert nothing | sums == nothing | expected


@given(ledgers)
@settings(max_examples=40)
def test_changes_are_what_makes_the_amounts(blocks: list[Block]) -> None:
    loaded = load(blocks)

    for since, date in pairwise(interesting(blocks)):
        found = changes(books(loaded, date), day(since))
        for change in found:
            assert since < str(change.date) <= date
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for change in found:
            if change.change in {"paid", "unpaid"}:
                sums[change.currency] += change.amount
        for row in status(books(loaded, since)):
            sums[row.currency] += row.paid
        expected: dict[str, Decimal] = defaultdict(Decimal)
        for row in status(books(loaded, date)):
            expected[row.currency] += row.paid
        nothing = dict.fromkeys([*sums, *expected], Decimal())
        assert nothing | sums == nothing | expected


@given(ledgers)
@settings(max_examples=40)
def test_what_is_told_from_the_beginning_is_what_is_earned_and_billed(blocks: list[Block]) -> None:
    loaded = load(blocks)
    earned: dict[Place, Decimal] = defaultdict(Decimal)
    billed: dict[Place, Decimal] = defaultdict(Decimal)

    for since, date in pairwise(["2000-01-01", *interesting(blocks)]):
        at = books(loaded, date)
        for change in changes(at, day(since)):
            place = (Key(change.contract, change.milestone), change.account, change.currency)
            if change.change in {"progress", "completed"}:
                earned[place] += change.amount
            elif change.change == "reopened":
                then, now = (at.milestone(place[0]).state_at(day(d)) for d in (since, date))
                ends = ((then.cancelled, now.cancelled), (then.waived, now.waived))
                larger = any(was and not is_ for was, is_ in ends)
                earned[place] += 0 if larger else change.amount
            elif change.change in {"invoiced", "credited"}:
                billed[place] += change.amount
        for found in positions(at):
            if not found.proposed:
                place = (found.key, found.account.name, found.currency)
                owed = (found.contract, found.milestone, found.account)
                assert earned[place] == bills(*owed, found.state.earned, at.as_of)
                assert billed[place] == found.billed
