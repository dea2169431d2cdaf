"""The commands that write documents: `invoice`, `calendar`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from beancount_milestones.cli.common import Date, load
from beancount_milestones.documents import mail
from beancount_milestones.documents.calendar import calendar as calendar_of
from beancount_milestones.documents.einvoice import IncompleteError
from beancount_milestones.documents.making import UnknownNumberError, invoice_documents
from beancount_milestones.documents.text import to_text
from beancount_milestones.documents.writers import WRITERS
from beancount_milestones.receivables import fold
from beancount_milestones.reports import today

if TYPE_CHECKING:
    import datetime

    from beancount_milestones.documents.model import InvoiceDocument
    from beancount_milestones.documents.writers import Syntax
    from beancount_milestones.reports import Books

_LEDGER = click.argument(
    "ledger", type=click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True)
)
_AS_OF = click.option(
    "--as-of",
    type=Date(),
    default=today,
    metavar="DATE",
    help="What is paid by this day.  [default: today]",
)


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help=f"Write this file; its ending says how: {', '.join(WRITERS)}.",
)
@click.option(
    "--syntax",
    type=click.Choice(["cii", "ubl"]),
    default="cii",
    show_default=True,
    help="The syntax of an e-invoice.",
)
@click.option("--client", metavar="NAME", help="Where a number is on invoices of several clients.")
@_AS_OF
@_LEDGER
@click.argument("number")
def invoice(  # noqa: PLR0913, PLR0917 - as the options are
    ledger: str,
    number: str,
    as_of: datetime.date,
    client: str | None,
    syntax: Syntax,
    output: Path | None,
) -> None:
    """An invoice or a credit note, by its number, to read or to send.

    Without FILE it is printed as text. An e-invoice (.xml) follows EN 16931; an e-mail (.eml) is a
    draft, and is never sent from here.

    \b
    Example:
      bean-milestones invoice books.beancount INV-042 -o INV-042.xml
    """
    books, code = load(ledger, as_of)
    found = _named(books, number, client)
    if output is None:
        click.echo("\n\n".join(to_text(document) for document in found))
        sys.exit(code)
    if len(found) > 1:
        names = " and ".join(f"'{document.client.name}'" for document in found)
        message = f"'{number}' is on invoices of {names}: say which with --client"
        raise click.UsageError(message)
    write = WRITERS.get(output.suffix.lower())
    if write is None:
        message = f"cannot write '{output}': the ending is one of {', '.join(WRITERS)}"
        raise click.UsageError(message)
    document = found[0]
    try:
        save(output, write(document, syntax))
    except IncompleteError as incomplete:
        click.echo(f"'{output}' is not written:", err=True)
        for sentence in incomplete.sentences:
            click.echo(f"  {sentence}", err=True)
        sys.exit(1)
    if output.suffix.lower() == ".eml":
        for sentence in mail.missing(document):
            click.echo(sentence, err=True)
    sys.exit(code)


def _named(books: Books, number: str, client: str | None) -> list[InvoiceDocument]:
    try:
        found = invoice_documents(books, number)
    except UnknownNumberError as unknown:
        raise click.UsageError(str(unknown)) from unknown
    if client is None:
        return found
    asked = fold(books.clients.resolve(client) or client)
    mine = [one for one in found if fold(one.client.name) == asked or fold(one.payer) == asked]
    if not mine:
        message = f"'{number}' is not an invoice of '{client}'"
        raise click.UsageError(message)
    return mine


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write this file, such as dates.ics.",
)
@_AS_OF
@_LEDGER
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
        save(output, content)
    sys.exit(code)


def save(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; one that cannot be written is bad usage."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as problem:
        part.unlink(missing_ok=True)
        message = f"cannot write '{path}': {problem.strerror or problem}"
        raise click.UsageError(message) from problem
