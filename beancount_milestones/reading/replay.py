"""All contracts and directives of a ledger, told in the order in which they happened.

By date; on one day contracts and change orders, then what moves earned, then what moves billed,
each in the ledger's order.
"""

from __future__ import annotations

import datetime as dt
import heapq
from itertools import takewhile
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from beancount.core.data import Custom

from beancount_milestones import events
from beancount_milestones.errors import did_you_mean, place
from beancount_milestones.model import days_after
from beancount_milestones.parties import fold
from beancount_milestones.reading import refusals
from beancount_milestones.reading.applying import fraction_of
from beancount_milestones.reading.by_hand import numbers_by_hand
from beancount_milestones.reading.directives import CONTRACT, MILESTONE, Event
from beancount_milestones.reading.lifecycle import Line, RefusedError, advance, nothing_left
from beancount_milestones.reading.log import UnreadableError
from beancount_milestones.reading.underway import Track

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from beancount.core.data import Directive

    from beancount_milestones.model import Contract, Step
    from beancount_milestones.reading.log import Log
    from beancount_milestones.reading.orders import Order
    from beancount_milestones.reading.shares import Share
    from beancount_milestones.reading.underway import Underway

#: A day, a phase of it, a place among the entries.
When = tuple[dt.date, int, int]
_THE_END: Final[When] = (dt.date.max, events.THE_END, 0)
#: The phase of a contract or a change order on its day; those of an event are its own.
_ORDER: Final = 0

_EDIT_PROPOSAL: Final = "flag its transaction '*' and give it the day of acceptance as its date"


