"""The command `aging`."""

from __future__ import annotations

import sys
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

import click

from beancount_milestones import reports
from beancount_milestones.cli.common import load, report
from beancount_milestones.cli.reporting import Report
from beancount_milestones.cli.tables import Table
from beancount_milestones.reports import Aged

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping


def _age(heading: str, _row: Mapping[str, Any]) -> str:
    """What is overdue stands out, the older the more."""
    if heading in {"1-30", "31-60"}:
        return "yellow"
    return "red" if heading in {"61-90", "Over 90"} else ""


_AMOUNTS: Final = {
    "Not billed": "not_billed",
    "Current": "current",
    "1-30": "days_1_30",
    "31-60": "days_31_60",
    "61-90": "days_61_90",
    "Over 90": "days_over_90",
    "less unapplied": "unapplied",
    "Total": "total",
}
_TABLE: Final = Table(
    fields=[field.name for field in fields(Aged)],
    columns={"Client": "client", **_AMOUNTS, "": "currency"},
    sums=tuple(_AMOUNTS),
    colour=_age,
    zeros=False,
)


@click.command(cls=Report)
@report
def aging(ledger: str, as_of: datetime.date, form: str) -> None:
    """What is outstanding by client, and how many days overdue it is.

    \b
    Example:
      bean-milestones aging books.beancount --as-of 2026-03-31
    """
    books, code = load(ledger, as_of)
    _TABLE.print(form, books, f"Aging as of {as_of}", reports.aging(books))
    sys.exit(code)
