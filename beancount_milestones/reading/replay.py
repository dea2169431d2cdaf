"""All contracts and directives of a ledger, told in the order in which they happened.

By date; on one day contracts and change orders, then what moves earned, then what moves billed,
each in the ledger's order.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from beancount_milestones.errors import did_you_mean, error, place
from beancount_milestones.model import Contract, Milestone, State, Step, days_after
from beancount_milestones.reading.directives import Lost, lost
from beancount_milestones.reading.lifecycle import RefusedError, advance

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping

    from beancount_milestones.errors import MilestoneError
    from beancount_milestones.model import Part
    from beancount_milestones.reading.directives import Event
    from beancount_milestones.reading.orders import Order

#: The phases of a day; those of an event are its own.
_ORDER: Final = 0
_ACCEPTED: Final = 2

#: What ends the time in which a delivery can be refused.
STOPS_ACCEPTANCE: Final = ("delivered", "rejected", "completed", "cancelled")

_EDIT_PROPOSAL: Final = "flag its transaction '*' and give it the day of acceptance as its date"


@dataclass(slots=True)
class Track:
    """A milestone while its story is told."""

    parts: list[Part] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def state(self) -> State:
        """Where the milestone stands now."""
        return self.steps[-1].state if self.steps else State()

    @property
    def is_open(self) -> bool:
        """Whether it is neither completed nor cancelled."""
        return not (self.state.completed or self.state.cancelled)

    @property
    def has_earned_side(self) -> bool:
        """Whether any of it is income or expense: the release of a retention has none."""
        return any(leg.earned for part in self.parts for leg in part.legs)


@dataclass(slots=True)
class Underway:
    """A contract while its story is told."""

    contract: Contract
    #: In the ledger's order.
    orders: tuple[Order, ...]
    #: Milestones of orders that are left as written: their directives stay silent.
    silent: set[str]
    #: Directives that do not count, so that a later one may miss them.
    lost: list[Lost] = field(default_factory=list)
    tracks: dict[str, Track] = field(default_factory=dict)
    proposed: dict[str, Track] = field(default_factory=dict)
    #: The orders that stand, by their place among the entries.
    standing: set[int] = field(default_factory=set)

    def told(self) -> Contract:
        """Return the contract with all its milestones, frozen."""

        def frozen(tracks: dict[str, Track]) -> dict[str, Milestone]:
            return {
                name: Milestone(self.contract.id, name, tuple(track.parts), tuple(track.steps))
                for name, track in tracks.items()
            }

        return replace(
            self.contract, milestones=frozen(self.tracks), proposals=frozen(self.proposed)
        )


class Replay:
    """Tells the contracts of all contracts, from the first day to the last."""

    def __init__(self, contracts: Mapping[str, Underway], broken: frozenset[str]) -> None:
        """Take the contracts by id, and the ids of those that are left as written."""
        self._contracts = contracts
        self._broken = broken
        self._errors: list[MilestoneError] = []
        self._unknown: set[str] = set()
        #: The first directive of each invoice number.
        self._numbers: dict[str, Event] = {}
        #: What is still to come: its day, its phase, its place among the entries, and what to do.
        self._heap: list[tuple[dt.date, int, int, Callable[[], None]]] = []

    def tell(self, events: Iterable[Event]) -> list[MilestoneError]:
        """Apply all orders and events; what cannot be is dropped. Returns the errors."""
        self._heap = [
            (order.entry.date, _ORDER, order.index, partial(self._order, order))
            for underway in self._contracts.values()
            for order in underway.orders
        ]
        self._heap.extend(
            (event.entry.date, event.phase, event.index, partial(self._event, event))
            for event in events
        )
        heapq.heapify(self._heap)
        while self._heap:
            *_, happen = heapq.heappop(self._heap)
            happen()
        return self._errors

    def _error(self, event: Event, message: str) -> None:
        self._errors.append(error(event.entry.meta, message, event.entry))
        if event.contract in self._contracts:
            self._contracts[event.contract].lost.append(lost(event.entry))

    # Contracts and change orders

    def _order(self, order: Order) -> None:
        underway = self._contracts[order.contract]
        tracks = underway.proposed if order.pending else underway.tracks
        refusal = next(
            (
                message
                for name, part in order.parts.items()
                if name in tracks and (message := _refusal(name, tracks[name], part))
            ),
            None,
        )
        if refusal:
            self._errors.append(error(order.entry.meta, refusal, order.entry))
            underway.silent.update(order.parts)
            return
        underway.standing.add(order.index)
        for name, part in order.parts.items():
            tracks.setdefault(name, Track()).parts.append(part)

    # Directives

    def _event(self, event: Event) -> None:
        underway = self._contracts.get(event.contract)
        if underway is None:
            self._unknown_contract(event)
        elif event.milestone is None:
            self._whole_contract(event, underway)
        elif event.milestone in underway.tracks:
            self._take(event, underway, [event.milestone])
        elif event.milestone not in underway.silent:
            self._error(event, self._why_not(event.milestone, event, underway))

    def _unknown_contract(self, event: Event) -> None:
        if event.contract in self._broken or event.contract in self._unknown:
            return
        self._unknown.add(event.contract)
        hint = did_you_mean(event.contract, (*self._contracts, *self._broken))
        self._error(
            event,
            f"no contract '{event.contract}'; its transaction may not have loaded, see the other"
            f" errors{hint}",
        )

    def _why_not(self, name: str, event: Event, underway: Underway) -> str:
        """Why a milestone cannot be found on the day of a directive."""
        what = f"milestone '{name}' of contract '{event.contract}'"
        later = [order for order in underway.orders if name in order.parts and not order.pending]
        if later:
            entry = later[0].entry
            return (
                f"{what} only exists from {entry.date} ({place(entry.meta)}), but the directive is"
                f" dated {event.entry.date}"
            )
        if any(name in order.parts for order in underway.orders):
            return f"{what} is only proposed; {_EDIT_PROPOSAL}"
        known = dict.fromkeys(name for order in underway.orders for name in order.parts)
        hint = did_you_mean(name, known)
        return (
            f"no milestone '{name}' in contract '{event.contract}'"
            f"{hint or '; it has ' + ', '.join(known)}"
        )

    def _whole_contract(self, event: Event, underway: Underway) -> None:
        if not underway.tracks:
            orders = [order for order in underway.orders if not order.pending]
            if orders:
                message = (
                    f"contract '{event.contract}' only exists from {orders[0].entry.date}"
                    f" ({place(orders[0].entry.meta)}), but the directive is dated"
                    f" {event.entry.date}"
                )
            else:
                message = f"contract '{event.contract}' is only proposed; {_EDIT_PROPOSAL}"
            self._error(event, message)
            return
        names = [
            name
            for name, track in underway.tracks.items()
            if track.has_earned_side and track.is_open
        ]
        if names:
            self._take(event, underway, names)
        else:
            self._error(event, _why_none(event, underway))

    def _take(self, event: Event, underway: Underway, names: list[str]) -> None:
        """Advance the milestones by the event, all of them or none."""
        refusal = self._number_taken(event, underway)
        if refusal:
            self._error(event, refusal)
            return
        steps: dict[str, Step] = {}
        for name in names:
            try:
                steps[name] = advance(underway.contract, underway.tracks[name].state, event)
            except RefusedError as refused:
                if not any(
                    other.may_be(name, refused.missing, event.entry.date) for other in underway.lost
                ):
                    self._error(event, _why_refused(name, underway.tracks[name], event, refused))
                return
        if event.invoice and not any(
            step.state.billed != underway.tracks[name].state.billed for name, step in steps.items()
        ):
            message = (
                f"there is nothing to invoice: what is earned of contract '{event.contract}' is"
                " invoiced already; leave 'invoice' out"
            )
            self._error(event, message)
            return
        if event.number:
            self._numbers.setdefault(event.number, event)
        for name, step in steps.items():
            underway.tracks[name].steps.append(step)
        if event.name == "delivered" and underway.contract.acceptance is not None:
            date = days_after(event.entry.date, underway.contract.acceptance)
            happen: Callable[[], None] = partial(self._accept, event, date)
            heapq.heappush(self._heap, (date, _ACCEPTED, event.index, happen))

    def _accept(self, event: Event, date: dt.date) -> None:
        """A delivery counts as completed, unless something has come between."""
        underway = self._contracts[event.contract]
        track = underway.tracks[str(event.milestone)]
        since = takewhile(lambda step: step.entry is not event.entry, reversed(track.steps))
        if not any(step.event in STOPS_ACCEPTANCE for step in since):
            track.steps.append(advance(underway.contract, track.state, event, date))

    def _number_taken(self, event: Event, underway: Underway) -> str | None:
        """Why the event cannot have its invoice number, or None."""
        number = event.number
        if number is None:
            return None
        contract, _, name = number.rpartition("/")
        owner = self._contracts.get(contract)
        if (
            number in self._contracts
            or number in self._broken
            or (owner and any(name in o.parts for o in owner.orders))
        ):
            return (
                f"'{number}' is a contract or a milestone already, so it cannot be the number of an"
                " invoice; give the invoice a number of its own"
            )
        first = self._numbers.get(number)
        if first is None:
            return None
        client = self._contracts[first.contract].contract.client
        same_client = client.casefold() == underway.contract.client.casefold()
        if same_client and first.entry.date == event.entry.date:
            return None
        message = (
            f"the number '{number}' was already given on {first.entry.date}"
            f"{'' if same_client else f' to {client}'} ({place(first.entry.meta)}); one number is"
            " for one day and one client, so write "
        )
        if event.name == "credited":
            return message + "the credit note's own number here"
        return message + "another one here"


def _why_none(event: Event, underway: Underway) -> str:
    """Why a directive for the whole contract finds no milestone."""
    states = [track.state for track in underway.tracks.values() if track.has_earned_side]
    if not states:
        return (
            f"no milestone of contract '{event.contract}' has income or expenses, so there is"
            f' nothing to be {event.name}; name one milestone in custom "milestone"'
        )
    last = max(state.cancelled or state.completed or event.entry.date for state in states)
    return (
        f"every milestone of contract '{event.contract}' is already completed or cancelled, the"
        f" last on {last}; use 'reopened' on one first"
    )


def _why_refused(name: str, track: Track, event: Event, refused: RefusedError) -> str:
    """What to say of a refusal, with the earlier directive that this one repeats."""
    before = [step.date for step in track.steps if step.event == event.name]
    again = f"it was already {event.name} on {before[-1]}; " if refused.missing and before else ""
    return f"milestone '{name}': {again}{refused}"


def _refusal(name: str, track: Track, part: Part) -> str | None:
    """Why a change order cannot change a milestone, or None."""
    state = track.state
    if part.currency != track.parts[0].currency:
        return (
            f"milestone '{name}' is in {track.parts[0].currency}, so it cannot take"
            f" {part.currency}; add a milestone instead"
        )
    if not any(leg.amount for leg in part.legs):
        return None
    if state.cancelled:
        return f"milestone '{name}' was cancelled on {state.cancelled}; add a milestone instead"
    if state.earned or state.billed:
        run = takewhile(lambda s: s.state.earned or s.state.billed, reversed(track.steps))
        return (
            f"milestone '{name}' began on {[step.date for step in run][-1]}, so its amount is"
            " fixed; add a milestone instead, a negative one for a reduction"
        )
    return None
