"""How old what is outstanding is, by client."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from beancount_milestones import amounts
from beancount_milestones.receivables import fold
from beancount_milestones.reports.open_items import items

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.open_items import OpenItem

#: The columns of amounts, and the days overdue from which each of them counts.
AGES: Final = {
    "current": 0,
    "days_1_30": 1,
    "days_31_60": 31,
    "days_61_90": 61,
    "days_over_90": 91,
}


@dataclass(frozen=True, slots=True)
class Aged:
    """What a client owes in one currency, by days overdue. The amounts are gross."""

    client: str
    currency: str
    #: Not due yet, or due on the very day.
    current: Decimal
    days_1_30: Decimal
    days_31_60: Decimal
    days_61_90: Decimal
    days_over_90: Decimal
    #: Exactly what is outstanding.
    total: Decimal


def aging(books: Books) -> list[Aged]:
    """Return what each client owes, by the due date of each invoice, in alphabetical order.

    Only what is outstanding on milestones. A client whose name is once written in upper and once
    in lower case is one client.
    """
    return aged(items(books))


def aged(open_: Iterable[OpenItem]) -> list[Aged]:
    """Return the same of some open items only."""
    owed: dict[tuple[str, str], list[OpenItem]] = defaultdict(list)
    for item in open_:
        if item.kind == "invoiced":
            owed[fold(item.client), item.currency].append(item)
    return [_aged(found) for _, found in sorted(owed.items(), key=lambda pair: pair[0])]


def _aged(found: Sequence[OpenItem]) -> Aged:
    #: Nothing is shown with the same decimals as the rest.
    zeros = [amounts.ZERO * item.open for item in found]
    figures = {column: [*zeros] for column in AGES}
    for item in found:
        age = next(c for c, days in reversed(AGES.items()) if (item.days or 0) >= days)
        figures[age].append(item.open)
    return Aged(
        client=found[0].client,
        currency=found[0].currency,
        **{column: amounts.add(sums) for column, sums in figures.items()},
        total=amounts.add(item.open for item in found),
    )
