"""What the page shows, from the rows of the reports. Knows nothing of Fava."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from beancount.core.data import Custom, Open, Transaction

from beancount_milestones import allocation, reports
from beancount_milestones.errors import MilestoneError, position

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from decimal import Decimal

    from beancount.core.data import Directive

    from beancount_milestones.contract import Register
    from beancount_milestones.reports import Listed, Row

#: The columns of amounts of each table.
UNBILLED: Final = ("unbilled",)
OUTSTANDING: Final = ("billed", "paid", "outstanding")

#: Days overdue from which the next colour is used.
_AGES: Final = (1, 31, 61, 91)


class Place(NamedTuple):
    """Where something is written."""

    kind: str
    filename: str
    lineno: int

    @classmethod
    def of(cls, entry: Directive) -> Place:
        """Return the place of a directive: its kind, for what it generates has its line too."""
        source = position(entry.meta)
        return cls(type(entry).__name__, source["filename"], source["lineno"])


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table."""

    row: Row
    days: int | None
    #: The day since which it waits.
    since: datetime.date | None
    #: How long it is overdue, from 0 to 4.
    age: int
    #: The numbers of the invoices in force.
    invoices: tuple[str, ...]
    #: Where to look at it: the directive as it stands in the ledger, else the line of a file.
    entry: Directive | None
    place: Place | None
    #: The place of each amount when sorted: by currency, then exactly.
    ranks: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Total:
    """The sums of a table in one currency."""

    currency: str
    amounts: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its totals."""

    lines: tuple[Line, ...]
    totals: tuple[Total, ...]
    #: How many more there are without the filters.
    hidden: int

    def amounts(self) -> Iterable[tuple[str, Decimal]]:
        """Yield every amount that the table shows, after its currency."""
        for line in self.lines:
            for column in line.ranks:
                yield line.row.currency, getattr(line.row, column)
        for total in self.totals:
            for amount in total.amounts.values():
                yield total.currency, amount


@dataclass(frozen=True, slots=True)
class Scope:
    """What tables are made of, besides the list."""

    as_of: datetime.date
    #: Whether a row passes the filters.
    keep: Callable[[Row], bool]
    #: All of the ledger.
    entries: Iterable[Directive]
    #: The files that the ledger was read from.
    files: Collection[str]


def table(listed: Sequence[Listed], columns: Sequence[str], scope: Scope) -> Table:
    """Return the table of a list, with those rows that the filters keep."""
    kept = [item for item in listed if scope.keep(item.row)]
    standing = _standing(scope.entries, {Place.of(item.entry) for item in kept})
    ranks = {column: _ranks([item.row for item in kept], column) for column in columns}
    lines = []
    for index, item in enumerate(kept):
        place = Place.of(item.entry)
        line = Line(
            row=item.row,
            days=item.days,
            since=None if item.days is None else scope.as_of - datetime.timedelta(days=item.days),
            age=sum((item.days or 0) >= days for days in _AGES),
            invoices=tuple(number for number in item.row.invoice.split(", ") if number),
            entry=standing.get(place),
            place=place if place.filename in scope.files else None,
            ranks={column: ranks[column][index] for column in columns},
        )
        lines.append(line)
    totals = _totals([item.row for item in kept], columns)
    return Table(tuple(lines), totals, len(listed) - len(kept))


def _standing(entries: Iterable[Directive], wanted: set[Place]) -> dict[Place, Directive]:
    """Return what now stands at these places: a plugin may have changed it since we read it."""
    found: dict[Place, Directive] = {}
    for entry in entries:
        place = Place.of(entry)
        if place in wanted:
            found.setdefault(place, entry)
    return found


def _ranks(rows: Sequence[Row], column: str) -> list[int]:
    """Return the place of each amount among all: browsers would sort by inexact numbers."""
    keys = [(row.currency, getattr(row, column)) for row in rows]
    order = {key: rank for rank, key in enumerate(sorted(set(keys)))}
    return [order[key] for key in keys]


def _totals(rows: Sequence[Row], columns: Sequence[str]) -> tuple[Total, ...]:
    sums = {column: reports.totals(rows, column) for column in columns}
    return tuple(
        Total(currency, {column: sums[column].get(currency, allocation.ZERO) for column in columns})
        for currency in sorted({row.currency for row in rows})
    )


def places(amounts: Iterable[tuple[str, Decimal]]) -> dict[str, int]:
    """Return the decimal places that it takes to show the amounts of each currency exactly."""
    most: dict[str, int] = {}
    for currency, amount in amounts:
        needed = allocation.decimals(allocation.WIDE.normalize(amount))
        most[currency] = max(most.get(currency, 0), needed)
    return most


def on_account(wanted: str) -> Callable[[Row], bool]:
    """Return whether a row is on an account that matches, as Fava's account filter does.

    The filter is a regular expression, and so it also finds what is below a parent account.
    """
    try:
        pattern = re.compile(wanted, re.IGNORECASE)
    except re.error:
        return lambda row: row.account == wanted
    return lambda row: bool(row.account and pattern.search(row.account))


def among(
    entries: Iterable[Directive], register: Register, as_of: datetime.date
) -> Callable[[Row], bool]:
    """Return whether a transaction of a row's milestone is among the entries.

    That is one of the contract, or one that we have generated by the as-of date. Directives do not
    count: they have no payee, tags or links, and would stand in the way of "all without this tag".
    """
    milestones: set[tuple[str, str]] = set()
    orders: set[Place] = set()
    for entry in entries:
        if isinstance(entry, Transaction) and entry.date <= as_of:
            match entry.meta:
                case {"contract": str(contract), "milestone": str(milestone)}:
                    milestones.add((contract, milestone))
            orders.add(Place.of(entry))

    def is_among(row: Row) -> bool:
        milestone = register.contracts[row.contract].milestones[row.milestone]
        return (row.contract, row.milestone) in milestones or any(
            Place.of(part.entry) in orders for part in milestone.parts
        )

    return is_among


def count_errors(errors: Iterable[object]) -> int:
    """Return how many errors are in contracts and directives."""
    return sum(isinstance(error, MilestoneError) for error in errors)


def ignored_config(entries: Iterable[Directive], module: str) -> str | None:
    """Return the configuration that the ledger gives to the page, which has none."""
    for entry in entries:
        if isinstance(entry, Custom) and entry.type == "fava-extension":
            name, *config = (value.value for value in entry.values)
            if name == module and config:
                return str(config[0])
    return None


def example(
    entries: Iterable[Directive],
    options: Mapping[str, Any],
    today: datetime.date,
    *,
    with_plugin: bool,
) -> str:
    """Return a small contract, to paste into this ledger."""
    receivable = f"{options['name_assets']}:Receivable:Acme"
    income = f"{options['name_income']}:Services"
    currency = next(iter(options["operating_currency"]), "USD")
    known = {entry.account for entry in entries if isinstance(entry, Open)}
    signed = today - datetime.timedelta(days=14)
    launch = today + datetime.timedelta(days=28)
    opened = [f"{signed} open {name}" for name in (receivable, income) if name not in known]
    parts = [
        ['plugin "beancount_milestones"'] if with_plugin else [],
        opened,
        [
            f'{signed} * "Acme" "Website"',
            '  contract: "acme-website"',
            '  terms: "net 30"',
            f'  milestone-design: "40% {today} Design approved"',
            f'  milestone-launch: "rest {launch} Launch"',
            f"  {receivable}  5,000.00 {currency}",
            f"  {income}",
        ],
        [
            f'{today} custom "milestone" "acme-website" "design" "completed"',
            '  invoice: "INV-001"',
        ],
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)
