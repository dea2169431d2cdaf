"""The command `invoices`."""

from __future__ import annotations

import sys
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import click

from beancount_milestones import reports
from beancount_milestones.cli.common import echo, exact, load, report, totals
from beancount_milestones.cli.reporting import Report
from beancount_milestones.output import to_table
from beancount_milestones.reports import InvoiceRow

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping


@click.command(cls=Report)
@report
def invoices(ledger: str, as_of: datetime.date, form: str) -> None:
    """All invoices and credit notes.

    Each number with its net amount, tax and gross, what is held back of it, paid and open. Credit
    notes are negative.

    \b
    Example:
      bean-milestones invoices books.beancount --as-of 2026-03-31
    """
    books, code = load(ledger, as_of)
    rows = exact(books, reports.invoices(books))
    if form == "table":
        table = [{h: getattr(row, column) for h, column in _COLUMNS.items()} for row in rows]
        sums = totals(rows, {h: c for h, c in _COLUMNS.items() if c in _AMOUNTS})
        click.echo(to_table(f"Invoices as of {as_of}", table, sums, _SPARE, _colour))
    else:
        echo(
            form, books, [field.name for field in fields(InvoiceRow)], [asdict(row) for row in rows]
        )
    sys.exit(code)


_COLUMNS = {
    "Invoice": "invoice",
    "Kind": "kind",
    "Date": "date",
    "Due": "due",
    "Client": "client",
    "Contracts": "contracts",
    "Net": "net",
    "Tax": "tax",
    "Gross": "gross",
    "Held": "held",
    "Paid": "paid",
    "Open": "open",
    "": "currency",
    "Status": "status",
    "Days": "days",
}
_AMOUNTS = {"net", "tax", "gross", "held", "paid", "open"}
#: Left out one after the other where the terminal is narrow.
_SPARE = ("Kind", "Contracts", "Net", "Tax", "Held", "Days", "Date")


def _colour(heading: str, row: Mapping[str, Any]) -> str:
    return "red" if heading == "Status" and row["Status"] == "overdue" else ""
