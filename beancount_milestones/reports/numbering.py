"""The numbers of invoices and credit notes: which are in use, and which one is next."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from beancount.core.data import Transaction

from beancount_milestones.receivables import looks_of
from beancount_milestones.reports.invoices import registered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from beancount.core.data import Directive

    from beancount_milestones.parties import Side
    from beancount_milestones.receivables import Account
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.invoice import Invoice

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
    #: The account that it is owed on, where it is written by hand.
    account: Account | None = None
    #: Whether no more than a link says so, which may be any word.
    linked: bool = False


def used(books: Books, until: datetime.date, side: Side = "sell") -> dict[str, Used]:
    """Return the numbers of invoices and credit notes, and where each was used first.

    Ours, or those of suppliers: these run as they please. What is written by hand is that of the
    as-of date.
    """
    found = by_directive(books, until, side)
    for one in registered(books):
        if one.side == side and not one.billed and one.kind != "other" and one.date <= until:
            found.setdefault(one.number, _by_hand(one))
    return found


def by_directive(books: Books, until: datetime.date, side: Side) -> dict[str, Used]:
    """Return the numbers that directives give: each is for one day."""
    found: dict[str, Used] = {}
    for contract, milestone in books.register.milestones():
        for step in milestone.steps_at(until):
            if step.number and contract.side == side:
                names = (contract.id, milestone.id, contract.client)
                here = Used(step.date, step.entry, *names, step.event == "credited")
                found.setdefault(step.number, here)
    return found


def _by_hand(one: Invoice) -> Used:
    return Used(
        one.date,
        one.entry,
        client=one.client,
        credit=one.kind == "credit note",
        account=one.account,
        linked=one.number not in _said(one.entry),
    )


def mentioned(books: Books, until: datetime.date) -> set[str]:
    """Return everything that may be the number of an invoice which no contract knows."""
    found: set[str] = set()
    for entry in books.entries:
        if isinstance(entry, Transaction) and entry.date <= until:
            found.update(entry.links or ())
            found.update(_said(entry))
    return found


def _said(entry: Directive) -> set[str]:
    """The numbers in the metadata of an entry and of its postings."""
    postings = getattr(entry, "postings", ())
    metas: Iterable[Any] = (entry.meta, *(posting.meta for posting in postings))
    return {str(meta["invoice"]).strip() for meta in metas if meta and "invoice" in meta}


def is_asked(books: Books, here: Used) -> bool:
    """Return whether a number is asked about: with its contract, or with who owes it."""
    if here.account:
        return books.asks(here.client, None, here.account)
    return books.asks_contract(books.register.contracts[here.contract])


class Series(NamedTuple):
    """Numbers that differ only in one group of digits, the one that runs."""

    prefix: str
    suffix: str
    #: To how many digits most of the numbers are padded.
    width: int
    #: In order, each as it is written: some may have other zeros before them.
    numbers: Mapping[int, str]

    def name(self, number: int) -> str:
        """Return a number as most of them are written."""
        return f"{self.prefix}{number:0{self.width}}{self.suffix}"

    def among(self, texts: Iterable[str]) -> set[int]:
        """Return the numbers that some texts are, with whatever zeros before them."""
        alike = re.compile(rf"{re.escape(self.prefix)}(\d+){re.escape(self.suffix)}", re.ASCII)
        return {int(found[1]) for found in map(alike.fullmatch, texts) if found}


#: By what is before and after a group of digits: the digits, and the year in which they were used.
_Alike = dict[tuple[str, str], dict[str, int]]
#: Of whoever has no number yet.
_FIRST: Final = Series("INV-", "", 3, {0: ""})


def series(numbers: Mapping[str, Used]) -> list[Series]:
    """Return the series of some numbers, by prefix and suffix.

    The group of digits that runs is never a year, if there is another. Of several, it is the one in
    which most numbers differ from others that are alike but for it; where that does not tell, the
    last one. Two digits are a year where they are that of the date, in all numbers that are alike.
    A series has one way to write its numbers, that of more than half of them; without one, it is
    none. A number that only a link says is one where it looks like the others.
    """
    looks = {looks_of(number) for number, here in numbers.items() if not here.linked}
    numbers = {n: here for n, here in numbers.items() if not here.linked or looks_of(n) in looks}
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
        width, usual = _usual(texts)
        if 2 * len(usual) > len(texts):
            # Where two are the same number, that which is written as most are.
            by_number = {
                int(text): f"{prefix}{text}{suffix}" for text in (*sorted(texts - usual), *usual)
            }
            found.append(Series(prefix, suffix, width, dict(sorted(by_number.items()))))
    return found


def _usual(texts: set[str]) -> tuple[int, set[str]]:
    """To how many digits most of some numbers are padded, and those that are."""
    widths = sorted({1, *(len(text) for text in texts if text.startswith("0"))}, reverse=True)
    fitting = {w: {text for text in texts if text == f"{int(text):0{w}}"} for w in widths}
    width = max(widths, key=lambda w: len(fitting[w]))
    return width, fitting[width]


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
    return _next(books, date, known, credit=False)


def next_credit_number(books: Books, date: datetime.date) -> str:
    """Return a number for a credit note of that date; nothing where they have no series.

    It is the one after the last, as for an invoice. A series with invoices in it is not theirs.
    """
    known = used(books, datetime.date.max)
    latest, _ = _latest(_those(known, credit=True), series(known))
    # Of whoever has given none a number so far, nobody knows.
    theirs = all(number in known and known[number].credit for number in latest.numbers.values())
    return _next(books, date, known, credit=True) if theirs else ""


def _those(known: Mapping[str, Used], *, credit: bool) -> dict[str, Used]:
    """The credit notes of some numbers, or the invoices."""
    return {number: here for number, here in known.items() if here.credit == credit}


def _next(books: Books, date: datetime.date, known: Mapping[str, Used], *, credit: bool) -> str:
    """The number after the last in use, of the credit notes or of the invoices."""
    taken = mentioned(books, datetime.date.max) | known.keys()
    every = series(known)
    latest, used_in = _latest(_those(known, credit=credit), every)
    last = max(latest.numbers)
    prefix = _in_year(_BEFORE, latest.prefix, used_in, date.year)
    suffix = _in_year(_AFTER, latest.suffix, used_in, date.year)
    if (prefix, suffix) != (latest.prefix, latest.suffix):
        same = (s for s in every if (s.prefix, s.suffix) == (prefix, suffix))
        latest = next(same, latest._replace(prefix=prefix, suffix=suffix, numbers={0: ""}))
        last = max(latest.numbers)
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
            if number in found.numbers.values():
                return found, known[number].date.year
    return _FIRST, datetime.MAXYEAR
