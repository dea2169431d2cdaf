"""A plan of milestones from a table, as the lines that a ledger lacks. Writes nothing."""

from __future__ import annotations

import csv
import io
import re
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

from beancount.core.data import Custom, Transaction
from beancount.parser import booking, parser
from beancount.parser.grammar import ValueType
from beancount.parser.printer import format_entry

from beancount_milestones import amounts
from beancount_milestones.errors import did_you_mean, nearest, place, quoted
from beancount_milestones.reading import values
from beancount_milestones.reading.directives import MILESTONE
from beancount_milestones.reading.log import UnreadableError
from beancount_milestones.reading.marks import MARK_KEY
from beancount_milestones.reading.orders import SHARE_KEY, by_share, marked
from beancount_milestones.reading.retelling import first_refused, first_wrong
from beancount_milestones.reading.shares import date_of, read_share
from beancount_milestones.reading.values import shown

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Sequence

    from beancount.core.data import Directive

    from beancount_milestones.model import Contract, Register

#: The columns of a plan; only the first and the third must be there.
COLUMNS: Final = ("id", "title", "share", "target", "done")
#: What may stand between cells; with a decimal comma, spreadsheets write the second.
_SIGNS: Final = (",", ";", "\t")
#: The line with which some spreadsheets say it.
_SIGN: Final = re.compile(r'"?sep=([,;|\t])"?(?=\n|$)', re.IGNORECASE)
#: How like one of our columns another one must be to be meant as it: "Titel" is.
_SLIP: Final = 0.75


class PlanError(Exception):
    """A table that is not a plan; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A row of a plan."""

    #: The line that it begins on.
    line: int
    id: str
    title: str
    #: As it is written.
    share: str
    target: datetime.date | None
    #: When it was completed, if it was.
    done: datetime.date | None


