"""Revenue by month: recognised, and still to be recognised (IFRS 15.120, ASC 606-10-50-13)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount.core.data import Transaction

from beancount_milestones import amounts, postings
from beancount_milestones.amounts import ZERO
from beancount_milestones.reading.settings import Roots
from beancount_milestones.reports.positions import agreed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.positions import Position


@dataclass(frozen=True, slots=True)
class Revenue:
    """What a contract brings in a month, net of tax; on the buy side, what it costs."""

    #: Like 2026-04; empty for what has no date.
    month: str
    client: str
    contract: str
    currency: str
    #: Booked as income by the as-of date.
    recognised: Decimal
    #: Not yet: in the month of the target, or that of the as-of date where the target is past.
    expected: Decimal
    side: str


REVENUE_COLUMNS: Final = tuple(column.name for column in fields(Revenue))


class _Key(NamedTuple):
    month: str
    contract: str
    currency: str


def revenue(books: Books) -> list[Revenue]:
    """Return a row for each month and contract in scope; what has no date comes last."""
    recognised: dict[_Key, list[Decimal]] = defaultdict(list)
    expected: dict[_Key, list[Decimal]] = defaultdict(list)
    for key, amount in _recognised(books):
        recognised[key].append(amount)
    for key, amount in _expected(books):
        expected[key].append(amount)
    rows = []
    keys = {*recognised, *expected}
    for key in sorted(keys, key=lambda one: (not one.month, one)):
        contract = books.register.contracts[key.contract]
        row = Revenue(
            month=key.month,
            client=books.clients.called(contract.client),
            contract=contract.id,
            currency=key.currency,
            recognised=amounts.add(recognised[key]) if key in recognised else ZERO,
            expected=amounts.add(expected[key]) if key in expected else ZERO,
            side=contract.side,
        )
        if books.asks_contract(contract) and (row.recognised or row.expected):
            rows.append(row)
    return rows


def _recognised(books: Books) -> Iterator[tuple[_Key, Decimal]]:
    """The income of what the plugin has booked; weights, so that prices are in."""
    roots = Roots.of(books.options)
    earned = {roots.income, roots.expenses}
    for entry in books.entries:
        if isinstance(entry, Transaction) and entry.date <= books.as_of and "event" in entry.meta:
            contract = books.register.contracts.get(str(entry.meta.get("contract", "")))
            if contract:
                for posting in entry.postings:
                    if postings.root(posting) in earned:
                        weight = postings.weighing(posting, postings.number(posting))
                        # A change order may be in another currency than the contract began in.
                        currency = postings.weight_currency(posting)
                        key = _Key(entry.date.isoformat()[:7], contract.id, currency)
                        weight = amounts.trimmed(weight, books.register.places(currency))
                        is_sold = contract.side == "sell"
                        yield key, amounts.negative(weight) if is_sold else weight


def _expected(books: Books) -> Iterator[tuple[_Key, Decimal]]:
    """What of the earned side is not in the books; once for each milestone."""
    seen: dict[tuple[str, str], Position] = {}
    for found in agreed(books):
        seen.setdefault(found.key, found)
    for found in seen.values():
        contract, state = found.contract, found.state
        in_books = contract.sides(state)[0]
        left = [
            leg.weight(amounts.take(above, below))
            for part in found.milestone.parts_at(books.as_of)
            for leg, above, below in zip(
                part.legs, part.at(state.left), part.at(in_books), strict=True
            )
            if leg.earned
        ]
        currency = found.milestone.parts[0].currency
        amount = amounts.trimmed(amounts.add(left), books.register.places(currency))
        target = found.target
        month = max(target, books.as_of).isoformat()[:7] if target else ""
        sold = contract.side == "sell"
        yield _Key(month, contract.id, currency), amounts.negative(amount) if sold else amount
