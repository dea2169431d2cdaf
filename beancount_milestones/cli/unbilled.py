"""The command `unbilled`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from beancount_milestones import reports
from beancount_milestones.cli.common import load, report
from beancount_milestones.cli.milestones import print_list
from beancount_milestones.cli.reporting import Report

if TYPE_CHECKING:
    import datetime

#: The headings for people, and the columns below them.
_COLUMNS: Final = {
    "Client": "client",
    "Contract": "contract",
    "Milestone": "milestone",
    "Title": "title",
    "Days": "days",
    "Unbilled": "unbilled",
    "": "currency",
}


@click.command(cls=Report)
@report
def unbilled(ledger: str, as_of: datetime.date, form: str) -> None:
    """What is earned and not billed, the longest waiting first.

    \b
    Example:
      bean-milestones unbilled books.beancount --format csv
    """
    books, code = load(ledger, as_of)
    print_list("Unbilled", books, reports.unbilled(books), _COLUMNS, form)
    sys.exit(code)
