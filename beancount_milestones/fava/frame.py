"""What every view looks at, and how its amounts are sorted and summed up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from beancount_milestones.fava.index import Index
    from beancount_milestones.fava.money import Money, Sum
    from beancount_milestones.reports import (
        Balance,
        Books,
        Placed,
        Row,
        Standing,
    )

    #: Rows with columns of amounts in a currency.
    Amounts = Row | Standing | Balance


@dataclass(frozen=True, slots=True)
class View:
    """What is looked at, and how."""

    books: Books
    #: Whether something passes Fava's filters.
    keep: Callable[[Placed], bool]
    money: Money
    index: Index
    #: The start of the time filter, where it has one.
    start: datetime.date | None
    #: Whether the account or the text filter is in use.
    narrowed: bool = False
    #: Whether rows that need nothing are asked for too.
    all: bool = False
    #: The fields of the address.
    asked: Mapping[str, str] = field(default_factory=dict)


def ranks_of(view: View, rows: Sequence[Amounts], columns: Sequence[str]) -> list[dict[str, int]]:
    """Return for each row the place of each of its amounts in the column, when sorted."""
    ranks = [view.money.ranks((getattr(r, c), r.currency) for r in rows) for c in columns]
    return [dict(zip(columns, places, strict=True)) for places in zip(*ranks, strict=True)]


def sums_of(view: View, rows: Iterable[Amounts], columns: Sequence[str]) -> list[Sum]:
    """Return the totals of the columns."""
    return view.money.sums((tuple(getattr(r, c) for c in columns), r.currency) for r in rows)


class Spot(NamedTuple):
    """Where something is, for the filters: texts may be empty."""

    contract: str
    milestone: str
    account: str
