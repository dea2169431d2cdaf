"""The command `ids`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from beancount_milestones.cli.common import load
from beancount_milestones.cli.files import AS_OF, LEDGER
from beancount_milestones.reports.invoices import numbered

if TYPE_CHECKING:
    import datetime


@click.command()
@AS_OF
@LEDGER
def ids(ledger: str, as_of: datetime.date) -> None:
    """Names to complete, for editors.

    Ids of contracts, contract/milestone, and numbers of invoices, a line each.

    \b
    Example:
      bean-milestones ids books.beancount
    """
    books, code = load(ledger, as_of)
    contracts = books.register.contracts.values()
    names = [contract.id for contract in contracts]
    for contract in contracts:
        names += [f"{contract.id}/{name}" for name in {**contract.milestones, **contract.proposals}]
    names += [one.number for one in numbered(books)]
    for name in dict.fromkeys(names):
        click.echo(name)
    sys.exit(code)
