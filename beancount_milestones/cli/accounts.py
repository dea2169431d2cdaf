"""The command `reconcile`, and the table of receivable accounts that ends another one."""

from __future__ import annotations

import sys
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import click

from beancount_milestones import amounts, reports
from beancount_milestones.cli.common import echo, exact, load, report, totals
from beancount_milestones.cli.reporting import Report
from beancount_milestones.output import to_table
from beancount_milestones.reports import Reconciled

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence


@click.command(cls=Report)
@report
def reconcile(ledger: str, as_of: datetime.date, form: str) -> None:
    """What explains the balance of every receivable account.

    The balance is what milestones owe on bills, what waits for a bill, and other debits, less what
    clients have paid and no item takes. Each of those payments is listed. The exit code is 1 if
    an account does not add up. An account is explained as a whole: with --client or --contract
    those accounts are shown that they are owed on.

    \b
    Example:
      bean-milestones reconcile books.beancount --as-of 2026-03-31
    """
    books, code = load(ledger, as_of)
    rows = reports.reconcile(books)
    if form == "table":
        click.echo(_tables(f"Receivable accounts as of {as_of}", exact(books, rows)))
    else:
        columns = [field.name for field in fields(Reconciled)]
        echo(form, books, columns, [asdict(row) for row in rows])
    for row in rows:
        if row.difference:
            message = f"{row.account} does not add up: {row.difference:,f} {row.currency}"
            click.echo(f"{message} are not explained", err=True)
            code = 1
    sys.exit(code)


#: The headings of the tables for people, and the columns under them.
_ACCOUNTS = {
    "Account": "account",
    "Invoiced": "invoiced",
    "Not invoiced": "uninvoiced",
    "Other": "other",
    "less unapplied": "unapplied",
    "= Balance": "balance",
    "Difference": "difference",
    "": "currency",
}
_CREDITS = {
    "Account": "account",
    "Date": "date",
    "Payee": "payee",
    "Narration": "narration",
    "Links": "links",
    "Where": "where",
    "Unapplied": "unapplied",
    "": "currency",
}
_SPARE = ("Narration", "Links", "Payee")


def _tables(title: str, rows: Sequence[Reconciled]) -> str:
    """Return the accounts with totals, and then the unapplied credits."""
    whole = [row for row in rows if row.kind == "account"]
    summed = dict(list(_ACCOUNTS.items())[1:-1])
    people = [
        {heading: getattr(row, column) or None for heading, column in _ACCOUNTS.items()}
        for row in whole
    ]
    tables = [to_table(title, people, totals(whole, summed), colour=_colour)]
    credits_ = []
    for row in rows:
        if row.kind != "account":
            values = asdict(row) | {"where": f"{row.file}:{row.line}"}
            credits_.append({heading: values[column] for heading, column in _CREDITS.items()})
    if credits_:
        tables.append(to_table("Unapplied credits", credits_, spare=_SPARE))
    return "\n\n".join(tables)


def _colour(heading: str, _row: Mapping[str, Any]) -> str:
    return "red" if heading == "Difference" else ""


def accounts(rows: Sequence[Reconciled]) -> str:
    """Return a short table of the accounts where something is open; nothing where nothing is."""
    people = []
    for row in rows:
        if row.kind == "account":
            items = amounts.add(x for x in (row.invoiced, row.uninvoiced, row.other) if x)
            if items or row.unapplied:
                people.append(
                    {
                        "Account": row.account,
                        "Open items": items,
                        "less unapplied": row.unapplied,
                        "= Balance": row.balance,
                        "": row.currency,
                    }
                )
    return to_table("Receivable accounts", people) if people else ""
