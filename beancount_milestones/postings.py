"""Postings as Beancount's booking leaves them: with complete amounts.

Their types allow for missing ones; this is the one place that says they are not missing. It tells
the type checker only, for it is asked about every posting of a ledger.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from beancount_milestones import amounts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from beancount.core.amount import Amount
    from beancount.core.data import Posting, Transaction

_cost = attrgetter("cost")


class Line(NamedTuple):
    """What is asked of a posting again and again, looked up once."""

    account: str
    #: The root of the account, such as ``Assets``.
    root: str
    number: Decimal
    #: What it weighs, exactly.
    weight: Decimal


def lines(entry: Transaction) -> list[Line]:
    """Look at each posting of a transaction once."""
    return [Line(p.account, root(p), number(p), weight(p)) for p in entry.postings]


def said(entry: Transaction, posting: Posting, key: str) -> Any:  # noqa: ANN401 - as metadata is
    """Return what the metadata of a posting says, else that of its transaction."""
    return (posting.meta or {}).get(key, entry.meta.get(key))


def units(posting: Posting) -> Amount:
    """Return the amount of a posting."""
    return posting.units  # type: ignore[return-value]


def number(posting: Posting) -> Decimal:
    """Return the number of a posting's amount."""
    return posting.units.number  # type: ignore[union-attr, return-value]


def currency(posting: Posting) -> str:
    """Return the currency of a posting's amount."""
    return posting.units.currency  # type: ignore[union-attr]


def weighing(posting: Posting, amount: Decimal) -> Decimal:
    """Return what an amount of a posting's currency weighs at its price, exactly."""
    price = posting.price
    if price is None:
        return amount
    return amounts.times(amount, price.number)  # type: ignore[arg-type]


def weight(posting: Posting) -> Decimal:
    """Return what a posting weighs, exactly."""
    price = posting.price
    own: Decimal = posting.units.number  # type: ignore[union-attr, assignment]
    return own if price is None else amounts.times(own, price.number)  # type: ignore[arg-type]


def weight_currency(posting: Posting) -> str:
    """Return the currency that a posting weighs in."""
    # A price of zero is a price, and false.
    return (posting.units if posting.price is None else posting.price).currency  # type: ignore[union-attr]


def sum_to_zero(postings: Sequence[Posting]) -> bool:
    """Return whether postings without a cost weigh exactly nothing, in one currency."""
    return (
        not any(map(_cost, postings))
        and len(set(map(weight_currency, postings))) == 1
        and not amounts.add(map(weight, postings))
    )


def root(posting: Posting) -> str:
    """Return the root of a posting's account, such as ``Assets``."""
    return posting.account.partition(":")[0]
