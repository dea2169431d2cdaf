"""The directives: what happened to a milestone, or to a whole contract."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Literal

from beancount_milestones.errors import error, nearest
from beancount_milestones.reading import values
from beancount_milestones.reading.values import Unreadable, shown

if TYPE_CHECKING:
    from beancount.core.data import Custom

    from beancount_milestones.errors import MilestoneError

#: The types of our directives.
MILESTONE: Final = "milestone"
CONTRACT: Final = "contract"

#: Events that a milestone takes: whether a number must, may or must not follow.
EVENTS: Final = {
    "delivered": "no",
    "rejected": "no",
    "progress": "must",
    "completed": "no",
    "reopened": "no",
    "invoiced": "may",
    "credited": "may",
    "cancelled": "no",
}
#: Events that a whole contract takes.
CONTRACT_EVENTS: Final = ("progress", "completed", "cancelled")
#: Events that move the billed fraction and nothing else; they come last on their day.
MOVES_BILLED: Final = ("invoiced", "credited")
#: Events that may carry an invoice number.
BILLS: Final = ("progress", "completed", "invoiced", "credited")

#: Words that people use for an event.
_OTHER_WORDS: Final = {
    "done": "completed",
    "finished": "completed",
    "accepted": "completed",
    "approved": "completed",
    "billed": "invoiced",
    "refused": "rejected",
    "started": "progress",
    "canceled": "cancelled",
    "refunded": "credited",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One directive, read."""

    entry: Custom
    #: Its place among the entries.
    index: int
    contract: str
    #: None where the directive is for the whole contract.
    milestone: str | None
    name: str
    #: The percentage, as a fraction.
    fraction: Fraction | None = None
    #: The number, or True for an invoice without one.
    invoice: str | Literal[True] | None = None
    due: datetime.date | None = None

    @property
    def phase(self) -> int:
        """The order on one day: contracts (0), what moves earned (1), what moves billed (3).

        2 is a deemed completion: the day's own directives come first.
        """
        return 3 if self.name in MOVES_BILLED else 1

    @property
    def number(self) -> str | None:
        """The invoice number, if there is one."""
        return self.invoice if isinstance(self.invoice, str) else None


def named(entry: Custom) -> tuple[str | None, str | None]:
    """Return the contract and milestone that a directive names, as far as they can be read."""
    words = [value.value if isinstance(value.value, str) else None for value in entry.values or ()]
    words += [None, None]
    return words[0], words[1] if entry.type == MILESTONE else None


def read_event(entry: Custom, index: int) -> tuple[Event | None, list[MilestoneError]]:
    """Read a directive. Returns the event, or None and the errors."""
    try:
        return _read(entry, index), []
    except Unreadable as unreadable:
        return None, [error(entry.meta, str(unreadable), entry)]


def _read(entry: Custom, index: int) -> Event:
    said = [value.value for value in entry.values or ()]
    types = [value.dtype for value in entry.values or ()]
    if type(entry.meta.get("lineno")) is not int:
        message = "the metadata 'lineno' hides the line number that Beancount keeps; rename it"
        raise Unreadable(message)
    if not isinstance(entry.meta.get("filename"), str):
        message = "the metadata 'filename' hides the file name that Beancount keeps; rename it"
        raise Unreadable(message)
    whole = entry.type == CONTRACT
    if len(said) < (2 if whole else 3):
        message = (
            f'custom "{entry.type}" needs {"a contract and an event" if whole else _FORM}, as in'
            f" {_EXAMPLE[entry.type]}"
        )
        raise Unreadable(message)
    contract = values.contract_id(said[0])
    milestone = None if whole else values.milestone_id(said[1])
    name = _event(said[1 if whole else 2], whole=whole)
    after = 2 if whole else 3
    fraction = _fraction(name, said[after:], types[after:])
    invoice, due = _metadata(entry, name)
    return Event(entry, index, contract, milestone, name, fraction, invoice, due)


_FORM: Final = "a contract, a milestone and an event"
_EXAMPLE: Final = {
    MILESTONE: 'custom "milestone" "acme-brand" "mockups" "completed"',
    CONTRACT: 'custom "contract" "acme-brand" "completed"',
}


def _event(value: Any, *, whole: bool) -> str:  # noqa: ANN401 - whatever the ledger holds
    known = CONTRACT_EVENTS if whole else tuple(EVENTS)
    if isinstance(value, str) and value in known:
        return value
    if isinstance(value, str) and value in EVENTS:
        message = (
            f"'{value}' is for one milestone; a whole contract takes only {', '.join(known)}"
        )
        raise Unreadable(message)
    if not isinstance(value, str):
        message = f"the event must be text in quotes, not {shown(value)}: {', '.join(known)}"
        raise Unreadable(message)
    if value == "paid":
        message = (
            "a payment is no event: write it as a transaction that credits the receivable account"
        )
        raise Unreadable(message)
    word = _OTHER_WORDS.get(value.casefold()) or nearest(value, known)
    hint = f"; did you mean '{word}'?" if word else f"; the events are {', '.join(known)}"
    message = f"there is no event '{value}'{hint}"
    raise Unreadable(message)


def _fraction(name: str, said: list[Any], types: list[Any]) -> Fraction | None:
    rule = EVENTS[name]
    if not said:
        if rule == "must":
            message = f'\'{name}\' needs a percentage, as in "{name}" 40'
            raise Unreadable(message)
        return None
    if rule == "no":
        message = f"'{name}' takes nothing after it, not {shown(said[0])}"
        raise Unreadable(message)
    if len(said) > 1 or types[0] is not Decimal:
        message = (
            f"'{name}' takes one percentage from 0 to 100 and no sign or currency, as in"
            f' "{name}" 40, not {" ".join(map(shown, said))}'
        )
        raise Unreadable(message)
    number = said[0]
    if 0 < number < 1:
        message = f"{number} is below one percent; did you mean {values.plain(number * 100)}?"
        raise Unreadable(message)
    if not 0 <= number <= 100:  # noqa: PLR2004 - percent
        message = f"a percentage is from 0 to 100, not {number}"
        raise Unreadable(message)
    return Fraction(number) / 100


def _metadata(
    entry: Custom, name: str
) -> tuple[str | Literal[True] | None, datetime.date | None]:
    for key in entry.meta:
        near = nearest(key, ("invoice", "due"), cutoff=0.85)
        if near and key not in ("invoice", "due"):
            message = f"'{key}' means nothing on a directive; did you mean '{near}'?"
            raise Unreadable(message)
    invoice: str | Literal[True] | None = None
    due = None
    if "invoice" in entry.meta:
        if name not in BILLS:
            message = f"'{name}' bills nothing, so it takes no invoice"
            raise Unreadable(message)
        value = entry.meta["invoice"]
        invoice = True if value is True and name != "credited" else _number(value, name)
    if "due" in entry.meta:
        if name not in BILLS:
            message = f"'{name}' bills nothing, so it takes no due date"
            raise Unreadable(message)
        due = values.date_value(entry.meta["due"], "due")
    return invoice, due


def _number(value: object, name: str) -> str:
    if isinstance(value, bool) or value is None:
        message = f'invoice must be a number in quotes, as in "2026-042", not {shown(value)}'
        if name != "credited":
            message += "; for an invoice without a number write TRUE"
        raise Unreadable(message)
    return values.link(value, "the credit note's number" if name == "credited" else "an invoice")
