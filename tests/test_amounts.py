from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beancount_milestones import amounts

D = Decimal

FINITE = st.decimals(allow_nan=False, allow_infinity=False, places=8)


@pytest.mark.parametrize(
    ("currency", "places"),
    [("USD", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("BTC", 2), ("VND", 0), ("X", 2)],
)
def test_minor_unit(currency: str, places: int) -> None:
    assert amounts.minor_unit(currency) == places


@pytest.mark.parametrize(
    ("number", "places"), [("1", 0), ("1.50", 2), ("1E+3", 0), ("0.000", 3), ("-2.5", 1)]
)
def test_decimals(number: str, places: int) -> None:
    assert amounts.decimals(D(number)) == places


def test_sums_keep_every_digit() -> None:
    huge, tiny = D("1E+40"), D("1E-40")

    assert amounts.take(amounts.add([huge, tiny]), huge) == tiny
    assert amounts.add([]) == 0
    assert amounts.times(D("1.000000000000000001"), D("1.000000000000000001")) == D(
        "1.000000000000000002000000000000000001"
    )


def test_no_negative_zero() -> None:
    assert str(amounts.negative(D("0.00"))) == "0.00"
    assert str(amounts.negative(D("-0.00"))) == "0.00"
    assert str(amounts.negative(D("1.50"))) == "-1.50"
    assert str(amounts.rounded(D("-0.004"), 2)) == "0.00"
    assert str(amounts.rounded(D("-0.00"), 2)) == "0.00"


def test_a_part_of_a_long_number_keeps_every_digit() -> None:
    # 28 digits are what Decimal keeps if nobody asks for more.
    assert str(amounts.fraction_of(D("1" + 40 * "0"), Fraction(1, 3), 2)) == 40 * "3" + ".33"


@pytest.mark.parametrize(
    ("number", "fraction", "places", "part"),
    [
        ("0.05", "1/2", 2, "0.03"),
        ("-0.05", "1/2", 2, "-0.03"),
        ("0.01", "49/100", 2, "0.00"),
        ("10000", "1/3", 2, "3333.33"),
        ("10000", "2/3", 2, "6666.67"),
        ("10000", "1/3", 0, "3333"),
        ("1", "1/3", 8, "0.33333333"),
        # The whole is not touched, whatever its decimals.
        ("10000", "1", 2, "10000"),
        ("1.23456", "1", 2, "1.23456"),
        ("1.23456", "0", 2, "0.00"),
    ],
)
def test_fraction_of(number: str, fraction: str, places: int, part: str) -> None:
    assert str(amounts.fraction_of(D(number), Fraction(fraction), places)) == part


def test_rounded() -> None:
    assert str(amounts.rounded(D("2.345"), 2)) == "2.35"
    assert str(amounts.rounded(D("-2.345"), 2)) == "-2.35"
    assert str(amounts.rounded(D(2), 2)) == "2.00"


@pytest.mark.parametrize(
    ("number", "trimmed"),
    [
        ("5", "5"),
        ("5.00", "5.00"),
        ("5.0000", "5.00"),
        ("5.1230", "5.123"),
        ("1000.00000", "1000.00"),
        ("-0.00100", "-0.001"),
    ],
)
def test_trimmed(number: str, trimmed: str) -> None:
    assert str(amounts.trimmed(D(number), 2)) == trimmed


def test_cut_by_running_totals() -> None:
    totals = amounts.running_totals([Fraction(1, 3)] * 3)

    assert totals.fractions() == [0, Fraction(1, 3), Fraction(2, 3), 1]
    assert amounts.cut(D("10000"), totals, 2) == [D("3333.33"), D("3333.34"), D("3333.33")]
    assert amounts.cut(D("-0.01"), totals, 2) == [D(0), D("-0.01"), D(0)]


@given(FINITE, st.lists(st.fractions(min_value=0, max_value=1), min_size=1), st.integers(0, 8))
def test_parts_make_the_whole(number: Decimal, shares: list[Fraction], places: int) -> None:
    whole = sum(shares, Fraction(0)) or Fraction(1)
    shares = [share / whole for share in shares]
    totals = amounts.running_totals([*shares, 1 - sum(shares, Fraction(0))])

    parts = amounts.cut(number, totals, places)

    assert amounts.add(parts) == number
    # No part is more than a unit off.
    for part, (before, after) in zip(parts, pairwise(totals.fractions()), strict=True):
        exact = Fraction(number) * (after - before)
        assert abs(Fraction(part) - exact) <= Fraction(1, 10**places)
