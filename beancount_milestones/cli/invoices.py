"""The command `invoices`."""

from __future__ import annotations

import sys
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

import click

from beancount_milestones import reports
from beancount_milestones.cli.common import load, print_discounts, report
from beancount_milestones.cli.reporting import Report
from beancount_milestones.cli.tables import Table
from beancount_milestones.reports import InvoiceRow

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping


def _colour(heading: str, row: Mapping[str, Any]) -> str:
    return "red" if heading == "Status" and row["Status"] == "overdue" else ""


_TABLE: Final = Table(
    fields=[field.name for field in fields(InvoiceRow)],
    columns={
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
    },
    sums=("Net", "Tax", "Gross", "Held", "Paid", "Open"),
    spare=("Kind", "Contracts", "Net", "Tax", "Held", "Days", "Date"),
    colour=_colour,
)


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
    _TABLE.print(form, books, f"Invoices as of {as_of}", reports.invoices(books))
    if form == "table":
        print_discounts(books)
    sys.exit(code)
