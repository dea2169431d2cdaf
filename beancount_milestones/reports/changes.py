"""What has changed since a day: for a mail, a chat or cron."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.model import days_after
from beancount_milestones.receivables import Account, Key, bills
from beancount_milestones.reports.status import late, rows_of

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator
    from decimal import Decimal

    from beancount_milestones.model import Milestone, State
    from beancount_milestones.receivables import Item, OpenItems
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.status import Row

What = Literal[
    "new",
    "amount",
    "delivered",
    "rejected",
    "progress",
    "completed",
    "reopened",
    "cancelled",
    "invoiced",
    "credited",
    "late",
    "overdue",
    "paid",
    "unpaid",
]


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

_Open = dict[tuple[Key | None, Account], list["Item"]]


def changes(books: Books, since: datetime.date) -> list[Change]:
    """Return what differs between the end of ``since`` and of the as-of date, by date.

    What came and went again in between is no change.
    """
    earlier = replace(books, as_of=since)
    then_open, now_open = earlier.open_items(), books.open_items()
    before = {_place(row): row for _, row in rows_of(earlier)}
    old, new = _of_milestones(then_open), _of_milestones(now_open)
    found: list[Change] = []
    for _, row in rows_of(books):
        contract = books.register.contracts[row.contract]
        proposed = row.status == "proposed"
        milestones = contract.proposals if proposed else contract.milestones
        place = _place(row)
        # A proposal has no items, whatever the milestone has that it changes.
        item = (None if proposed else place.key, place.account)
        then = before.get(place)
        compared = _Compared(
            row=row,
            then=then,
            milestone=milestones[row.milestone],
            since=since,
            as_of=books.as_of,
            old=old[item],
            new=new[item],
        )
        found += compared.changes()
    return sorted(found, key=lambda change: change.date)


class _Place(NamedTuple):
    """Where a row stands: a milestone, or a proposal, on an account."""

    key: Key
    account: Account
    proposed: bool


def _place(row: Row) -> _Place:
    key, account = Key(row.contract, row.milestone), Account(row.account, row.currency)
    return _Place(key, account, row.status == "proposed")


def _of_milestones(items: OpenItems) -> _Open:
    """The items of milestones, by milestone and account."""
    found: _Open = defaultdict(list)
    for item in items.items:
        if item.milestone:
            found[item.milestone, item.account].append(item)
    return found


@dataclass(frozen=True, slots=True)
class _Compared:
    """A row now and then, and what both come from."""

    row: Row
    then: Row | None
    milestone: Milestone
    since: datetime.date
    as_of: datetime.date
    old: list[Item]
    new: list[Item]

    def changes(self) -> Iterator[Change]:
        """Yield what has changed, in the order in which it usually happens."""
        row, then = self.row, self.then
        if then is None:
            yield self._change("new", self.milestone.entry.date, row.amount)
        yield from self._work()
        yield from self._bills()
        was_late = then is not None and late(self.milestone, then, self.since)
        if late(self.milestone, row, self.as_of) and row.target and not was_late:
            yield self._change("late", self._day_after(row.target), row.remaining)
        yield from self._overdue()
        yield from self._paid()

    def _work(self) -> Iterator[Change]:
        row = self.row
        then, now = self._states()
        difference = self._difference("amount")
        if now.delivered and now.delivered != then.delivered:
            yield self._change("delivered", now.delivered, row.amount)
        if then.delivered and not (now.delivered or then.completed or now.completed):
            yield self._change("rejected", self._last("rejected"), row.amount)
        if now.completed and now.completed != then.completed:
            yield self._change("completed", now.completed, row.amount)
        elif now.earned != then.earned and not then.completed:
            account = Account(row.account, row.currency)
            earned = amounts.take(
                bills(self.milestone, account, now.earned, self.as_of),
                bills(self.milestone, account, then.earned, self.since),
            )
            yield self._change("progress", self._last("progress"), earned)
        if now.cancelled and now.cancelled != then.cancelled:
            yield self._change("cancelled", now.cancelled, difference)
        elif (then.completed and not now.completed) or (then.cancelled and not now.cancelled):
            yield self._change("reopened", self._last("reopened"), row.remaining)
        elif self.then and difference:
            written = self.milestone.parts_at(self.as_of)[-1].entry.date
            yield self._change("amount", written, difference)

    def _bills(self) -> Iterator[Change]:
        then, now = self._states()
        amount = self._difference("billed")
        if now.billed > then.billed:
            yield self._change("invoiced", now.invoices[-1].date, amount)
        elif now.billed < then.billed:
            yield self._change("credited", self._last("credited"), amount)

    def _overdue(self) -> Iterator[Change]:
        known = {(item.number, item.due) for item in self.old if _overdue(item, self.since)}
        for item in self.new:
            if _overdue(item, self.as_of) and (item.number, item.due) not in known:
                returned = (debit.entry.date for debit in item.debits)
                date = max(self._day_after(item.due), item.date, *returned)
                yield self._change("overdue", date, item.open, item.number or "")

    def _paid(self) -> Iterator[Change]:
        amount = self._difference("paid")
        if amount:
            days = [match.credit.date for item in self.new for match in item.matches]
            days += [debit.entry.date for item in self.new for debit in item.debits]
            days += [step.date for step in self.milestone.steps_at(self.as_of)]
            date = max(days, default=self.as_of)
            yield self._change("paid" if amount > 0 else "unpaid", date, amount)

    def _states(self) -> tuple[State, State]:
        return self.milestone.state_at(self.since), self.milestone.state_at(self.as_of)

    def _difference(self, column: str) -> Decimal:
        """How much larger an amount is now."""
        now: Decimal = getattr(self.row, column)
        then: Decimal = getattr(self.then, column) if self.then else amounts.ZERO
        return amounts.take(now, then)

    def _day_after(self, date: datetime.date) -> datetime.date:
        """The first day on which a date is past, or on which anyone could know."""
        return max(days_after(date, 1), self.milestone.entry.date)

    def _last(self, event: str) -> datetime.date:
        """The day of the last such event; of the last event where it was another."""
        steps = self.milestone.steps_at(self.as_of)
        return next((s for s in reversed(steps) if s.event == event), steps[-1]).date

    def _change(
        self, what: What, date: datetime.date, amount: Decimal, invoice: str | None = None
    ) -> Change:
        row = self.row
        return Change(
            # An older cause may have another effect now, as when a payment pays something else:
            # all that is known is that it was not so, and is.
            date=date if date > self.since else self.as_of,
            contract=row.contract,
            milestone=row.milestone,
            title=row.title,
            client=row.client,
            change=what,
            before=self.then.status if self.then else "",
            after=row.status,
            invoice=row.invoice if invoice is None else invoice,
            amount=amount,
            currency=row.currency,
            account=row.account,
        )


def _overdue(item: Item, date: datetime.date) -> bool:
    return bool(item.invoiced and item.open and item.due < date)
