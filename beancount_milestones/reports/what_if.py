"""Expected cash if milestones slip, or if clients pay earlier or later. Nothing is written."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones.errors import position
from beancount_milestones.reports.forecast import forecast, habits_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from beancount.core.data import Transaction

    from beancount_milestones.legs import Part
    from beancount_milestones.model import Contract
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.forecast import Expected

_DATE: Final = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}")


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What would be different."""

    #: By how many weeks what is still to do of a contract moves, by its id.
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
    return forecast(then, habits_of(books) | dict(different.habits))


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
        name: milestone._replace(parts=tuple(_later(part, weeks) for part in milestone.parts))
        if not contract.done_at(milestone, as_of)
        else milestone
        for name, milestone in contract.milestones.items()
    }
    return contract._replace(milestones=milestones)


def _later(part: Part, weeks: int) -> Part:
    return part._replace(target=part.target and after_weeks(part.target, weeks))


def after_weeks(date: datetime.date, weeks: int) -> datetime.date:
    """Return the day so many weeks later; the last or the first day there is, beyond it."""
    try:
        return date + datetime.timedelta(weeks=weeks)
    except OverflowError:
        return datetime.date.max if weeks > 0 else datetime.date.min


def _lines(contract: Contract, weeks: int, as_of: datetime.date) -> Iterator[NewLines]:
    """Yield the lines of a contract: each target where it is written, or when a schedule starts."""
    to_do = [m for m in contract.milestones.values() if not contract.done_at(m, as_of)]
    entries: dict[int, tuple[Transaction, list[str]]] = {}
    for milestone in to_do:
        for part in milestone.parts:
            if part.target:
                entries.setdefault(id(part.entry), (part.entry, []))[1].append(milestone.id)
    for entry, names in entries.values():
        where = position(entry.meta)
        lines = tuple(_of_entry(entry, names, weeks))
        yield NewLines(contract.id, where["filename"], where["lineno"], lines)


def _of_entry(entry: Transaction, names: Sequence[str], weeks: int) -> Iterator[str]:
    own = [name for name in names if _DATE.search(str(entry.meta.get(f"milestone-{name}", "")))]
    for name in own:
        yield f'milestone-{name}: "{_shifted(str(entry.meta[f"milestone-{name}"]), weeks)}"'
    for posting in entry.postings:
        said = posting.meta or {}
        if said.get("milestone") in names and isinstance(said.get("target"), datetime.date):
            yield f"target: {after_weeks(said['target'], weeks)}"
    if "schedule" in entry.meta and len(own) < len(names):
        yield f"starts: {after_weeks(entry.meta.get('starts', entry.date), weeks)}"


def _shifted(text: str, weeks: int) -> str:
    """A share with its date so many weeks later."""

    def later(found: re.Match[str]) -> str:
        date = datetime.date(*map(int, re.split("[-/]", found[0])))
        return after_weeks(date, weeks).isoformat()

    return _DATE.sub(later, text, count=1)
