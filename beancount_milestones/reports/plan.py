"""A plan of milestones from a table, as the lines that a ledger lacks. Writes nothing."""

from __future__ import annotations

import csv
import datetime
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from beancount_milestones.errors import did_you_mean
from beancount_milestones.reading import values
from beancount_milestones.reading.log import UnreadableError
from beancount_milestones.reading.shares import read_share

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from beancount_milestones.model import Contract

#: The columns of a plan; only the first and the third must be there.
COLUMNS: Final = ("id", "title", "share", "target", "done")


class PlanError(Exception):
    """A table that is not a plan; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A row of a plan."""

    id: str
    title: str
    #: As it is written.
    share: str
    target: datetime.date | None
    #: When it was completed, if it was.
    done: datetime.date | None


def read_plan(text: str) -> list[Planned]:
    """Return the rows of a plan in CSV. Raises `PlanError`."""
    reader = csv.DictReader(io.StringIO(text))
    names = [name.strip().casefold() for name in reader.fieldnames or ()]
    reader.fieldnames = names
    for name in ("id", "share"):
        if name not in names:
            message = f"there is no column '{name}': a plan has {', '.join(COLUMNS)}"
            raise PlanError(message)
    found: dict[str, Planned] = {}
    for row in reader:
        cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
        if not any(cells.values()):
            continue
        try:
            planned = _planned(cells)
        except UnreadableError as unreadable:
            message = f"line {reader.line_num}: {unreadable}"
            raise PlanError(message) from unreadable
        if planned.id in found:
            message = f"line {reader.line_num}: the milestone '{planned.id}' is there twice"
            raise PlanError(message)
        found[planned.id] = planned
    if not found:
        message = "there are no milestones in it"
        raise PlanError(message)
    return list(found.values())


def _planned(cells: dict[str, str]) -> Planned:
    planned = Planned(
        id=values.milestone_id(cells["id"]),
        title=cells["title"].replace('"', "'"),
        share=cells["share"],
        target=_day(cells["target"], "target"),
        done=_day(cells["done"], "done"),
    )
    read_share(_said(planned))
    return planned


def _day(text: str, what: str) -> datetime.date | None:
    if not text:
        return None
    try:
        return datetime.date.fromisoformat(text.replace("/", "-"))
    except ValueError:
        message = f"{what}: '{text}' is not a date; write it as 2026-02-01"
        raise UnreadableError(message) from None


def _said(planned: Planned) -> str:
    """What is said of a milestone in a contract."""
    target = planned.target.isoformat() if planned.target else ""
    return " ".join(filter(None, (planned.share, target, planned.title)))


def as_contract(plan: Sequence[Planned], name: str, date: datetime.date) -> str:
    """Return a contract to begin with, and what has happened to it: amounts are to be filled in.

    It begins on that day, or on the first one on which something was done.
    """
    first = min([date, *(planned.done for planned in plan if planned.done)])
    lines = [
        f'{first} * "Client" "Title"',
        f'  contract: "{name}"',
        *(f'  milestone-{planned.id}: "{_said(planned)}"' for planned in plan),
        "  Assets:Receivable   1,000.00 USD",
        "  Income:Work",
    ]
    return "\n".join([*lines, *_done(plan, name)])


def missing(plan: Sequence[Planned], contract: Contract) -> str:
    """Return the directives that a contract lacks; nothing where it has them all.

    Raises `PlanError` for a milestone that the contract does not have.
    """
    lacking = []
    for planned in plan:
        milestone = contract.milestones.get(planned.id)
        if milestone is None:
            hint = did_you_mean(planned.id, contract.milestones) or ""
            message = (
                f"no milestone '{planned.id}' in contract '{contract.id}'{hint};"
                " add it with a change order"
            )
            raise PlanError(message)
        if not any(step.event == "completed" for step in milestone.steps):
            lacking.append(planned)
    return "\n".join(_done(lacking, contract.id)).strip()


def _done(plan: Sequence[Planned], name: str) -> Iterator[str]:
    for planned in sorted((one for one in plan if one.done), key=lambda one: (one.done, one.id)):
        yield f'{planned.done} custom "milestone" "{name}" "{planned.id}" "completed"'
