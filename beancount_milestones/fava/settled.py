"""What settled an invoice, and what of its payments can still go back."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from beancount_milestones import amounts

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from beancount.core.data import Transaction

    from beancount_milestones.receivables import Item, Movement


class Settled(NamedTuple):
    """What a transaction settled of an invoice, or raised it again by: of one kind."""

    #: What a link calls it.
    name: str
    first: Movement
    #: Below zero for what raised it again.
    amount: Decimal
    #: What has not gone back of a payment.
    left: Decimal

    @property
    def entry(self) -> Transaction | None:
        """The transaction; None for a milestone that bills less than nothing."""
        return self.first.entry


def settled(items: Iterable[Item]) -> list[Settled]:
    """Return what settled the items of an invoice and what raised them again, by date."""
    moved: dict[tuple[object, ...], list[Movement]] = {}
    movements = [movement for item in items for movement in item.movements]
    for movement in sorted(movements, key=lambda one: one.date):
        key = (movement.date, movement.kind, movement.number, id(movement.entry))
        moved.setdefault(key, []).append(movement)
    firsts = [found[0] for found in moved.values()]
    sums = [amounts.add(movement.amount for movement in found) for found in moved.values()]
    left = _left(firsts, sums)
    names = called(first.date for first in firsts)
    return [Settled(*one) for one in zip(names, firsts, sums, left, strict=True)]


def called(dates: Iterable[datetime.date]) -> Iterator[str]:
    """Yield what links call what is of these days: the day, and which of that day it is.

    Not the amount, which would be on a page where Fava hides it.
    """
    before: Counter[datetime.date] = Counter()
    for date in dates:
        before[date] += 1
        yield date.isoformat() if before[date] == 1 else f"{date}.{before[date]}"


def _left(firsts: list[Movement], sums: list[Decimal]) -> list[Decimal]:
    """What is left of each payment: of what went back, the payment of that amount, else the last.

    Of anything else nothing can go back.
    """
    left = [
        amount if first.kind == "payment" else amounts.ZERO
        for first, amount in zip(firsts, sums, strict=True)
    ]
    for back, amount in zip(firsts, sums, strict=True):
        if back.kind != "returned":
            continue
        gone = amounts.negative(amount)
        before = [at for at, first in enumerate(firsts) if first.date <= back.date]
        for at in sorted(before, key=lambda at: (left[at] != gone, -at)):
            part = min(left[at], gone)
            left[at] = amounts.take(left[at], part)
            gone = amounts.take(gone, part)
    return left
