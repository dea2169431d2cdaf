"""The command `outstanding`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from beancount_milestones import reports
from beancount_milestones.cli.common import echo, exact, load, print_discounts, report
from beancount_milestones.cli.milestones import machine, print_list
from beancount_milestones.cli.reconcile import short
from beancount_milestones.cli.reporting import Report
from beancount_milestones.output import to_table
from beancount_milestones.reports import COLUMNS, Listed

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

#: The headings for people, and the columns below them.
_COLUMNS: Final = {
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


@click.command(cls=Report)
@report
def outstanding(ledger: str, as_of: datetime.date, form: str) -> None:
    """What is billed and not paid, the oldest due date first.

    The table ends with the receivable accounts, whole: all open items, those that no contract
    explains too, less what clients have paid and no item takes, are the balance of the account.

    \b
    Example:
      bean-milestones outstanding books.beancount --as-of 2026-03-31
    """
    books, code = load(ledger, as_of)
    listed = reports.outstanding(books)
    if form == "table":
        print_list("Outstanding", books, listed, _COLUMNS, form)
        tables = (_part_payments(listed), short(exact(books, reports.reconcile(books))))
        for table in filter(None, tables):
            click.echo("\n" + table)
        print_discounts(books)
    else:
        rows = [{**machine(item), "matches": _matches(item)} for item in listed]
        echo(form, books, (*COLUMNS, "days", "matches"), rows)
    sys.exit(code)


def _matches(item: Listed) -> str:
    """What has settled some of a row, in one field: date, kind, amount and basis of each."""
    return "; ".join(
        f"{moved.date} {moved.kind} {moved.amount:f} ({moved.basis})" for moved in item.movements
    )


def _part_payments(listed: Sequence[Listed]) -> str:
    """Return a table of what has been paid of the rows; nothing where nothing has."""
    rows = [
        {
            "Contract": item.row.contract,
            "Milestone": item.row.milestone,
            "Date": moved.date,
            "By": moved.kind,
            "Matched by": moved.basis,
            "Settled": moved.amount,
            "": item.row.currency,
        }
        for item in listed
        for moved in item.movements
    ]
    return to_table("Payments applied", rows) if rows else ""
