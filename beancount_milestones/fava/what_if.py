"""The view that asks what if: targets and habits moved, and the cash by month then."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from beancount_milestones import amounts, reports
from beancount_milestones.fava import chart
from beancount_milestones.reports.forecast import habits_of
from beancount_milestones.reports.what_if import WhatIf, new_lines, what_if

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from beancount_milestones.fava.frame import View
    from beancount_milestones.fava.money import Sum
    from beancount_milestones.reports import Cash, Expected

_NUMBER: Final = re.compile(r"-?\d{1,4}", re.ASCII)
#: The fields, with the id of a contract or the name of a client.
WEEKS: Final = "weeks-"
HABIT: Final = "habit-"


@dataclass(frozen=True, slots=True)
class Movable:
    """A contract with something planned."""

    contract: str
    client: str
    planned: Sequence[Sum]
    first: datetime.date | None
    weeks: str


class Payer(NamedTuple):
    """A client from whom something is expected, and how late they pay."""

    client: str
    habit: int | None
    days: str


class MonthChange(NamedTuple):
    """A month in a currency: what was expected, and what is expected then."""

    month: str
    currency: str
    now: Decimal
    then: Decimal
    difference: Decimal


def what_if_view(view: View) -> dict[str, Any]:
    """Return what can be moved, and what comes of what was moved."""
    problems: list[str] = []
    different = WhatIf(
        weeks=_numbers(view.asked, WEEKS, "weeks", problems),
        habits=_numbers(view.asked, HABIT, "days", problems),
    )
    now = _kept(view, view.books.once(reports.forecast))
    before = reports.by_month([], now)
    after = reports.by_month([], _kept(view, what_if(view.books, different)))
    as_of = view.books.as_of
    return {
        "problems": problems,
        "movable": _movable(view, now),
        "payers": _payers(view, now),
        "changes": _changes(view, before, after),
        "now": chart.cash_charts(before, view.money, as_of, as_of),
        "then": chart.cash_charts(after, view.money, as_of, as_of),
        "to_credit": chart.to_credit(now, view.money),
        "new_lines": new_lines(view.books, different.weeks),
        "different": bool(different.weeks or different.habits),
    }


def _kept(view: View, rows: Iterable[Expected]) -> list[Expected]:
    return [row for row in rows if row.side == "sell" and view.keep(row)]


def _numbers(
    asked: Mapping[str, str], prefix: str, words: str, problems: list[str]
) -> dict[str, int]:
    """The whole numbers of the fields that begin like that."""
    found = {}
    for name, text in asked.items():
        if name.startswith(prefix) and text.strip():
            if _NUMBER.fullmatch(text.strip()):
                found[name.removeprefix(prefix)] = int(text)
            else:
                problems.append(f"'{text}' is not a number of {words}: write it like 4")
    return found


def _movable(view: View, rows: Sequence[Expected]) -> list[Movable]:
    planned: dict[str, list[Expected]] = {}
    for row in rows:
        if row.kind == "planned":
            planned.setdefault(row.contract, []).append(row)
    targets = {
        row.contract: row.target
        for row in reversed(reports.status(view.books))
        if row.target and row.remaining and not row.completed
    }
    return [
        Movable(
            contract=name,
            client=some[0].client,
            planned=view.money.sums(((row.amount,), row.currency) for row in some),
            first=targets.get(name),
            weeks=view.asked.get(WEEKS + name, ""),
        )
        for name, some in planned.items()
    ]


def _payers(view: View, rows: Sequence[Expected]) -> list[Payer]:
    habits = habits_of(view.books)
    clients = sorted({row.client for row in rows})
    return [
        Payer(client, habits.get(("sell", client)), view.asked.get(HABIT + client, ""))
        for client in clients
    ]


def _changes(view: View, now: Sequence[Cash], then: Sequence[Cash]) -> list[MonthChange]:
    """The months in which something is expected, now or then."""
    before, after = _by_month(now), _by_month(then)
    keys = sorted(
        before.keys() | after.keys(), key=lambda key: (view.money.order(key[0]), not key[1], key[1])
    )
    both = [(key, before.get(key, amounts.ZERO), after.get(key, amounts.ZERO)) for key in keys]
    return [
        MonthChange(month, currency, was, will, amounts.take(will, was))
        for (currency, month), was, will in both
    ]


def _by_month(rows: Sequence[Cash]) -> dict[tuple[str, str], Decimal]:
    return {(row.currency, row.month): amounts.add((row.due, row.planned)) for row in rows}
