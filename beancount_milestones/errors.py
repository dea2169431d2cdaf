"""What goes wrong, told so that a person can mend it."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from beancount.core.data import Directive

#: How like a key of ours another one must be to count as a slip of the finger.
SLIP: Final = 0.85
#: So many words are compared letter by letter.
_MOST_COMPARED: Final = 24
#: A shorter beginning of a word says nothing.
_SHORTEST_BEGINNING: Final = 3


class MilestoneError(NamedTuple):
    """An error as Beancount wants it: where, what, and the entry that it is about."""

    source: dict[str, Any]
    message: str
    entry: Directive | None


def error(meta: Mapping[str, Any] | None, message: str, entry: Directive) -> MilestoneError:
    """Make an error at the line of ``meta``; where that is gone, at a line of the same entry."""
    metas = (meta, entry.meta, *(posting.meta for posting in getattr(entry, "postings", ())))
    known = next((meta for meta in metas if not hidden(meta)), meta)
    return MilestoneError(position(known), message, entry)


def hidden(meta: Mapping[str, Any] | None) -> str | None:
    """Return the key of Beancount's own that metadata of the user hides, or None."""
    if meta is None or type(meta.get("filename")) is not str:
        return "filename"
    return None if type(meta.get("lineno")) is int else "lineno"


def position(meta: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return file and line number as metadata, with the types that Beancount relies on."""
    filename, lineno = where(meta)
    return {"filename": filename, "lineno": lineno}


def where(meta: Mapping[str, Any] | None) -> tuple[str, int]:
    """Return file and line number.

    The user may have written metadata of these names, and then the real ones are gone.
    """
    said = meta or {}
    filename, lineno = said.get("filename"), said.get("lineno")
    return (
        filename if isinstance(filename, str) else "<unknown>",
        lineno if type(lineno) is int else 0,
    )


def place(meta: Mapping[str, Any] | None) -> str:
    """Return ``file:line``, for a message that points at another place."""
    where = position(meta)
    return f"{where['filename'].rpartition('/')[2]}:{where['lineno']}"


def quoted(text: str) -> str:
    """Return a text as a ledger has it, for a line that a person can paste."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the nearest known word, or nothing.

    Else for the one that begins with the word: people write a part of a name.
    """
    words = list(known)
    near = nearest(word, words)
    if not near and len(word) >= _SHORTEST_BEGINNING:
        begun = [other for other in words if other.casefold().startswith(word.casefold())]
        near = begun[0] if len(begun) == 1 else None
    return f"; did you mean '{near}'?" if near else ""


@lru_cache(maxsize=1024)
def slip(key: str, known: tuple[str, ...]) -> str | None:
    """Return the known metadata key that another one is probably meant to be, or None.

    Remembered, because the same few keys stand on thousands of entries.
    """
    return None if key in known else nearest(key.replace("_", "-"), known, SLIP)


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known word that is most like ``word``, ignoring case, or None."""
    folded = {other.casefold(): other for other in known}
    word = word.casefold()
    likely: Iterable[str] = folded
    if len(folded) > _MOST_COMPARED:
        from heapq import nsmallest  # noqa: PLC0415 - only after a mistake

        # Comparing all of them thoroughly takes long; those that differ in few pairs are enough.
        pairs = _pairs(word)
        likely = nsmallest(
            _MOST_COMPARED,
            folded,
            key=lambda other: (len(pairs ^ _pairs(other)), other),
        )
    from difflib import get_close_matches  # noqa: PLC0415 - only after a mistake

    found = get_close_matches(word, likely, n=1, cutoff=cutoff)
    return folded[found[0]] if found else None


@lru_cache(maxsize=16384)
def _pairs(word: str) -> frozenset[str]:
    """The pairs of neighbouring letters of a word."""
    return frozenset(map("".join, pairwise(f" {word} ")))
