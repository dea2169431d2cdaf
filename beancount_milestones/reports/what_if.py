"""Expected cash if milestones slip, or if clients pay earlier or later. Nothing is written."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones.errors import position
from beancount_milestones.reports.forecast import forecast, habits_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from beancount.core.data import Transaction

    from beancount_milestones.legs import Part
    from beancount_milestones.model import Contract
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.forecast import Expected

_DATE: Final = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}")


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What would be different."""

    #: By how many weeks what is still to do of a contract moves, by its id: from its target, or
    #: from the as-of date where that is past.
    weeks: Mapping[str, int] = field(default_factory=dict)
    #: How many days after the due date a client pays, by name.
    habits: Mapping[str, int] = field(default_factory=dict)


class NewLines(NamedTuple):
    """Lines of a transaction that would say so, and where it is now."""

    contract: str
    filename: str
    lineno: int
    lines: tuple[str, ...]


def what_if(books: Books, different: WhatIf) -> list[Expected]:
    """Return what is expected then, as `forecast` does."""
    contracts = {
        name: _moved(contract, different.weeks.get(name, 0), books.as_of)
        for name, contract in books.register.contracts.items()
    }
    then = replace(books, register=books.register._replace(contracts=contracts))
    habits = {("sell", client): days for client, days in different.habits.items()}
    return forecast(then, habits_of(books) | habits)


def new_lines(books: Books, weeks: Mapping[str, int]) -> list[NewLines]:
    """Return the lines that would move the targets, in the order written."""
    return [
        line
        for name, number in weeks.items()
        if number and name in books.register.contracts
        for line in _lines(books.register.contracts[name], number, books.as_of)
    ]


def _moved(contract: Contract, weeks: int, as_of: datetime.date) -> Contract:
    if not weeks:
        return contract
    milestones = {
        name: milestone._replace(
            parts=tuple(_later(part, weeks, as_of) for part in milestone.parts)
        )
        if not contract.done_at(milestone, as_of)
        else milestone
        for name, milestone in contract.milestones.items()
    }
    return contract._replace(milestones=milestones)


def _later(part: Part, weeks: int, as_of: datetime.date) -> Part:
    return part._replace(target=part.target and _target(part.target, weeks, as_of))


def _target(target: datetime.date, weeks: int, as_of: datetime.date) -> datetime.date:
    """A target so many weeks later: one that is past is expected now, so they count from now."""
    return after_weeks(max(target, as_of), weeks)


def after_weeks(date: datetime.date, weeks: int) -> datetime.date:
    """Return the day so many weeks later; the last or the first day there is, beyond it."""
    try:
        return date + datetime.timedelta(weeks=weeks)
    except OverflowError:
        return datetime.date.max if weeks > 0 else datetime.date.min


def _lines(contract: Contract, weeks: int, as_of: datetime.date) -> Iterator[NewLines]:
    """Yield the lines of a contract: each target where it is written, or when a schedule starts."""
    to_do = [m for m in contract.milestones.values() if not contract.done_at(m, as_of)]
    entries: dict[int, tuple[Transaction, dict[str, datetime.date]]] = {}
    for milestone in to_do:
        for part in milestone.parts:
            if part.target:
                known = entries.setdefault(id(part.entry), (part.entry, {}))
                known[1][milestone.id] = part.target
    for entry, targets in entries.values():
        where = position(entry.meta)
        lines = tuple(_of_entry(entry, targets, weeks, as_of))
        yield NewLines(contract.id, where["filename"], where["lineno"], lines)


def _of_entry(
    entry: Transaction, targets: Mapping[str, datetime.date], weeks: int, as_of: datetime.date
) -> Iterator[str]:
    dated = {name: str(entry.meta.get(f"milestone-{name}", "")) for name in targets}
    own = [name for name, text in dated.items() if _DATE.search(text)]
    for name in own:
        yield f'milestone-{name}: "{_shifted(dated[name], weeks, as_of)}"'
    for posting in entry.postings:
        said = posting.meta or {}
        if said.get("milestone") in targets and isinstance(said.get("target"), datetime.date):
            yield f"target: {_target(said['target'], weeks, as_of)}"
    scheduled = [target for name, target in targets.items() if name not in own]
    if "schedule" in entry.meta and scheduled:
        if min(scheduled) >= as_of:
            yield f"starts: {after_weeks(entry.meta.get('starts', entry.date), weeks)}"
        else:
            # A start moves all targets alike, and what is past moves by more.
            yield "; something is past its target: give each milestone a line with its own date"


def _shifted(text: str, weeks: int, as_of: datetime.date) -> str:
    """A share with its date so many weeks later."""

    def later(found: re.Match[str]) -> str:
        date = datetime.date(*map(int, re.split("[-/]", found[0])))
        return _target(date, weeks, as_of).isoformat()

    return _DATE.sub(later, text, count=1)
