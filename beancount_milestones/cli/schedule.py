"""The command `schedule`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import click

from beancount_milestones.cli.common import load
from beancount_milestones.cli.files import AS_OF, LEDGER, save_letter, writes
from beancount_milestones.documents.schedule import (
    UnknownContractError,
    schedule_letter,
)
from beancount_milestones.documents.schedule import schedule as schedule_of
from beancount_milestones.output import padded, to_table

if TYPE_CHECKING:
    import datetime
    from pathlib import Path

    from beancount_milestones.documents.schedule import (
        ScheduleDocument,
        ScheduleLine,
        ScheduleTotal,
    )
    from beancount_milestones.reports import Books

_AMOUNTS: Final = ("net", "tax", "gross", "due")


@click.command()
@writes()
@AS_OF
@LEDGER
@click.argument("contract")
def schedule(ledger: str, contract: str, as_of: datetime.date, output: Path | None) -> None:
    """The payment schedule of a contract, to send with an offer.

    Of what is agreed and of what is proposed: milestones, dates, shares and amounts.

    \b
    Example:
      bean-milestones schedule books.beancount acme-brand -o acme-brand.pdf
    """
    books, code = load(ledger, as_of, named=True)
    try:
        document = schedule_of(books, contract)
    except UnknownContractError as unknown:
        raise click.UsageError(str(unknown)) from unknown
    letter = schedule_letter(document)
    if output:
        save_letter(output, letter, books)
    else:
        click.echo(_table(books, letter.name, document))
    sys.exit(code)


def _table(books: Books, name: str, document: ScheduleDocument) -> str:
    def shown(found: ScheduleLine | ScheduleTotal) -> dict[str, Any]:
        named = {column: getattr(found, column) for column in (*_AMOUNTS, "currency")}
        amounts = padded(named, books.register.places)
        return {
            "Net": amounts["net"],
            "Tax": amounts["tax"] if document.taxed else None,
            "Total": amounts["gross"],
            "Due": amounts["due"] if document.holds else None,
            "": found.currency,
        }

    rows = [
        {"Milestone": line.title, "Planned for": line.target, "%": line.share}
        | shown(line)
        | {" ": "proposed" if line.proposed else ""}
        for line in document.lines
    ]
    totals = [("Total", shown(total)) for total in document.totals]
    return to_table(f"{name}: {document.title}", rows, totals, ("Planned for",))
