"""Discounts for paying early: what clients may still deduct."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from beancount_milestones.reports.invoices import numbered

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from beancount_milestones.model import Contract
    from beancount_milestones.parties import Side
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.invoice import Invoice


class Discount(NamedTuple):
    """What may be deducted by whoever pays early."""

    percent: Decimal
    until: datetime.date


def discounts(books: Books) -> Iterator[tuple[Invoice, Discount]]:
    """Yield the open invoices that a discount may still be taken on, by date and number."""
    for found in numbered(books):
        contracts = [books.register.contracts[name] for name in found.contracts]
        discount = discount_of(contracts, found)
        if discount and discount.until >= books.as_of:
            yield found, discount


def by_number(books: Books) -> dict[tuple[str, Side], Discount]:
    """Return the discounts that may still be taken, by number and side of the invoices."""
    return {(found.number, found.side): discount for found, discount in discounts(books)}


def discount_of(contracts: Sequence[Contract], found: Invoice) -> Discount | None:
    """Return the discount for paying early, where all its contracts offer the same.

    Only while something is open: of nothing, nothing can be deducted.
    """
    is_open = found.kind == "invoice" and found.open > 0
    return offered(contracts, found.date) if is_open else None


def offered(contracts: Sequence[Contract], date: datetime.date) -> Discount | None:
    """Return the discount that all of some contracts offer on an invoice of that date."""
    found = {
        (contract.terms.discount, contract.terms.discount_until(date))
        if contract.terms
        else (None, None)
        for contract in contracts
    }
    if len(found) != 1:
        return None
    percent, until = found.pop()
    return Discount(percent[0], until) if percent and until else None
