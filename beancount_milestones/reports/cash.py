"""Cash by month: what has come in, what is due, and what is still to be billed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones import amounts

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from beancount_milestones.receivables import Account, Key
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.forecast import Expected

#: The columns of amounts, from what is certain to what is planned.
FLOWS: Final = ("received", "due", "planned")


class Received(NamedTuple):
    """Money that came in, or that went back."""

    date: datetime.date
    client: str
    contract: str
    milestone: str
    amount: Decimal
    currency: str
    account: str


@dataclass(frozen=True, slots=True)
class Cash:
    """A month in one currency, in gross."""

    #: Like 2026-04; empty where nothing says when.
    month: str
    currency: str
    #: Paid, less what was returned.
    received: Decimal
    #: Billed and open, when it is expected.
    due: Decimal
    #: To be billed, when it is expected.
    planned: Decimal


def received(books: Books) -> list[Received]:
    """Return the money received up to the as-of date, by what it settles, the oldest first.

    Only money: no discount, credit note or set-off. A returned payment and a refund count against.
    """
    found = books.open_items()
    rows = []
    for item in found.items:
        if _is_asked(books, item.client, item.milestone, item.account):
            rows += [
                _row(item.client, item.milestone, moved.date, moved.amount, item.account)
                for moved in item.movements
                if moved.kind in {"payment", "returned"}
            ]
    for rest in found.unapplied:
        credit = rest.credit
        if _is_asked(books, credit.client, credit.milestone, credit.account):
            rows += [
                _row(credit.client, None, credit.date, amount, credit.account)
                for kind, amount in rest.parts
                if kind == "payment"
            ]
    for refund in found.refunds:
        if _is_asked(books, refund.client, None, refund.account):
            rows += [
                _row(refund.client, None, credit.date, amount, refund.account)
                for credit, kind, amount in refund.takes
                if kind == "payment"
            ]
            gone = amounts.add(amounts.negative(n) for kind, n in refund.parts if kind == "payment")
            rows.append(_row(refund.client, None, refund.entry.date, gone, refund.account))
    return sorted(rows, key=lambda row: (row.date, row.client, row.contract, row.milestone))


def _is_asked(books: Books, client: str, key: Key | None, account: Account) -> bool:
    """Whether it is asked about, and comes from a client: not what we pay."""
    return books.side_of(account) == "sell" and books.asks(client, key, account)


def _row(
    client: str, key: Key | None, date: datetime.date, amount: Decimal, account: Account
) -> Received:
    contract, milestone = key or ("", "")
    return Received(date, client, contract, milestone, amount, account.currency, account.name)


def by_month(paid: Iterable[Received], expected: Iterable[Expected]) -> list[Cash]:
    """Return the sums of each month and currency in order, what has no date last.

    Takes what is received and what is expected. What is paid and settles nothing yet is received.
    """
    sums: dict[tuple[str, str], dict[str, list[Decimal]]] = defaultdict(lambda: defaultdict(list))
    for month, currency, flow, amount in (*_received(paid), *_expected(expected)):
        sums[currency, month][flow].append(amount)

    def of(currency: str, month: str) -> Cash:
        flows = sums[currency, month]
        figures = {flow: amounts.add(flows.get(flow, ())) for flow in FLOWS}
        return Cash(month=month, currency=currency, **figures)

    order = sorted(sums, key=lambda key: (key[0], not key[1], key[1]))
    return [of(*key) for key in order]


def _received(paid: Iterable[Received]) -> Iterator[tuple[str, str, str, Decimal]]:
    """What is received by month and currency: nearly all rows are of the past, so summed first."""
    found: dict[tuple[int, int, str], list[Decimal]] = defaultdict(list)
    for row in paid:
        found[row.date.year, row.date.month, row.currency].append(row.amount)
    for (year, month, currency), some in found.items():
        yield f"{year:04}-{month:02}", currency, "received", amounts.add(some)


def _expected(expected: Iterable[Expected]) -> Iterator[tuple[str, str, str, Decimal]]:
    flows = {"outstanding": "due", "unbilled": "planned", "planned": "planned"}
    return (
        (row.month, row.currency, flows[row.kind], row.amount)
        for row in expected
        if row.kind in flows and row.side == "sell"
    )
