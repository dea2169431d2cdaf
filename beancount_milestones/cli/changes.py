"""The command `changes`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from beancount_milestones import reports
from beancount_milestones.cli.common import Date, load, report
from beancount_milestones.cli.reporting import News
from beancount_milestones.cli.tables import Table
from beancount_milestones.reports import CHANGE_COLUMNS

if TYPE_CHECKING:
    import datetime

_TABLE: Final = Table(
    fields=CHANGE_COLUMNS,
    columns={
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
    },
    spare=("From", "Client", "To", "Invoice"),
    zeros=False,
)


@click.command(cls=News)
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
    if rows or form != "table":
        _TABLE.print(form, books, f"Changes from {since} to {as_of}", rows)
    sys.exit(code)
