"""Net amounts by the rate of their tax.

A ledger says how much tax of each rate an invoice has; the net amount of a rate is what that tax is
a percentage of. What no rate above zero explains has the rate of zero, where there is one. Several
taxes may be on one amount: GST and QST, CGST and SGST, IVA and recargo.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from beancount_milestones import amounts
from beancount_milestones.amounts import ZERO
from beancount_milestones.documents.model import RateNet, RateSum
from beancount_milestones.parties import TaxRate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from beancount_milestones.documents.model import DocumentLine, Drawn

#: Rates with the share of the net amount that each of them has; together 1.
Shares = tuple[tuple[TaxRate | None, Fraction], ...]


#: An amount, or what it is exactly, as at a price.
Number = Decimal | Fraction


def shares(net: Number, taxes: Mapping[TaxRate | None, Number], unit: Number) -> Shares:
    """Return the rates of a net amount, with their shares of it.

    ``taxes`` are the amounts of tax by rate, to the ``unit``; None is a rate that the ledger does
    not say, or none where several taxes are on one amount.
    """
    if not taxes or not net or None in taxes:
        return ((next(iter(taxes)) if len(taxes) == 1 else None, Fraction(1)),)
    found, free, unsure = bases(taxes, unit)
    whole = sum(found.values(), Fraction(0))
    rest = Fraction(net) - whole
    unexplained = abs(rest) > unsure
    is_left = rest * Fraction(net) > 0 if unexplained else bool(free)
    if is_left:
        # Which of several reasons it is that nothing is charged, the amounts cannot tell.
        found[free[0] if len(free) == 1 else None] = rest
        whole = Fraction(net)
    elif not whole or (unexplained and len(found) > 1):
        # Where the tax of a few cents is nothing, they have its rate if there is one only.
        return ((next(iter(found)) if len(found) == 1 else None, Fraction(1)),)
    return tuple((rate, base / whole) for rate, base in found.items() if base)


def bases(
    taxes: Mapping[TaxRate | None, Number], unit: Number
) -> tuple[dict[TaxRate | None, Fraction], list[TaxRate | None], Fraction]:
    """Return what each tax is a percentage of, the rates of zero, and how much a unit leaves open.

    A unit of tax makes so much of its net amount.
    """
    found: dict[TaxRate | None, Fraction] = {
        rate: Fraction(tax) * 100 / Fraction(rate.rate)
        for rate, tax in taxes.items()
        if rate and rate.rate
    }
    free = [rate for rate in taxes if rate not in found]
    units = (Fraction(unit) * 100 / Fraction(rate.rate) for rate in found if rate)
    return found, free, sum(units, Fraction(0))


def by_rate(
    net: Decimal,
    nets: Mapping[TaxRate | None, Decimal],
    taxes: Sequence[tuple[TaxRate | None, Decimal]],
    allowed: Decimal,
    released: Decimal = ZERO,
) -> list[RateSum]:
    """Return the net amount and the tax of each rate.

    Takes the net amount in all and by rate, the tax on each tax account, how much a tax may
    differ from its rate of the net amount, and what was held back and is released, which may have
    waited for its tax. Where it differs by more, as where several taxes are on one amount, each
    account has what its tax is a percentage of.
    """
    sums = summed(taxes)
    if all(
        _fits(rate, nets.get(rate, ZERO), sums.get(rate, ZERO), allowed)
        for rate in {**nets, **sums}
        if rate
    ):
        return [RateSum(rate, amount, sums.get(rate, ZERO)) for rate, amount in nets.items()]
    charged = [(rate, tax) for rate, tax in taxes if rate and rate.rate]
    found = []
    # Several taxes on one amount: it counts once.
    apart: list[Decimal] = []
    for rate, tax in charged:
        base = _base(rate, tax, net)
        # One tax alone is on no more than there is: its rate is wrong.
        most = abs(amounts.add((net, released)))
        whole = _fits(rate, net, tax, allowed) or (len(charged) == 1 and abs(base) > most > 0)
        found.append(RateSum(rate, net if whole else base, tax))
        if not any(_fits(rate, other, tax, allowed) for other in apart):
            apart.append(found[-1].net)
    rest = amounts.take(net, amounts.add(apart))
    free = next((rate for rate in (*nets, *sums) if rate and not rate.rate), None)
    unknown = sums.get(None, ZERO)
    if unknown or amounts.times(rest, net) > 0:
        found.append(RateSum(free, rest, unknown))
    return found


def allowed(lines: Sequence[DocumentLine], drawn: Sequence[Drawn], unit: Decimal) -> Decimal:
    """Return how much the tax of an invoice may differ from its rate of the net amount.

    Cutting an amount may move a ``unit`` of net and of tax on each line, and no more.
    """
    count = sum(len(line.rates) for line in lines) + len(drawn)
    return amounts.times(Decimal(2 * count), unit)


def _fits(rate: TaxRate, net: Decimal, tax: Decimal, allowed: Decimal) -> bool:
    exact = Fraction(net) * Fraction(rate.rate) / 100
    return abs(exact - Fraction(tax)) <= Fraction(allowed)


def _base(rate: TaxRate, tax: Decimal, net: Decimal) -> Decimal:
    """What a tax is a percentage of, with the decimals of the net amount."""
    return amounts.fraction_of(tax, 100 / Fraction(rate.rate), amounts.decimals(net))


def cut(net: Decimal, found: Shares, places: int) -> tuple[RateNet, ...]:
    """Cut a net amount by shares: the parts add up to it exactly."""
    totals = amounts.running_totals(share for _, share in found)
    parts = amounts.cut(net, totals, places)
    return tuple(RateNet(rate, part) for (rate, _), part in zip(found, parts, strict=True))


def tax_on(net: Decimal, rate: TaxRate | None, places: int) -> Decimal:
    """Return the tax on a net amount; nothing where the rate is not known."""
    return amounts.fraction_of(net, Fraction(rate.rate) / 100, places) if rate else ZERO


_Key = TypeVar("_Key")


def summed(parts: Iterable[tuple[_Key, Decimal]]) -> dict[_Key, Decimal]:
    """Return the sums by rate or by account, in the order in which they come."""
    sums: dict[_Key, Decimal] = {}
    for key, amount in parts:
        sums[key] = amounts.add((sums.get(key, ZERO), amount))
    return sums
