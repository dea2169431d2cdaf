"""The command `statement`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from beancount_milestones import reports
from beancount_milestones.cli.common import (
    Date,
    echo,
    exact,
    load,
    plain_report,
    print_discounts,
)
from beancount_milestones.cli.files import save_letter, writes
from beancount_milestones.cli.reporting import Report
from beancount_milestones.cli.several import UnknownNameError
from beancount_milestones.documents.statement import statement_letter
from beancount_milestones.output import to_table
from beancount_milestones.reports import (
    STATEMENT_COLUMNS,
    StatementLine,
    SupplierError,
    UnknownClientError,
)

if TYPE_CHECKING:
    import datetime
    from pathlib import Path


class _Statement(Report):
    """A report whose last word is the name of a client."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Miss the client, not the ledger, where there is only one word."""
        words = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.MissingParameter as missing:
            # Click takes the last word for the client, also where it is the only one.
            written, _, _ = self.make_parser(ctx).parse_args(words)
            if isinstance(written.get("client"), str):
                missing.param = next(p for p in self.get_params(ctx) if p.name == "client")
            raise


@click.command(cls=_Statement)
@plain_report
@click.argument("client")
@click.option(
    "--from",
    "start",
    type=Date(),
    metavar="DATE",
    help="The first day of the period.  [default: the beginning]",
)
@click.option("--open", "only_open", is_flag=True, help="Only what is not paid.")
@writes()
def statement(  # noqa: PLR0913, PLR0917 - its options
    ledger: str,
    as_of: datetime.date,
    form: str,
    client: str,
    start: datetime.date | None,
    only_open: bool,  # noqa: FBT001 - an option
    output: Path | None,
) -> None:
    """Client statement: invoices, payments, balance.

    What a CLIENT owed, was charged, has paid and owes, in each currency. Work that is not invoiced
    yet is not on it. The name is matched as people read it: without case and accents written
    either way.

    \b
    Example:
      bean-milestones statement books.beancount Acme --from 2026-01-01 --as-of 2026-03-31
      bean-milestones statement books.beancount Acme --open -o acme.pdf
    """
    if start and start > as_of:
        message = f"--from {start} is after the end of the period, {as_of}"
        raise click.UsageError(message)
    books, code = load(ledger, as_of, named=True)
    try:
        if output:
            letter = statement_letter(books, client, start, only_open=only_open)
            save_letter(output, letter, books)
            sys.exit(code)
        if only_open:
            entries = reports.open_statement(books, client)
        else:
            entries = reports.statement(books, client, start)
    except SupplierError as supplier:
        message = f"'{output}' is not written: {supplier}; leave out -o to read what we owe"
        raise UnknownNameError(message, code) from supplier
    except UnknownClientError as unknown:
        raise UnknownNameError(str(unknown), code) from unknown
    if form == "table":
        name = entries[0].client if entries else client
        click.echo(
            to_table(
                f"Statement of account for {name} as of {as_of}",
                [_shown(entry) for entry in exact(books, entries)],
                (),
                _SPARE,
            )
        )
        print_discounts(books, {entry.invoice for entry in entries})
    else:
        echo(form, books, STATEMENT_COLUMNS, [asdict(entry) for entry in entries])
    sys.exit(code)


#: What a narrow terminal can do without, in this order.
_SPARE = ("What for", "Due", "Invoice")


def _shown(entry: StatementLine) -> dict[str, Any]:
    return {
        "Date": entry.date,
        "": entry.kind,
        "Invoice": entry.invoice,
        "What for": entry.text,
        "Due": entry.due,
        "Charged": entry.charged,
        "Settled": entry.settled,
        "Balance": entry.balance,
        " ": entry.currency,
    }
