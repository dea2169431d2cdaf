"""What a directive would do to the ledger: the ledger is loaded with it, and nothing is written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from beancount import loader
from beancount.core.data import Transaction, entry_sortkey
from beancount.core.interpolate import BalanceError
from beancount.ops import validation
from beancount.parser import booking

from beancount_milestones import amounts, errors
from beancount_milestones.model import of_register
from beancount_milestones.reports import status

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from beancount.core.data import Directive

    from beancount_milestones.fava.accepting import Edit
    from beancount_milestones.reports import Books, Row

#: How Beancount calls the text that comes from no file.
_TEXT: Final = "<string>"


#: The amounts of a row that a directive can change.
_CHANGING: Final = ("amount", "billed", "paid", "outstanding", "unbilled", "remaining")


class Effect(NamedTuple):
    """An amount of a milestone that would change."""

    row: Row
    column: str
    before: Decimal
    after: Decimal
    #: When what is billed with it is due.
    due: datetime.date | None


@dataclass(frozen=True, slots=True)
class Trial:
    """What would come of it."""

    #: What would be wrong that is not wrong now.
    errors: tuple[str, ...]
    #: What would be booked for it.
    booked: tuple[Transaction, ...]
    #: The ledger with it.
    entries: Sequence[Directive]
    options: dict[str, Any]


def tried(path: str, text: str, lineno: int, known: Iterable[object]) -> Trial:
    """Return what would come of a directive that is written at a line of the ledger.

    Takes the top ledger file, the text, the line that it would begin at (which decides on the
    order within a day), and the errors that the ledger has already.
    """
    # As Fava loads a ledger. No public function of Beancount takes a file and a text.
    return _trial(
        *loader._load(  # noqa: SLF001
            [(path, True), ("\n" * (lineno - 1) + text, False)], None, None, None
        ),
        known,
    )


def tried_edit(path: str, edit: Edit, known: Iterable[object]) -> Trial:
    """Return what would come of a transaction that is agreed from a day on.

    Takes the top ledger file, the edit, and the errors that the ledger has already. It is changed
    before anything is done with it, as if it had been read like that.
    """
    # What `loader.load_file` does, step by step: none of its functions takes an edited file.
    entries, found, options = loader._parse_recursive([(path, True)], None)  # noqa: SLF001
    place = errors.position(edit.entry.meta)
    changed = [
        entry._replace(flag="*", date=edit.date)
        if isinstance(entry, Transaction) and errors.position(entry.meta) == place
        else entry
        for entry in entries
    ]
    changed.sort(key=entry_sortkey)
    booked, unbalanced = booking.book(changed, options)
    booked, found = loader.run_transformations(booked, [*found, *unbalanced], options, None)
    return _trial(booked, [*found, *validation.validate(booked, options)], options, known)


def _trial(
    entries: Sequence[Directive],
    found: Sequence[object],
    options: dict[str, Any],
    known: Iterable[object],
) -> Trial:
    new = Counter(map(_same, found)) - Counter(map(_same, known))
    told = {_same(error): _told(error) for error in found}
    booked = (
        entry
        for entry in entries
        if isinstance(entry, Transaction)
        and "event" in entry.meta
        and errors.where(entry.meta)[0] == _TEXT
    )
    return Trial(tuple(told[error] for error in new), tuple(booked), entries, options)


def after(now: Books, trial: Trial) -> Books:
    """Return the books as they would be at the end of that day."""
    register = of_register(trial.options) or now.register
    return replace(now, register=register, entries=trial.entries, options=trial.options)


def leaves_unapplied(now: Books, then: Books) -> bool:
    """Return whether more is paid then that settles nothing."""
    before, later = (
        amounts.add(rest.amount for rest in books.open_items().unapplied) for books in (now, then)
    )
    return later > before


def effects(now: Books, then: Books, trial: Trial) -> list[Effect]:
    """Return the amounts that would differ.

    In the order of the rows, of whatever milestone: one directive can change what another one does.
    """
    before = {_place(row): row for row in status(now)}
    pairs = [(row, before.get(_place(row))) for row in status(then)]
    due = {
        (entry.meta["contract"], entry.meta["milestone"]): entry.meta.get("due")
        for entry in trial.booked
    }
    return [
        Effect(
            row,
            column,
            getattr(old, column) if old else amounts.ZERO,
            getattr(row, column),
            due.get((row.contract, row.milestone)) if column == "billed" else None,
        )
        for row, old in pairs
        # Of what is new, the amount says all.
        for column in (_CHANGING if old else _CHANGING[:1])
        if not old or getattr(old, column) != getattr(row, column)
    ]


def _place(row: Row) -> tuple[object, ...]:
    return (row.contract, row.milestone, row.account, row.currency, row.proposed)


def _same(error: object) -> str:
    """What makes an error the same as one that the ledger has already.

    A balance that already fails now fails with another number: that is not a new error.
    """
    where = errors.position(getattr(error, "source", None))
    if isinstance(error, BalanceError) and not where["filename"].startswith("<"):
        return f"{where['filename']}:{where['lineno']}"
    return _told(error)


def _told(error: object) -> str:
    """An error in a line, with its place where that is in a file."""
    message = " ".join(str(getattr(error, "message", error)).split())
    where = errors.position(getattr(error, "source", None))
    if where["filename"].startswith("<"):
        return message
    return f"{errors.place(where)}: {message}"
