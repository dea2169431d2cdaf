"""The directives: what happened to a milestone, or to a whole contract."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from beancount_milestones.amounts import rounded
from beancount_milestones.errors import error, nearest, slip
from beancount_milestones.reading import values
from beancount_milestones.reading.values import UnreadableError, shown

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

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
    due: dt.date | None = None

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


class Lost(NamedTuple):
    """A directive that does not count, as far as it can be read."""

    date: dt.date
    contract: str
    #: None where it cannot be read, or is for the whole contract.
    milestone: str | None
    event: str | None

    def may_be(self, milestone: str, events: Collection[str], date: dt.date) -> bool:
        """Whether it may be one of these events of a milestone, not after a date."""
        return (
            self.date <= date
            and self.milestone in (milestone, None)
            and (self.event in events or self.event is None)
        )


def lost(entry: Custom) -> Lost:
    """Return what an unreadable directive names."""
    words = [value.value if isinstance(value.value, str) else None for value in entry.values or ()]
    words += [None, None, None]
    if entry.type == CONTRACT:
        words.insert(1, None)
    return Lost(entry.date, words[0] or "", words[1], words[2] if words[2] in EVENTS else None)


def read_event(entry: Custom, index: int) -> Event | MilestoneError:
    """Read a directive. Returns the event, or what is wrong."""
    try:
        return _read(entry, index)
    except UnreadableError as unreadable:
        return error(entry.meta, str(unreadable), entry)


def _read(entry: Custom, index: int) -> Event:
    said = [value.value for value in entry.values]
    types = [value.dtype for value in entry.values]
    values.check_place(entry.meta)
    whole = entry.type == CONTRACT
    misfit = len(said) < (2 if whole else 3) or (
        whole and said[1] not in EVENTS and said[2:3] and said[2] in EVENTS
    )
    if misfit:
        message = f'custom "{entry.type}" needs {_FORM[entry.type]}'
        raise UnreadableError(message)
    contract = values.contract_id(said[0])
    milestone = None if whole else values.milestone_id(said[1])
    name = _event(said[1 if whole else 2], whole=whole)
    after = 2 if whole else 3
    fraction = _fraction(name, said[after:], types[after:])
    invoice, due = _metadata(entry, name)
    return Event(entry, index, contract, milestone, name, fraction, invoice, due)


_OF_MILESTONE: Final = 'custom "milestone" "acme-brand" "mockups" "completed"'
_OF_CONTRACT: Final = 'custom "contract" "acme-brand" "completed"'
_FORM: Final = {
    MILESTONE: (
        f"a contract, a milestone and an event, as in {_OF_MILESTONE}; for the whole contract write"
        f" {_OF_CONTRACT}"
    ),
    CONTRACT: (
        f"a contract and an event, as in {_OF_CONTRACT}; for one milestone write {_OF_MILESTONE}"
    ),
}


def _event(value: Any, *, whole: bool) -> str:  # noqa: ANN401 - whatever the ledger holds
    known = CONTRACT_EVENTS if whole else tuple(EVENTS)
    if isinstance(value, str) and value in known:
        return value
    if isinstance(value, str) and value in EVENTS:
        message = f"'{value}' is for one milestone; a whole contract takes only {', '.join(known)}"
        raise UnreadableError(message)
    if not isinstance(value, str):
        message = f"the event must be text in quotes, not {shown(value)}; use {', '.join(known)}"
        raise UnreadableError(message)
    if value == "paid":
        message = (
            "a payment is no event: write it as a transaction that credits the receivable account"
        )
        raise UnreadableError(message)
    word = _OTHER_WORDS.get(value.casefold()) or nearest(value, known)
    hint = f"; did you mean '{word}'?" if word in known else f"; use {', '.join(known)}"
    message = f"there is no event {shown(value)}{hint}"
    raise UnreadableError(message)


def _fraction(name: str, said: list[Any], types: list[Any]) -> Fraction | None:
    rule = EVENTS[name]
    if not said:
        if rule == "must":
            message = f"'{name}' needs a percentage, as in \"{name}\" 40"
            raise UnreadableError(message)
        return None
    if rule == "no":
        message = f"'{name}' takes nothing after it; leave out {' '.join(map(shown, said))}"
        raise UnreadableError(message)
    if len(said) > 1 or types[0] is not Decimal:
        message = (
            f"'{name}' takes one percentage from 0 to 100, a bare number as in \"{name}\" 40, not"
            f" {' '.join(map(shown, said))}"
        )
        raise UnreadableError(message)
    number = said[0]
    if 0 < number < 1:
        message = (
            f"'{name}' takes a percentage from 0 to 100, and {number} is below one percent; did you"
            f" mean {values.plain(rounded(number * 100, 2))}?"
        )
        raise UnreadableError(message)
    if not 0 <= number <= 100:  # noqa: PLR2004 - percent
        message = f"'{name}' takes a percentage from 0 to 100, not {shown(number)}"
        raise UnreadableError(message)
    return Fraction(number) / 100


def _metadata(entry: Custom, name: str) -> tuple[str | Literal[True] | None, dt.date | None]:
    for key in entry.meta:
        near = slip(key, ("invoice", "due"))
        if near:
            message = f"'{key}' means nothing on a directive; did you mean '{near}'?"
            raise UnreadableError(message)
    invoice: str | Literal[True] | None = None
    due = None
    if "invoice" in entry.meta:
        if name not in BILLS:
            message = f"'{name}' bills nothing, so it takes no invoice; {_WHERE_BILLED}"
            raise UnreadableError(message)
        value = entry.meta["invoice"]
        invoice = True if value is True and name != "credited" else _number(value, name)
    if "due" in entry.meta:
        if name not in BILLS:
            message = f"'{name}' bills nothing, so it takes no due date; {_WHERE_BILLED}"
            raise UnreadableError(message)
        due = values.date_value(entry.meta["due"], "due")
    return invoice, due


_WHERE_BILLED: Final = f"write it on {', '.join(BILLS[:-1])} or {BILLS[-1]}"


def _number(value: object, name: str) -> str:
    what = "the number of a credit note" if name == "credited" else "the number of an invoice"
    if isinstance(value, bool) or value is None:
        message = f'{what} must be text in quotes, as in "2026-042", not {shown(value)}'
        if name != "credited":
            message += "; for an invoice without a number write TRUE"
        raise UnreadableError(message)
    return values.invoice_number(value, what)
