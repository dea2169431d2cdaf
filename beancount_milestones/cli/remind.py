"""The command `remind`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from beancount_milestones.cli.common import load
from beancount_milestones.cli.files import AS_OF, LEDGER, check_apart, save_letter, writes
from beancount_milestones.documents import mail
from beancount_milestones.documents.reminders import (
    directives,
    remarks,
    reminder_letter,
    reminders,
)
from beancount_milestones.reports.statement import UnknownClientError, client_named

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence
    from pathlib import Path

    from beancount_milestones.documents.letter import Letter
    from beancount_milestones.reports import Books


@click.command()
@writes(folder=True)
@click.option(
    "--level",
    type=click.IntRange(min=1),
    metavar="N",
    help="This level for all that is overdue.  [default: the next one, where it is due]",
)
@AS_OF
@LEDGER
@click.argument("client", required=False)
def remind(
    ledger: str,
    client: str | None,
    as_of: datetime.date,
    level: int | None,
    output: Path | None,
) -> None:
    """Reminders: a letter for each client with something due.

    One letter for all that a client has not paid, at the level that is due; of all clients, or of
    one. Nothing is sent: with FOLDER there are drafts of e-mails in it. Last come the lines that
    say in the ledger that the reminders were sent, to paste there.

    \b
    Example:
      bean-milestones remind books.beancount -o drafts
    """
    books, code = load(ledger, as_of, named=True)
    try:
        name = client and client_named(books, client)
    except UnknownClientError as unknown:
        raise click.UsageError(str(unknown)) from unknown
    levels = len(books.register.reminder_days)
    if level is not None and level > levels:
        message = f"there is no level {level}: the configuration has {levels} levels of reminders"
        raise click.UsageError(message)
    found = reminders(books, name, level)
    if not found:
        click.echo(f"Nothing to remind of on {as_of}.", err=True)
    letters = [reminder_letter(document) for document in found]
    if output:
        _save(output, letters, books)
    else:
        for letter in letters:
            click.echo(f"{letter.subject}\n\n{letter.body}")
    # Two clients may owe on one number.
    for line in dict.fromkeys(line for document in found for line in directives(document)):
        click.echo(line)
    for remark in remarks(books, found):
        click.echo(remark, err=True)
    sys.exit(code)


def _save(folder: Path, letters: Sequence[Letter], books: Books) -> None:
    """Write a draft of each letter into a folder; none, where two would be one file."""
    files = [(folder / mail.file_name(letter.name, "eml"), letter) for letter in letters]
    check_apart((letter.name, path) for path, letter in files)
    for path, letter in files:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            message = f"cannot write into '{folder}': {problem.strerror}"
            raise click.UsageError(message) from problem
        save_letter(path, letter, books)
