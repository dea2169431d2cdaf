"""The command `invoice`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from beancount_milestones.cli.common import load
from beancount_milestones.cli.files import AS_OF, LEDGER, check_apart, ending_of, save, tell
from beancount_milestones.documents import mail
from beancount_milestones.documents.einvoice import IncompleteError
from beancount_milestones.documents.extras import MissingExtraError
from beancount_milestones.documents.html import TemplateError
from beancount_milestones.documents.layout import Layout
from beancount_milestones.documents.making import UnknownNumberError, invoice_documents
from beancount_milestones.documents.text import to_text
from beancount_milestones.documents.writers import WRITERS, remarks
from beancount_milestones.parties import fold

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from beancount_milestones.documents.model import InvoiceDocument
    from beancount_milestones.documents.writers import Syntax
    from beancount_milestones.reports import Books

#: In the name of a file, the number of each invoice.
_NUMBER: Final = "{number}"


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
@AS_OF
@LEDGER
@click.argument("numbers", nargs=-1, required=True, metavar="NUMBER...")
def invoice(  # noqa: PLR0913, PLR0917 - as the options are
    ledger: str,
    numbers: tuple[str, ...],
    as_of: datetime.date,
    client: str | None,
    syntax: Syntax,
    output: Path | None,
) -> None:
    """An invoice or a credit note, by its number, to read or to send.

    Without FILE it is printed as text. A PDF has the e-invoice inside (EN 16931, Factur-X) where
    the ledger says all that it needs. An e-mail (.eml) is a draft, and is never sent from here. Of
    several numbers each has a file of its own: {number} in its name is the number.

    \b
    Example:
      bean-milestones invoice books.beancount INV-042 -o INV-042.pdf
    """
    books, code = load(ledger, as_of, named=True)
    found = [_named(books, number, client) for number in numbers]
    if output is None:
        click.echo("\n\n".join(to_text(document) for same in found for document in same))
        sys.exit(code)
    ending = ending_of(output, WRITERS)
    if len(numbers) > 1 and _NUMBER not in output.name:
        message = f"a file for each of {len(numbers)} invoices: put {_NUMBER} into its name"
        raise click.UsageError(message)
    layout = Layout.of(books)
    files = [
        (one, output.with_name(output.name.replace(_NUMBER, mail.file_name(one.number))))
        for one in map(_only, found)
    ]
    check_apart((document.number, path) for document, path in files)
    for document, path in files:
        try:
            save(path, WRITERS[ending](document, layout, syntax))
        except IncompleteError as incomplete:
            tell(f"'{path}' is not written:", incomplete.sentences)
            code = 1
        except (MissingExtraError, TemplateError) as problem:
            message = f"'{path}' is not written: {problem}"
            raise click.UsageError(message) from problem
        else:
            tell(f"'{path}' is written, but:", [*remarks(ending, document, layout)])
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


def _only(same: Sequence[InvoiceDocument]) -> InvoiceDocument:
    """The one document of a number; several are bad usage."""
    if len(same) > 1:
        names = " and ".join(f"'{document.client.name}'" for document in same)
        message = f"'{same[0].number}' is on invoices of {names}: say which with --client"
        raise click.UsageError(message)
    return same[0]
