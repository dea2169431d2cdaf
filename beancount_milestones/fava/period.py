"""The view of a period: what each account of a contract got and gave, and the tax."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.fava.frame import Spot
from beancount_milestones.reports.rollforward import rollforward
from beancount_milestones.reports.taxes import taxes

if TYPE_CHECKING:
    from decimal import Decimal

    from beancount_milestones.fava.frame import View
    from beancount_milestones.reports.taxes import Taxed


class TaxSum(NamedTuple):
    """The tax of an account in the period: booked, and in what was paid."""

    account: str
    rate: str
    currency: str
    booked: Decimal
    paid: Decimal


def period(view: View) -> dict[str, Any]:
    """Return the roll-forward and the taxes of the time filter."""
    rolled = [
        row
        for row in rollforward(view.books, view.start)
        if view.keep(Spot(row.contract, "", row.account))
    ]
    return {"rolled": rolled, "taxes": _taxes(view)}


def _taxes(view: View) -> list[TaxSum]:
    sums: dict[tuple[str, str, str], list[list[Decimal]]] = defaultdict(lambda: [[], []])

    def add(rows: list[Taxed], at: int) -> None:
        for row in rows:
            sums[row.account, row.rate, row.currency][at].append(row.tax)

    add(taxes(view.books, view.start), 0)
    add(taxes(view.books, view.start, "cash"), 1)
    return [
        TaxSum(*key, *(amounts.add(found) for found in both)) for key, both in sorted(sums.items())
    ]
