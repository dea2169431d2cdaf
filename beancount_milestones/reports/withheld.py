"""Tax that clients have withheld, by client and year: what to ask for certificates of."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from beancount_milestones import amounts
from beancount_milestones.reports.slices import slices

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from beancount_milestones.legs import Leg
    from beancount_milestones.receivables import Credit
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.slices import Slice


@dataclass(frozen=True, slots=True)
class Withheld:
    """What a client has withheld in a year; on the buy side, what we have withheld."""

    client: str
    year: int
    currency: str
    amount: Decimal
    #: How many payments it is in, or invoices where it is a posting of the contract.
    payments: int
    side: str


WITHHELD_COLUMNS: Final = tuple(column.name for column in fields(Withheld))


def withheld(books: Books) -> list[Withheld]:
    """Return what was withheld by the as-of date, by client and year."""
    sums: dict[tuple[str, str, int, str], list[tuple[object, Decimal]]] = defaultdict(list)
    for client, credit, amount in _with_payments(books):
        side = books.side_of(credit.account)
        key = (side, client, credit.date.year, credit.account.currency)
        sums[key].append((id(credit.entry), amount))
    for part, leg, amount in _on_invoices(books):
        contract, date = part.contract, part.step.date
        key = (contract.side, contract.client, date.year, leg.currency)
        sums[key].append((part.step.number or id(part.step.entry), amount))
    return [
        Withheld(
            client=client,
            year=year,
            currency=currency,
            amount=amounts.add(amount for _, amount in found),
            payments=len({entry for entry, _ in found}),
            side=side,
        )
        for (side, client, year, currency), found in sorted(
            sums.items(), key=lambda pair: (pair[0][0] == "buy", pair[0][1:])
        )
    ]


def _on_invoices(books: Books) -> Iterator[tuple[Slice, Leg, Decimal]]:
    """What is withheld of each invoice: a posting of the contract on an account for it."""
    for part in slices(books.register, books.as_of):
        if books.asks_contract(part.contract):
            for leg, amount in part.legs:
                if books.roles.of(part.contract, leg) == "withheld":
                    yield part, leg, part.turned(amount)


def _with_payments(books: Books) -> Iterator[tuple[str, Credit, Decimal]]:
    """What is withheld in each credit, whether it settles something or not."""
    found = books.open_items()
    for item in found.items:
        for match in item.matches:
            if match.kind == "withholding" and books.asks(
                item.client, item.milestone, item.account
            ):
                yield item.client, match.credit, match.amount
    for rest in found.unapplied:
        credit = rest.credit
        for kind, amount in rest.parts:
            if kind == "withholding" and books.asks(credit.client, None, credit.account):
                yield credit.client, credit, amount
