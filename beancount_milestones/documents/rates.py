"""Net amounts by the rate of their tax.

A ledger says how much tax of each rate an invoice has; the net amount of a rate is what that tax is
a percentage of. What no rate above zero explains has the rate of zero, where there is one.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from beancount_milestones import amounts
from beancount_milestones.documents.model import RateNet
from beancount_milestones.parties import TaxRate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

#: Rates with the share of the net amount that each of them has; together 1.
Shares = tuple[tuple[TaxRate | None, Fraction], ...]


def shares(net: Decimal, taxes: Mapping[TaxRate | None, Decimal]) -> Shares:
    """Return the rates of a net amount, with their shares of it.

    ``taxes`` are the amounts of tax by rate; None is a rate that the ledger does not say.
    """
    if len(taxes) < 2 or not net or None in taxes:  # noqa: PLR2004 - nothing to share out
        return ((next(iter(taxes)) if len(taxes) == 1 else None, Fraction(1)),)
    bases: dict[TaxRate | None, Fraction] = {
        rate: Fraction(tax) * 100 / Fraction(rate.rate)
        for rate, tax in taxes.items()
        if rate and rate.rate
    }
    free = [rate for rate in taxes if rate not in bases]
    whole = Fraction(net)
    if free:
        # Which of several reasons it is that nothing is charged, the amounts cannot tell.
        bases[free[0] if len(free) == 1 else None] = whole - sum(bases.values())
    else:
        whole = sum(bases.values(), Fraction(0))
    return tuple((rate, base / whole) for rate, base in bases.items() if base)


def explains(
    found: Shares, net: Decimal, taxes: Mapping[TaxRate | None, Decimal], unit: Decimal
) -> bool:
    """Return whether shares of a net amount make its taxes, to the last unit of each."""
    parts = dict(found)
    return parts.keys() <= taxes.keys() and all(
        rate is None
        or abs(Fraction(net) * parts.get(rate, Fraction(0)) * Fraction(rate.rate) / 100 - tax)
        <= Fraction(unit)
        for rate, tax in ((rate, Fraction(tax)) for rate, tax in taxes.items())
    )


def cut(net: Decimal, found: Shares, places: int) -> tuple[RateNet, ...]:
    """Cut a net amount by shares: the parts add up to it exactly."""
    totals = amounts.running_totals(share for _, share in found)
    parts = amounts.cut(net, totals, places)
    return tuple(RateNet(rate, part) for (rate, _), part in zip(found, parts, strict=True))


def tax_on(net: Decimal, rate: TaxRate | None, places: int) -> Decimal:
    """Return the tax on a net amount; nothing where the rate is not known."""
    return amounts.fraction_of(net, Fraction(rate.rate) / 100, places) if rate else amounts.ZERO


def summed(
    parts: Iterable[tuple[TaxRate | None, Decimal]],
) -> dict[TaxRate | None, Decimal]:
    """Return the sums by rate, in the order in which the rates come."""
    sums: dict[TaxRate | None, Decimal] = {}
    for rate, amount in parts:
        sums[rate] = amounts.add((sums.get(rate, amounts.ZERO), amount))
    return sums
