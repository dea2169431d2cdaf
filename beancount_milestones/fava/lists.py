"""The lists: unbilled, outstanding, to pay."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from beancount_milestones import reports
from beancount_milestones.fava.frame import ranks_of, sums_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from beancount_milestones.fava.frame import View
    from beancount_milestones.fava.index import Document, Source
    from beancount_milestones.fava.money import Sum
    from beancount_milestones.receivables import Movement
    from beancount_milestones.reports import (
        Listed,
        Row,
    )


#: The columns of amounts of each list.
_LISTS: Final = {
    "unbilled": reports.unbilled,
    "outstanding": reports.outstanding,
    "pay": reports.outstanding,
}
COLUMNS: Final = {
    "unbilled": ("unbilled",),
    "outstanding": ("billed", "paid", "outstanding"),
    "pay": ("billed", "paid", "outstanding"),
}
#: Rows of a list on the overview; the list itself has all of them.
FEW: Final = 50

#: Days overdue from which the next colour is used.
_AGES: Final = tuple(days for days in reports.AGES.values() if days)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a list."""

    row: Row
    late: bool
    days: int | None
    #: The day since which it waits.
    since: datetime.date | None
    #: How long it is overdue, from 0 to 4.
    age: int
    source: Source
    #: The place of each amount when sorted.
    ranks: Mapping[str, int]
    movements: tuple[Movement, ...] = ()
    documents: Sequence[Document] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A list with its totals."""

    name: str
    lines: tuple[Line, ...]
    columns: tuple[str, ...]
    totals: Sequence[Sum]
    #: How many more there are without the filters, and without the limit.
    hidden: int
    more: int


def table(view: View, name: str, most: int | None = None) -> Table:
    """Return the list of that name, with those rows that the filters keep."""
    # What we owe to suppliers is not what clients owe us.
    side = "buy" if name == "pay" else "sell"
    listed = [item for item in _LISTS[name](view.books) if item.row.side == side]
    kept = [item for item in listed if view.keep(item.row)]
    columns = COLUMNS[name]
    shown = kept[:most]
    ranks = ranks_of(view, [item.row for item in shown], columns)
    return Table(
        name=name,
        lines=tuple(_line(view, item, place) for item, place in zip(shown, ranks, strict=True)),
        columns=columns,
        totals=sums_of(view, [item.row for item in kept], columns),
        hidden=len(listed) - len(kept),
        more=len(kept) - len(shown),
    )


def pay(view: View) -> dict[str, Any]:
    """Return what we owe to suppliers, and what we hold back from them."""
    held = [row for row in reports.status(view.books) if row.side == "buy" and view.keep(row)]
    return {"table": table(view, "pay"), "held": held_back(view, held)}


def held_back(view: View, rows: Iterable[Row]) -> list[Sum]:
    """Retention that is held back, in the currencies that have some."""
    sums = view.money.sums(((row.retention,), row.currency) for row in rows)
    return [total for total in sums if any(total.amounts)]


def age_of(days: int | None) -> int:
    """Return how long something is overdue, from 0 to 4."""
    return sum((days or 0) >= limit for limit in _AGES)


def _line(view: View, item: Listed, ranks: Mapping[str, int]) -> Line:
    days, row = item.days, item.row
    return Line(
        row=row,
        late=row.late,
        days=days,
        since=None if days is None else view.books.as_of - datetime.timedelta(days=days),
        age=age_of(days),
        source=view.index.source(item.entry),
        ranks=ranks,
        movements=item.movements,
        documents=view.index.of_milestone(row.contract, row.milestone),
    )
