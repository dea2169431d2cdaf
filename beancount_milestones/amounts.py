"""Cutting an amount exactly.

Knows numbers only: no contract, no ledger. All arithmetic is on integers, ``Fraction`` and
``Decimal`` in a context wide enough that nothing is ever rounded but on purpose.
"""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache, reduce
from itertools import accumulate, pairwise, repeat
from math import lcm
from operator import sub
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Beancount's own context has 28 digits, and rounds what does not fit. Ours never does.
WIDE = Context(prec=2000)

#: More decimals than this were not written by a person: they are the result of arithmetic.
MOST_DECIMALS = 12

#: ISO 4217: the currencies whose minor unit is not a hundredth.
_MINOR_UNITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
MINOR_UNITS = {code: places for places, codes in _MINOR_UNITS.items() for code in codes.split()}

ZERO = Decimal(0)
_WHOLE = Fraction(1)


def minor_unit(currency: str) -> int:
    """Return the decimal places of a currency after ISO 4217; 2 for any other code."""
    return MINOR_UNITS.get(currency, 2)


def decimals(number: Decimal) -> int:
    """Return how many decimal places a number is written with (``1.50`` has 2)."""
    return max(-int(number.as_tuple().exponent), 0)


def add(numbers: Iterable[Decimal]) -> Decimal:
    """Return the exact sum, however many digits it takes."""
    return reduce(WIDE.add, numbers, ZERO)


def take(number: Decimal, other: Decimal) -> Decimal:
    """Return the exact difference ``number - other``."""
    return WIDE.subtract(number, other)


def times(number: Decimal, factor: Decimal) -> Decimal:
    """Return the exact product."""
    return WIDE.multiply(number, factor)


def negative(number: Decimal) -> Decimal:
    """Return ``-number``, with every digit, and never a negative zero."""
    return number.copy_negate() if number else number.copy_abs()


def fraction_of(number: Decimal, fraction: Fraction, places: int) -> Decimal:
    """Return ``number * fraction``, rounded half up (away from zero) to ``places`` decimals.

    The whole is returned as it is, so that parts always add up to exactly what was written.
    """
    if fraction.numerator == fraction.denominator:
        return number
    return _round(number, fraction, places)


def between(
    number: Decimal, marks: tuple[Fraction, Fraction], places: int | None = None
) -> Decimal:
    """Return what lies between two fractions of a number, each rounded as by `fraction_of`.

    So the parts between running totals add up. With the decimals of the number where no ``places``
    are given.
    """
    if places is None:
        places = decimals(number)
    below, above = (fraction_of(number, mark, places) for mark in marks)
    return take(above, below)


def rounded(number: Decimal, places: int) -> Decimal:
    """Return the number with that many decimal places, rounded half up (away from zero)."""
    return number if has_places(number, places) else _round(number, _WHOLE, places)


def at_most(number: Decimal, places: int) -> Decimal:
    """Return the number with no more than that many decimal places, rounded half up."""
    return rounded(number, places) if decimals(number) > places else number


def trimmed(number: Decimal, places: int) -> Decimal:
    """Return the number without zeros at its end beyond that many decimal places."""
    if has_places(number, places) or decimals(number) <= places:
        return number
    return rounded(number, max(decimals(WIDE.normalize(number)), places))


@lru_cache
def _unit(places: int) -> Decimal:
    return Decimal(1).scaleb(-places, WIDE)


def has_places(number: Decimal, places: int) -> bool:
    """Whether a number has exactly so many decimal places: most have, and nothing is quicker."""
    return number.same_quantum(_unit(places)) and (bool(number) or not number.is_signed())


def _round(number: Decimal, fraction: Fraction, places: int) -> Decimal:
    top, bottom = number.as_integer_ratio()
    top *= fraction.numerator * 10**places
    return _of_units(_half_up(top, bottom * fraction.denominator), places)


def _half_up(top: int, bottom: int) -> int:
    """The quotient of two integers, rounded away from zero."""
    return (2 * top + bottom - (top < 0)) // (2 * bottom)


def _of_units(count: int, places: int) -> Decimal:
    """So many cents, where the places are 2."""
    return WIDE.multiply(_unit(places), count)


class Totals(NamedTuple):
    """Running totals of shares, as integers over one denominator."""

    marks: tuple[int, ...]
    denominator: int

    def fractions(self) -> list[Fraction]:
        """Return them as fractions."""
        return [Fraction(mark, self.denominator) for mark in self.marks]

    def filled(self, place: int) -> Totals:
        """Return them with what is left of the whole given to the share at that place."""
        left = self.denominator - self.marks[-1]
        after = [mark + left for mark in self.marks[place + 1 :]]
        return Totals((*self.marks[: place + 1], *after), self.denominator)


def running_totals(shares: Iterable[Fraction]) -> Totals:
    """Return the running totals of the shares, beginning with 0."""
    ratios = [share.as_integer_ratio() for share in shares]
    common = lcm(*[bottom for _, bottom in ratios])
    tops = [top * (common // bottom) for top, bottom in ratios]
    return Totals((0, *accumulate(tops)), common)


def cut(number: Decimal, totals: Totals, places: int) -> list[Decimal]:
    """Cut a number by running totals (see `running_totals`).

    Each running total is rounded and the parts are the differences, so no cent is ever lost or
    made: the parts add up to ``number`` where the last total is 1.
    """
    if has_places(number, places):
        return [_of_units(count, places) for count in _cut_units(number, totals, places)]
    top, bottom = number.as_integer_ratio()
    top *= 10**places
    bottom *= totals.denominator
    units = [_half_up(top * mark, bottom) for mark in totals.marks]
    # The whole is more exact than its parts, or written with fewer decimals.
    marks = [
        number if mark == totals.denominator else _of_units(count, places)
        for mark, count in zip(totals.marks, units, strict=True)
    ]
    return [take(after, before) for before, after in pairwise(marks)]


def cut_together(
    numbers: Sequence[Decimal], rest: int, totals: Totals, places: int
) -> list[tuple[Decimal, ...]]:
    """Cut numbers that all have these places; return one of each, together zero, for each share.

    Each is cut as by `cut`, but the one at the index ``rest``: it takes what makes the sum zero.
    """
    columns = [
        [0] * (len(totals.marks) - 1) if index == rest else _cut_units(number, totals, places)
        for index, number in enumerate(numbers)
    ]
    columns[rest] = [-sum(row) for row in zip(*columns, strict=True)]
    unit = repeat(_unit(places))
    return list(zip(*[map(WIDE.multiply, unit, column) for column in columns], strict=True))


def _cut_units(number: Decimal, totals: Totals, places: int) -> list[int]:
    """Cut a number that has these places; return whole units."""
    count = int(WIDE.scaleb(number, places))
    units = [_half_up(count * mark, totals.denominator) for mark in totals.marks]
    return list(map(sub, units[1:], units))
