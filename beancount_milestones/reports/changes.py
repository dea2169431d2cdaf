"""What has changed since a day: for a mail, a chat or cron."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Literal

from beancount_milestones import amounts
from beancount_milestones.model import BEGINNING, days_after
from beancount_milestones.receivables import bills
from beancount_milestones.reports.positions import positions

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator
    from decimal import Decimal

    from beancount_milestones.model import Milestone, State
    from beancount_milestones.receivables import Account, Item, Key
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.positions import Position

What = Literal[
    "new",
    "amount",
    "delivered",
    "rejected",
    "progress",
    "completed",
    "reopened",
    "cancelled",
    "waived",
    "invoiced",
    "credited",
    "late",
    "overdue",
    "paid",
    "unpaid",
]


#: What makes a milestone smaller, until `reopened` takes it back.
_LESSENS: Final = ("cancelled", "waived")


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is so at the end of a day, and was not at the end of an earlier one."""

    date: datetime.date
    contract: str
    milestone: str
    title: str
    client: str
    change: What
    #: The status on the earlier day; empty for what is new.
    before: str
    #: The status now.
    after: str
    invoice: str
    amount: Decimal
    currency: str
    account: str


CHANGE_COLUMNS: Final = tuple(column.name for column in fields(Change))


def changes(books: Books, since: datetime.date) -> list[Change]:
    """Return what differs between the end of ``since`` and of the as-of date, by date.

    What came and went in between is not a change.
    """
    before = {_identity(found): found for found in positions(books.on(since))}
    found: list[Change] = []
    for now in positions(books):
        then = before.get(_identity(now))
        found += _Compared(now=now, then=then, since=since, as_of=books.as_of).changes()
    return sorted(found, key=lambda change: change.date)


def _identity(found: Position) -> tuple[Key, Account, bool]:
    """What makes a position the same on two days."""
    return found.key, found.account, found.proposed


