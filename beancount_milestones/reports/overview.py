"""The morning's look: four figures in each currency, and what there is to do today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

from beancount_milestones import amounts, events
from beancount_milestones.model import days_after
from beancount_milestones.receivables import Key
from beancount_milestones.reports.dues import dues
from beancount_milestones.reports.open_items import billing, items
from beancount_milestones.reports.status import rows, unbilled

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterator, Sequence
    from decimal import Decimal

    from beancount.core.data import Directive

    from beancount_milestones.model import Milestone, Step
    from beancount_milestones.receivables import Item
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.open_items import OpenItem
    from beancount_milestones.reports.positions import Position
    from beancount_milestones.reports.status import Row

Kind = Literal["invoice", "match", "chase", "late", "accept"]
#: From what brings money in soonest.
KINDS: Final[tuple[Kind, ...]] = ("invoice", "match", "chase", "late", "accept")
#: An acceptance period that ends within so many days wants a look.
ACCEPTED_SOON: Final = 7


class Placed(Protocol):
    """What reports narrow rows by: whatever is about a milestone, or on an account."""

    @property
    def contract(self) -> str:
        """The contract, or nothing."""

    @property
    def milestone(self) -> str:
        """The milestone, or nothing."""

    @property
    def account(self) -> str:
        """The receivable account, or nothing."""


def everything(_: Placed) -> bool:
    """Keep all."""
    return True


@dataclass(frozen=True, slots=True)
class Figures:
    """The four figures in one currency, each with what makes it up."""

    currency: str
    unbilled: Decimal
    #: Milestones that wait for their bill, and since how many days the first of them.
    waiting: int
    waiting_days: int | None
    outstanding: Decimal
    invoices: int
    overdue: Decimal
    overdue_invoices: int
    overdue_days: int | None
    #: Neither earned nor billed.
    backlog: Decimal
    planned: int
    #: The next target that is not past.
    target: datetime.date | None


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do today."""

    kind: Kind
    contract: str
    milestone: str
    title: str
    client: str
    invoice: str
    amount: Decimal
    currency: str
    account: str
    #: Since done, overdue, past the target; or until it is accepted.
    days: int
    #: The day that they are counted from, or to.
    date: datetime.date
    #: Where it comes from.
    entry: Directive


def figures(books: Books, keep: Callable[[Placed], bool] = everything) -> list[Figures]:
    """Return the figures of each currency in use, operating currencies first.

    Only of what is kept. Without anything at all, those of the first operating currency.
    """
    agreed = [row for _, row in _agreed(books) if keep(row)]
    waiting = [listed for listed in unbilled(books) if _sold(listed.row) and keep(listed.row)]
    invoices = [item for item in _invoices(books) if keep(item)]
    operating = list(books.options["operating_currency"])
    used = {row.currency for row in agreed} | {item.currency for item in invoices}
    order = [*(c for c in operating if c in used), *sorted(used.difference(operating))]

    def of(currency: str) -> Figures:
        mine = [row for row in agreed if row.currency == currency]
        ready = [listed for listed in waiting if listed.row.currency == currency]
        owed = [item for item in invoices if item.currency == currency]
        overdue = [item for item in owed if item.days]
        planned = [row for row in mine if row.remaining]
        return Figures(
            currency=currency,
            unbilled=amounts.add(row.unbilled for row in mine),
            waiting=len({(l_.row.contract, l_.row.milestone) for l_ in ready}),
            waiting_days=max((l_.days or 0 for l_ in ready), default=None),
            outstanding=amounts.add(item.open for item in owed),
            invoices=len({_name(item) for item in owed}),
            overdue=amounts.add(item.open for item in overdue),
            overdue_invoices=len({_name(item) for item in overdue}),
            overdue_days=max((item.days or 0 for item in overdue), default=None),
            backlog=amounts.add(row.remaining for row in mine),
            planned=len({(row.contract, row.milestone) for row in planned}),
            target=min(
                (r.target for r in planned if r.target and r.target >= books.as_of), default=None
            ),
        )

    return [of(currency) for currency in order or operating[:1]]


def _sold(row: Row | OpenItem) -> bool:
    """Whether it is on the sell side."""
    return row.side == "sell"


def _agreed(books: Books) -> Iterator[tuple[Position, Row]]:
    """What is agreed with clients and owed on an account."""
    for found, row in rows(books):
        if row.account and not found.proposed and _sold(row):
            yield found, row


def _invoices(books: Books) -> list[OpenItem]:
    """What clients owe on invoices, also those that no contract explains."""
    return [item for item in items(books) if item.kind in {"invoiced", "other"} and _sold(item)]


def _name(item: OpenItem) -> tuple[str, ...]:
    """What makes an invoice: its number; without one, each is by itself."""
    if item.invoice:
        return (item.invoice,)
    return (item.contract, item.milestone, str(item.date), str(item.due))


