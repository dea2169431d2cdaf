"""The numbers of invoices and credit notes: which are in use, and which one is next."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from beancount.core.data import Transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from beancount.core.data import Directive

    from beancount_milestones.reports.books import Books

#: The prefix, with a year where one stands there, and the number that runs.
_NUMBER: Final = re.compile(r"(.*?(?:(?:19|20)\d\d(?=\d))?)(\d+)", re.ASCII | re.DOTALL)
#: A year at the end of a prefix.
_YEAR: Final = re.compile(r"(?P<before>.*?)(?P<year>(?:19|20)\d\d)(?P<after>\D*)", re.DOTALL)
#: Prefix and width of whoever has no number yet.
_FIRST: Final = ("INV-", 3)


class Used(NamedTuple):
    """Where a number was used first."""

    date: datetime.date
    entry: Directive
    contract: str = ""
    milestone: str = ""
    client: str = ""
    #: Whether it is the number of a credit note.
    credit: bool = False


def used(books: Books, until: datetime.date) -> dict[str, Used]:
    """Return the numbers of invoices and credit notes, and where each was used first."""
    found: dict[str, Used] = {}
    for contract, milestone in books.register.milestones():
        for step in milestone.steps_at(until):
            if step.number:
                names = (contract.id, milestone.id, contract.client)
                here = Used(step.date, step.entry, *names, step.event == "credited")
                # One number is for one day.
                found.setdefault(step.number, here)
    return found


def mentioned(books: Books, until: datetime.date) -> set[str]:
    """Return everything that may be the number of an invoice which no contract knows."""
    found: set[str] = set()
    for entry in books.entries:
        if isinstance(entry, Transaction) and entry.date <= until:
            found.update(entry.links or ())
            metas: Iterable[Any] = (entry.meta, *(posting.meta for posting in entry.postings))
            found.update(str(meta["invoice"]) for meta in metas if meta and "invoice" in meta)
    return found


def series(numbers: Iterable[str]) -> Iterator[tuple[str, int, list[int]]]:
    """Yield prefix, width and numbers of each series, in order."""
    digits: dict[str, set[str]] = defaultdict(set)
    for number in numbers:
        found = _NUMBER.fullmatch(number)
        if found:
            digits[found[1]].add(found[2])
    for prefix, texts in sorted(digits.items()):
        padded = {len(text) for text in texts if text.startswith("0")}
        width = max(padded, default=1)
        if all(len(text) >= width for text in texts):
            yield prefix, width, sorted(map(int, texts))


def next_number(books: Books, date: datetime.date) -> str:
    """Return a number for an invoice of that date: the one after the last in use.

    Whatever the as-of date, no number that stands anywhere in the ledger. In a new year, a series
    with the year in it (``INV-2025-041``) begins anew (``INV-2026-001``). Credit notes may have a
    series of their own: it is the last invoice's that goes on.
    """
    known = used(books, datetime.date.max)
    taken = mentioned(books, datetime.date.max) | known.keys()
    every = {prefix: (width, numbers) for prefix, width, numbers in series(known)}
    invoices = {number: here for number, here in known.items() if not here.credit}
    prefix, width, last = _latest(invoices, every)
    found = _YEAR.fullmatch(prefix)
    if found and int(found["year"]) < date.year:
        prefix = f"{found['before']}{date.year}{found['after']}"
        width, numbers = every.get(prefix, (width, [0]))
        last = numbers[-1]
    return _free(prefix, width, last + 1, taken)


def _latest(
    known: Mapping[str, Used], every: Mapping[str, tuple[int, list[int]]]
) -> tuple[str, int, int]:
    """The series of the last number in use: its prefix, width and largest number."""
    for number in sorted(known, key=lambda number: (known[number].date, number), reverse=True):
        found = _NUMBER.fullmatch(number)
        if found and found[1] in every:
            width, numbers = every[found[1]]
            return found[1], width, numbers[-1]
    return (*_FIRST, 0)


def _free(prefix: str, width: int, number: int, taken: set[str]) -> str:
    while f"{prefix}{number:0{width}}" in taken:
        number += 1
    return f"{prefix}{number:0{width}}"
