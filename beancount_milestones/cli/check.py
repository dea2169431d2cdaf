"""The command `check`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from beancount_milestones import reports
from beancount_milestones.cli.common import FORMATS, echo, load, report
from beancount_milestones.cli.reporting import Report
from beancount_milestones.output import to_table
from beancount_milestones.reports import FINDING_COLUMNS
from beancount_milestones.reports.check import KINDS, UNBILLED_DAYS

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence


#: Annotations for the workflows of GitHub.
GITHUB = "github"


@click.command(cls=Report)
@partial(report, formats=(*FORMATS, GITHUB))
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
    """What a careful bookkeeper would look at: facts, not errors.

    Late milestones, overdue invoices, what waits for its bill, proposals past their target, gaps in
    invoice numbers, credits that settle nothing, retention released beyond what was withheld,
    deposits that nothing is to draw on.

    \b
    Example:
      bean-milestones check books.beancount --fail-on overdue --fail-on number
      bean-milestones check books.beancount --format github
    """
    books, code = load(ledger, as_of, *([_annotated_error] if form == GITHUB else []))
    rows = reports.check(books, unbilled_days)
    if form == GITHUB:
        for row in rows:
            level = "error" if row.kind in fail_on or "any" in fail_on else "warning"
            click.echo(annotation(level, row.file, row.line, row.message, row.kind))
    elif form == "table":
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


def _annotated_error(file: str, line: int, message: str) -> None:
    click.echo(annotation("error", file, line, message, "ledger"))


def annotation(level: str, file: str, line: int, message: str, title: str) -> str:
    """Return a command for the workflows of GitHub, which shows the message beside the line.

    The file is relative to the working folder, where the checkout is.
    """
    path = Path(file)
    here = Path.cwd()
    shown = path.relative_to(here) if path.is_relative_to(here) else path

    def escaped(text: str, signs: str) -> str:
        return "".join(f"%{ord(c):02X}" if c in signs else c for c in text)

    named = {"file": str(shown), "line": str(line), "title": title}
    values = ",".join(f"{key}={escaped(value, _NAMED)}" for key, value in named.items())
    return f"::{level} {values}::{escaped(message, _SIGNS)}"


#: What would end a message, and what would end a value in front of it.
_SIGNS = "%\r\n"
_NAMED = f"{_SIGNS}:,"
#: What a narrow terminal can do without, in this order.
_SPARE = ("Since", "Client", "Where")
