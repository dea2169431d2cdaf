"""The command `check`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from beancount_milestones import reports
from beancount_milestones.cli.common import echo, load, report
from beancount_milestones.output import to_table
from beancount_milestones.reports import FINDING_COLUMNS
from beancount_milestones.reports.check import KINDS, UNBILLED_DAYS

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence


@click.command()
@report
@click.option(
    "--unbilled-days",
    type=click.IntRange(min=0),
    default=UNBILLED_DAYS,
    show_default=True,
    metavar="DAYS",
    help="How long what is earned may wait for its bill.",
)
@click.option(
    "--fail-on",
    type=click.Choice([*KINDS, "any"]),
    multiple=True,
    help="Exit with 1 if there is something of this kind. May be given more than once.",
)
def check(
    ledger: str, as_of: datetime.date, form: str, unbilled_days: int, fail_on: Sequence[str]
) -> None:
    """What a careful bookkeeper looks at: facts that are no errors of the ledger.

    Late milestones, overdue invoices, what waits for its bill, proposals past their target, gaps in
    invoice numbers, credits that settle nothing, retention released beyond what was withheld,
    deposits that nothing is to draw on.

    \b
    Example:
      bean-milestones check books.beancount --fail-on overdue --fail-on number
    """
    books, code = load(ledger, as_of)
    rows = reports.check(books, unbilled_days)
    if form == "table":
        people = [
            {
                "Kind": row.kind,
                "Since": row.date,
                "Client": row.client,
                "Contract": row.contract,
                "Milestone": row.milestone,
                "What": row.message,
                "Where": f"{row.file.rpartition('/')[2]}:{row.line}",
            }
            for row in rows
        ]
        click.echo(to_table(f"Needs attention as of {as_of}", people, (), _SPARE))
    else:
        echo(form, books, FINDING_COLUMNS, [asdict(row) for row in rows])
    failed = any(row.kind in fail_on or "any" in fail_on for row in rows)
    sys.exit(max(code, int(failed)))


#: What a narrow terminal can do without, in this order.
_SPARE = ("Since", "Client", "Where")
