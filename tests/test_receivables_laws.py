"""Laws of open items, for any ledger: made up by Hypothesis."""

import datetime
from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from beancount_milestones.model import of_register
from beancount_milestones.receivables import Credit, Item
from beancount_milestones.reports import (
    Row,
    balances,
    contracts,
    forecast,
    received,
    status,
    timeline,
)
from tests.receivables import books, settle
from tests.strategies import (
    CONTRACTS,
    Block,
    anything,
    crowds,
    interesting,
    ledgers,
    load,
    load_files,
    numbers,
    rivals,
)
from tests.support import Loaded

#: The name of a contract is never a number, even before it is written: these come after the
#: first day.
LATER = ("bolt", "carl", "duo", "sub")


def number_of(item: Item) -> str | None:
    links = item.debits[0].entry.links if item.debits and not item.milestone else None
    late = any(link.partition("/")[0] in LATER for link in links or ())
    return None if late else item.number


def told(loaded: Loaded, date: str) -> object:
    """Everything that a report says, without the entries that it comes from."""
    found = settle(loaded, date)
    items = [
        (
            (item.account, item.client, item.milestone, item.date, item.due),
            number_of(item),
            (item.amount, item.raised, item.open, item.invoiced),
            sorted(
                (m.credit.date, m.credit.payee, m.amount, m.basis, m.credit.kind)
                for m in item.matches
            ),
        )
        for item in found.items
    ]
    rest = sorted(
        (r.credit.account, r.credit.date, r.credit.payee, r.amount) for r in found.unapplied
    )
    return status(books(loaded, date)), items, rest


def test_the_contracts_are_right() -> None:
    assert load([]).messages == []


@given(ledgers)
@settings(max_examples=80)
def test_open_items_less_unapplied_equal_the_balance_at_every_date(blocks: list[Block]) -> None:
    loaded = load(blocks)

    for date in interesting(blocks):
        # Also looks at every item: none is settled beyond its amount.
        settle(loaded, date)


@given(ledgers)
@settings(max_examples=60)
def test_a_link_always_wins(blocks: list[Block]) -> None:
    loaded = load(blocks)

    for date in interesting(blocks):
        found = settle(loaded, date)
        for rest in found.unapplied:
            entry = rest.credit.entry
            links = entry.links if entry else frozenset()
            for item in found.items:
                if item.account == rest.credit.account and item.number and item.number in links:
                    assert not item.open
                    assert {match.basis for match in item.matches} == {"link"}


def names_of(item: Item, loaded: Loaded) -> set[str]:
    """Everything that a payment may call an item by."""
    names = {item.number} if item.number else set()
    if item.milestone is None:
        return names | set(item.debits[0].entry.links or ())
    register = of_register(loaded.options)
    assert register
    milestone = register.contracts[item.milestone.contract].milestones[item.milestone.milestone]
    return names | {item.milestone.link, item.milestone.contract, *(milestone.entry.links or ())}


def said(credit: Credit) -> tuple[set[str], set[str]]:
    """What a payment by hand says that it pays: in `settles`, and by links."""
    if credit.entry is None:
        return set(), set()
    metas = (posting.meta or {} for posting in credit.entry.postings)
    settles = {meta["settles"] for meta in metas if "settles" in meta}
    return settles, set(credit.entry.links or ())


@given(anything)
@settings(max_examples=150)
def test_nothing_that_a_payment_names_stays_open_while_it_is_unapplied(blocks: list[Block]) -> None:
    loaded = load(blocks)

    for date in interesting(blocks):
        found = settle(loaded, date)
        for rest in found.unapplied:
            wanted = set().union(*said(rest.credit))
            for item in found.items:
                if item.account == rest.credit.account and wanted & names_of(item, loaded):
                    assert not item.open
                    assert {match.basis for match in item.matches} == {"link"}
                    if item.milestone and item.number in wanted:
                        # A number is more exact than a contract, `settles` than any link.
                        for match in item.matches:
                            settles, links = said(match.credit)
                            assert settles or item.number in links


