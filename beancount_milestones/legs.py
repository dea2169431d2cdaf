"""What the postings of a contract give to a milestone: legs, and parts of legs. Frozen data."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from beancount_milestones import amounts, postings

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping
    from decimal import Decimal

    from beancount.core.data import Posting, Transaction

NOTHING: Final = Fraction(0)
WHOLE: Final = Fraction(1)


def equal(one: Fraction, other: Fraction) -> bool:
    """Return whether two fractions are equal. Mostly they are one object: that is asked first."""
    return one is other or one.as_integer_ratio() == other.as_integer_ratio()


def above(one: Fraction, other: Fraction) -> bool:
    """Return whether a fraction is more than another.

    Python's own ``>`` takes twice as long: it asks what kind of number each of them is.
    """
    top, bottom = one.as_integer_ratio()
    other_top, other_bottom = other.as_integer_ratio()
    return top * other_bottom > other_top * bottom


class Leg(NamedTuple):
    """One posting of a contract, as its milestones share it."""

    posting: Posting
    #: Of its amounts.
    currency: str
    #: The metadata of the posting that its parts carry on.
    meta: Mapping[str, Any]
    #: Decimal places that a part of the amount is rounded to.
    places: int
    #: Under the income or expenses root; else the leg is on the billed side.
    earned: bool

    def weight(self, amount: Decimal) -> Decimal:
        """Return what an amount of this leg weighs, in the currency of the contract."""
        return postings.weighing(self.posting, amount)


class Part(NamedTuple):
    """What one transaction gives to one milestone: amounts that sum to exactly zero."""

    entry: Transaction
    legs: tuple[Leg, ...]
    #: Of each leg, in the currency of its posting.
    amounts: tuple[Decimal, ...]
    #: The leg that takes the cents (its index).
    absorber: int
    #: The currency that the legs weigh in.
    currency: str
    title: str | None
    target: dt.date | None

    def at(self, fraction: Fraction) -> tuple[Decimal, ...]:
        """Return the amount of each leg when that fraction of the milestone is in the books.

        They sum to exactly zero: the absorber takes what rounding leaves.
        """
        if fraction is NOTHING or not fraction:
            return (amounts.ZERO,) * len(self.legs)
        if fraction is WHOLE or fraction == WHOLE:
            return self.amounts
        figures = [
            amounts.fraction_of(amount, fraction, leg.places) for leg, amount in self.pairs()
        ]
        rest = amounts.negative(
            amounts.add(
                leg.weight(amount)
                for index, (leg, amount) in enumerate(zip(self.legs, figures, strict=True))
                if index != self.absorber
            )
        )
        # Weights at a price have zeros at their end that nobody wrote.
        figures[self.absorber] = amounts.trimmed(rest, self.legs[self.absorber].places)
        return tuple(figures)

    def pairs(self) -> Iterator[tuple[Leg, Decimal]]:
        """Yield each leg with its amount."""
        return zip(self.legs, self.amounts, strict=True)


def total_of(parts: Iterable[Part]) -> Decimal:
    """Return all that parts debit, tax and retention included."""
    sums: dict[str, Decimal] = {}
    for part in parts:
        for leg, amount in part.pairs():
            account = leg.posting.account
            weight = leg.weight(amount)
            sums[account] = amounts.add((sums.get(account, amounts.ZERO), weight))
    return amounts.add(weight for weight in sums.values() if weight > 0)
