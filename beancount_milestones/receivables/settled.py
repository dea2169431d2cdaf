"""When our own invoices are settled: a supplier who is paid when we are paid is due from then."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from beancount_milestones.receivables.items import Key

if TYPE_CHECKING:
    import datetime
    from collections.abc import Container, Iterable
    from fractions import Fraction

    from beancount_milestones.model import Contract, Invoice, Milestone, Register
    from beancount_milestones.receivables.items import Item


class _Gone(NamedTuple):
    """What a credit note has taken back of an invoice, as fractions of a milestone."""

    key: Key
    milestone: Milestone
    date: datetime.date
    low: Fraction
    high: Fraction


def waited_for(register: Register) -> set[str]:
    """Return the numbers of our own invoices that suppliers wait for."""
    return {
        step.due_on
        for contract, milestone in register.milestones()
        if contract.side == "buy"
        for step in milestone.steps
        if step.due_on
    }


class Story:
    """What has become of our own invoices by the end of a day."""

    def __init__(
        self,
        register: Register,
        items: Iterable[Item],
        charging: Container[str | None],
        as_of: datetime.date,
    ) -> None:
        """Take what is owed to us on that day, and the numbers that bill something."""
        self._as_of = as_of
        #: By number; without one, by milestone.
        self._items: dict[str, list[Item]] = defaultdict(list)
        self._billed: dict[str, list[datetime.date]] = defaultdict(list)
        self._gone: dict[str, list[_Gone]] = defaultdict(list)
        for item in items:
            if item.invoiced:
                self._items[_name(item.number, item.milestone)].append(item)
        for contract, milestone in register.milestones():
            if contract.side == "sell":
                self._tell(contract, milestone, charging)

    def _tell(
        self, contract: Contract, milestone: Milestone, charging: Container[str | None]
    ) -> None:
        """Tell what a milestone has billed, and what credit notes took back.

        What an invoice takes back beside what it bills leaves the earlier one as it is.
        """
        key = Key(contract.id, milestone.id)
        force: tuple[Invoice, ...] = ()
        for step, before in milestone.moves(self._as_of):
            billed = step.state.billed
            if billed > before:
                self._billed[_name(step.number, key)].append(step.date)
            elif step.number not in charging and not contract.reduces(
                milestone.parts_at(step.date)
            ):
                for one in force:
                    if one.high > billed:
                        gone = _Gone(key, milestone, step.date, max(one.low, billed), one.high)
                        self._gone[_name(one.number, key)].append(gone)
            force = step.state.invoices

    def taken_back(self, number: str) -> datetime.date | None:
        """Return the day on which a credit note has last taken something of an invoice back."""
        return max((gone.date for gone in self._gone[number]), default=None)

    def settled(self, name: str, seen: frozenset[str] = frozenset()) -> datetime.date | None:
        """Return the day since which nothing of an invoice is owed any more, and nothing will be.

        Of what was taken back, what billed it again has to be settled too: where neither that nor
        a waiver has come, it will be billed again.
        """
        seen |= {name}
        dates = list(self._billed[name])
        for item in self._items[name]:
            if item.open:
                return None
            dates += [item.date, *(match.credit.date for match in item.matches)]
        for gone in self._gone[name]:
            state = gone.milestone.state_at(self._as_of)
            if max(gone.low, state.billed) < min(gone.high, state.left):
                return None
            dates += [gone.date, *filter(None, (state.waived, state.cancelled))]
            again = {
                _name(one.number, gone.key)
                for one in state.invoices
                if one.low < gone.high and gone.low < one.high
            }
            for other in again - seen:
                date = self.settled(other, seen)
                if not date:
                    return None
                dates.append(date)
        return max(dates, default=None)


def _name(number: str | None, milestone: Key | None) -> str:
    return number or (milestone.link if milestone else "")
