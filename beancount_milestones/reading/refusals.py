"""Why a directive or a change order cannot be."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, cast

from beancount_milestones.errors import place
from beancount_milestones.reading.log import UnreadableError
from beancount_milestones.reading.values import money

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from beancount.core.amount import Amount

    from beancount_milestones.legs import Part
    from beancount_milestones.reading.directives import Event
    from beancount_milestones.reading.lifecycle import RefusedError
    from beancount_milestones.reading.underway import Track, Underway


def nothing_to_invoice(event: Event, *, earned: bool, above: bool = False) -> str:
    """Why a directive that invoices finds nothing.

    ``earned`` is whether anything was earned, ``above`` whether more is invoiced than earned now.
    """
    name = f"contract '{event.contract}'"
    if above:
        return (
            f"there is nothing to invoice: more of {name} is invoiced than is earned; write a line"
            " for each milestone (milestone-…: N), which takes back what is too much, or leave"
            " 'invoice' out"
        )
    already = f"what is earned of {name} is invoiced already"
    why = already if earned else f"nothing of {name} is earned yet"
    out = "this directive" if event.name == "invoiced" else "'invoice'"
    return f"there is nothing to invoice: {why}; leave {out} out"


def which_amount(amount: Amount, names: Sequence[str]) -> str:
    """Why an amount cannot say how far each of several milestones is."""
    text = money(cast("Decimal", amount.number), amount.currency)
    return (
        f"'progress': {text} would be done of each of {len(names)} milestones; write a percentage,"
        f" or a line for each, as in milestone-{names[0]}: {text}"
    )


def number_is_taken(event: Event, first: Event, client: str | None, *, buys: bool) -> str:
    """Why a number cannot be given again: who has it first, another ``client`` or the same one.

    Where something is bought, the numbers are those of suppliers, and two may have the same.
    """
    its = "the credit note's own number" if event.name == "credited" else "another one"
    what = f"write {its} here"
    if client and buys:
        what = f"put something before this one, as in '{event.contract}-{event.number}'"
    return (
        f"the number '{event.number}' was already given on {first.entry.date}"
        f"{f' to {client}' if client else ''} ({place(first.entry.meta)}); one number is for one"
        f" day and one client, so {what}"
    )


def why_none(event: Event, underway: Underway) -> str:
    """Why a directive for the whole contract finds no milestone."""
    states = [track.state for track in underway.tracks.values() if track.has_earned_side]
    if not states:
        return (
            f"no milestone of contract '{event.contract}' has income or expenses, so"
            f" '{event.name}' for the whole contract changes nothing; name one milestone in custom"
            ' "milestone"'
        )
    ends = [state.waived or state.cancelled or state.completed for state in states]
    last = max(filter(None, ends), default=event.entry.date)
    by = " by 'acceptance'" if any(s.accepted and s.completed == last for s in states) else ""
    bills = event.invoice and any(state.billed < state.earned for state in states)
    way = "write 'invoiced' to bill what is earned" if bills else "use 'reopened' on one first"
    return (
        f"every milestone of contract '{event.contract}' is already completed, cancelled or waived,"
        f" the last on {last}{by}; {way}"
    )


def why_refused(name: str, track: Track, event: Event, refused: RefusedError) -> str:
    """What to say of a refusal, with the earlier directive that this one repeats."""
    before = [step.date for step in track.steps if step.event == event.name]
    again = f"it was already {event.name} on {before[-1]}; " if refused.missing and before else ""
    return f"milestone '{name}': {again}{refused}"


def check_change(name: str, track: Track, part: Part) -> None:
    """Raise where a change order cannot change a milestone."""
    state = track.state
    if part.currency != track.parts[0].currency:
        message = (
            f"milestone '{name}' is in {track.parts[0].currency}, so it cannot take"
            f" {part.currency}; add a milestone instead"
        )
        raise UnreadableError(message)
    if not any(part.amounts):
        return
    if state.cancelled or state.waived:
        ended = f"waived on {state.waived}" if state.waived else f"cancelled on {state.cancelled}"
        message = f"milestone '{name}' was {ended}; add a milestone instead"
        raise UnreadableError(message)
    if state.earned or state.billed:
        run = takewhile(lambda s: s.state.earned or s.state.billed, reversed(track.steps))
        message = (
            f"milestone '{name}' began on {[step.date for step in run][-1]}, so its amount is"
            " fixed; add a milestone instead, a negative one for a reduction"
        )
        raise UnreadableError(message)
