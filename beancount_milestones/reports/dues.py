"""What is due: everything open that has a due date, and how much of it is still asked for.

What a client has paid and is not matched yet is not asked for. It covers whole invoices, those that
are overdue first, and of these the oldest; what is then left of it lowers the oldest of the others.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from beancount_milestones import amounts
from beancount_milestones.amounts import ZERO
from beancount_milestones.reports.books import cached
from beancount_milestones.reports.open_items import earliest, kind_of, open_debits, unapplied
from beancount_milestones.reports.whose import InvoiceKey, Whose

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from beancount_milestones.parties import Side
    from beancount_milestones.receivables import Item
    from beancount_milestones.reports.books import Books


@dataclass(frozen=True, slots=True)
class Due:
    """An invoice that is open: by its number, else of a milestone, else a debit by hand."""

    due: datetime.date
    date: datetime.date
    number: str
    client: str
    currency: str
    side: Side
    open: Decimal
    #: What is left to ask for, less what is to the client's credit.
    asked: Decimal
    #: What is open of it, perhaps on several accounts.
    items: tuple[Item, ...]

    @property
    def whose(self) -> Whose:
        """Who owes it, or is owed."""
        return Whose.of(self.side, self.client, self.currency)

    @property
    def key(self) -> InvoiceKey:
        """What the invoice is known by, where it has a number."""
        return InvoiceKey(self.number, self.whose)


@cached
def dues(books: Books) -> list[Due]:
    """Return what is open and has a due date, client by client, the oldest due first."""
    credits_: dict[Whose, list[Decimal]] = defaultdict(list)
    for rest in unapplied(books):
        credits_[books.whose(rest.credit.client, rest.credit.account)].append(rest.amount)
    invoices: dict[tuple[object, ...], list[Item]] = defaultdict(list)
    for item in open_debits(books):
        if item.due and kind_of(item) != "uninvoiced":
            invoices[books.whose(item.client, item.account), *_name(item)].append(item)
    found: dict[Whose, list[Due]] = defaultdict(list)
    for items in invoices.values():
        due = _due(books, items)
        found[due.whose].append(due)
    return [
        one
        for whose, owed in found.items()
        for one in _less(
            sorted(owed, key=lambda one: (one.due, one.date, one.number)),
            amounts.add(credits_[whose]),
            books.as_of,
        )
    ]


def _name(item: Item) -> tuple[object, ...]:
    """What makes an invoice: its number; without one, each is by itself."""
    if item.number:
        return (item.number,)
    return (item.date, *(item.milestone or (item.debits[0].entry.narration,)))


def _due(books: Books, items: Sequence[Item]) -> Due:
    first = items[0]
    open_ = amounts.add(item.open for item in items)
    due = earliest(item.due for item in items)
    assert due  # noqa: S101 - tells the type checker: each of them has one
    return Due(
        due=due,
        date=first.date,
        number=first.number or "",
        client=first.client,
        currency=first.account.currency,
        side=books.side_of(first.account),
        open=open_,
        asked=open_,
        items=tuple(items),
    )


def _less(owed: Sequence[Due], credit: Decimal, as_of: datetime.date) -> Iterator[Due]:
    """Yield what is owed to one and the same, less the credit; the oldest come first."""
    for _, some in groupby(owed, key=lambda one: one.due < as_of):
        lowered: list[Due] = []
        for one in some:
            covered = one.open if one.open <= credit else ZERO
            credit = amounts.take(credit, covered)
            lowered.append(replace(one, asked=amounts.take(one.open, covered)))
        for one in lowered:
            # Less than any of the others, or it would have covered it.
            rest = credit if one.asked else ZERO
            credit = amounts.take(credit, rest)
            yield replace(one, asked=amounts.take(one.asked, rest))
