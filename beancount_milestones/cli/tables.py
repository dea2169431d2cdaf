"""Reports as tables: what a command shows of its rows, said once."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from beancount_milestones.cli.common import Date, echo, exact, totals
from beancount_milestones.output import plain, to_table

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from beancount_milestones.output import Colour
    from beancount_milestones.reports import Books


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a report, for people and for machines."""

    #: All fields of a row, in the order of CSV.
    fields: Sequence[str]
    #: The headings for people, and the fields below them.
    columns: Mapping[str, str]
    #: The headings of amounts that are summed up.
    sums: tuple[str, ...] = ()
    #: What a narrow terminal can do without, in this order.
    spare: tuple[str, ...] = ()
    #: The colour of a cell.
    colour: Colour = plain
    #: Whether a zero is shown; where many are, a table is easier to read without.
    zeros: bool = True

    def print(self, form: str, books: Books, title: str, rows: Sequence[Any]) -> None:
        """Print rows as the format says."""
        if form == "table":
            click.echo(self.text(title, exact(books, rows)))
        else:
            self.echo(form, books, rows)

    def echo(self, form: str, books: Books, rows: Iterable[Any]) -> None:
        """Print rows for a machine."""
        echo(form, books, self.fields, [asdict(row) for row in rows])

    def text(
        self,
        title: str,
        rows: Sequence[Any],
        more: Iterable[tuple[str, Mapping[str, Any]]] = (),
    ) -> str:
        """Return rows for people, with their totals and more lines at the end."""
        summed = {heading: self.columns[heading] for heading in self.sums}
        ends = [*(totals(rows, summed) if summed else ()), *more]
        return to_table(title, [self.cells(row) for row in rows], ends, self.spare, self.colour)

    def cells(self, row: object) -> dict[str, Any]:
        """Return what of a row is under the headings."""
        found = {heading: getattr(row, name) for heading, name in self.columns.items()}
        if self.zeros:
            return found
        return {heading: value or None for heading, value in found.items()}


def period(function: Callable[..., None]) -> Callable[..., None]:
    """Give a report the days of a period: from the beginning, or a day, to a day."""
    for decorate in (
        click.option(
            "--to",
            "end",
            type=Date(),
            metavar="DATE",
            help="The last day of the period.  [default: that of --as-of]",
        ),
        click.option(
            "--from",
            "start",
            type=Date(),
            metavar="DATE",
            help="The first day of the period.  [default: the beginning]",
        ),
    ):
        function = decorate(function)
    return function


def last_day(
    start: datetime.date | None, end: datetime.date | None, as_of: datetime.date
) -> datetime.date:
    """Return the last day of a period; one that ends before it begins is bad usage."""
    last = end or as_of
    if start and start > last:
        message = f"--from {start} is after the end of the period, {last}"
        raise click.UsageError(message)
    return last


def between(start: datetime.date | None, last: datetime.date) -> str:
    """Return a period in words."""
    return f"from {start} to {last}" if start else f"to {last}"