def _name_of(item: Item) -> tuple[str, ...]:
    """The same of an item that is no row yet."""
    if item.number:
        return (item.number,)
    return (*(item.milestone or ("", "")), str(item.date), str(item.due))


def todo(books: Books, keep: Callable[[Placed], bool] = everything) -> list[Todo]:
    """Return what there is to do, by kind, the most urgent first.

    To invoice what is earned, to chase what is overdue, to look after what is past its target, and
    to expect the acceptance of what is delivered. Only of what is kept.
    """
    found = (*_invoice(books, keep), *_chase(books, keep), *_open_work(books, keep))
    return sorted(found, key=_urgency)


def _urgency(todo: Todo) -> tuple[object, ...]:
    first = todo.days if todo.kind == "accept" else -todo.days
    return (KINDS.index(todo.kind), first, todo.client, todo.contract, todo.milestone, todo.account)


def _of_row(  # noqa: PLR0913 - the columns
    books: Books,
    kind: Kind,
    row: Row,
    *,
    amount: Decimal,
    date: datetime.date,
    entry: Directive,
) -> Todo:
    return Todo(
        kind=kind,
        contract=row.contract,
        milestone=row.milestone,
        title=row.title or row.milestone,
        client=row.client,
        invoice="",
        amount=amount,
        currency=row.currency,
        account=row.account,
        days=abs((books.as_of - date).days),
        date=date,
        entry=entry,
    )


def _invoice(books: Books, keep: Callable[[Placed], bool]) -> Iterator[Todo]:
    for listed in unbilled(books):
        row = listed.row
        if _sold(row) and keep(row):
            date = days_after(books.as_of, -(listed.days or 0))
            yield _of_row(books, "invoice", row, amount=row.unbilled, date=date, entry=listed.entry)


def _chase(books: Books, keep: Callable[[Placed], bool]) -> Iterator[Todo]:
    """Once for each invoice of a client on an account, however many milestones are on it.

    Where what the client has unapplied covers it, there is nothing to chase, only to match.
    """
    asked = {
        (*_name_of(item), item.client, *item.account)
        for found in dues(books)
        if found.asked
        for item in found.items
    }
    invoices: dict[tuple[str, ...], list[OpenItem]] = {}
    for item in _invoices(books):
        if item.days and keep(item):
            key = (*_name(item), item.client, item.account, item.currency)
            invoices.setdefault(key, []).append(item)
    for key, found in invoices.items():
        amount = amounts.add(item.open for item in found)
        yield _of_invoice(books, "chase" if key in asked else "match", found, amount)


def _of_invoice(books: Books, kind: Kind, found: Sequence[OpenItem], amount: Decimal) -> Todo:
    first = found[0]
    if first.contract:
        key = Key(first.contract, first.milestone)
        names = {(item.contract, item.milestone) for item in found}
        title = books.milestone(key).title_at(books.as_of)
        title = title if len(names) == 1 else f"{len(names)} milestones"
        entry = billing(books, key, first.invoice, first.date)
    else:
        entry = next(
            item.debits[0].entry
            for item in books.open_items().items
            if not item.milestone
            and (item.number or "", item.date) == (first.invoice, first.date)
            and item.account == (first.account, first.currency)
        )
        title = entry.narration or ""
    return Todo(
        kind=kind,
        contract=first.contract,
        milestone=first.milestone,
        title=title,
        client=first.client,
        invoice=first.invoice,
        amount=amount,
        currency=first.currency,
        account=first.account,
        days=first.days or 0,
        date=first.due or first.date,
        entry=entry,
    )


def _open_work(books: Books, keep: Callable[[Placed], bool]) -> Iterator[Todo]:
    """Milestones past their target, and those that are soon accepted by waiting; once each."""
    known: dict[Key, list[tuple[Position, Row]]] = {}
    for position, row in rows(books):
        # Most milestones are done: nothing more is asked of them.
        may_be = row.late or position.contract.acceptance is not None
        if may_be and not position.proposed and _sold(row) and keep(row):
            known.setdefault(position.key, []).append((position, row))
    for found in known.values():
        position, row = found[0]
        amount = amounts.add(r.remaining for _, r in found if r.currency == row.currency)
        days = position.contract.acceptance
        delivery = _waiting(position.milestone, books.as_of)
        if delivery and days is not None:
            date = days_after(delivery.date, days)
            if (date - books.as_of).days <= ACCEPTED_SOON:
                entry = delivery.entry
                yield _of_row(books, "accept", row, amount=amount, date=date, entry=entry)
        elif position.late and row.target:
            order = position.milestone.parts_at(books.as_of)[-1].entry
            yield _of_row(books, "late", row, amount=amount, date=row.target, entry=order)


def _waiting(milestone: Milestone, as_of: datetime.date) -> Step | None:
    """The delivery that waits for its acceptance, or None."""
    steps = [step for step in milestone.steps_at(as_of) if step.event in events.END_ACCEPTANCE]
    return steps[-1] if steps and steps[-1].event == "delivered" else None
