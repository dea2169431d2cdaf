"""Charts as numbers from 0 to 100: what is drawn where. The template draws it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.reports import AGES, FLOWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from beancount_milestones.fava.money import Money, Sum
    from beancount_milestones.reports import Aged, Cash, Expected

#: Months of a chart: before and after the as-of date.
BEFORE: Final = 5
AFTER: Final = 12
#: The most that fit.
_MOST: Final = 36


def percent(part: Decimal, whole: Decimal) -> str:
    """Return how much a part is of a whole, from 0 to 100, as CSS reads it."""
    if whole <= 0 or part <= 0:
        return "0"
    share = min(amounts.WIDE.divide(part * 100, whole), Decimal(100))
    return f"{amounts.rounded(share, 2):f}"


def month_of(date: datetime.date) -> int:
    """Return the number of a month, to count with."""
    return date.year * 12 + date.month - 1


def month_name(month: int) -> str:
    """Return a month like 2026-04."""
    return f"{month // 12:04}-{month % 12 + 1:02}"


def first_day(month: int) -> datetime.date:
    """Return the first day of a month; the last day there is, for a month beyond it."""
    if month // 12 > datetime.MAXYEAR:
        return datetime.date.max
    return datetime.date(month // 12, month % 12 + 1, 1)


# ---------------------------------------------------------------- cash


class Segment(NamedTuple):
    """A part of a bar."""

    flow: str
    amount: Decimal
    height: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A month: what came in and what is expected, one above the other."""

    month: str
    #: After the month of the as-of date.
    future: bool
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class CashChart:
    """The cash of a currency by month, and what is not in the chart."""

    currency: str
    bars: tuple[Bar, ...]
    #: Where the axis ends: a round amount; and half of it.
    top: Decimal
    half: Decimal
    later: Decimal
    undated: Decimal


def cash_charts(
    rows: Sequence[Cash], money: Money, as_of: datetime.date, start: datetime.date | None
) -> list[CashChart]:
    """Return a chart for each currency that is shown, from the start, else some months back."""
    sums: dict[str, dict[str, tuple[Decimal, ...]]] = {}
    for row in rows:
        months = sums.setdefault(money.currency(row.currency), {})
        known = months.get(row.month, (amounts.ZERO,) * len(FLOWS))
        figures = (money.exchange(getattr(row, flow), row.currency)[0] for flow in FLOWS)
        months[row.month] = tuple(map(amounts.add, zip(known, figures, strict=True)))
    now = month_of(as_of)
    begin = max(month_of(start), now + 1 - _MOST + AFTER) if start else now - BEFORE
    charts = (
        _cash_chart(currency, months, min(begin, now), now)
        for currency, months in sorted(sums.items(), key=lambda one: money.order(one[0]))
    )
    return [chart for chart in charts if chart.bars or chart.later or chart.undated]


def _cash_chart(
    currency: str, months: dict[str, tuple[Decimal, ...]], begin: int, now: int
) -> CashChart:
    nothing = (amounts.ZERO,) * len(FLOWS)
    last = max((name for name in months if name), default=month_name(now))
    names = [month_name(month) for month in range(begin, now + AFTER + 1)]
    shown = [name for name in names if name <= max(last, month_name(now))]
    stacks = {name: months.get(name, nothing) for name in shown}
    # A month in which more went back than came in has no bar.
    highest = max(amounts.add(a for a in stack if a > 0) for stack in stacks.values())
    top = _round_up(highest)
    bars = tuple(
        Bar(
            month=name,
            future=name > month_name(now),
            segments=tuple(
                Segment(flow, amount, percent(amount, top))
                for flow, amount in zip(FLOWS, stack, strict=True)
                if amount
            ),
        )
        for name, stack in stacks.items()
    )
    return CashChart(
        currency=currency,
        bars=bars if highest else (),
        top=top,
        half=amounts.times(top, Decimal("0.5")),
        later=amounts.add(amounts.add(stack) for name, stack in months.items() if name > names[-1]),
        undated=amounts.add(months.get("", ())),
    )


def to_credit(rows: Iterable[Expected], money: Money) -> list[Sum]:
    """Return what is to the credit of clients: it has no day, so no month deducts it."""
    return money.sums(
        ((amounts.negative(row.amount),), row.currency) for row in rows if row.kind == "unapplied"
    )


def _round_up(highest: Decimal) -> Decimal:
    """The next amount that is round, and of which the half is."""
    unit = Decimal(1).scaleb(highest.adjusted())
    return next(step * unit for step in map(Decimal, (1, 2, 4, 6, 8, 10)) if step * unit >= highest)


# ---------------------------------------------------------------- aging


class Age(NamedTuple):
    """What is outstanding of an age."""

    label: str
    #: From 0 (not due) to 4.
    age: int
    amount: Decimal
    width: str


class AgingBar(NamedTuple):
    """What is outstanding in a currency, by age."""

    currency: str
    total: Decimal
    ages: tuple[Age, ...]


#: The columns of `aging`, as people say them.
AGE_LABELS: Final = dict(
    zip(
        AGES,
        ("not due", "1 to 30 days", "31 to 60 days", "61 to 90 days", "over 90 days"),
        strict=True,
    )
)


def aging_bars(rows: Iterable[Aged], money: Money) -> list[AgingBar]:
    """Return a bar for each currency that is shown."""
    sums = money.sums(
        (tuple(getattr(row, column) for column in AGES), row.currency) for row in rows
    )
    bars = []
    for currency, figures in sums:
        total = amounts.add(figures)
        ages = (
            Age(AGE_LABELS[column], age, amount, percent(amount, total))
            for age, (column, amount) in enumerate(zip(AGES, figures, strict=True))
        )
        bars.append(AgingBar(currency, total, tuple(ages)))
    return bars
