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

    from beancount_milestones.fava.money import Money
    from beancount_milestones.reports import Aged, Cash, Lane, Mark

#: Months of a chart: before and after the as-of date.
BEFORE: Final = 5
AFTER: Final = 12
#: The most that fit.
_MOST: Final = 36
#: Labels under a timeline.
_TICKS: Final = 10


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
        for currency, months in sorted(sums.items())
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
    bars = tuple(
        Bar(
            month=name,
            future=name > month_name(now),
            segments=tuple(
                Segment(flow, amount, percent(amount, highest))
                for flow, amount in zip(FLOWS, stack, strict=True)
                if amount
            ),
        )
        for name, stack in stacks.items()
    )
    return CashChart(
        currency=currency,
        bars=bars if highest else (),
        later=amounts.add(amounts.add(stack) for name, stack in months.items() if name > names[-1]),
        undated=amounts.add(months.get("", ())),
    )


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


# ---------------------------------------------------------------- timeline


class Tick(NamedTuple):
    """A month under the timeline."""

    label: str
    left: str


@dataclass(frozen=True, slots=True)
class Spot:
    """What stands on a day of a lane: one milestone or more."""

    #: done, late, open, proposed or cancelled.
    kind: str
    left: str
    date: datetime.date
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A lane as it is drawn."""

    lane: Lane
    left: str
    width: str
    #: What is late: from the first target to the as-of date.
    late_left: str
    late_width: str
    spots: tuple[Spot, ...]
    #: The targets that were missed, of what is done.
    missed: tuple[str, ...]
    #: Milestones that nothing says the date of.
    undated: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """All lanes on one scale."""

    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    today: str
    start: datetime.date
    end: datetime.date
    #: How many lanes have ended before the start.
    hidden: int


def timeline(lanes: Sequence[Lane], as_of: datetime.date, start: datetime.date | None) -> Timeline:
    """Return the lanes that are open or reach beyond the start; else from some months back."""
    months_back = first_day(max(month_of(as_of) - BEFORE, 12))
    begin = min(start or months_back, as_of)
    shown = [lane for lane in lanes if lane.open or lane.end >= begin]
    late = [mark.date for lane in shown for mark in lane.marks if mark.late and mark.date]
    if not start:
        # What is late is never out of sight.
        begin = min([begin, *late])
    last = max([as_of, *(lane.end for lane in shown)])
    end = first_day(month_of(last) + 1)
    scale = _Scale(begin, end)
    return Timeline(
        rows=tuple(_row(lane, scale, as_of) for lane in shown),
        ticks=tuple(_ticks(scale)),
        today=scale.at(as_of),
        start=begin,
        end=end,
        hidden=len(lanes) - len(shown),
    )


class _Scale(NamedTuple):
    begin: datetime.date
    end: datetime.date

    def at(self, date: datetime.date) -> str:
        """Return where a date stands, from 0 to 100."""
        return percent(Decimal((date - self.begin).days), Decimal((self.end - self.begin).days))

    def between(self, date: datetime.date, other: datetime.date) -> str:
        """Return how wide it is from a date to another, within the scale."""
        width = (min(other, self.end) - max(date, self.begin)).days
        return percent(Decimal(width), Decimal((self.end - self.begin).days))


def _ticks(scale: _Scale) -> Iterable[Tick]:
    first, last = month_of(scale.begin), month_of(scale.end)
    step = next(s for s in (1, 2, 3, 6, 12, last - first + 1) if (last - first) <= _TICKS * s)
    for month in range(first, last):
        if month % step == 0 and first_day(month) >= scale.begin:
            yield Tick(month_name(month), scale.at(first_day(month)))


def _row(lane: Lane, scale: _Scale, as_of: datetime.date) -> Row:
    days: dict[datetime.date, list[Mark]] = {}
    for mark in lane.marks:
        if mark.date and mark.date >= scale.begin:
            days.setdefault(mark.date, []).append(mark)
    late = [mark.date for mark in lane.marks if mark.late and mark.date]
    since = min(late, default=as_of)
    return Row(
        lane=lane,
        left=scale.at(lane.start),
        width=scale.between(lane.start, lane.end),
        late_left=scale.at(since),
        late_width=scale.between(since, as_of),
        spots=tuple(
            Spot(min(map(_kind, marks), key=_KINDS.index), scale.at(date), date, tuple(marks))
            for date, marks in days.items()
        ),
        missed=tuple(
            scale.at(mark.target)
            for mark in lane.marks
            if mark.target and mark.done and mark.status != "cancelled"
            if scale.begin <= mark.target < mark.done
        ),
        undated=tuple(mark for mark in lane.marks if not mark.date),
    )


#: What stands for all, where several milestones share a day.
_KINDS: Final = ("late", "open", "proposed", "done", "cancelled")


def _kind(mark: Mark) -> str:
    if mark.status in {"proposed", "cancelled"}:
        return mark.status
    if mark.late:
        return "late"
    return "done" if mark.done else "open"
