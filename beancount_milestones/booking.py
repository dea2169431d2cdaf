"""Booking: from the register to transactions.

The ledger position of a milestone is a pure function of two fractions, earned and billed. Every
step moves one of them, and the transaction is the difference between two positions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from beancount.core.amount import Amount
from beancount.core.data import Posting, Transaction

from beancount_milestones import amounts, errors, postings
from beancount_milestones.legs import equal
from beancount_milestones.model import BEGINNING, NOTHING, WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal

    from beancount_milestones.legs import Leg, Part
    from beancount_milestones.model import Contract, Milestone, State, Step

_NOTHING: Final = (NOTHING, NOTHING)
_WHOLE: Final = (WHOLE, WHOLE)

#: Metadata of generated transactions that no directive may set.
OURS: Final = {"filename", "lineno", "contract", "milestone", "event", "invoice", "due"}
#: Beancount's own, and the lines of a pay application: each would stand on the others' too.
_NOT_CARRIED: Final = ("__", "milestone-")


def transactions(contract: Contract) -> Iterator[tuple[Step, Transaction]]:
    """Yield a transaction for every step that moves a fraction, with the step."""
    for milestone in contract.milestones.values():
        before = BEGINNING
        for step in milestone.steps:
            after = step.state
            if not (equal(before.earned, after.earned) and equal(before.billed, after.billed)):
                yield step, _transaction(contract, milestone, before, step)
            before = after


def position(contract: Contract, part: Part, state: State) -> tuple[tuple[Decimal, ...], Decimal]:
    """Return what a part of a milestone has in the books in a state.

    Returns the amount of each leg, in the currency of its posting, and the amount on the bridge
    account, in the currency of the contract. Their weights sum to exactly zero.
    """
    earned, billed = contract.sides(state)
    if equal(earned, billed):
        return part.at(earned), amounts.ZERO
    sides = zip(part.legs, part.at(earned), part.at(billed), strict=True)
    figures = tuple(on_earned if leg.earned else on_billed for leg, on_earned, on_billed in sides)
    weights = (leg.weight(amount) for leg, amount in zip(part.legs, figures, strict=True))
    return figures, amounts.negative(amounts.add(weights))


def zeroed(contract: Contract, entry: Transaction) -> Transaction:
    """Return a contract's transaction with every posting at zero, and its bridge accounts.

    So Beancount and other plugins still check accounts and currencies on the contract's own line.
    """
    at_zero = [_at_zero(posting) for posting in entry.postings]
    for account in dict.fromkeys((contract.unbilled, contract.deferred)):
        if account:
            currency = postings.weight_currency(entry.postings[0])
            place = errors.position(entry.meta)
            at_zero.append(_posting(account, amounts.ZERO, currency, place))
    return entry._replace(postings=at_zero)


def _at_zero(posting: Posting) -> Posting:
    """Written out: `_replace` looks for each field by its name."""
    units = Amount._make((amounts.ZERO, postings.currency(posting)))
    return Posting(posting.account, units, posting.cost, None, posting.flag, posting.meta)


def _transaction(
    contract: Contract, milestone: Milestone, before: State, step: Step
) -> Transaction:
    first, said = milestone.entry, step.entry.meta
    parts = milestone.parts_at(step.date)
    title = milestone.title_by(parts)
    # Both are as they should be: a directive that hides them is not read.
    place = {"filename": said["filename"], "lineno": said["lineno"]}
    meta = _meta(milestone, before, step, place)
    if step.event == "credited" and not step.due and contract.reduces(parts):
        # What takes a reduction back is owed, as an invoice is.
        meta["due"] = contract.due(step.date)
    return Transaction(
        meta,
        step.date,
        first.flag,
        first.payee,
        f"{first.narration}: {title}" if first.narration else title,
        frozenset(first.tags or ()),
        _links(milestone, step),
        _postings(contract, parts, before, step.state, place),
    )


def _meta(
    milestone: Milestone, before: State, step: Step, place: Mapping[str, Any]
) -> dict[str, Any]:
    said = step.entry.meta
    meta = {
        **place,
        "contract": milestone.contract,
        "milestone": milestone.id,
        "event": step.event,
    }
    if step.number:
        meta["invoice"] = step.number
    elif said.get("invoice") is True and step.state.billed > before.billed:
        meta["invoice"] = True
    if step.due:
        meta["due"] = step.due
    if not OURS.issuperset(said):
        meta |= {
            key: value
            for key, value in said.items()
            if key not in OURS and not key.startswith(_NOT_CARRIED)
        }
    return meta


def _links(milestone: Milestone, step: Step) -> frozenset[str]:
    contract, number = milestone.contract, (step.number,) if step.number else ()
    written = milestone.entry.links or ()
    return frozenset((contract, f"{contract}/{milestone.id}", *number, *step.taken_back, *written))


def _postings(
    contract: Contract,
    parts: tuple[Part, ...],
    before: State,
    after: State,
    place: Mapping[str, Any],
) -> list[Posting]:
    """The difference between two positions; a zero on the receivable if there is none."""
    begins = before is BEGINNING or contract.sides(before) == _NOTHING
    if begins and contract.sides(after) == _WHOLE:
        # Most milestones are done and billed at once. Their amounts are what is booked.
        at_once = [
            _leg_posting(leg, amount, place)
            for part in parts
            for leg, amount in part.pairs()
            if amount
        ]
        return at_once or [_zero(contract, parts, place)]
    found = []
    bridges: dict[str, Decimal] = {}
    for part in parts:
        amounts_before, bridge_before = position(contract, part, before)
        amounts_after, bridge_after = position(contract, part, after)
        for leg, old, new in zip(part.legs, amounts_before, amounts_after, strict=True):
            if old != new:
                moved = amounts.take(new, old) if old else new
                trimmed = amounts.trimmed(moved, leg.places)
                found.append(_leg_posting(leg, trimmed, place))
        for account, amount in (
            (bridge_before and contract.bridge(before), amounts.negative(bridge_before)),
            (bridge_after and contract.bridge(after), bridge_after),
        ):
            if account:
                bridges[account] = amounts.add((bridges.get(account, amounts.ZERO), amount))
    # The parts of a milestone are in one currency.
    first = parts[0]
    places = first.legs[first.absorber].places
    for account, amount in bridges.items():
        if amount:
            trimmed = amounts.trimmed(amount, places)
            found.append(_posting(account, trimmed, first.currency, place))
    return found or [_zero(contract, parts, place)]


def _leg_posting(leg: Leg, amount: Decimal, place: Mapping[str, Any]) -> Posting:
    """A part of a contract's posting: with its metadata, less what says how it is cut."""
    written = leg.posting
    # Not by its constructor, which checks types that are known here.
    units = Amount._make((amount, leg.currency))
    return Posting(written.account, units, None, written.price, written.flag, {**leg.meta, **place})


def _zero(contract: Contract, parts: tuple[Part, ...], place: Mapping[str, Any]) -> Posting:
    """A posting of nothing where it is owed: number, links and due date are in the journal."""
    legs = [leg for part in parts for leg in part.legs]
    owed = contract.owed_on
    leg = min(legs, key=lambda leg: (leg.posting.account not in owed, leg.earned))
    return _posting(leg.posting.account, amounts.ZERO, leg.currency, place)


def _posting(account: str, amount: Decimal, currency: str, place: Mapping[str, Any]) -> Posting:
    return Posting(account, Amount(amount, currency), None, None, None, dict(place))
