"""The command `calendar`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from beancount_milestones.cli.common import load
from beancount_milestones.cli.files import AS_OF, LEDGER, ending_of, save
from beancount_milestones.documents.calendar import calendar as calendar_of

if TYPE_CHECKING:
    import datetime


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write this file, such as dates.ics.",
)
@AS_OF
@LEDGER
def calendar(ledger: str, as_of: datetime.date, output: Path | None) -> None:
    """Due dates, targets, acceptances and next reminders, for a calendar.

    \b
    Example:
      bean-milestones calendar books.beancount -o dates.ics
    """
    books, code = load(ledger, as_of)
    content = calendar_of(books)
    if output is None:
        click.echo(content, nl=False)
    else:
        ending_of(output, (".ics",))
        save(output, content)
    sys.exit(code)
