"""Contracts and milestones while their story is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beancount_milestones.model import BEGINNING, Contract, Milestone
from beancount_milestones.reading.directives import lost

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from beancount.core.data import Custom

    from beancount_milestones.legs import Part
    from beancount_milestones.model import Step
    from beancount_milestones.reading.orders import Order


class Track:
    """A milestone while its story is told."""

    __slots__ = ("parts", "state", "steps")

    def __init__(self) -> None:
        """Begin with nothing."""
        #: What each transaction gives to it.
        self.parts: list[Part] = []
        self.steps: list[Step] = []
        #: Where the milestone stands now.
        self.state = BEGINNING

    def take(self, step: Step) -> None:
        """Go one step on."""
        self.steps.append(step)
        self.state = step.state

    def due_on_one_day(self, number: str, due: dt.date | None, due_on: str | None) -> None:
        """Let all that was billed on a number be due on one day, or wait for one invoice."""
        for index, step in enumerate(self.steps):
            invoices = tuple(
                invoice._replace(due=due, due_on=due_on) if invoice.number == number else invoice
                for invoice in step.state.invoices
            )
            changed = step._replace(state=step.state._replace(invoices=invoices))
            if step.number == number and (step.due or step.due_on) and step.event != "credited":
                changed = changed._replace(due=due, due_on=due_on)
            self.steps[index] = changed
        self.state = self.steps[-1].state

    @property
    def has_earned_side(self) -> bool:
        """Whether any of it is income or expense: the release of a retention has none."""
        return any(leg.earned for part in self.parts for leg in part.legs)

    @property
    def is_open(self) -> bool:
        """Whether it is neither completed nor cancelled nor waived."""
        state = self.state
        return not (state.completed or state.cancelled or state.waived)


class Underway:
    """A contract while its story is told."""

    def __init__(self, contract: Contract, orders: tuple[Order, ...], silent: set[str]) -> None:
        """Take the contract, without milestones until all is told, and its orders as they stand.

        ``silent`` are milestones of orders that are left as written: their directives stay silent.
        """
        self.contract = contract
        self.orders = orders
        self.silent = silent
        #: Directives that do not count, so that a later one may miss them: the first day of each
        #: milestone and event, None where it cannot be read.
        self.lost: dict[tuple[str | None, str | None], dt.date] = {}
        self.tracks: dict[str, Track] = {}
        self.proposed: dict[str, Track] = {}
        #: The orders that stand, by their place among the entries.
        self.standing: set[int] = set()

    def lose(self, entry: Custom) -> None:
        """Remember a directive that does not count."""
        found = lost(entry)
        key = found.milestone, found.event
        self.lost[key] = min(found.date, self.lost.get(key, found.date))

    def may_have_lost(self, milestone: str, missing: Iterable[str], date: dt.date) -> bool:
        """Whether one of these events of a milestone may be lost, up to a day."""
        days = (
            self.lost.get((name, event)) for name in (milestone, None) for event in (*missing, None)
        )
        return any(day and day <= date for day in days)

    def told(self) -> Contract:
        """Return the contract: from now on it has all its milestones."""
        for milestones, tracks in (
            (self.contract.milestones, self.tracks),
            (self.contract.proposals, self.proposed),
        ):
            for name, track in tracks.items():
                milestones[name] = Milestone(
                    self.contract.id, name, tuple(track.parts), tuple(track.steps)
                )
        return self.contract
