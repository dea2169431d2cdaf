"""The commands `status`, `unbilled` and `outstanding`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from beancount_milestones import reports
from beancount_milestones.cli.accounts import accounts
from beancount_milestones.cli.common import by_side, echo, exact, load, report
from beancount_milestones.cli.reporting import Report
from beancount_milestones.output import to_table
from beancount_milestones.reports import AMOUNTS, COLUMNS, Books, Listed, Row

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Mapping, Sequence


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
        click.echo(_table("Milestones", books, [(row, {}) for row in rows], _STATUS))
    else:
        echo(form, books, COLUMNS, [asdict(row) for row in rows])
    sys.exit(code)


@click.command(cls=Report)
@report
def unbilled(ledger: str, as_of: datetime.date, form: str) -> None:
    """What is earned and not billed, the longest waiting first.

    \b
    Example:
      bean-milestones unbilled books.beancount --format csv
    """
    books, code = load(ledger, as_of)
    _list("Unbilled", books, reports.unbilled(books), _UNBILLED, form)
    sys.exit(code)


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
        _list("Outstanding", books, listed, _OUTSTANDING, form)
        tables = (_part_payments(listed), accounts(exact(books, reports.reconcile(books))))
        for table in filter(None, tables):
            click.echo("\n" + table)
    else:
        rows = [{**_machine(item), "matches": _matches(item)} for item in listed]
        echo(form, books, (*COLUMNS, "days", "matches"), rows)
    sys.exit(code)


#: The headings of the tables for people, and the columns under them.
_STATUS = {
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
_UNBILLED = {
    "Client": "client",
    "Contract": "contract",
    "Milestone": "milestone",
    "Title": "title",
    "Days": "days",
    "Unbilled": "unbilled",
    "": "currency",
}
_OUTSTANDING = {
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
#: The colours of a status, in a terminal.
_COLOURS = {
    "overdue": "red",
    "outstanding": "yellow",
    "unbilled": "cyan",
    "paid": "green",
}
#: What a narrow terminal can do without, in this order.
_SPARE = (
    "Title",
    "Retention",
    "Remaining",
    "Billed",
    "Client",
    "Paid",
    "Amount",
    "Due",
    "Invoice",
)


def _list(
    title: str, books: Books, listed: Sequence[Listed], headings: Mapping[str, str], form: str
) -> None:
    if form == "table":
        rows = [(item.row, {"days": item.days}) for item in listed]
        click.echo(_table(title, books, rows, headings))
    else:
        echo(form, books, (*COLUMNS, "days"), [_machine(item) for item in listed])


def _machine(item: Listed) -> dict[str, Any]:
    return asdict(item.row) | {"days": item.days}


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


def _table(
    title: str,
    books: Books,
    rows: Sequence[tuple[Row, dict[str, Any]]],
    headings: Mapping[str, str],
) -> str:
    """Return the rows, each with what it has besides, under the headings for people."""
    people = []
    for row, more in rows:
        values = asdict(exact(books, [row])[0]) | more
        if row.late:
            values["status"] += ", late"
        people.append(
            # A table is easier to read where nothing is blank.
            {heading: values[column] or None for heading, column in headings.items()}
        )
    shown = exact(books, [row for row, _ in rows])
    firm = [row for row in shown if row.status != "proposed"]
    proposed = [row for row in shown if row.status == "proposed"]
    totals = [
        line
        for label, found in (("Total", firm), ("Proposed", proposed))
        for side, of_side in by_side(found)
        for line in _totals(label + side, of_side, headings)
    ]
    return to_table(f"{title} as of {books.as_of}", people, totals, _SPARE, _colour)


def _colour(heading: str, row: Mapping[str, Any]) -> str:
    """What is overdue stands out."""
    if heading == "Status":
        word, _, late = row[heading].partition(", ")
        return _COLOURS.get(word, "magenta" if late else "")
    return _COLOURS["overdue"] if heading == "Overdue" else ""


def _totals(
    label: str, rows: Sequence[Row], headings: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a line of totals for each currency."""
    sums = {
        heading: reports.totals(rows, column)
        for heading, column in headings.items()
        if column in AMOUNTS
    }
    for currency in sorted({row.currency for row in rows}):
        amounts = {heading: found.get(currency) for heading, found in sums.items()}
        yield label, {**amounts, "": currency}
