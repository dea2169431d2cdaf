"""The command `taxes`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from beancount_milestones.cli.common import load, plain_report
from beancount_milestones.cli.reporting import Report
from beancount_milestones.cli.tables import Table, between, last_day, period
from beancount_milestones.reports.taxes import BASES, TAXED_COLUMNS, Basis
from beancount_milestones.reports.taxes import taxes as taxed

if TYPE_CHECKING:
    import datetime

_TABLE: Final = Table(
    fields=TAXED_COLUMNS,
    columns={
        "Date": "date",
        "Account": "account",
        "Rate": "rate",
        "Client": "client",
        "Contract": "contract",
        "Invoice": "invoice",
        "Tax": "tax",
        "": "currency",
    },
    spare=("Contract", "Client"),
)


@click.command(cls=Report)
@plain_report
@period
@click.option(
    "--basis",
    type=click.Choice(BASES),
    default="booked",
    show_default=True,
    help="What is booked, or the tax in what was paid.",
)
def taxes(  # noqa: PLR0913, PLR0917 - its options
    ledger: str,
    as_of: datetime.date,
    form: str,
    start: datetime.date | None,
    end: datetime.date | None,
    basis: Basis,
) -> None:
    """Tax of a period, booked or paid.

    What the ledger booked on each tax account, hand-written transactions too: by rate, contract and
    invoice. On the cash basis, the tax in each payment.

    \b
    Example:
      bean-milestones taxes books.beancount --from 2026-01-01 --to 2026-03-31 --basis cash
    """
    last = last_day(start, end, as_of)
    books, code = load(ledger, last)
    _TABLE.print(form, books, f"Tax {between(start, last)}, {basis}", taxed(books, start, basis))
    sys.exit(code)
