"""The command `diff`."""

from __future__ import annotations

import datetime
import sys
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import click

from beancount_milestones import reports
from beancount_milestones.cli.common import Date, echo, exact, load
from beancount_milestones.cli.versions import version
from beancount_milestones.output import to_table
from beancount_milestones.reports.diff import DIFFERENCE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from beancount_milestones.cli.versions import Version
    from beancount_milestones.reports import Books
    from beancount_milestones.reports.diff import Difference


@click.command()
@click.argument("old")
@click.argument("new")
@click.option(
    "--until",
    type=Date(),
    metavar="DATE",
    help="Only what is dated by this day; exit with 1 if there is any.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="A table to read, or rows for a machine.",
)
def diff(old: str, new: str, until: datetime.date | None, form: str) -> None:
    """What two versions of a ledger say differently.

    About contract money on any day, entries that are dated back too: what contracts agree, what
    milestones book, what of them falls away or comes back, and what is booked by hand on an account
    that a contract is owed on, with what it says that it pays. OLD and NEW are ledgers, or git
    revisions: HEAD~1: is what the other file was then, HEAD~1:books.beancount another file. With
    --until, a lock: closed months must not change.

    \b
    Example:
      bean-milestones diff HEAD~1: books.beancount --until 2026-03-31
    """
    with TemporaryDirectory() as before, TemporaryDirectory() as after:
        versions = (version(old, new, Path(before)), version(new, old, Path(after)))
        (first, one), (second, two) = (_load(found) for found in versions)
        rows = reports.diff(first, second, until)
        shown = dict(zip(("removed", "added"), versions, strict=True))
        rows = exact(second, [_named(row, shown) for row in rows])
        if form != "table":
            echo(form, second, DIFFERENCE_COLUMNS, [asdict(row) for row in rows])
        elif rows:
            people = [{h: getattr(row, c) or None for h, c in _HEADINGS.items()} for row in rows]
            title = f"Differences until {until}" if until else "Differences"
            click.echo(to_table(title, people, (), _SPARE))
    sys.exit(max(one, two, int(bool(until and rows))))


#: The headings of the table for people, and the columns under them.
_HEADINGS: Final = {
    "Date": "date",
    "": "change",
    "Client": "client",
    "Contract": "contract",
    "Milestone": "milestone",
    "What": "what",
    "Invoice": "invoice",
    "Due": "due",
    "Account": "account",
    "Amount": "amount",
    " ": "currency",
}
#: Left out one after the other where the terminal is narrow.
_SPARE: Final = ("Due", "Client", "Invoice", "Milestone")


def _load(found: Version) -> tuple[Books, int]:
    def tell(file: str, line: int, message: str) -> None:
        click.echo(f"{found.shown(file)}:{line}: {message}", err=True)

    books, code = load(str(found.path), datetime.date.max, tell)
    found.check(books.options["include"])
    return books, code


def _named(row: Difference, shown: Mapping[str, Version]) -> Difference:
    """The row, with the file as the user would write it."""
    return replace(row, file=shown[row.change].shown(row.file))
