"""The command `print`."""

from __future__ import annotations

import datetime
import sys

import click

from beancount_milestones import export
from beancount_milestones.cli.common import load


@click.command("print")
@click.argument(
    "ledger", type=click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True)
)
def print_(ledger: str) -> None:
    """What the plugin books, as a ledger file: for leaving the plugin with the same balances.

    The file begins with the steps to take. The contracts stand in it as notes.

    \b
    Example:
      bean-milestones print books.beancount > milestones.beancount
    """
    books, code = load(ledger, datetime.date.max, named=True)
    click.echo(export.text(books.register, books.options), nl=False)
    sys.exit(code)
