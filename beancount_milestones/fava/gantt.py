"""The timeline as numbers from 0 to 100: what is drawn where. The template draws it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones.fava.chart import BEFORE, first_day, month_name, month_of, percent

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Sequence

    from beancount_milestones.reports import Lane, Mark

#: Labels under a timeline.
_TICKS: Final = 10


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


class Moved(NamedTuple):
    """A target that was moved."""

    #: Where it was agreed first.
    first: str
    #: Between that and where it is now.
    left: str
    width: str


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
    #: Targets that were moved: from where, and how far.
    moved: tuple[Moved, ...]
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
        moved=tuple(
            Moved(
                scale.at(mark.first_target),
                scale.at(min(mark.first_target, mark.target)),
                scale.between(*sorted((mark.first_target, mark.target))),
            )
            for mark in lane.marks
            if mark.first_target and mark.target and mark.first_target >= scale.begin
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
