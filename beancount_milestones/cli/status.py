"""The command `status`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import click

from beancount_milestones import reports
from beancount_milestones.cli.common import echo, load, print_discounts, report
from beancount_milestones.cli.milestones import table
from beancount_milestones.cli.reporting import Report
from beancount_milestones.reports import COLUMNS

if TYPE_CHECKING:
    import datetime

#: The headings for people, and the columns below them.
_COLUMNS: Final = {
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


@click.command(cls=Report)
@report
def status(ledger: str, as_of: datetime.date, form: str) -> None:
    """Every milestone: where it stands, what is billed, paid and still to come.

    \b
    Example:
      bean-milestones status books.beancount --as-of 2026-03-31
    """
    books, code = load(ledger, as_of)
    rows = reports.status(books)
    if form == "table":
        click.echo(table("Milestones", books, [(row, {}) for row in rows], _COLUMNS))
        print_discounts(books)
    else:
        echo(form, books, COLUMNS, [asdict(row) for row in rows])
    sys.exit(code)
