"""What a directive would do to the ledger: the ledger is loaded with it, and nothing is written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from beancount import loader
from beancount.core.data import Transaction

from beancount_milestones import errors

if TYPE_CHECKING:
    from collections.abc import Iterable

#: How Beancount calls the text that comes from no file.
_TEXT: Final = "<string>"


@dataclass(frozen=True, slots=True)
class Trial:
    """What would come of it."""

    #: What would be wrong that is not wrong now.
    errors: tuple[str, ...]
    #: What would be booked for it.
    booked: tuple[Transaction, ...]


def tried(path: str, text: str, lineno: int, known: Iterable[object]) -> Trial:
    """Return what would come of a directive that is written at a line of the ledger.

    Takes the top ledger file, the text, the line that it would begin at (which decides on the
    order within a day), and the errors that the ledger has already.
    """
    # As Fava loads a ledger. No public function of Beancount takes a file and a text.
    entries, found, _ = loader._load(  # noqa: SLF001
        [(path, True), ("\n" * (lineno - 1) + text, False)], None, None, None
    )
    new = Counter(map(_told, found)) - Counter(map(_told, known))
    booked = (
        entry
        for entry in entries
        if isinstance(entry, Transaction)
        and "event" in entry.meta
        and errors.position(entry.meta)["filename"] == _TEXT
    )
    return Trial(tuple(new), tuple(booked))


def _told(error: object) -> str:
    """An error in a line, with its place where that is in a file."""
    message = " ".join(str(getattr(error, "message", error)).split())
    where = errors.position(getattr(error, "source", None))
    if where["filename"].startswith("<"):
        return message
    return f"{errors.place(where)}: {message}"
