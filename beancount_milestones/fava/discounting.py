"""The tax that a discount takes with it: less is charged, so less tax is due."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING

from beancount_milestones import amounts, postings
from beancount_milestones.fava.owing import items_of
from beancount_milestones.receivables import GROSS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from decimal import Decimal

    from beancount_milestones.fava.owing import Group
    from beancount_milestones.receivables import Item, Role
    from beancount_milestones.reports import Books


def tax_of(
    books: Books, group: Group, names: Collection[str], discount: Decimal
) -> dict[str, Decimal]:
    """Return how much of a discount on some lines is tax, by the account of the tax.

    As much of it as of what is open on these lines, in the currency that is owed.
    """
    shares: dict[str, Fraction] = defaultdict(Fraction)
    open_ = Fraction()
    for name, items in items_of(books, group).items():
        for item in items if name in names else ():
            open_ += Fraction(item.open)
            for account, share in _shares(books, item).items():
                shares[account] += share * Fraction(item.open)
    places = books.register.places(group.account.currency)
    found = {
        account: amounts.fraction_of(discount, share / open_, places)
        for account, share in shares.items()
    }
    return {account: tax for account, tax in found.items() if tax}


def _shares(books: Books, item: Item) -> dict[str, Fraction]:
    """Which part of an item is tax, by account."""
    gross = Fraction()
    taxes: dict[str, Fraction] = defaultdict(Fraction)
    for account, role, amount in _amounts(books, item):
        if role in GROSS:
            gross += Fraction(amount)
        elif role == "tax":
            taxes[account] -= Fraction(amount)
    return {account: tax / gross for account, tax in taxes.items()} if gross else {}


def _amounts(books: Books, item: Item) -> Iterator[tuple[str, Role, Decimal]]:
    """Yield account, role and amount of all that an item comes from, in its currency."""
    currency = item.account.currency
    if item.milestone:
        contract = books.register.contracts[item.milestone.contract]
        for part in books.milestone(item.milestone).parts_at(books.as_of):
            for leg, amount in part.pairs():
                if leg.currency == currency:
                    yield leg.posting.account, books.roles.of(contract, leg), amount
        return
    sell = books.side_of(item.account) == "sell"
    for posting in item.debits[0].entry.postings:
        if postings.currency(posting) == currency:
            number = postings.number(posting)
            role: Role = "owed" if (number > 0) == sell else "net"
            if posting.account in books.roles.taxes:
                role = "tax"
            yield posting.account, role, number
