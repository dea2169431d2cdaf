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
#: A group of digits that is a year.
_YEAR: Final = re.compile(r"(?:19|20)\d\d", re.ASCII)
#: The group of digits beside those that run: the last of a prefix, the first of a suffix.
_BEFORE: Final = re.compile(r"(\d+)\D*$", re.ASCII)
_AFTER: Final = re.compile(r"^\D*(\d+)", re.ASCII)
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


#: By what is before and after a group of digits: the digits, and the year in which they were used.
_Alike = dict[tuple[str, str], dict[str, int]]
#: Of whoever has no number yet.
_FIRST: Final = Series("INV-", "", 3, (0,))


def series(numbers: Mapping[str, Used]) -> list[Series]:
    """Return the series of some numbers, by prefix and suffix.

    The group of digits that runs is never a year, if there is another. Of several, it is the one in
    which most numbers differ from others that are alike but for it; where that does not tell, the
    last one. Two digits are a year where they are that of the date, in all numbers that are alike.
    """
    alike: _Alike = defaultdict(dict)
    for number, here in numbers.items():
        for prefix, digits, suffix in _splits(number):
            alike[prefix, suffix].setdefault(digits, here.date.year)
    runs: dict[tuple[str, str], set[str]] = defaultdict(set)
    for number in filter(_DIGITS.search, numbers):
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


def _running(number: str, alike: _Alike) -> tuple[str, str, str]:
    """The group of digits that runs in a number."""
    splits = _splits(number)

    def runs(split: tuple[str, str, str]) -> tuple[bool, int]:
        prefix, digits, suffix = split
        others = alike[prefix, suffix]
        is_year = _YEAR.fullmatch(digits) or all(_is_short(*other) for other in others.items())
        return not is_year, len(others)

    # The first of the best: the last group.
    return max(splits, key=runs)


def next_number(books: Books, date: datetime.date) -> str:
    """Return a number for an invoice of that date: the one after the last in use.

    Whatever the as-of date, no number that is anywhere in the ledger. In a new year, a series with
    the year beside the digits that run (``INV-2025-041``, ``041/25``) begins anew
    (``INV-2026-001``, ``001/26``). Credit notes may have a series of their own: it is the last
    invoice's that goes on.
    """
    known = used(books, datetime.date.max)
    taken = mentioned(books, datetime.date.max) | known.keys()
    every = series(known)
    invoices = {number: here for number, here in known.items() if not here.credit}
    latest, used_in = _latest(invoices, every)
    last = latest.numbers[-1]
    prefix = _in_year(_BEFORE, latest.prefix, used_in, date.year)
    suffix = _in_year(_AFTER, latest.suffix, used_in, date.year)
    if (prefix, suffix) != (latest.prefix, latest.suffix):
        same = (s for s in every if (s.prefix, s.suffix) == (prefix, suffix))
        latest = next(same, latest._replace(prefix=prefix, suffix=suffix, numbers=(0,)))
        last = latest.numbers[-1]
    number = last + 1
    while latest.name(number) in taken:
        number += 1
    return latest.name(number)


def _is_short(digits: str, year: int) -> bool:
    """Whether two digits are a year."""
    return digits == f"{year % 100:02}"


def _in_year(where: re.Pattern[str], text: str, used_in: int, year: int) -> str:
    """A prefix or suffix with its earlier year, if it has one there, set to another."""
    found = where.search(text)
    if not found:
        return text
    if _YEAR.fullmatch(found[1]) and int(found[1]) < year:
        new = str(year)
    elif _is_short(found[1], used_in) and used_in < year:
        new = f"{year % 100:02}"
    else:
        return text
    return f"{text[: found.start(1)]}{new}{text[found.end(1) :]}"


def _latest(known: Mapping[str, Used], every: Iterable[Series]) -> tuple[Series, int]:
    """The series of the last number in use, and the year in which that was used."""
    for number in sorted(known, key=lambda number: (known[number].date, number), reverse=True):
        for found in every:
            digits = number.removeprefix(found.prefix).removesuffix(found.suffix)
            if digits.isdecimal() and found.name(int(digits)) == number:
                return found, known[number].date.year
    return _FIRST, datetime.MAXYEAR
