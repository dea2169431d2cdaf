"""The numbers of invoices and credit notes: which are in use, and which one is next."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from beancount.core.data import Transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from beancount.core.data import Directive

    from beancount_milestones.reports.books import Books

#: The groups of digits in a number.
_DIGITS: Final = re.compile(r"\d+", re.ASCII)
#: A year in a prefix or a suffix.
_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)", re.ASCII)
#: A year that the running digits follow at once, as in 2026001.
_YEAR_FIRST: Final = re.compile(r"(?:19|20)\d\d(?=\d)", re.ASCII)


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


class Series(NamedTuple):
    """Numbers that differ only in one group of digits, the one that runs."""

    prefix: str
    suffix: str
    #: To how many digits the numbers are padded.
    width: int
    #: In order.
    numbers: tuple[int, ...]

    def name(self, number: int) -> str:
        """Return the number as it is written."""
        return f"{self.prefix}{number:0{self.width}}{self.suffix}"


#: Of whoever has no number yet.
_FIRST: Final = Series("INV-", "", 3, (0,))


def series(numbers: Iterable[str]) -> list[Series]:
    """Return the series of some numbers, by prefix and suffix.

    The group of digits that runs is the one in which most numbers differ from others that are
    alike but for it; where that does not tell, the last group that is no year.
    """
    every = [number for number in dict.fromkeys(numbers) if _DIGITS.search(number)]
    alike: dict[tuple[str, str], set[str]] = defaultdict(set)
    for number in every:
        for prefix, digits, suffix in _splits(number):
            alike[prefix, suffix].add(digits)
    runs: dict[tuple[str, str], set[str]] = defaultdict(set)
    for number in every:
        prefix, digits, suffix = _running(number, alike)
        runs[prefix, suffix].add(digits)
    found = []
    for (prefix, suffix), texts in sorted(runs.items()):
        padded = {len(text) for text in texts if text.startswith("0")}
        width = max(padded, default=1)
        if all(len(text) >= width for text in texts):
            found.append(Series(prefix, suffix, width, tuple(sorted(map(int, texts)))))
    return found


def _splits(number: str) -> list[tuple[str, str, str]]:
    """Each group of digits that may run, with what is before and after it; the last one first."""
    found = []
    for group in reversed(list(_DIGITS.finditer(number))):
        start = group.start()
        year = _YEAR_FIRST.match(number, start, group.end())
        if year:
            start = year.end()
        found.append((number[:start], number[start : group.end()], number[group.end() :]))
    return found


def _running(number: str, alike: Mapping[tuple[str, str], set[str]]) -> tuple[str, str, str]:
    """The group of digits that runs in a number."""
    splits = _splits(number)

    def runs(split: tuple[str, str, str]) -> tuple[bool, int]:
        prefix, digits, suffix = split
        return not _YEAR.fullmatch(digits), len(alike[prefix, suffix])

    # The first of the best: the last group.
    return max(splits, key=runs)


def next_number(books: Books, date: datetime.date) -> str:
    """Return a number for an invoice of that date: the one after the last in use.

    Whatever the as-of date, no number that is anywhere in the ledger. In a new year, a series with
    the year in it (``INV-2025-041``) begins anew (``INV-2026-001``). Credit notes may have a series
    of their own: it is the last invoice's that goes on.
    """
    known = used(books, datetime.date.max)
    taken = mentioned(books, datetime.date.max) | known.keys()
    every = series(known)
    invoices = {number: here for number, here in known.items() if not here.credit}
    latest = _latest(invoices, every)
    last = latest.numbers[-1]
    prefix, suffix = (_in_year(text, date.year) for text in (latest.prefix, latest.suffix))
    if (prefix, suffix) != (latest.prefix, latest.suffix):
        same = (s for s in every if (s.prefix, s.suffix) == (prefix, suffix))
        latest = next(same, latest._replace(prefix=prefix, suffix=suffix, numbers=(0,)))
        last = latest.numbers[-1]
    number = last + 1
    while latest.name(number) in taken:
        number += 1
    return latest.name(number)


def _in_year(text: str, year: int) -> str:
    """A prefix or suffix with its earlier year, if it has one, set to another."""
    found = _YEAR.search(text)
    if not found or int(found[0]) >= year:
        return text
    return f"{text[: found.start()]}{year}{text[found.end() :]}"


def _latest(known: Mapping[str, Used], every: Iterable[Series]) -> Series:
    """The series of the last number in use."""
    for number in sorted(known, key=lambda number: (known[number].date, number), reverse=True):
        for found in every:
            digits = number.removeprefix(found.prefix).removesuffix(found.suffix)
            if digits.isdecimal() and found.name(int(digits)) == number:
                return found
    return _FIRST
