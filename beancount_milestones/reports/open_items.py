"""Open items: what explains the balance of every receivable account, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from beancount_milestones import amounts
from beancount_milestones.reports.books import cached

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable
    from decimal import Decimal

    from beancount.core.data import Directive, Transaction

    from beancount_milestones.receivables import Item, Key, Unapplied
    from beancount_milestones.reports.books import Books

Kind = Literal["invoiced", "uninvoiced", "other", "unapplied"]


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something open on an account, in its currency: ``open = amount - settled``.

    On the buy side the amounts are what we owe, and positive.
    """

    #: A milestone's invoice; a milestone that waits for its invoice; a debit that no contract
    #: explains; or a credit that settles nothing, whose amounts are negative.
    kind: str
    account: str
    currency: str
    client: str
    contract: str
    milestone: str
    #: The number.
    invoice: str
    date: datetime.date
    due: datetime.date | None
    amount: Decimal
    settled: Decimal
    open: Decimal
    #: Days overdue; None where it is not.
    days: int | None
    side: str


def items(books: Books) -> list[OpenItem]:
    """Return all that is open, by account, the oldest due first, and then what is unapplied."""
    return [
        *(_debit(books, item) for item in open_debits(books)),
        *(_credit(books, rest) for rest in unapplied(books)),
    ]


@cached
def open_debits(books: Books) -> list[Item]:
    """Return the items in scope with something open, by account, the oldest due first."""
    return [
        item
        for item in books.open_items().items
        if item.open and books.asks(item.client, item.milestone, item.account)
    ]


@cached
def unapplied(books: Books) -> list[Unapplied]:
    """Return the credits in scope that settle nothing, or the rest of them."""
    return [
        rest
        for rest in books.open_items().unapplied
        if books.asks(rest.credit.client, rest.credit.milestone, rest.credit.account)
    ]


def source_of(books: Books, rest: Unapplied) -> Transaction:
    """Return where an unapplied credit is written: its transaction, or that of a reduction."""
    credit = rest.credit
    if credit.milestone:
        return books.milestone(credit.milestone).entry
    assert credit.entry  # noqa: S101 - tells the type checker: only a reduction has none
    return credit.entry


def billing(books: Books, key: Key, number: str | None, date: datetime.date) -> Directive:
    """Return the directive that billed an item of a milestone, else the milestone's transaction."""
    milestone = books.milestone(key)
    steps = milestone.steps_at(books.as_of)
    found = (s.entry for s in steps if (s.number or "", s.date) == (number or "", date))
    return next(found, milestone.entry)


def earliest(dates: Iterable[datetime.date | None]) -> datetime.date | None:
    """Return the first of some dates; None where there is none."""
    return min(filter(None, dates), default=None)


def overdue(due: datetime.date | None, as_of: datetime.date) -> int | None:
    """Return the days that something is overdue, or None."""
    return (as_of - due).days if due and due < as_of else None


def kind_of(item: Item) -> Kind:
    """Return what an item is."""
    if not item.milestone:
        return "other"
    return "invoiced" if item.invoiced else "uninvoiced"


def _debit(books: Books, item: Item) -> OpenItem:
    contract, milestone = item.milestone or ("", "")
    return OpenItem(
        kind=kind_of(item),
        account=item.account.name,
        currency=item.account.currency,
        client=item.client,
        contract=contract,
        milestone=milestone,
        invoice=item.number or "",
        date=item.date,
        due=item.due,
        amount=item.amount,
        settled=item.settled,
        open=item.open,
        days=overdue(item.due, books.as_of),
        side=books.side_of(item.account),
    )


def _credit(books: Books, rest: Unapplied) -> OpenItem:
    credit = rest.credit
    contract, milestone = credit.milestone or ("", "")
    return OpenItem(
        kind="unapplied",
        account=credit.account.name,
        currency=credit.account.currency,
        client=credit.client,
        contract=contract,
        milestone=milestone,
        invoice="",
        date=credit.date,
        due=None,
        amount=amounts.negative(credit.amount),
        settled=amounts.take(rest.amount, credit.amount),
        open=amounts.negative(rest.amount),
        days=None,
        side=books.side_of(credit.account),
    )
