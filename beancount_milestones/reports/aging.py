"""How old what is owed is, by client. With its first and last columns it is the balance."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from beancount_milestones import amounts
from beancount_milestones.parties import fold
from beancount_milestones.reports.open_items import items

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.open_items import OpenItem

#: The columns of amounts by age, and the days overdue from which each of them counts.
AGES: Final = {
    "current": 0,
    "days_1_30": 1,
    "days_31_60": 31,
    "days_61_90": 61,
    "days_over_90": 91,
}


@dataclass(frozen=True, slots=True)
class Aged:
    """What a client owes in one currency, by days overdue. The amounts are gross.

    ``total = not_billed + the ages - unapplied``, which is the client's part of the accounts.
    """

    client: str
    currency: str
    #: Booked, and not invoiced yet.
    not_billed: Decimal
    #: Not due yet, or due on the very day.
    current: Decimal
    days_1_30: Decimal
    days_31_60: Decimal
    days_61_90: Decimal
    days_over_90: Decimal
    #: Received, and not applied to any invoice.
    unapplied: Decimal
    total: Decimal
    side: str


def aging(books: Books) -> list[Aged]:
    """Return what each client owes, by the due date of each invoice, in alphabetical order.

    With what is not invoiced and what is unapplied, so that the totals are the balance of the
    receivable accounts; on the buy side, of the payable accounts.
    """
    return aged(items(books))


def aged(open_: Iterable[OpenItem]) -> list[Aged]:
    """Return the same of some open items only."""
    owed: dict[tuple[bool, str, str], list[OpenItem]] = defaultdict(list)
    for item in open_:
        # What we owe comes last.
        owed[item.side == "buy", fold(item.client), item.currency].append(item)
    return [_aged(found) for _, found in sorted(owed.items(), key=lambda pair: pair[0])]


def _aged(found: Sequence[OpenItem]) -> Aged:
    columns: dict[str, list[Decimal]] = {name: [] for name in ("not_billed", *AGES, "unapplied")}
    for item in found:
        if item.kind == "unapplied":
            columns["unapplied"].append(amounts.negative(item.open))
        elif item.kind == "uninvoiced":
            columns["not_billed"].append(item.open)
        else:
            age = next(c for c, days in reversed(AGES.items()) if (item.days or 0) >= days)
            columns[age].append(item.open)
    return Aged(
        client=found[0].client,
        currency=found[0].currency,
        **{name: amounts.add(column) for name, column in columns.items()},
        total=amounts.add(item.open for item in found),
        side=found[0].side,
    )
