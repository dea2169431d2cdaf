"""The command `withheld`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from beancount_milestones.cli.common import load, report
from beancount_milestones.cli.reporting import Report
from beancount_milestones.cli.tables import Table
from beancount_milestones.reports.withheld import WITHHELD_COLUMNS
from beancount_milestones.reports.withheld import withheld as by_year

if TYPE_CHECKING:
    import datetime

_TABLE: Final = Table(
    fields=WITHHELD_COLUMNS,
    columns={
        "Client": "client",
        "Year": "year",
        "Payments": "payments",
        "Withheld": "amount",
        "": "currency",
    },
    sums=("Withheld",),
)


@click.command(cls=Report)
@report
def withheld(ledger: str, as_of: datetime.date, form: str) -> None:
    """Tax withheld by clients, by year.

    What clients kept as tax, of payments or on the invoice: on accounts that say settles-as:
    "withholding".

    \b
    Example:
      bean-milestones withheld books.beancount --as-of 2026-12-31
    """
    books, code = load(ledger, as_of)
    _TABLE.print(form, books, f"Tax withheld as of {as_of}", by_year(books))
    sys.exit(code)
