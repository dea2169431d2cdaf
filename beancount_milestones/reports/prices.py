"""Contracts with a price: what they weigh, in the currency that is owed."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from beancount_milestones import amounts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from beancount_milestones.legs import Leg, Part
    from beancount_milestones.model import Contract

_ONE = Decimal(1)


def owed_currency(contract: Contract, parts: Sequence[Part]) -> str:
    """Return the currency that parts of a contract are owed in.

    The one that they weigh in, where they are owed in several or in none.
    """
    owed = {
        leg.currency
        for part in parts
        for leg in part.legs
        if leg.posting.account in contract.owed_on
    }
    return owed.pop() if len(owed) == 1 else parts[0].currency


def price(parts: Sequence[Part], currency: str, is_gross: Callable[[Leg], bool]) -> Fraction:
    """Return how much of a currency is owed for one of what parts weigh: 1 without a price.

    ``is_gross`` says of a leg whether it is owed or held back.
    """
    owed = [pair for part in parts for pair in part.pairs() if is_gross(pair[0])]
    whole = amounts.add(leg.weight(amount) for leg, amount in owed)
    if not whole:
        return Fraction(any(part.currency == currency for part in parts))
    here = amounts.add(amount for leg, amount in owed if leg.currency == currency)
    return Fraction(here) / Fraction(whole)


def priced(weight: Decimal, price: Fraction, places: int) -> Decimal:
    """Return a weight at a price, with so many decimals; as it is where there is no price."""
    return weight if price == 1 else amounts.fraction_of(_ONE, Fraction(weight) * price, places)


def summed(weights: Iterable[tuple[Decimal, Fraction]], places: int) -> Decimal:
    """Return the sum of weights, each at its price, rounded once."""
    exact: list[Decimal] = []
    converted = Fraction()
    for weight, at in weights:
        if at == 1:
            exact.append(weight)
        else:
            converted += Fraction(weight) * at
    exact.append(amounts.fraction_of(_ONE, converted, places))
    return amounts.trimmed(amounts.add(exact), places)
