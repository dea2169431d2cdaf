"""The command `forecast`."""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from beancount_milestones import amounts, reports
from beancount_milestones.cli.common import by_side, echo, exact, load, report
from beancount_milestones.cli.reporting import Report
from beancount_milestones.output import to_table
from beancount_milestones.reports import FORECAST_COLUMNS, Expected
from beancount_milestones.reports.forecast import KINDS

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Sequence
    from decimal import Decimal


@click.command(cls=Report)
@report
def forecast(ledger: str, as_of: datetime.date, form: str) -> None:
    """What will come in, month by month, if clients go on paying as they have.

    An invoice is expected when it is due, what is unbilled as if it were billed today, what is
    planned as if it were billed on its target: each as many days later as the client usually pays.
    What nothing gives a date to is undated. Proposals are left out.

    \b
    Example:
      bean-milestones forecast books.beancount --as-of 2026-03-31
    """
    books, code = load(ledger, as_of)
    rows = exact(books, reports.forecast(books))
    if form != "table":
        echo(form, books, FORECAST_COLUMNS, [asdict(row) for row in rows])
    else:
        sell, buy = (of_side for _, of_side in by_side(rows))
        click.echo(_tables(f"Expected cash as of {as_of}", sell))
        if buy:
            click.echo("\n" + _tables(f"Expected to pay as of {as_of}", buy))
    sys.exit(code)


#: What a narrow terminal can do without, in this order.
_SPARE = ("Habit", "Invoice", "Client", "Date")


def _tables(title: str, rows: Sequence[Expected]) -> str:
    """Return the sums by month, and what they are made of."""
    table = to_table(title, _months(rows), _totals(rows))
    details = to_table("What it is made of", _details(rows), (), _SPARE)
    return f"{table}\n\n{details}" if rows else table


def _months(rows: Iterable[Expected]) -> list[dict[str, Any]]:
    """The amounts by month and currency; what has no date comes last."""
    found: dict[tuple[str, str], list[Expected]] = defaultdict(list)
    for row in rows:
        found[row.month or "undated", row.currency].append(row)
    return [
        {"Month": month, **_sums(of_month), "": currency}
        for (month, currency), of_month in sorted(found.items())
    ]


def _totals(rows: Sequence[Expected]) -> list[tuple[str, dict[str, Any]]]:
    return [
        ("Total", {**_sums([r for r in rows if r.currency == currency]), "": currency})
        for currency in sorted({row.currency for row in rows})
    ]


def _sums(rows: Sequence[Expected]) -> dict[str, Decimal | None]:
    """The sum of each kind, where there is any, and of all."""
    by_kind = {kind: [row.amount for row in rows if row.kind == kind] for kind in KINDS}
    sums = {
        kind.capitalize(): amounts.add(figures) if figures else None
        for kind, figures in by_kind.items()
    }
    return {**sums, "Expected": amounts.add(row.amount for row in rows)}


def _details(rows: Iterable[Expected]) -> list[dict[str, Any]]:
    return [
        {
            "Date": row.date or "undated",
            "Client": row.client,
            "Contract": row.contract,
            "Milestone": row.milestone,
            "Invoice": row.invoice,
            "Kind": row.kind,
            "Habit": None if row.habit is None else f"{row.habit:+d} days".replace("+0", "0"),
            "Amount": row.amount,
            "": row.currency,
        }
        for row in rows
    ]
