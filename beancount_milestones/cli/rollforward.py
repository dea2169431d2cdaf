"""The command `rollforward`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from beancount_milestones.cli.common import load, report
from beancount_milestones.cli.reporting import Report
from beancount_milestones.cli.tables import Table, between, last_day, period
from beancount_milestones.reports.rollforward import ROLLED_COLUMNS
from beancount_milestones.reports.rollforward import rollforward as rolled

if TYPE_CHECKING:
    import datetime

_TABLE: Final = Table(
    fields=ROLLED_COLUMNS,
    columns={
        "Account": "account",
        "Contract": "contract",
        "Opening": "opening",
        "Added": "added",
        "Taken": "taken",
        "Closing": "closing",
        "": "currency",
    },
    spare=("Contract",),
)


@click.command(cls=Report)
@report
@period
def rollforward(
    ledger: str,
    as_of: datetime.date,
    form: str,
    start: datetime.date | None,
    end: datetime.date | None,
) -> None:
    """Receivables and bridges over a period.

    For each contract and account of receivables, unbilled, deferred, deposits and retention:
    opening, added, taken, closing. In the signs of the ledger, and equal to it.

    \b
    Example:
      bean-milestones rollforward books.beancount --from 2026-01-01 --to 2026-03-31
    """
    last = last_day(start, end, as_of)
    books, code = load(ledger, last)
    _TABLE.print(form, books, f"Roll-forward {between(start, last)}", rolled(books, start))
    sys.exit(code)
