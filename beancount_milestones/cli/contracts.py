"""The commands `aging` and `contracts`."""

from __future__ import annotations

import sys
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import click

from beancount_milestones import amounts, reports
from beancount_milestones.cli.common import by_side, echo, exact, load, report, totals
from beancount_milestones.cli.reporting import Report
from beancount_milestones.output import plain, to_table
from beancount_milestones.reports import Aged, Standing

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from beancount_milestones.output import Colour


@click.command(cls=Report)
@report
def aging(ledger: str, as_of: datetime.date, form: str) -> None:
    """What is outstanding by client, and how many days overdue it is.

    \b
    Example:
      bean-milestones aging books.beancount --as-of 2026-03-31
    """
    books, code = load(ledger, as_of)
    rows = reports.aging(books)
    if form == "table":
        click.echo(_table(f"Aging as of {as_of}", exact(books, rows), _AGING, colour=_age))
    else:
        echo(form, books, [field.name for field in fields(Aged)], [asdict(row) for row in rows])
    sys.exit(code)


@click.command(cls=Report)
@report
def contracts(ledger: str, as_of: datetime.date, form: str) -> None:
    """Every contract: value, change orders, work done, bills, and what remains.

    The position is earned less billed: above zero, work that is not billed (a contract asset);
    below zero, bills ahead of the work (a contract liability). Their totals are apart.

    \b
    Example:
      bean-milestones contracts books.beancount --client acme
    """
    books, code = load(ledger, as_of)
    rows = exact(books, reports.contracts(books))
    if form == "table":
        click.echo(_table(f"Contracts as of {as_of}", rows, _CONTRACTS, _SPARE, _position))
    else:
        columns = [field.name for field in fields(Standing)]
        echo(form, books, columns, [asdict(row) for row in rows])
    sys.exit(code)


#: The headings of the tables for people, and the columns under them.
_AGING = {
    "Client": "client",
    "Not billed": "not_billed",
    "Current": "current",
    "1-30": "days_1_30",
    "31-60": "days_31_60",
    "61-90": "days_61_90",
    "Over 90": "days_over_90",
    "less unapplied": "unapplied",
    "Total": "total",
    "": "currency",
}
_CONTRACTS = {
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
}
#: What a narrow terminal can do without, in this order.
_SPARE = (
    *("Cancelled", "Changes", "Value", "Proposed", "Retention", "Client", "Paid", "Remaining"),
    *("Outstanding", "%", "Position"),
)
#: What has no total: text, percentages, and positions, which are not offset.
_NO_SUMS = frozenset({"client", "contract", "percent", "position", "currency"})
#: What positions above and below zero are, of what we sell and of what we buy.
_APART = {"": ("Contract assets", "Contract liabilities"), " to pay": ("Accrued", "Prepaid")}


def _table(
    title: str,
    rows: Sequence[Aged] | Sequence[Standing],
    headings: Mapping[str, str],
    spare: Sequence[str] = (),
    colour: Colour = plain,
) -> str:
    people = [
        # A table is easier to read where nothing is blank.
        {heading: getattr(row, column) or None for heading, column in headings.items()}
        for row in rows
    ]
    summed = {h: column for h, column in headings.items() if column not in _NO_SUMS}
    return to_table(title, people, [*totals(rows, summed), *_positions(rows)], spare, colour)


def _positions(rows: Iterable[Aged | Standing]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the totals of the positions: assets and liabilities apart (IFRS 15.105)."""
    contracts = [row for row in rows if isinstance(row, Standing)]
    for label, of_side in by_side(contracts):
        for currency in sorted({row.currency for row in of_side}):
            found = [row.position for row in of_side if row.currency == currency]
            above, below = _APART[label]
            for name, positions in (
                (above, [position for position in found if position > 0]),
                (below, [position for position in found if position < 0]),
            ):
                if positions:
                    yield name, {"Position": amounts.add(positions), "": currency}


def _age(heading: str, _row: Mapping[str, Any]) -> str:
    """What is overdue stands out, the older the more."""
    if heading in {"1-30", "31-60"}:
        return "yellow"
    return "red" if heading in {"61-90", "Over 90"} else ""


def _position(heading: str, row: Mapping[str, Any]) -> str:
    """Bills ahead of the work stand out, and so does work that is not billed."""
    if heading != "Position" or row[heading] is None:
        return ""
    return "cyan" if row[heading] > 0 else "magenta"
