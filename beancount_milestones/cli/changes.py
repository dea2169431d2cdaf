"""The command `changes`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from beancount_milestones import reports
from beancount_milestones.cli.common import Date, echo, exact, load, report
from beancount_milestones.cli.reporting import Report
from beancount_milestones.output import to_table
from beancount_milestones.reports import CHANGE_COLUMNS

if TYPE_CHECKING:
    import datetime


@click.command(cls=Report)
@report
@click.option(
    "--since",
    type=Date(),
    required=True,
    metavar="DATE",
    help="The day whose end is compared with that of the as-of date.",
)
def changes(ledger: str, as_of: datetime.date, form: str, since: datetime.date) -> None:
    """What has changed since the end of a day: for a mail, a chat or cron.

    The table is empty, without a title, where nothing has changed.

    \b
    Example:
      bean-milestones changes books.beancount --since 2026-03-24 --as-of 2026-03-31
    """
    if since > as_of:
        message = f"--since {since} is after the day to look at, {as_of}"
        raise click.UsageError(message)
    books, code = load(ledger, as_of)
    rows = reports.changes(books, since)
    if form != "table":
        echo(form, books, CHANGE_COLUMNS, [asdict(row) for row in rows])
    elif rows:
        people = [
            {heading: getattr(row, column) or None for heading, column in _HEADINGS.items()}
            for row in exact(books, rows)
        ]
        click.echo(to_table(f"Changes from {since} to {as_of}", people, (), _SPARE))
    sys.exit(code)


#: The headings of the table for people, and the columns under them.
_HEADINGS = {
    "Date": "date",
    "Client": "client",
    "Contract": "contract",
    "Milestone": "milestone",
    "Change": "change",
    "From": "before",
    "To": "after",
    "Invoice": "invoice",
    "Amount": "amount",
    "": "currency",
}
#: What a narrow terminal can do without, in this order.
_SPARE = ("From", "Client", "To", "Invoice")
