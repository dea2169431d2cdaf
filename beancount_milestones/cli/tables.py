"""Reports as tables: what a command shows of its rows, said once."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from beancount_milestones.cli.common import Date, echo, exact, totals
from beancount_milestones.output import to_table

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Mapping, Sequence

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

    def print(self, form: str, books: Books, title: str, rows: Sequence[Any]) -> None:
        """Print rows as the format says."""
        shown = exact(books, rows)
        if form != "table":
            echo(form, books, self.fields, [asdict(row) for row in shown])
            return
        people = [{h: getattr(row, name) for h, name in self.columns.items()} for row in shown]
        summed = {heading: self.columns[heading] for heading in self.sums}
        click.echo(to_table(title, people, totals(shown, summed) if summed else (), self.spare))


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