@dataclass(frozen=True, slots=True)
class _Compared:
    """A position now and then."""

    now: Position
    then: Position | None
    since: datetime.date
    as_of: datetime.date

    @property
    def milestone(self) -> Milestone:
        """The milestone of both."""
        return self.now.milestone

    def changes(self) -> Iterator[Change]:
        """Yield what has changed, in the order in which it usually happens."""
        now, then = self.now, self.then
        if then is None:
            yield self._change("new", self.milestone.entry.date, now.amount)
        yield from self._work()
        yield from self._whole()
        yield from self._bills()
        late = None if now.proposed else now.contract.late_since(self.milestone, self.as_of)
        if late and not (then and then.late):
            yield self._change("late", late, now.remaining)
        yield from self._overdue()
        yield from self._paid()

    def _work(self) -> Iterator[Change]:
        row = self.now
        then, now = self._states()
        if now.delivered and now.delivered != then.delivered:
            yield self._change("delivered", now.delivered, row.amount)
        if then.delivered and not (now.delivered or then.completed or now.completed):
            yield self._change("rejected", self._last("rejected"), row.amount)
        # What more is earned is told once.
        earned = amounts.take(
            bills(row.contract, row.milestone, row.account, now.earned, self.as_of),
            bills(row.contract, row.milestone, row.account, then.earned, self.since),
        )
        if now.completed and now.completed != then.completed:
            yield self._change("completed", now.completed, earned)
        elif then.completed and not now.completed and not self._is_larger():
            yield self._change("reopened", self._last("reopened"), earned)
        elif earned:
            yield self._change("progress", self._earned_on(), earned)

    def _whole(self) -> Iterator[Change]:
        """What it will ever bill."""
        then, now = self._states()
        difference = self._difference("amount")
        if now.cancelled and now.cancelled != then.cancelled:
            yield self._change("cancelled", now.cancelled, difference)
        elif now.waived and now.waived != then.waived:
            yield self._change("waived", now.waived, difference)
        elif self._is_larger():
            yield self._change("reopened", self._last("reopened"), difference)
        elif self.then and difference:
            written = self.milestone.parts_at(self.as_of)[-1].entry.date
            # What a credit note gives back for good, or releases, is no change order.
            if written > self.since:
                yield self._change("amount", written, difference)

    def _bills(self) -> Iterator[Change]:
        then, now = self._states()
        amount = self._difference("billed")
        if now.billed > then.billed:
            yield self._change("invoiced", now.invoices[-1].date, amount)
        elif now.billed < then.billed:
            moves = self.milestone.moves(self.as_of)
            notes = [step for step, before in moves if step.state.billed < before]
            numbers = (note.number for note in notes if note.number and note.date > self.since)
            number = ", ".join(dict.fromkeys(numbers))
            yield self._change("credited", notes[-1].date, amount, number)

    def _overdue(self) -> Iterator[Change]:
        old = self.then.items if self.then else ()
        known = {(item.number, _overdue(item, self.since)) for item in old}
        for item in self.now.items:
            due = _overdue(item, self.as_of)
            if due and (item.number, due) not in known:
                returned = (debit.entry.date for debit in item.debits)
                date = max(self._day_after(due), item.date, *returned)
                yield self._change("overdue", date, item.open, item.number or "")

    def _paid(self) -> Iterator[Change]:
        amount = self._difference("paid")
        items = self.now.items
        if amount > 0:
            # A payment that was there before pays what came later.
            came = [match.credit.date for item in items for match in item.matches]
            owed = [item.date for item in items if item.matches]
            days = [day for day in came if day > self.since] or owed
            yield self._change("paid", max(days, default=self.as_of), amount)
        elif amount < 0:
            days = [debit.entry.date for item in items for debit in item.debits]
            yield self._change("unpaid", max((*days, *self._lowered()), default=self.as_of), amount)

    def _lowered(self) -> Iterator[datetime.date]:
        """The days on which less of it was owed than before: a payment had too much to pay."""
        row, before = self.now, amounts.ZERO
        for step in self.milestone.steps_at(self.as_of):
            reached = row.contract.sides(step.state)[1]
            owed = bills(row.contract, row.milestone, row.account, reached, self.as_of)
            if owed < before:
                yield step.date
            before = owed

    def _states(self) -> tuple[State, State]:
        return self.milestone.state_at(self.since), self.milestone.state_at(self.as_of)

    def _difference(self, column: str) -> Decimal:
        """How much larger an amount is now."""
        now: Decimal = getattr(self.now, column)
        then: Decimal = getattr(self.then, column) if self.then else amounts.ZERO
        return amounts.take(now, then)

    def _day_after(self, date: datetime.date) -> datetime.date:
        """The first day on which a date is past, or on which anyone could know."""
        return max(days_after(date, 1), self.milestone.entry.date)

    def _last(self, event: str) -> datetime.date:
        """The day of the last such event; of the last event where it was another."""
        steps = self.milestone.steps_at(self.as_of)
        return next((s for s in reversed(steps) if s.event == event), steps[-1]).date

    def _is_larger(self) -> bool:
        """Whether what had fallen away has come back."""
        then, now = self._states()
        return any(getattr(then, end) and not getattr(now, end) for end in _LESSENS)

    def _earned_on(self) -> datetime.date:
        """The last day on which more or less of it became earned."""
        steps = self.milestone.steps_at(self.as_of)
        states = (BEGINNING, *(step.state for step in steps))
        moves = (
            s.date
            for s, before in zip(steps, states, strict=False)
            if s.state.earned != before.earned
        )
        return max(moves)

    def _change(
        self, what: What, date: datetime.date, amount: Decimal, invoice: str | None = None
    ) -> Change:
        row = self.now
        return Change(
            # An older cause may have another effect now, as when a payment pays something else:
            # all that is known is that it was not so, and is.
            date=date if date > self.since else self.as_of,
            contract=row.contract.id,
            milestone=row.milestone.id,
            title=row.title,
            client=row.client,
            change=what,
            before=self.then.status if self.then else "",
            after=row.status,
            invoice=", ".join(row.numbers) if invoice is None else invoice,
            amount=amount,
            currency=row.currency,
            account=row.account.name,
        )


def _overdue(item: Item, date: datetime.date) -> datetime.date | None:
    """The due date of an item that is overdue."""
    past = item.invoiced and item.open and item.due and item.due < date
    return item.due if past else None
