"""How far a directive moves a milestone: a share of the milestone's own total."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, cast

from beancount_milestones import amounts
from beancount_milestones.legs import total_of
from beancount_milestones.model import NOTHING, WHOLE
from beancount_milestones.reading.lifecycle import RefusedError
from beancount_milestones.reading.values import money, percent

if TYPE_CHECKING:
    from decimal import Decimal

    from beancount_milestones.model import Contract
    from beancount_milestones.reading.directives import Event
    from beancount_milestones.reading.shares import Share
    from beancount_milestones.reading.underway import Track


def fraction_of(
    name: str, track: Track, event: Event, share: Share, contract: Contract
) -> Fraction:
    """Return the fraction of a milestone that a share is; an amount is one of its own total.

    Once cancelled or waived, a percentage is one of what is left; the line of a pay application is
    always of all. The amount of a reduction may have its sign. Raises `RefusedError` where it is
    not a part of the milestone.
    """
    currency = track.parts[0].currency
    total = total_of(track.parts)
    # As exact as the contract is cut: what takes its cents has no price.
    places = max(part.legs[part.absorber].places for part in track.parts)
    said = ""
    if share.amount is None:
        fraction = share.fraction or NOTHING
    elif share.amount.currency != currency:
        message = f"it is in {currency}, not in {share.amount.currency}"
        raise RefusedError(message)
    elif not total:
        message = f"its total is 0 {currency}, so no amount is a part of it; write a percentage"
        raise RefusedError(message)
    else:
        number = cast("Decimal", share.amount.number)
        fraction = abs(Fraction(number) / Fraction(total))
        said = money(number, currency)
        if number < 0 and not contract.reduces(track.parts):
            message = f"{said} is below nothing; write what is done"
            raise RefusedError(message)
        # Beyond so many decimals it is a result of arithmetic, which nobody has written.
        if places < amounts.decimals(amounts.trimmed(number, places)) <= amounts.MOST_DECIMALS:
            message = (
                f"{said} has more decimals than its total, {money(total, currency)}; write"
                f" {money(amounts.rounded(number, places), currency)}"
            )
            raise RefusedError(message)
    if fraction > WHOLE:
        over = amounts.fraction_of(total, fraction - WHOLE, places)
        message = f"{said or percent(fraction)} of {money(total, currency)} is more than all of it"
        if event.name == "progress":
            message += (
                "; add the quantity as a change order, as in: milestone-"
                f'{name}-more: "100%" with {money(over, currency)} in its postings'
            )
        raise RefusedError(message)
    return fraction if share.amount or event.lines else fraction * track.state.whole
