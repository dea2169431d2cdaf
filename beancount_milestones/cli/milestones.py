"""The table of milestones that `status`, `unbilled` and `outstanding` share."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from beancount_milestones import reports
from beancount_milestones.cli.common import by_side, echo, exact
from beancount_milestones.output import to_table
from beancount_milestones.reports import AMOUNTS, COLUMNS, Books, Listed, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: The colours of a status, in a terminal.
_COLOURS = {
    "overdue": "red",
    "outstanding": "yellow",
    "unbilled": "cyan",
    "paid": "green",
}
#: What a narrow terminal can do without, in this order.
_SPARE = (
    "Title",
    "Retention",
    "Remaining",
    "Billed",
    "Client",
    "Paid",
    "Amount",
    "Due",
    "Invoice",
)


def print_list(
    title: str, books: Books, listed: Sequence[Listed], headings: Mapping[str, str], form: str
) -> None:
    """Print the rows of a list as the format says: under headings, or with all their fields."""
    if form == "table":
        rows = [(item.row, {"days": item.days}) for item in listed]
        click.echo(table(title, books, rows, headings))
    else:
        echo(form, books, (*COLUMNS, "days"), [machine(item) for item in listed])


def machine(item: Listed) -> dict[str, Any]:
    """Return a row of a list for a machine."""
    return asdict(item.row) | {"days": item.days}


def table(
    title: str,
    books: Books,
    rows: Sequence[tuple[Row, dict[str, Any]]],
    headings: Mapping[str, str],
) -> str:
    """Return the rows, each with what it has besides, under the headings for people."""
    people = []
    for row, more in rows:
        values = asdict(exact(books, [row])[0]) | more
        if row.late:
            values["status"] += ", late"
        people.append(
            # A table is easier to read where nothing is blank.
            {heading: values[column] or None for heading, column in headings.items()}
        )
    shown = exact(books, [row for row, _ in rows])
    firm = [row for row in shown if not row.proposed]
    proposed = [row for row in shown if row.proposed]
    totals = [
        line
        for label, found in (("Total", firm), ("Proposed", proposed))
        for side, of_side in by_side(found)
        for line in _totals(label + side, of_side, headings)
    ]
    return to_table(f"{title} as of {books.as_of}", people, totals, _SPARE, _colour)


def _colour(heading: str, row: Mapping[str, Any]) -> str:
    """What is overdue stands out."""
    if heading == "Status":
        word, _, late = row[heading].partition(", ")
        return _COLOURS.get(word, "magenta" if late else "")
    return _COLOURS["overdue"] if heading == "Overdue" else ""


def _totals(
    label: str, rows: Sequence[Row], headings: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a line of totals for each currency."""
    sums = {
        heading: reports.totals(rows, column)
        for heading, column in headings.items()
        if column in AMOUNTS
    }
    for currency in sorted({row.currency for row in rows}):
        amounts = {heading: found.get(currency) for heading, found in sums.items()}
        yield label, {**amounts, "": currency}
