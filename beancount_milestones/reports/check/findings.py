"""A finding: something to look at, and where it is written."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Literal

from beancount_milestones.errors import position
from beancount_milestones.reading.log import UnreadableError

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable
    from decimal import Decimal

    from beancount.core.data import Directive

    from beancount_milestones.reports.positions import Position

Kind = Literal[
    "late",
    "overdue",
    "match",
    "unbilled",
    "proposal",
    "number",
    "due",
    "unapplied",
    "income",
    "account",
    "retention",
    "deposit",
    "waiver",
    "plugins",
]
KINDS: Final[tuple[Kind, ...]] = (
    *("late", "overdue", "match", "unbilled", "proposal", "number", "due", "unapplied", "income"),
    *("account", "retention", "deposit", "waiver", "plugins"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at, and where it is written."""

    kind: Kind
    #: Since when.
    date: datetime.date
    contract: str
    milestone: str
    client: str
    message: str
    file: str
    line: int


FINDING_COLUMNS: Final = tuple(column.name for column in fields(Finding))


def finding(  # noqa: PLR0913 - the columns
    kind: Kind,
    date: datetime.date,
    message: str,
    entry: Directive,
    *,
    contract: str = "",
    milestone: str = "",
    client: str = "",
) -> Finding:
    """Return a finding at the place of an entry."""
    where = position(entry.meta)
    return Finding(
        kind, date, contract, milestone, client, message, where["filename"], where["lineno"]
    )


def about(
    found: Position, kind: Kind, date: datetime.date, message: str, entry: Directive
) -> Finding:
    """Return a finding about a milestone."""
    return finding(
        kind,
        date,
        message,
        entry,
        contract=found.contract.id,
        milestone=found.milestone.id,
        client=found.client,
    )


def amount(number: Decimal, currency: str) -> str:
    """Return an amount as people read it."""
    return f"{number:,f} {currency}"


def days(number: int) -> str:
    """Return a number of days."""
    return "1 day" if number == 1 else f"{number} days"


def why_unread(read: Callable[..., object], *values: object) -> str:
    """Return why something cannot be read, as an error would say it; empty where it can."""
    try:
        read(*values)
    except UnreadableError as unreadable:
        return str(unreadable)
    return ""
