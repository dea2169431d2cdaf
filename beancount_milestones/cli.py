"""The command `bean-milestones`: a thin door to the reports."""

from __future__ import annotations

import datetime
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click
from beancount import loader

from beancount_milestones import reports
from beancount_milestones.contract import Register, of_register
from beancount_milestones.errors import position
from beancount_milestones.output import to_csv, to_json, to_table
from beancount_milestones.reading import PLUGIN_LINE_MISSING, needs_plugin
from beancount_milestones.reports import COLUMNS, Books, Listed, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Report = Callable[..., None]


class _Date(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A date, as Beancount writes it."""

    name = "date"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime.date:
        """Read the date, or stop with what would be right."""
        if isinstance(value, datetime.date):
            return value
        try:
            return datetime.date.fromisoformat(value.replace("/", "-"))
        except ValueError:
            self.fail(f"'{value}' is no date; write it as 2026-03-31", param, ctx)


def _report(function: Report) -> Report:
    """Give a report its argument and the options that every report has."""
    for decorate in (
        click.option(
            "--format",
            "form",
            type=click.Choice(["table", "csv", "json"]),
            default="table",
            show_default=True,
            help="A table to read, or rows for a machine.",
        ),
        click.option(
            "--as-of",
            type=_Date(),
            default=datetime.date.today,
            metavar="DATE",
            help="The day to look at, as 2026-03-31.  [default: today]",
        ),
        click.argument("ledger", type=click.Path(exists=True, dir_okay=False, readable=True)),
    ):
        function = decorate(function)
    return function


@click.group()
@click.version_option(package_name="beancount-milestones")
def main() -> None:
    """Answer questions about contracts, milestones and receivables in a Beancount LEDGER."""


@main.command()
@_report
def status(ledger: str, as_of: datetime.date, form: str) -> None:
    """Every milestone: where it stands, what is billed, paid and still to come.

    \b
    bean-milestones status books.beancount --as-of 2026-03-31
    """
    books, code = _load(ledger, as_of)
    rows = reports.status(books)
    if form == "table":
        people = [_person(row, _STATUS) for row in rows]
        title = f"Milestones as of {as_of}"
        click.echo(to_table(title, people, _totals(rows, _STATUS)))
    else:
        _echo(form, COLUMNS, [asdict(row) for row in rows])
    sys.exit(code)


@main.command()
@_report
def unbilled(ledger: str, as_of: datetime.date, form: str) -> None:
    """What is earned and not billed, the longest waiting first.

    \b
    bean-milestones unbilled books.beancount --format csv
    """
    books, code = _load(ledger, as_of)
    _list("Unbilled", books, reports.unbilled(books), _UNBILLED, form)
    sys.exit(code)


@main.command()
@_report
def outstanding(ledger: str, as_of: datetime.date, form: str) -> None:
    """What is billed and not paid, the oldest due date first.

    \b
    bean-milestones outstanding books.beancount --as-of 2026-03-31
    """
    books, code = _load(ledger, as_of)
    _list("Outstanding", books, reports.outstanding(books), _OUTSTANDING, form)
    sys.exit(code)


#: The headings of the tables for people, and the columns under them.
_STATUS = {
    "Client": "client",
    "Contract": "contract",
    "Milestone": "milestone",
    "Status": "status",
    "Due": "due",
    "Amount": "amount",
    "Paid": "paid",
    "Outstanding": "outstanding",
    "Unbilled": "unbilled",
    "Remaining": "remaining",
    "Retention": "retention",
    "": "currency",
}
_UNBILLED = {
    "Client": "client",
    "Contract": "contract",
    "Milestone": "milestone",
    "Title": "title",
    "Days": "days",
    "Unbilled": "unbilled",
    "": "currency",
}
_OUTSTANDING = {
    "Client": "client",
    "Contract": "contract",
    "Milestone": "milestone",
    "Invoice": "invoice",
    "Due": "due",
    "Overdue": "days",
    "Billed": "billed",
    "Paid": "paid",
    "Outstanding": "outstanding",
    "": "currency",
}


def _load(ledger: str, as_of: datetime.date) -> tuple[Books, int]:
    """Load a ledger, tell its errors, and return the books with the exit code."""
    entries, errors, options = loader.load_file(ledger)
    register = of_register(options)
    if register is None and needs_plugin(entries):
        click.echo(PLUGIN_LINE_MISSING, err=True)
    for error in errors:
        source = position(error.source)
        click.echo(f"{source['filename']}:{source['lineno']}: {error.message}", err=True)
    failed = bool(errors) or (register is None and needs_plugin(entries))
    return Books(register or Register({}), entries, options, as_of), int(failed)


def _list(
    title: str, books: Books, listed: Sequence[Listed], headings: Mapping[str, str], form: str
) -> None:
    if form == "table":
        rows = [_person(item.row, headings, days=item.days) for item in listed]
        totals = _totals([item.row for item in listed], headings)
        click.echo(to_table(f"{title} as of {books.as_of}", rows, totals))
    else:
        rows = [asdict(item.row) | {"days": item.days} for item in listed]
        _echo(form, (*COLUMNS, "days"), rows)


def _echo(form: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    click.echo(to_json(rows) if form == "json" else to_csv(columns, rows))


def _person(row: Row, headings: Mapping[str, str], **more: object) -> dict[str, Any]:
    """Return a row under the headings of a table for people."""
    values = asdict(row) | more
    if row.late:
        values["status"] += ", late"
    return {heading: values[column] for heading, column in headings.items()}


def _totals(rows: Sequence[Row], headings: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return a line of totals for each currency."""
    amounts = {
        heading: reports.totals(rows, column)
        for heading, column in headings.items()
        if column in reports.AMOUNTS
    }
    currencies = dict.fromkeys(row.currency for row in rows)
    return [
        {heading: sums.get(currency) for heading, sums in amounts.items()}
        | {"Client": "Total", "": currency}
        for currency in currencies
    ]
