"""Postings as Beancount's booking leaves them: with complete amounts.

Their types allow for missing ones; this is the one place that says they are not missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from beancount_milestones import allocation

if TYPE_CHECKING:
    from decimal import Decimal

    from beancount.core.amount import Amount
    from beancount.core.data import Posting


def units(posting: Posting) -> Amount:
    """Return the amount of a posting."""
    return cast("Amount", posting.units)


def number(posting: Posting) -> Decimal:
    """Return the number of a posting's amount."""
    return cast("Decimal", units(posting).number)


def currency(posting: Posting) -> str:
    """Return the currency of a posting's amount."""
    return units(posting).currency


def weighing(posting: Posting, amount: Decimal) -> Decimal:
    """Return what an amount of a posting's currency weighs at its price, exactly."""
    price = posting.price
    return amount if price is None else allocation.times(amount, cast("Decimal", price.number))


def weight(posting: Posting) -> Decimal:
    """Return what a posting weighs, exactly."""
    return weighing(posting, number(posting))


def weight_currency(posting: Posting) -> str:
    """Return the currency that a posting weighs in."""
    return (posting.price or units(posting)).currency


def root(posting: Posting) -> str:
    """Return the root of a posting's account, such as ``Assets``."""
    return posting.account.partition(":")[0]