@given(anything)
@settings(max_examples=80)
def test_a_payment_settles_what_it_names_and_nothing_else(blocks: list[Block]) -> None:
    loaded = load(blocks)

    for date in interesting(blocks):
        items = settle(loaded, date).items
        for item in items:
            for match in item.matches:
                settles, links = said(match.credit)
                if match.credit.entry and match.basis == "link":
                    assert (settles | links) & names_of(item, loaded)
                elif match.credit.entry:
                    known = set().union(
                        *(names_of(i, loaded) for i in items if i.account == item.account)
                    )
                    assert not settles or match.basis == "amount"
                    assert not links & known or match.basis == "amount"


@given(anything, st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_what_was_asked_before_changes_no_report(blocks: list[Block], random: Random) -> None:
    """Books of one day that come from those of another, one after the other, in any order."""
    loaded = load(blocks)
    days = interesting(blocks)
    random.shuffle(days)

    looked = books(loaded, days[0])
    for date in days:
        looked = looked.on(datetime.date.fromisoformat(date))
        fresh = books(loaded, date)
        assert looked.open_items() == fresh.open_items()
        for report in (status, contracts, timeline, forecast, balances, received):
            assert report(looked) == report(fresh)


def identity_holds(row: Row) -> bool:
    return row.amount == row.paid + row.outstanding + row.unbilled + row.remaining


@given(ledgers)
@settings(max_examples=60)
def test_amount_is_paid_outstanding_unbilled_and_remaining(blocks: list[Block]) -> None:
    loaded = load(blocks)

    for date in interesting(blocks):
        for row in status(books(loaded, date)):
            assert row.outstanding >= 0
            # A reduction that waits for its bill makes less of what is unbilled.
            assert row.unbilled * (-1 if row.amount < 0 else 1) >= 0
            if row.amount >= 0:
                # No more is paid than billable.
                assert row.paid > row.amount - row.remaining or identity_holds(row)
                assert 0 <= row.billed <= row.amount


@given(crowds | rivals(), st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_the_order_of_payments_within_a_day_does_not_matter(
    crowd: tuple[list[Block], list[Block]], random: Random
) -> None:
    directives, payments = crowd
    shuffled = payments.copy()
    random.shuffle(shuffled)
    one, two = load([*directives, *payments]), load([*shuffled, *directives])

    for date in interesting([*directives, *payments]):
        assert told(one, date) == told(two, date)


@given(crowds | rivals(), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_the_order_of_files_does_not_matter(
    crowd: tuple[list[Block], list[Block]], random: Random
) -> None:
    directives, payments = crowd
    middle = random.randint(0, len(payments))
    one = load_files([("a", directives), ("b", payments[:middle]), ("c", payments[middle:])])
    two = load_files([("a", payments[middle:]), ("b", payments[:middle]), ("c", directives)])

    for date in interesting([*directives, *payments]):
        assert told(one, date) == told(two, date)


@given(anything)
@settings(max_examples=120)
def test_later_entries_never_change_an_earlier_report(blocks: list[Block]) -> None:
    loaded = load(blocks)

    for date in interesting(blocks)[:: max(1, len(blocks) // 4)]:
        earlier = [block for block in blocks if str(block.date) <= date]
        contracts = [text for text in CONTRACTS if text.strip()[:10] <= date]
        assert told(load(earlier, contracts), date) == told(loaded, date)


@given(st.lists(numbers, min_size=1, max_size=12))
@settings(max_examples=30)
def test_a_contract_paid_in_any_parts_is_paid(parts: list[str]) -> None:
    total = sum(map(Decimal, parts), Decimal())
    contract = f"""
2026-01-01 * "Acme" "Brand"
  contract: "acme"
  milestone-one: "1/7"
  milestone-two: "2/7"
  milestone-three: "rest"
  Assets:Receivable  {total} USD
  Income:Design
2026-01-02 custom "contract" "acme" "completed"
  invoice: "INV-1"
"""
    payments = [
        f'2026-01-03 * "Acme" ""\n  Assets:Bank  {part} USD\n  Assets:Receivable\n'
        for part in parts
    ]
    loaded = load([], [contract, *payments])

    assert {row.status for row in status(books(loaded, "2026-01-03"))} == {"paid"}
    assert settle(loaded, "2026-01-03").unapplied == ()
