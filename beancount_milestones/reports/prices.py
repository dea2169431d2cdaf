"""Contracts with a price: what they come to, in the currencies that they are owed in.

What a part of a contract weighs is in one currency; what is owed of it may be in another one, or in
several. What is owed says what the rest comes to: every report asks here.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from beancount_milestones import amounts
from beancount_milestones.model import NOTHING, WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from beancount_milestones.legs import Leg, Part
    from beancount_milestones.model import Contract

_ONE = Decimal(1)


def currencies(contract: Contract, part: Part) -> list[str]:
    """Return the currencies that a part of a contract is owed in, in the order written.

    The one that it weighs in, where it is owed on no account.
    """
    owed = [leg.currency for leg, _ in _owed(contract, part)]
    return list(dict.fromkeys(owed)) or [part.currency]


def price(contract: Contract, part: Part, currency: str) -> Fraction:
    """Return what one of what a part weighs comes to in a currency: 1 without a price.

    What is owed in several currencies is shared among them: the rest of the part is, as it is.
    """
    owed = _owed(contract, part)
    whole = amounts.add(leg.weight(amount) for leg, amount in owed)
    if whole:
        here = amounts.add(amount for leg, amount in owed if leg.currency == currency)
        return WHOLE if here == whole else Fraction(here) / Fraction(whole)
    # Nothing is owed of it, as where a deposit pays all: the price that is written.
    if currency != currencies(contract, part)[0]:
        return NOTHING
    each = owed[0][0].weight(_ONE) if owed else _ONE
    return 1 / Fraction(each) if each else NOTHING


def worth(
    contract: Contract, part: Part, kept: Iterable[tuple[Leg, Decimal]], currency: str
) -> Iterator[tuple[Decimal, Fraction]]:
    """Yield what is owed or kept back of a part comes to in a currency: numbers, with their prices.

    What is in a currency that the part is owed in is what it is; the rest is at the price.
    """
    for leg, amount in kept:
        if leg.currency == currency:
            yield amount, WHOLE
        elif leg.currency not in currencies(contract, part):
            yield leg.weight(amount), price(contract, part, currency)


def places_of(parts: Iterable[Part], currency: str, least: int) -> int:
    """Return the decimals that parts of a contract are cut to in a currency: ``least`` or more."""
    cut = (leg.places for part in parts for leg in part.legs if leg.currency == currency)
    return max(cut, default=least)


def summed(numbers: Iterable[tuple[Decimal, Fraction]], places: int) -> Decimal:
    """Return the sum of numbers, each at its price, rounded once."""
    exact: list[Decimal] = []
    converted = NOTHING
    for number, at in numbers:
        # Mostly nothing is converted.
        if at is WHOLE or at == 1:
            exact.append(number)
        else:
            converted += Fraction(number) * at
    if converted:
        exact.append(amounts.fraction_of(_ONE, converted, places))
    return amounts.trimmed(amounts.add(exact), places)


def _owed(contract: Contract, part: Part) -> list[tuple[Leg, Decimal]]:
    return [pair for pair in part.pairs() if pair[0].posting.account in contract.owed_on]
