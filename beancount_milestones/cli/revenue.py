"""The command `revenue`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from beancount_milestones.cli.common import load, report
from beancount_milestones.cli.reporting import Report
from beancount_milestones.cli.tables import Table
from beancount_milestones.reports.revenue import REVENUE_COLUMNS
from beancount_milestones.reports.revenue import revenue as by_month

if TYPE_CHECKING:
    import datetime

_TABLE: Final = Table(
    fields=REVENUE_COLUMNS,
    columns={
        "Month": "month",
        "Client": "client",
        "Contract": "contract",
        "Recognised": "recognised",
        "Expected": "expected",
        "": "currency",
    },
    sums=("Recognised", "Expected"),
    spare=("Client",),
)


@click.command(cls=Report)
@report
def revenue(ledger: str, as_of: datetime.date, form: str) -> None:
    """Revenue by month, and what is to come.

    What was recognised in each month, and what is still to be, in the month of its target. Net of
    tax (IFRS 15.120).

    \b
    Example:
      bean-milestones revenue books.beancount --as-of 2026-03-31
    """
    books, code = load(ledger, as_of)
    _TABLE.print(form, books, f"Revenue as of {as_of}", by_month(books))
    sys.exit(code)