class Replay:
    """Tells the contracts of all contracts, from the first day to the last."""

    def __init__(
        self,
        contracts: Mapping[str, Underway],
        broken: frozenset[str],
        entries: Sequence[Directive],
        log: Log,
    ) -> None:
        """Take the contracts by id, the ids of those that are left as written, and all entries."""
        self._contracts = contracts
        self._broken = broken
        self._entries = entries
        self._log = log
        self._unknown: set[str] = set()
        #: The first directive of each invoice number.
        self._numbers: dict[str, Event] = {}
        #: The first day of each invoice by hand, once somebody waits for one.
        self._by_hand: dict[str, dt.date] | None = None
        #: The numbers of what we sell, once somebody waits for one.
        self._ours: set[str] | None = None
        #: Numbers that are on several directives.
        self._shared: set[str] = set()
        self._happened: Sequence[Event] = ()
        #: Deliveries that will count as completed, each with its `When`: a heap.
        self._accepting: list[tuple[When, Event]] = []

    def tell(self, happened: Sequence[Event]) -> None:
        """Apply all orders and events; what cannot be is reported and dropped."""
        self._happened = happened
        coming: list[tuple[When, Order | Event]] = [
            ((order.entry.date, _ORDER, order.at), order)
            for underway in self._contracts.values()
            for order in underway.orders
        ]
        coming += [((e.entry.date, e.kind.phase, e.at), e) for e in happened]
        coming.sort(key=itemgetter(0))
        for when, what in coming:
            if self._accepting:
                self._accept(when)
            if isinstance(what, Event):
                self._event(what)
            else:
                self._order(what)
        self._accept(_THE_END)
        for number in self._shared:
            self._share_due_date(number)

    # Contracts and change orders

    def _order(self, order: Order) -> None:
        underway = self._contracts[order.contract]
        tracks = underway.proposed if order.pending else underway.tracks
        adds = tracks.keys().isdisjoint(order.parts)
        if not adds and not self._can_change(order, tracks):
            underway.silent.update(order.parts)
            return
        underway.standing.add(order.at)
        for name, part in order.parts.items():
            tracks.setdefault(name, Track()).parts.append(part)

    def _can_change(self, order: Order, tracks: Mapping[str, Track]) -> bool:
        """Whether a change order can change the milestones that are there already."""
        with self._log.at(order.entry) as here:
            for name, part in order.parts.items():
                if name in tracks:
                    refusals.check_change(name, tracks[name], part)
        return not here.failed

    # Directives

    def _event(self, event: Event) -> None:
        underway = self._contracts.get(event.contract)
        try:
            if underway is None:
                self._unknown_contract(event)
            else:
                self._happen(event, underway)
        except UnreadableError as unreadable:
            self._log.at(event.entry).say(str(unreadable))
            if underway:
                underway.lose(event.entry)

    def _happen(self, event: Event, underway: Underway) -> None:
        if event.milestone is None:
            self._whole_contract(event, underway)
        elif event.milestone in underway.tracks:
            self._take(event, underway, ((event.milestone, event.share),))
        elif event.milestone not in underway.silent:
            raise UnreadableError(self._why_not(event.milestone, event, underway))

    def _unknown_contract(self, event: Event) -> None:
        if event.contract in self._broken or event.contract in self._unknown:
            return
        self._unknown.add(event.contract)
        swapped = self._contracts.get(event.milestone or "")
        if swapped and any(event.contract in order.parts for order in swapped.orders):
            message = (
                f'contract and milestone are swapped: write "{event.milestone}" "{event.contract}"'
            )
            raise UnreadableError(message)
        hint = did_you_mean(event.contract, (*self._contracts, *self._broken))
        message = (
            f"no contract '{event.contract}'; its transaction may not have loaded, see the other"
            f" errors{hint}"
        )
        raise UnreadableError(message)

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
            raise UnreadableError(message)
        if event.lines:
            self._apply(event, underway)
            return
        work = {name: track for name, track in underway.tracks.items() if track.has_earned_side}
        if event.name == "invoiced":
            names = [n for n, track in work.items() if track.state.earned > track.state.billed]
        else:
            names = [n for n, track in work.items() if track.is_open]
            if event.name == "waived":
                # What is all billed has nothing that could be waived.
                states = {name: work[name].state for name in names}
                names = [name for name, state in states.items() if state.billed < state.whole]
        if event.share and event.share.amount and len(names) > 1:
            raise UnreadableError(refusals.which_amount(event.share.amount, names))
        if names:
            self._take(event, underway, [(name, event.share) for name in names])
        elif event.name == "invoiced" and work:
            earned = any(track.state.earned for track in work.values())
            raise UnreadableError(refusals.nothing_to_invoice(event, earned=earned))
        else:
            raise UnreadableError(refusals.why_none(event, underway))

    def _apply(self, event: Event, underway: Underway) -> None:
        """Take a pay application: each of its lines moves a milestone."""
        for name, _ in event.lines:
            if name not in underway.tracks:
                if name not in underway.silent:
                    message = f"milestone-{name}: {self._why_not(name, event, underway)}"
                    raise UnreadableError(message)
                return
        self._take(event, underway, event.lines)

    def _take(
        self, event: Event, underway: Underway, moves: Sequence[tuple[str, Share | None]]
    ) -> None:
        """Advance the milestones by the event, each as far as it says: all of them or none."""
        self._check_billing(event, underway)
        steps: list[tuple[Track, Step]] = []
        bills = False
        for name, share in moves:
            track = underway.tracks[name]
            try:
                step = _step(name, track, event, share, underway.contract)
            except RefusedError as refused:
                if underway.may_have_lost(name, refused.missing, event.entry.date):
                    return
                raise UnreadableError(refusals.why_refused(name, track, event, refused)) from None
            bills = bills or step.state.billed is not track.state.billed
            steps.append((track, step))
        if event.invoice and not bills:
            # A line without work is billed, and never earned.
            states = (track.state for track in underway.tracks.values())
            earned = any(state.earned or state.billed for state in states)
            above = any(step.state.billed > step.state.earned for _, step in steps)
            raise UnreadableError(refusals.nothing_to_invoice(event, earned=earned, above=above))
        if event.number and self._numbers.setdefault(event.number, event) is not event:
            self._shared.add(event.number)
        for track, step in steps:
            # A line of a pay application that repeats the one before says nothing new.
            if not event.lines or step.state != track.state:
                track.take(step)
        if event.name == "delivered":
            self._wait(event, underway.contract.acceptance)

    def _wait(self, event: Event, days: int | None) -> None:
        """A delivery counts as completed in so many days."""
        if days is not None:
            date = days_after(event.entry.date, days)
            heapq.heappush(self._accepting, ((date, events.ACCEPTED, event.at), event))

    def _accept(self, until: When) -> None:
        """Deliveries count as completed, unless something has come between."""
        while self._accepting and self._accepting[0][0] < until:
            (date, _, _), event = heapq.heappop(self._accepting)
            underway = self._contracts[event.contract]
            track = underway.tracks[str(event.milestone)]
            since = takewhile(lambda step: step.entry is not event.entry, reversed(track.steps))  # noqa: B023 - used at once
            ended = any(step.event in events.END_ACCEPTANCE for step in since)
            if not ended and not nothing_left(track.state):
                track.take(advance(underway.contract, track.state, event, accepted=date))

    def _check_billing(self, event: Event, underway: Underway) -> None:
        """Raise where the event cannot have its invoice number, or wait for its other invoice."""
        if event.number:
            self._check_number(event, event.number, underway)
        if event.due_on:
            self._check_due_on(event.due_on, underway)

    def _check_due_on(self, number: str, underway: Underway) -> None:
        """Raise where the event cannot be due when another invoice is paid."""
        if underway.contract.side == "sell":
            message = (
                f"due: '{number}' is text, so it names an invoice of ours that a supplier"
                " waits for; write the due date without quotes, as in 2026-02-01"
            )
            raise UnreadableError(message)
        # It may be a later one: what a supplier has done is billed on with it.
        ours = self._sold()
        if number in ours or number in self._written() or self._is_lost(number):
            # What keeps a lost one out is told where it is written.
            return
        if any(e.number == number for e in self._happened):
            message = (
                f"due: '{number}' is the number of a supplier; write that of the invoice of yours"
                " which has to be paid first"
            )
            raise UnreadableError(message)
        hint = did_you_mean(number, (*ours, *self._written()))
        message = f"due: no invoice '{number}'{hint or '; write the number of an invoice of yours'}"
        raise UnreadableError(message)

    def _sold(self) -> set[str]:
        """All numbers of what we sell. Only a directive that waits for one has to look for them."""
        if self._ours is None:
            self._ours = {e.number for e in self._happened if e.number and self._sells(e)}
        return self._ours

    def _is_lost(self, number: str) -> bool:
        """Whether a number is on a directive that does not count."""
        counted = {id(e.entry) for e in self._happened if e.contract in self._contracts}
        return any(
            isinstance(entry, Custom)
            and entry.type in {MILESTONE, CONTRACT}
            and entry.meta.get("invoice") == number
            and id(entry) not in counted
            for entry in self._entries
        )

    def _written(self) -> dict[str, dt.date]:
        """The first day of each invoice of ours by hand. No other directive has to look for it."""
        if self._by_hand is None:
            owed_on: set[str] = set()
            for underway in self._contracts.values():
                owed_on |= underway.contract.receivables
            self._by_hand = numbers_by_hand(self._entries, owed_on, self._contracts)
        return self._by_hand

    def _sells(self, event: Event) -> bool:
        underway = self._contracts.get(event.contract)
        return underway is not None and underway.contract.side == "sell"

    def _share_due_date(self, number: str) -> None:
        """Give a number one due date, the earliest of those that its directives have.

        Where one of them waits for another invoice, all do.
        """
        tracks = [
            track
            for underway in self._contracts.values()
            for track in underway.tracks.values()
            if any(step.number == number for step in track.steps)
        ]
        dues = {
            (step.due_on or "", step.due or dt.date.max)
            for track in tracks
            for step in track.steps
            if step.number == number and (step.due or step.due_on) and step.event != "credited"
        }
        if len(dues) > 1:
            waits = sorted(due_on for due_on, _ in dues if due_on)
            due_on = waits[0] if waits else None
            due = None if due_on else min(due for _, due in dues)
            for track in tracks:
                track.due_on_one_day(number, due, due_on)

    def _check_number(self, event: Event, number: str, underway: Underway) -> None:
        """Raise where the event cannot have its invoice number."""
        first = self._numbers.get(number)
        if first is None:
            if self._is_named(number):
                message = (
                    f"'{number}' is a contract or a milestone already, so it cannot be the number"
                    " of an invoice; give the invoice a number of its own"
                )
                raise UnreadableError(message)
            return
        client = self._contracts[first.contract].contract.client
        same_client = fold(client) == fold(underway.contract.client)
        if not same_client or first.entry.date != event.entry.date:
            other = None if same_client else client
            buys = underway.contract.side == "buy"
            raise UnreadableError(refusals.number_is_taken(event, first, other, buys=buys))

    def _is_named(self, number: str) -> bool:
        """Whether a number is the link of a contract or of a milestone."""
        if number in self._contracts or number in self._broken:
            return True
        contract, _, name = number.rpartition("/")
        owner = self._contracts.get(contract)
        return owner is not None and any(name in order.parts for order in owner.orders)


def _step(name: str, track: Track, event: Event, share: Share | None, contract: Contract) -> Step:
    """Return the step that an event makes, or the line of a pay application in it."""
    if share is None:
        return advance(contract, track.state, event)
    fraction = fraction_of(name, track, event, share, contract)
    line = Line(fraction, applies=bool(event.lines), works=track.has_earned_side)
    return advance(contract, track.state, event, line)
