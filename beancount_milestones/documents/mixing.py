"""The rates of work, and of the deposits that it draws, where they are not the same.

What an invoice is taxed on is its work less the deposits that it draws, and a deposit keeps the
rates of its own invoice: tax may have changed since, or have been on a part of the work only.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from beancount_milestones.documents.rates import Shares, bases, shares
from beancount_milestones.model import NOTHING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from beancount_milestones.parties import TaxRate


class Mix(NamedTuple):
    """How work is shared among the rates, and the deposits that it draws."""

    work: Shares
    drawn: Shares


class Charged(NamedTuple):
    """What a milestone charges, or a whole transaction, in the currency that is owed."""

    work: Fraction
    #: What it draws of deposits: below zero where the work is above.
    used: Fraction
    taxes: Mapping[TaxRate | None, Fraction]
    #: What its taxes are rounded to.
    unit: Fraction


def mixed(charged: Charged, paid_in: Mapping[TaxRate | None, Fraction]) -> Mix:
    """Return the rates of work, and those of the deposits that it draws.

    Deposits have the rates that were ``paid_in``, those of them that are here.
    """
    work, used, taxes, unit = charged
    same = shares(work + used, taxes, unit)
    sign = -1 if work < 0 else 1
    drawn = -sign * used
    if drawn <= 0 or None in taxes:
        return Mix(same, same)
    nets, unsure = _nets(sign * work - drawn, sign, taxes, unit)
    if nets.get(None, NOTHING) < 0 and None not in paid_in:
        # Several taxes are on one amount.
        return Mix(same, same)
    here = {rate: net for rate, net in paid_in.items() if rate in nets or not any(taxes.values())}
    uses = _drawn(drawn, nets, here, unsure)
    works = {rate: nets.get(rate, NOTHING) + uses.get(rate, NOTHING) for rate in (nets | uses)}
    # What a unit of tax leaves open of a deposit is no work.
    works = {rate: net for rate, net in works.items() if net > (unsure if rate in uses else 0)}
    return Mix(_shared(works), _shared(uses)) if works and uses else Mix(same, same)


def _drawn(
    drawn: Fraction,
    nets: Mapping[TaxRate | None, Fraction],
    paid_in: Mapping[TaxRate | None, Fraction],
    unsure: Fraction,
) -> dict[TaxRate | None, Fraction]:
    """What is drawn at each rate: nothing where that cannot be.

    As what was paid in, where that was enough and no work is below zero. Else what is taxed below
    zero is of deposits, and then what was paid in; what nobody paid in has the rates of the work.
    """
    whole = sum(paid_in.values(), NOTHING)
    scale = min(drawn / whole, Fraction(1)) if whole else NOTHING
    known = {rate: net * scale for rate, net in paid_in.items()}
    if whole >= drawn - unsure and all(
        net + known.get(rate, NOTHING) >= -unsure for rate, net in nets.items()
    ):
        return known
    below = {rate: -net for rate, net in nets.items() if net < -unsure}
    left = drawn - sum(below.values(), NOTHING)
    if left <= unsure:
        return below if left >= -unsure else {}
    more = {rate: net - below.get(rate, NOTHING) for rate, net in known.items()}
    over = {rate: net for rate, net in more.items() if net > unsure} or {
        rate: net for rate, net in nets.items() if net > 0
    }
    factor = left / sum(over.values(), NOTHING) if over else NOTHING
    return {
        rate: below.get(rate, NOTHING) + over.get(rate, NOTHING) * factor for rate in (below | over)
    }


def _nets(
    net: Fraction, sign: int, taxes: Mapping[TaxRate | None, Fraction], unit: Fraction
) -> tuple[dict[TaxRate | None, Fraction], Fraction]:
    """What is taxed at each rate, also at zero or not at all; and how much a unit leaves open."""
    found, free, unsure = bases(taxes, unit)
    nets = {rate: sign * base for rate, base in found.items()}
    rest = net - sum(nets.values(), NOTHING)
    if free or abs(rest) > unsure:
        nets[free[0] if len(free) == 1 else None] = rest
    return nets, unsure


def _shared(parts: Mapping[TaxRate | None, Fraction]) -> Shares:
    whole = sum(parts.values(), NOTHING)
    return tuple((rate, part / whole) for rate, part in parts.items() if part)


def explains(mix: Mix, charged: Charged) -> bool:
    """Return whether shares of work and of deposits make its taxes.

    To a unit of each that the whole transaction leaves open, and one for cutting it.
    """
    works, uses = dict(mix.work), dict(mix.drawn)
    work, used, taxes, unit = charged
    open_ = 2 * unit

    def net(rate: TaxRate) -> Fraction:
        return work * works.get(rate, NOTHING) + used * uses.get(rate, NOTHING)

    return (works.keys() | uses.keys()) - {None} <= taxes.keys() and all(
        rate is None or abs(net(rate) * Fraction(rate.rate) / 100 - tax) <= open_
        for rate, tax in taxes.items()
    )
