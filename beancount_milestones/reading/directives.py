"""The directives: what happened to a milestone, or to a whole contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from beancount.core.account import TYPE

from beancount_milestones import events
from beancount_milestones.errors import nearest, slip
from beancount_milestones.reading import values
from beancount_milestones.reading.log import UnreadableError
from beancount_milestones.reading.orders import SHARE_KEY, share_keys
from beancount_milestones.reading.settings import is_glued, misspelt_milestone
from beancount_milestones.reading.shares import Share, how_far, is_share
from beancount_milestones.reading.values import shown

if TYPE_CHECKING:
    import datetime as dt

    from beancount.core.data import Custom

    from beancount_milestones.events import Kind

#: The types of our directives.
MILESTONE: Final = "milestone"
CONTRACT: Final = "contract"


class Event(NamedTuple):
    """One directive, read."""

    entry: Custom
    #: Its place among the entries.
    at: int
    contract: str
    #: None where the directive is for the whole contract.
    milestone: str | None
    name: str
    #: How far in all.
    share: Share | None = None
    #: Of a pay application: how far each milestone is.
    lines: tuple[tuple[str, Share], ...] = ()
    #: Whether it is for an invoice or a credit note, with or without a number.
    invoice: bool = False
    number: str | None = None
    due: dt.date | None = None
    #: The number of an invoice of ours: due when that is paid.
    due_on: str | None = None

    @property
    def kind(self) -> Kind:
        """What it is."""
        return events.BY_NAME[self.name]


class Lost(NamedTuple):
    """A directive that does not count, as far as it can be read."""

    date: dt.date
    contract: str
    #: None where it cannot be read, or is for the whole contract.
    milestone: str | None
    event: str | None


def lost(entry: Custom) -> Lost:
    """Return what an unreadable directive names."""
    words = [value.value if isinstance(value.value, str) else None for value in entry.values or ()]
    words += [None, None, None]
    if entry.type == CONTRACT:
        words.insert(1, None)
    return Lost(
        entry.date, words[0] or "", words[1], words[2] if words[2] in events.BY_NAME else None
    )


def read_event(entry: Custom, place: int) -> Event:
    """Read a directive at its place among the entries. Raises `UnreadableError`."""
    meta = entry.meta
    values.check_place(meta)
    said = [value.value for value in entry.values]
    whole = entry.type == CONTRACT
    misfit = len(said) < (2 if whole else 3) or (
        whole and said[1] not in events.BY_NAME and said[2:3] and said[2] in events.BY_NAME
    )
    if misfit:
        message = f'custom "{entry.type}" needs {_FORM[entry.type]}'
        raise UnreadableError(message)
    contract = values.contract_id(said[0])
    milestone = None if whole else values.milestone_id(said[1])
    after = 2 if whole else 3
    name = _event(entry.type, said[:after], whole=whole)
    applies = whole and name == "progress"
    lines = _lines(entry) if applies else ()
    share = _share(name, entry.values[after:], lines=bool(lines), whole=whole)
    _check_keys(entry, name, applies=applies)
    invoice = "invoice" in meta
    number = _number(meta["invoice"], name) if invoice else None
    due, due_on = _due(entry) if "due" in meta else (None, None)
    if whole and name == "invoiced" and not invoice:
        message = (
            "'invoiced' for a whole contract needs the number of the invoice, as in invoice:"
            ' "INV-042"; for an invoice without a number write TRUE'
        )
        raise UnreadableError(message)
    return Event(
        entry, place, contract, milestone, name, share, lines, invoice, number, due, due_on
    )


#: Metadata that most directives have.
_USUAL: Final = {"filename", "lineno", "invoice", "due"}
#: What the lines of a pay application begin with, right and misspelt.
_LINE_KEYS: Final = (SHARE_KEY, "milestone_")
#: What a key is that is nearly one of ours.
_MEANS_NOTHING: Final = "means nothing on a directive"


def _lines(entry: Custom) -> tuple[tuple[str, Share], ...]:
    """The lines of a pay application: how far each milestone is."""
    for key, value in entry.meta.items():
        message = misspelt_milestone(key, _MEANS_NOTHING)
        if message and (not is_glued(key) or is_share(value, how_far)):
            raise UnreadableError(message)
    found = []
    for key in share_keys(entry):
        try:
            name = values.milestone_id(key.removeprefix(SHARE_KEY))
            found.append((name, how_far(entry.meta[key])))
        except UnreadableError as unreadable:
            message = f"{key}: {unreadable}"
            raise UnreadableError(message) from None
    return tuple(found)


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


def _check_order(kind: str, said: list[Any]) -> None:
    """Raise where the event is not the last value."""
    *others, last = (word if isinstance(word, str) else "" for word in said)
    early = [word for word in others if word in events.BY_NAME]
    if early and last not in events.BY_NAME:
        words = [*(word for word in (*others, last) if word != early[0]), early[0]]
        written = " ".join(f'"{word}"' for word in (kind, *words))
        message = f"the event comes last: write custom {written}"
        raise UnreadableError(message)


def _event(kind: str, said: list[Any], *, whole: bool) -> str:
    """Read the last value."""
    value = said[-1]
    if isinstance(value, str):
        found = events.BY_NAME.get(value)
        if found and (found.whole or not whole):
            return value
    known = events.OF_CONTRACTS if whole else events.NAMES
    _check_order(kind, said)
    if isinstance(value, str) and value in events.BY_NAME:
        message = f"'{value}' is for one milestone; a whole contract takes only {', '.join(known)}"
        raise UnreadableError(message)
    if not isinstance(value, str):
        message = f"the event must be text in quotes, not {shown(value)}; use {', '.join(known)}"
        raise UnreadableError(message)
    if value == "paid":
        message = (
            "payments are not events: record one as a transaction that credits the receivable"
            " account"
        )
        raise UnreadableError(message)
    word = events.OTHER_WORDS.get(value.casefold()) or nearest(value, known, 0.66)
    hint = f"; did you mean '{word}'?" if word in known else f"; use {', '.join(known)}"
    message = f"there is no event {shown(value)}{hint}"
    raise UnreadableError(message)


def _share(name: str, after: list[Any], *, lines: bool, whole: bool) -> Share | None:
    """Read what stands after the event, with the types that Beancount gives to it."""
    rule = events.BY_NAME[name].takes
    said = [value.value for value in after] if after else after
    if lines and said:
        message = (
            f"'{name}' takes either one share for the whole contract or milestone-… lines, not"
            f" both; leave out {' '.join(map(shown, said))}"
        )
        raise UnreadableError(message)
    if not said:
        if rule == "must" and not lines:
            message = f"'{name}' needs how far it is, as in \"{name}\" 40"
            raise UnreadableError(message)
        return None
    if whole and name == "invoiced":
        message = (
            f"'invoiced' for a whole contract bills all that is earned, and takes nothing after it;"
            f" leave out {' '.join(map(shown, said))}, or name one milestone in custom"
            ' "milestone"'
        )
        raise UnreadableError(message)
    if rule == "no":
        message = f"'{name}' takes nothing after it; leave out {' '.join(map(shown, said))}"
        raise UnreadableError(message)
    # Beancount reads an account as text too.
    if len(said) > 1 or after[0].dtype == TYPE:
        message = f"'{name}' takes one share, as in \"{name}\" 40, not {' '.join(map(shown, said))}"
        raise UnreadableError(message)
    try:
        return how_far(said[0])
    except UnreadableError as unreadable:
        message = f"'{name}': {unreadable}"
        raise UnreadableError(message) from None


def _check_keys(entry: Custom, name: str, *, applies: bool) -> None:
    """Raise where a key of the metadata cannot stand on this directive."""
    for key in entry.meta:
        if key not in _USUAL:
            _check_key(key, entry, name, applies=applies)
    if not events.BY_NAME[name].bills:
        for key, what in (("invoice", "invoice"), ("due", "due date")):
            if key in entry.meta:
                message = f"'{name}' bills nothing, so it takes no {what}; {_WHERE_BILLED}"
                raise UnreadableError(message)


def _check_key(key: str, entry: Custom, name: str, *, applies: bool) -> None:
    if key.startswith(_LINE_KEYS) and not applies:
        message = (
            f'\'{key}\' is a line of a pay application, and "{entry.type}" … "{name}" takes'
            f' none; write custom "contract" "{entry.values[0].value}" "progress", or leave it'
            " out"
        )
        raise UnreadableError(message)
    near = slip(key, ("invoice", "due"))
    if near:
        message = f"'{key}' {_MEANS_NOTHING}; did you mean '{near}'?"
        raise UnreadableError(message)


def _due(entry: Custom) -> tuple[dt.date | None, str | None]:
    """Read the due date, or the number of the invoice that is to be paid first."""
    value = entry.meta["due"]
    if isinstance(value, str) and values.LINK.fullmatch(value) and not values.like_date(value):
        return None, value
    due = values.date_value(value, "due")
    if due < entry.date:
        message = f"due: {due} is before the directive's own date, {entry.date}"
        raise UnreadableError(message)
    return due, None


_WHERE_BILLED: Final = f"write it on {', '.join(events.BILLING[:-1])} or {events.BILLING[-1]}"


def _number(value: object, name: str) -> str | None:
    """Read the number of an invoice or of a credit note; None for an invoice without one."""
    if value is True and name != "credited":
        return None
    what = "the number of a credit note" if name == "credited" else "the number of an invoice"
    if isinstance(value, bool) or value is None:
        message = f'{what} must be text in quotes, as in "2026-042", not {shown(value)}'
        if name != "credited":
            message += "; for an invoice without a number write TRUE"
        raise UnreadableError(message)
    return values.invoice_number(value, what)
