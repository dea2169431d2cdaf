"""The rates of work, and of the deposits that it draws, where they are not the same.

What an invoice is taxed on is its work less the deposits that it draws, and a deposit keeps the
rates of its own invoice: tax may have changed since, or have been on a part of the work only.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from beancount_milestones.documents.rates import Shares, bases, shares
from beancount_milestones.model import NOTHING, WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from beancount_milestones.parties import TaxRate

    #: What was paid in on each account, by rate.
    PaidIn = Mapping[str, Mapping[TaxRate | None, Fraction]]


class Mix(NamedTuple):
    """How work is shared among the rates, and the deposits that it draws."""

    work: Shares
    #: By account.
    drawn: Mapping[str, Shares]


class Charged(NamedTuple):
    """What a milestone charges, or a whole transaction, in the currency that is owed."""

    work: Fraction
    #: What it draws of deposits, by account: below zero where the work is above.
    used: Mapping[str, Fraction]
    taxes: Mapping[TaxRate | None, Fraction]
    #: What its taxes are rounded to.
    unit: Fraction


def mixed(charged: Charged, paid_in: PaidIn) -> Mix:
    """Return the rates of work, and those of the deposits that it draws.

    Deposits have the rates that were ``paid_in`` on their account, those of them that are here.
    """
    work, used, taxes, unit = charged
    same = shares(work + sum(used.values()), taxes, unit)
    alike = Mix(same, dict.fromkeys(used, same))
    sign = -1 if work < 0 else 1
    draws = {account: -sign * amount for account, amount in used.items()}
    drawn = sum(draws.values(), NOTHING)
    if drawn <= 0 or None in taxes:
        return alike
    nets, unsure = _nets(sign * work - drawn, sign, taxes, unit)
    paid = _together(draws, paid_in)
    if nets.get(None, NOTHING) < 0 and None not in paid:
        # Several taxes are on one amount.
        return alike
    here = {rate: net for rate, net in paid.items() if rate in nets or not any(taxes.values())}
    uses = _drawn(drawn, nets, here, unsure)
    works = {rate: nets.get(rate, NOTHING) + uses.get(rate, NOTHING) for rate in (nets | uses)}
    # What a unit of tax leaves open of a deposit is no work.
    works = {rate: net for rate, net in works.items() if net > (unsure if rate in uses else 0)}
    drawn_on = _by_account(_shared(uses), draws, paid_in)
    return Mix(_shared(works), drawn_on) if works and uses else alike


def _together(draws: Mapping[str, Fraction], paid_in: PaidIn) -> dict[TaxRate | None, Fraction]:
    """What was paid in, of each account in proportion to what is drawn there; of one, all."""
    wanted = _wanted(draws, paid_in)
    most = max((draws[a] / sum(paid_in[a].values()) for a in wanted), default=WHOLE)
    return exact_sums((rate, n / most) for nets in wanted.values() for rate, n in nets.items())


def _wanted(draws: Mapping[str, Fraction], paid_in: PaidIn) -> PaidIn:
    """What is drawn on each account, at the rates of what was paid in on it."""
    return {
        account: {rate: net * amount / sum(nets.values()) for rate, net in nets.items()}
        for account, amount in draws.items()
        for nets in [paid_in[account]]
        if nets and amount > 0
    }


def _by_account(every: Shares, draws: Mapping[str, Fraction], paid_in: PaidIn) -> dict[str, Shares]:
    """The rates of what is drawn on each account, where those of all of it are known.

    As what was paid in on it, as far as that can be: together it is at each rate what all of it is.
    """
    wanted = _wanted(draws, paid_in)
    sums = exact_sums(part for nets in wanted.values() for part in nets.items())
    whole = sum(draws.values(), NOTHING)
    fits = {rate: min(share * whole / sums[rate], WHOLE) for rate, share in every if rate in sums}
    rest = {
        rate: share * whole - sums.get(rate, NOTHING) * fits.get(rate, NOTHING)
        for rate, share in every
    }
    left = sum(rest.values(), NOTHING)
    found: dict[str, Shares] = {}
    for account, amount in draws.items():
        own = {rate: net * fits.get(rate, NOTHING) for rate, net in wanted.get(account, {}).items()}
        more = (amount - sum(own.values())) / left if left else NOTHING
        parts = {rate: own.get(rate, NOTHING) + net * more for rate, net in rest.items()}
        found[account] = _shared(parts) or every
    return found


def exact_sums(
    parts: Iterable[tuple[TaxRate | None, Fraction]],
) -> dict[TaxRate | None, Fraction]:
    """Return the sums by rate, in the order in which they come."""
    sums: dict[TaxRate | None, Fraction] = {}
    for rate, net in parts:
        sums[rate] = sums.get(rate, NOTHING) + net
    return sums


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
    work, used, taxes, unit = charged
    found = [(work, mix.work)]
    found += [(used.get(account, NOTHING), uses) for account, uses in mix.drawn.items()]
    nets = exact_sums((rate, amount * share) for amount, some in found for rate, share in some)
    return nets.keys() - {None} <= taxes.keys() and all(
        rate is None or abs(nets.get(rate, NOTHING) * Fraction(rate.rate) / 100 - tax) <= 2 * unit
        for rate, tax in taxes.items()
    )
