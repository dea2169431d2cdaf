"""The command `contracts`."""

from __future__ import annotations

import sys
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

import click

from beancount_milestones import amounts, reports
from beancount_milestones.cli.common import by_side, exact, load, report
from beancount_milestones.cli.reporting import Report
from beancount_milestones.cli.tables import Table
from beancount_milestones.reports import Standing

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Mapping

#: What positions above and below zero are, of what we sell and of what we buy.
_APART = {"": ("Contract assets", "Contract liabilities"), " to pay": ("Accrued", "Prepaid")}


def _position(heading: str, row: Mapping[str, Any]) -> str:
    """Bills ahead of the work stand out, and so does work that is not billed."""
    if heading != "Position" or row[heading] is None:
        return ""
    return "cyan" if row[heading] > 0 else "magenta"


#: Percentages and positions have no total: positions are not offset.
_TABLE: Final = Table(
    fields=[field.name for field in fields(Standing)],
    columns={
        "Client": "client",
        "Contract": "contract",
        "Value": "value",
        "Changes": "changes",
        "Cancelled": "cancelled",
        "Total": "total",
        "Earned": "earned",
        "%": "percent",
        "Billed": "billed",
        "Paid": "paid",
        "Outstanding": "outstanding",
        "Retention": "retention",
        "Remaining": "remaining",
        "Position": "position",
        "Proposed": "proposed",
        "": "currency",
    },
    sums=(
        *("Value", "Changes", "Cancelled", "Total", "Earned", "Billed", "Paid", "Outstanding"),
        *("Retention", "Remaining", "Proposed"),
    ),
    spare=(
        *("Cancelled", "Changes", "Value", "Proposed", "Retention", "Client", "Paid", "Remaining"),
        *("Outstanding", "%", "Position"),
    ),
    colour=_position,
    zeros=False,
)


@click.command(cls=Report)
@report
def contracts(ledger: str, as_of: datetime.date, form: str) -> None:
    """Every contract: value, change orders, work done, bills, and what remains.

    The position is earned less billed: above zero, work that is not billed (a contract asset);
    below zero, bills ahead of the work (a contract liability). Of what we buy it is accrued, or
    prepaid. Their totals are apart.

    \b
    Example:
      bean-milestones contracts books.beancount --client acme
    """
    books, code = load(ledger, as_of)
    rows = exact(books, reports.contracts(books))
    if form == "table":
        click.echo(_TABLE.text(f"Contracts as of {as_of}", rows, _positions(rows)))
    else:
        _TABLE.echo(form, books, rows)
    sys.exit(code)


def _positions(rows: Iterable[Standing]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the totals of the positions: assets and liabilities apart (IFRS 15.105)."""
    for label, of_side in by_side(rows):
        for currency in sorted({row.currency for row in of_side}):
            found = [row.position for row in of_side if row.currency == currency]
            above, below = _APART[label]
            for name, positions in (
                (above, [position for position in found if position > 0]),
                (below, [position for position in found if position < 0]),
            ):
                if positions:
                    yield name, {"Position": amounts.add(positions), "": currency}