def read_plan(text: str) -> list[Planned]:
    """Return the rows of a plan in CSV. Raises `PlanError`."""
    rows = _rows(text)
    _, header = next(rows, (1, []))
    columns = _columns(header)
    found: dict[str, Planned] = {}
    for line, row in rows:
        cells = dict(zip(columns, row, strict=False))
        cells = {name: cells.get(name, "") for name in COLUMNS}
        if any(row[len(columns) :]):
            message = (
                f"line {line}: it has more cells than the table has columns; put a cell that has"
                " a comma in quotes"
            )
            raise PlanError(message)
        if not any(cells.values()):
            continue
        try:
            planned = _planned(line, cells)
        except UnreadableError as unreadable:
            message = f"line {line}: {unreadable}"
            raise PlanError(message) from unreadable
        if planned.id in found:
            message = f"line {line}: the milestone '{planned.id}' is there twice"
            raise PlanError(message)
        found[planned.id] = planned
    if not found:
        message = "there are no milestones in it"
        raise PlanError(message)
    return list(found.values())


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that say anything, each with the line that it begins on."""
    said = _SIGN.match(text)
    text = text[said.end() :] if said else text
    header = next(filter(re.compile(r"\w").search, text.split("\n")), "")
    sign = said[1] if said else _sign(header)
    # Strict: else a quote that is not closed takes all that follows into its cell.
    reader = csv.reader(io.StringIO(text), delimiter=sign, skipinitialspace=True, strict=True)
    line = 1
    try:
        for row in reader:
            # An id, a share, a date and a title each stand on one line of the ledger.
            cells = [" ".join(cell.split()) for cell in row]
            if any(cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as problem:
        message = (
            f"line {line}: {problem}; put a cell with quotes in it in quotes, and write each of"
            ' its own twice, as in "The ""first"" sketch"'
        )
        raise PlanError(message) from problem


def _sign(header: str) -> str:
    """What stands between cells: the sign by which the header has the most of our columns."""

    def known(sign: str) -> int:
        names = {name.strip(' "').casefold() for name in header.split(sign)}
        return len(names.intersection(COLUMNS))

    return max(_SIGNS, key=known)


def _columns(header: Sequence[str]) -> list[str]:
    """Return the names of the columns. Raises `PlanError` where one of ours is not clear."""
    names = [name.casefold() for name in header]
    absent = [name for name in COLUMNS if name not in names]
    for name in names:
        if name in COLUMNS:
            if names.count(name) > 1:
                message = f"the column '{name}' is there twice; leave one of them out"
                raise PlanError(message)
            continue
        # "Target date" too would be lost without a word.
        words = (name, re.split(r"[\W_]", name)[0])
        near = next(filter(None, (nearest(word, absent, _SLIP) for word in words)), None)
        if near:
            message = f"the column {shown(name)} means nothing in a plan; did you mean '{near}'?"
            raise PlanError(message)
    for name in ("id", "share"):
        if name in absent:
            message = f"there is no column '{name}': a plan has {', '.join(COLUMNS)}"
            raise PlanError(message)
    return names


def _planned(line: int, cells: dict[str, str]) -> Planned:
    if not cells["id"]:
        message = "the id is empty; give the milestone one, such as mockups"
        raise UnreadableError(message)
    share = read_share(cells["share"])
    if share.target or share.title:
        message = (
            f"share is the share alone, not {shown(cells['share'])}; use the columns 'target' and"
            " 'title' beside it"
        )
        raise UnreadableError(message)
    return Planned(
        line=line,
        id=values.milestone_id(cells["id"]),
        title=cells["title"],
        share=cells["share"],
        target=_day(cells["target"], "target"),
        done=_day(cells["done"], "done"),
    )


def _day(text: str, what: str) -> datetime.date | None:
    """Read a date as the ledger does."""
    try:
        date = date_of(text)
    except UnreadableError as unreadable:
        message = f"{what}: {unreadable}"
        raise UnreadableError(message) from None
    if text and not date:
        message = f"{what}: {shown(text)} is not a date; write it as 2026-02-01"
        raise UnreadableError(message)
    return date


def _said(planned: Planned) -> str:
    """What is said of a milestone in a contract, so that the ledger reads the same."""
    target = planned.target.isoformat() if planned.target else ""
    text = " ".join(filter(None, (planned.share, target, planned.title)))
    meant = read_share(planned.share)._replace(target=planned.target, title=planned.title or None)
    with suppress(UnreadableError):
        if read_share(text) == meant:
            return quoted(text)
    message = (
        f"line {planned.line}: the ledger would take the date in the title {shown(planned.title)}"
        " for the target; put it between other words"
    )
    raise PlanError(message)


def as_contract(plan: Sequence[Planned], name: str, date: datetime.date) -> str:
    """Return a contract to begin with, and what has happened to it: amounts are to be filled in.

    It begins on that day, or on the first one on which something was done. Raises `PlanError` for
    a title that a ledger cannot have, and for shares that no contract can have.
    """
    first = min([date, *(planned.done for planned in plan if planned.done)])
    lines = [
        f'{first} * "Client" "Title"',
        f'  contract: "{name}"',
        *(f"  milestone-{planned.id}: {_said(planned)}" for planned in plan),
        f"  Assets:Receivable   {_total(plan)}",
        "  Income:Work",
    ]
    text = "\n".join([*lines, *map(_line, _completed(plan, name))])
    entries, unread, options = parser.parse_string(text)
    booked, unbooked = booking.book(entries, options)
    wrong = next(iter([*unread, *unbooked]), None) or first_wrong(booked, options)
    if wrong:
        raise PlanError(wrong.message)
    return text


def _total(plan: Sequence[Planned]) -> str:
    """The amount of a contract to begin with: in the currency of the shares, and what they make.

    With a rest, or without amounts, any that leaves something is as good. Where none fits, the
    ledger says why.
    """
    shares = [read_share(planned.share) for planned in plan]
    written = [share.amount for share in shares if share.amount is not None]
    currency = written[0].currency if written else "USD"
    numbers = [cast("Decimal", amount.number) for amount in written]
    left = 1 - sum(share.fraction or Fraction() for share in shares)
    made = Fraction(amounts.add(numbers)) / left if left > 0 else Fraction()
    total = Fraction(1000)
    if any(share.fraction is None and share.amount is None for share in shares):
        while total <= made:
            total *= 10
    elif made > 0:
        total = made
    places = max([amounts.minor_unit(currency), *map(amounts.decimals, numbers)])
    return values.money(amounts.fraction_of(Decimal(1), total, places), currency)


def missing(plan: Sequence[Planned], name: str, register: Register, date: datetime.date) -> str:
    """Return the directives that a contract lacks on a day; nothing where it has them all.

    Raises `PlanError` for a milestone that the contract does not have, and for a directive that
    the ledger would refuse, or that would let it refuse what it has.
    """
    contract = register.contracts[name]
    lacking = []
    for planned in plan:
        milestone = contract.milestones.get(planned.id)
        if milestone is None and planned.id not in contract.proposals:
            message = f"line {planned.line}: {_why_not(planned.id, contract, register.entries)}"
            raise PlanError(message)
        # What is done after that day may be there by then.
        by = max(date, planned.done or date)
        if milestone is None or not milestone.state_at(by).completed:
            lacking.append(planned)
    added = _completed(lacking, name)
    found = first_refused(register, added)
    if found:
        directive, refused = found
        then = ""
        if refused.entry is not directive:
            done = directive.values[1].value
            then = (
                f"with '{done}' completed on {directive.date}, {place(refused.source)} is wrong: "
            )
        message = f"line {directive.meta['lineno']}: {then}{refused.message}"
        raise PlanError(message)
    return "\n".join(map(_line, added))


def _why_not(name: str, contract: Contract, entries: Iterable[Directive]) -> str:
    """Why a contract does not have a milestone: there is none, or its change order has an error."""
    orders = [entry for of, entry in _orders(entries) if of == contract.id]
    marks = {mark.meta[MARK_KEY] for order in orders for mark in marked(order) if mark.meta}
    if name in marks or any(f"{SHARE_KEY}{name}" in order.meta for order in orders):
        return (
            f"milestone '{name}' of contract '{contract.id}' is in a change order with an error;"
            " correct that first"
        )
    hint = did_you_mean(name, (*contract.milestones, *contract.proposals))
    return (
        f"no milestone '{name}' in contract '{contract.id}'{hint or '; add it with a change order'}"
    )


def contracts_in(entries: Iterable[Directive]) -> set[str]:
    """Return the ids of all contracts in a ledger, also of those that are left as written."""
    return {name for name, _ in _orders(entries)}


def _orders(entries: Iterable[Directive]) -> Iterator[tuple[str, Transaction]]:
    """Yield contracts and change orders, right or wrong, each with its contract id."""
    for entry in entries:
        if (
            isinstance(entry, Transaction)
            and "contract" in entry.meta
            and (by_share(entry) or marked(entry))
        ):
            yield str(entry.meta["contract"]).strip(), entry


def _completed(plan: Iterable[Planned], name: str) -> list[Custom]:
    """The directives of what is done, by date; their place is their row."""
    return [
        Custom(
            {"filename": "", "lineno": planned.line},
            date,
            MILESTONE,
            [ValueType(text, str) for text in (name, planned.id, "completed")],
        )
        for date, _, planned in sorted((one.done, one.id, one) for one in plan if one.done)
    ]


def _line(directive: Custom) -> str:
    return format_entry(directive).strip()
