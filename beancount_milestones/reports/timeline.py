"""When the milestones of every contract are, and were, to be reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from beancount_milestones.reports.status import done, rows_of

if TYPE_CHECKING:
    import datetime

    from beancount_milestones.model import Contract
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.status import Row


@dataclass(frozen=True, slots=True)
class Mark:
    """A milestone on the timeline of its contract."""

    contract: str
    milestone: str
    title: str
    #: As in `status`: one word.
    status: str
    late: bool
    target: datetime.date | None
    #: When it was completed or cancelled; what is no work, when all of it was billed.
    done: datetime.date | None
    account: str

    @property
    def date(self) -> datetime.date | None:
        """Where it stands: when it was done, else when it should be."""
        return self.done or self.target


@dataclass(frozen=True, slots=True)
class Lane:
    """A contract from its date to its last milestone."""

    contract: str
    title: str
    client: str
    start: datetime.date
    end: datetime.date
    #: By date, those without one last.
    marks: tuple[Mark, ...]

    @property
    def open(self) -> bool:
        """Whether anything is still to be done."""
        return any(mark.done is None and mark.status != "proposed" for mark in self.marks)


def timeline(books: Books) -> list[Lane]:
    """Return a lane for every contract, by its date. Proposals are in it too."""
    marks: dict[str, dict[tuple[str, bool], Mark]] = {}
    for milestone, row in rows_of(books):
        proposed = row.status == "proposed"
        known = marks.setdefault(row.contract, {})
        # A bill that is split between two accounts has two rows.
        known.setdefault((row.milestone, proposed), _mark(row, done(milestone, books.as_of)))
    lanes = [
        _lane(contract, list(marks[contract.id].values()))
        for contract in books.contracts()
        if contract.id in marks
    ]
    return sorted(lanes, key=lambda lane: (lane.start, lane.contract))


def _mark(row: Row, reached: datetime.date | None) -> Mark:
    return Mark(
        contract=row.contract,
        milestone=row.milestone,
        title=row.title or row.milestone,
        status=row.status,
        # A deposit that is billed in full is done, though nobody has completed it.
        late=row.late and not reached,
        target=row.target,
        done=reached,
        account=row.account,
    )


def _lane(contract: Contract, marks: list[Mark]) -> Lane:
    start = contract.entry.date
    dates = [date for mark in marks for date in (mark.target, mark.done) if date]
    ordered = sorted(marks, key=lambda mark: (not mark.date, mark.date or start))
    return Lane(
        contract=contract.id,
        title=contract.entry.narration or "",
        client=contract.client,
        start=min(start, *dates) if dates else start,
        end=max(start, *dates) if dates else start,
        marks=tuple(ordered),
    )
