"""The command `reconcile`, and the table of receivable accounts that ends another one."""

from __future__ import annotations

import sys
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Final

import click

from beancount_milestones import amounts, reports
from beancount_milestones.cli.common import exact, load, report
from beancount_milestones.cli.reporting import Report
from beancount_milestones.cli.tables import Table
from beancount_milestones.output import to_table
from beancount_milestones.reports import Reconciled

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence


def _colour(heading: str, _row: Mapping[str, Any]) -> str:
    return "red" if heading == "Difference" else ""


_AMOUNTS: Final = {
    "Invoiced": "invoiced",
    "Not invoiced": "uninvoiced",
    "Other": "other",
    "less unapplied": "unapplied",
    "= Balance": "balance",
    "Difference": "difference",
}
_TABLE: Final = Table(
    fields=[field.name for field in fields(Reconciled)],
    columns={"Account": "account", **_AMOUNTS, "": "currency"},
    sums=tuple(_AMOUNTS),
    colour=_colour,
    zeros=False,
)
#: Below it, what nobody has said what it is for.
_CREDITS: Final = {
    "Account": "account",
    "Date": "date",
    "Payee": "payee",
    "Narration": "narration",
    "Links": "links",
    "Where": "where",
    "Unapplied": "unapplied",
    "": "currency",
}


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
        _TABLE.echo(form, books, rows)
    for row in rows:
        if row.difference:
            message = f"{row.account} does not add up: {row.difference:,f} {row.currency}"
            click.echo(f"{message} are not explained", err=True)
            code = 1
    sys.exit(code)


def _tables(title: str, rows: Sequence[Reconciled]) -> str:
    """Return the accounts with totals, and then the unapplied credits."""
    tables = [_TABLE.text(title, [row for row in rows if row.kind == "account"])]
    credits_ = []
    for row in rows:
        if row.kind != "account":
            values = asdict(row) | {"where": f"{row.file}:{row.line}"}
            credits_.append({heading: values[column] for heading, column in _CREDITS.items()})
    if credits_:
        spare = ("Narration", "Links", "Payee")
        tables.append(to_table("Unapplied credits", credits_, spare=spare))
    return "\n\n".join(tables)


def short(rows: Sequence[Reconciled]) -> str:
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
