"""Expected cash: what will come in, and when, if clients go on paying as they have."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from statistics import median_high
from typing import TYPE_CHECKING, Final, Literal

from beancount_milestones import amounts
from beancount_milestones.model import days_after
from beancount_milestones.reports.open_items import open_debits, unapplied
from beancount_milestones.reports.positions import agreed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from beancount_milestones.receivables import Account, Key
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.positions import Position

Kind = Literal["outstanding", "unbilled", "planned", "unapplied"]
#: From the most to the least certain; then what clients have paid ahead.
KINDS: Final[tuple[Kind, ...]] = ("outstanding", "unbilled", "planned", "unapplied")


@dataclass(frozen=True, slots=True)
class Expected:
    """An amount that will come in, with tax; on the buy side, one that will go out.

    What is paid and not applied yet is negative.
    """

    #: Like 2026-04; empty where nothing says when.
    month: str
    date: datetime.date | None
    client: str
    contract: str
    milestone: str
    invoice: str
    kind: Kind
    #: The median of the days from due date to payment, of this client, or of us to this supplier;
    #: None without a payment.
    habit: int | None
    amount: Decimal
    currency: str
    account: str
    side: str


#: How many days after the due date somebody pays, by side and client: what we pay is our own habit.
Habits = Mapping[tuple[str, str], int]
FORECAST_COLUMNS: Final = tuple(column.name for column in fields(Expected))


def forecast(books: Books, habits: Habits | None = None) -> list[Expected]:
    """Return what is expected, the earliest first, and what has no date last.

    Invoices come in when they are due, what is unbilled as if it were invoiced today, what is
    planned as if it were invoiced on its target: each as many days later as the client usually
    pays, or as ``habits`` says, and never before the as-of date. Proposals are left out.
    """
    if habits is None:
        habits = habits_of(books)
    rows = []
    # What is billed and open of each milestone, less what its reductions could not settle.
    counted: dict[tuple[Key | None, Account], list[Decimal]] = defaultdict(list)
    for item in open_debits(books):
        if item.invoiced:
            row = _row(books, habits, "outstanding", item.client, item.open, item.account, item.due)
            rows.append(_of(row, item.milestone, item.number))
            counted[item.milestone, item.account].append(item.open)
    for rest in unapplied(books):
        credit, amount = rest.credit, amounts.negative(rest.amount)
        row = _row(books, habits, "unapplied", credit.client, amount, credit.account, None)
        rows.append(_of(row, credit.milestone))
        counted[credit.milestone, credit.account].append(amount)
    for position in agreed(books):
        known = amounts.add(counted[position.key, position.account])
        rows += _of_position(books, habits, position, known)
    return sorted(rows, key=_order)


def _of_position(
    books: Books, habits: Habits, found: Position, counted: Decimal
) -> Iterator[Expected]:
    """Yield what waits for its invoice, and what is still to do."""
    contract = found.contract
    about = (found.client, found.account)
    waiting = amounts.take(found.reached, amounts.add((found.paid, counted)))
    if waiting:
        due = contract.due(books.as_of)
        row = _row(books, habits, "unbilled", about[0], waiting, about[1], due)
        yield _of(row, found.key)
    planned = found.remaining
    if contract.holds_back(found.milestone, books.as_of):
        planned = _less_released(books, found)
    if planned:
        ready = _ready(found)
        due_then = contract.due(max(ready, books.as_of)) if ready else None
        row = _row(books, habits, "planned", about[0], planned, about[1], due_then)
        yield _of(row, found.key)


def _less_released(books: Books, found: Position) -> Decimal:
    """What comes of a milestone that holds back: what it is yet to, less all that it releases.

    So where no milestone releases it, what it holds back so far.
    """
    if not found.amount:
        return amounts.ZERO
    contract, currency = found.contract, found.currency
    shares = contract.credited_back(tuple(contract.milestones.values()), books.as_of)
    share = dict(zip(contract.milestones, shares, strict=True))[found.milestone.id]
    places = max(books.register.places(currency), amounts.decimals(found.amount))
    return amounts.take(found.remaining, amounts.fraction_of(found.amount, share, places))


def _row(  # noqa: PLR0913, PLR0917 - what a row is made of
    books: Books,
    habits: Habits,
    kind: Kind,
    client: str,
    amount: Decimal,
    account: Account,
    due: datetime.date | None,
) -> Expected:
    side = books.side_of(account)
    habit = habits.get((side, client))
    date = None
    if due:
        # Never before the day that one looks.
        date = days_after(due, max(habit or 0, (books.as_of - due).days))
    return Expected(
        month=date.isoformat()[:7] if date else "",
        date=date,
        client=client,
        contract="",
        milestone="",
        invoice="",
        kind=kind,
        habit=habit,
        amount=amount,
        currency=account.currency,
        account=account.name,
        side=side,
    )


def _of(row: Expected, key: Key | None, number: str | None = None) -> Expected:
    """The row, with what it is for."""
    contract, milestone = key or ("", "")
    return replace(row, contract=contract, milestone=milestone, invoice=number or "")


def habits_of(books: Books) -> dict[tuple[str, str], int]:
    """Return how many days after the due date each client pays: the median of their payments.

    By side and client: how we pay somebody says nothing of how they pay us. Of an even number of
    payments, the later one of the two in the middle.
    """
    days: dict[tuple[str, str], list[int]] = defaultdict(list)
    for item in books.open_items().items:
        due = item.due
        if item.invoiced and due:
            days[books.side_of(item.account), item.client] += [
                (date - due).days for date, _ in item.payments
            ]
    return {payer: median_high(late) for payer, late in days.items() if late}


def _ready(found: Position) -> datetime.date | None:
    """When a milestone will be completed, as far as anything says so."""
    delivered, acceptance = found.state.delivered, found.contract.acceptance
    if delivered and acceptance is not None:
        return days_after(delivered, acceptance)
    return found.target


def _order(row: Expected) -> tuple[object, ...]:
    """By date; on one day, an order that no line or file can change."""
    names = (row.client, row.contract, row.milestone, row.invoice)
    return (
        *(row.date or datetime.date.max, not row.date, names),
        *(KINDS.index(row.kind), row.account, row.currency, row.amount),
    )
