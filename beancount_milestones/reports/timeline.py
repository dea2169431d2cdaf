"""When the milestones of every contract are, and were, to be reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from beancount_milestones.reports.positions import made_of_each, positions

if TYPE_CHECKING:
    import datetime

    from beancount_milestones.model import Contract
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.positions import Position


@dataclass(frozen=True, slots=True)
class Mark:
    """A milestone on the timeline of its contract."""

    contract: str
    milestone: str
    title: str
    #: As in `status`: one word.
    status: str
    proposed: bool
    late: bool
    target: datetime.date | None
    #: The target that was agreed first, if it is another one.
    first_target: datetime.date | None
    #: When it was done.
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
        return any(mark.done is None and not mark.proposed for mark in self.marks)


def timeline(books: Books) -> list[Lane]:
    """Return a lane for every contract, by its date. Proposals are in it too."""
    marks: dict[str, dict[tuple[str, bool], Mark]] = {}
    for found, mark in books.once(_marks):
        known = marks.setdefault(found.contract.id, {})
        # A milestone that is owed on two accounts has two positions.
        known.setdefault((found.milestone.id, found.proposed), mark)
    lanes = [
        _lane(books, contract, list(marks[contract.id].values()))
        for contract in books.contracts()
        if contract.id in marks
    ]
    return sorted(lanes, key=lambda lane: (lane.start, lane.contract))


def _marks(books: Books) -> tuple[tuple[Position, Mark], ...]:
    return made_of_each(positions(books), _mark, books.near(_marks))


def _mark(found: Position) -> Mark:
    first = found.milestone.first_target_at(found.since)
    return Mark(
        contract=found.contract.id,
        milestone=found.milestone.id,
        title=found.title or found.milestone.id,
        status=found.status,
        proposed=found.proposed,
        late=found.late,
        target=found.target,
        first_target=first if first != found.target else None,
        done=found.done,
        account=found.account.name,
    )


def _lane(books: Books, contract: Contract, marks: list[Mark]) -> Lane:
    start = contract.entry.date
    dates = [d for mark in marks for d in (mark.target, mark.first_target, mark.done) if d]
    ordered = sorted(marks, key=lambda mark: (not mark.date, mark.date or start))
    return Lane(
        contract=contract.id,
        title=contract.entry.narration or "",
        client=books.clients.called(contract.client),
        start=min(start, *dates) if dates else start,
        end=max(start, *dates) if dates else start,
        marks=tuple(ordered),
    )
