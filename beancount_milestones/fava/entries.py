"""Transactions that forms write: the names that they carry, their postings, and exchanges."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from beancount.core.amount import Amount
from beancount.core.data import Posting, Transaction

from beancount_milestones import amounts
from beancount_milestones.postings import weight

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from beancount_milestones.fava.owing import Group

#: Where what a form writes comes from, until it is in a file.
PLACE: Final = {"filename": "<milestones>", "lineno": 0}
#: Decimals of a rate that no contract gives: what they leave out is far below a cent.
_RATE: Final = 10


class Allocation(NamedTuple):
    """What settles one line of what is owed, or nothing in particular."""

    #: An invoice number, contract/milestone, or nothing.
    name: str
    #: What a milestone without a number is called.
    title: str
    amount: Decimal
    #: What one unit of it is worth in the books, where the contract says so.
    price: Amount | None = None


class Taken(NamedTuple):
    """What goes to another account than the money: a fee, a discount, a withholding."""

    account: str
    amount: Decimal
    currency: str
    #: Whether less is charged by it.
    discount: bool = False


class Tender(NamedTuple):
    """Money that comes in or goes back, and what it is worth in the currency that it settles."""

    account: str
    amount: Decimal
    currency: str
    worth: Decimal


def transaction(
    date: datetime.date,
    group: Group,
    words: str,
    allocations: Sequence[Allocation],
    legs: Sequence[Posting],
) -> Transaction:
    """Return a transaction over allocations. A link names the only one, of several each posting.

    All of them are links too, so that the journal has them; but none beside what has no name, which
    a link would name as well.
    """
    names = [one.name for one in allocations if one.name]
    # As people say it: the number, or what the milestone is called.
    called = ", ".join(one.title or one.name for one in allocations if one.name)
    colon = ":" if any(one.title for one in allocations) else ""
    return Transaction(
        meta=dict(PLACE),
        date=date,
        flag="*",
        payee=group.client,
        narration=f"{words}{colon} {called}" if called else words,
        tags=frozenset(),
        links=frozenset(names if len(names) == len(allocations) else ()),
        postings=list(legs),
    )


def posting(
    account: str, number: Decimal, currency: str, price: Amount | None = None, **meta: str
) -> Posting:
    """Return a posting."""
    found: dict[str, Any] = dict(meta)
    return Posting(account, Amount(number, currency), None, price, None, found)


def owed(
    group: Group, allocations: Sequence[Allocation], prices: Sequence[Amount | None]
) -> list[Posting]:
    """Return the postings on the account that is settled; of several, each says what it settles."""
    several = len(allocations) > 1
    return [
        posting(
            group.account.name,
            group.signed(amounts.negative(one.amount)),
            group.account.currency,
            price,
            **({"settles": one.name} if several and one.name else {}),
        )
        for one, price in zip(allocations, prices, strict=True)
    ]


def prices(
    group: Group, allocations: Sequence[Allocation], money: Tender, taken: Sequence[Taken] = ()
) -> list[Amount | None]:
    """Return the price of each allocation: none in one currency, else that of its contract.

    Where a contract has none in that currency, what came in says it, with the fee of the bank.
    """
    if money.currency == group.account.currency:
        return [None] * len(allocations)
    if all(one.price and one.price.currency == money.currency for one in allocations):
        return [one.price for one in allocations]
    came = amounts.add([money.amount, *(t.amount for t in taken if t.currency == money.currency)])
    rate = amounts.fraction_of(came, 1 / Fraction(money.worth), _RATE)
    return [Amount(amounts.trimmed(rate, 0), money.currency)] * len(allocations)


def left_by_exchange(legs: Iterable[Posting], places: int) -> Decimal:
    """Return what postings lack to zero, which an exchange has left: a loss is positive."""
    return amounts.rounded(amounts.negative(amounts.add(map(weight, legs))), places)
