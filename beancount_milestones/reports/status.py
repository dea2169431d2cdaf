"""Every milestone as a row: status, unbilled, outstanding."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from beancount_milestones import amounts
from beancount_milestones.amounts import ZERO
from beancount_milestones.reports.books import cached
from beancount_milestones.reports.open_items import overdue
from beancount_milestones.reports.positions import made_of_each, positions

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from beancount.core.data import Custom, Transaction

    from beancount_milestones.model import State
    from beancount_milestones.receivables import Item, Movement
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.positions import Position


@dataclass(frozen=True, slots=True)
class Row:
    """A position as people and machines read it: flat. An invoice by hand has no contract."""

    contract: str
    milestone: str
    title: str
    client: str
    status: str
    late: bool
    target: datetime.date | None
    delivered: datetime.date | None
    completed: datetime.date | None
    #: The date of the last of the invoices below.
    invoiced: datetime.date | None
    #: The numbers of all invoices in force, separated by commas; where another one is open, as what
    #: takes a reduction back, of all that are open.
    invoice: str
    #: The earliest due date with something outstanding; else that of the last invoice.
    due: datetime.date | None
    currency: str
    amount: Decimal
    billed: Decimal
    paid: Decimal
    outstanding: Decimal
    unbilled: Decimal
    remaining: Decimal
    retention: Decimal
    account: str
    side: str

    @property
    def proposed(self) -> bool:
        """Whether it is not agreed yet: in none of the totals."""
        return self.status == "proposed"


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of a list that a person works through, with what to click on."""

    row: Row
    #: None for an invoice that no contract explains.
    position: Position | None
    #: Days since it was earned, or days overdue; None where it is neither.
    days: int | None
    #: The directive, or else the transaction, that it comes from.
    entry: Custom | Transaction
    #: What has settled some of it, and what raised it again, oldest first.
    movements: tuple[Movement, ...] = ()


COLUMNS: Final = tuple(column.name for column in fields(Row))
#: The columns that are dates.
DATES: Final = ("target", "delivered", "completed", "invoiced", "due")
#: The columns that are amounts.
AMOUNTS: Final = (
    "amount",
    "billed",
    "paid",
    "outstanding",
    "unbilled",
    "remaining",
    "retention",
)


def row_of(found: Position) -> Row:
    """Return a position as a row."""
    state = found.state
    invoices = found.invoices
    return Row(
        contract=found.contract.id,
        milestone=found.milestone.id,
        title=found.title,
        client=found.client,
        status=found.status,
        late=found.late,
        target=found.target,
        delivered=state.delivered,
        completed=state.completed,
        invoiced=max((one.date for one in invoices), default=None),
        invoice=", ".join(dict.fromkeys(one.number for one in invoices if one.number)),
        due=found.due,
        currency=found.currency,
        amount=found.amount,
        billed=found.billed,
        paid=found.paid,
        outstanding=found.outstanding,
        unbilled=found.unbilled,
        remaining=found.remaining,
        retention=found.retention,
        account=found.account.name,
        side=found.contract.side,
    )


def rows(books: Books) -> tuple[tuple[Position, Row], ...]:
    """Return every position in scope with its row, in the order written."""
    return books.once(_rows)


def _rows(books: Books) -> tuple[tuple[Position, Row], ...]:
    return made_of_each(positions(books), row_of, books.near(_rows))


def status(books: Books) -> list[Row]:
    """Return a row for every milestone and account, in the order written."""
    return [row for _, row in rows(books)]


@cached
def unbilled(books: Books) -> list[Listed]:
    """Return what is earned and not billed, the longest waiting first."""
    found = []
    for position, row in rows(books):
        earned = position.unbilled and position.milestone.since(books.as_of, _is_ahead)
        if earned:
            days = (books.as_of - earned.date).days
            found.append(Listed(row, position, days, earned.entry))
    return sorted(found, key=lambda x: (-(x.days or 0), x.row.client, x.row.contract))


@cached
def outstanding(books: Books) -> list[Listed]:
    """Return what is billed and not paid, the longest overdue first.

    Invoices that no contract explains too.
    """
    found = []
    for position, row in rows(books):
        if position.outstanding:
            milestone = position.milestone
            billed = milestone.since(books.as_of, lambda state: bool(state.billed))
            entry = billed.entry if billed else milestone.entry
            found.append(_owed(books, row, position, entry, position.items))
    for item in books.open_items().items:
        if item.open and not item.milestone and books.asks(item.client, None, item.account):
            entry = item.debits[0].entry
            found.append(_owed(books, _row_by_hand(books, item), None, entry, (item,)))
    return sorted(
        found, key=lambda x: (x.row.due or datetime.date.max, x.row.client, x.row.contract)
    )


def _owed(
    books: Books,
    row: Row,
    position: Position | None,
    entry: Custom | Transaction,
    items: Iterable[Item],
) -> Listed:
    moved = [movement for item in items for movement in item.movements]
    movements = tuple(sorted(moved, key=lambda movement: movement.date))
    return Listed(row, position, overdue(row.due, books.as_of), entry, movements)


def _row_by_hand(books: Books, item: Item) -> Row:
    return Row(
        contract="",
        milestone="",
        title=item.debits[0].entry.narration or "",
        client=item.client,
        status="overdue" if overdue(item.due, books.as_of) else "outstanding",
        late=False,
        target=None,
        delivered=None,
        completed=None,
        invoiced=item.date,
        invoice=item.number or "",
        due=item.due,
        currency=item.account.currency,
        amount=item.amount,
        billed=item.amount,
        paid=item.settled,
        outstanding=item.open,
        unbilled=ZERO,
        remaining=ZERO,
        retention=ZERO,
        account=item.account.name,
        side=books.side_of(item.account),
    )


def _is_ahead(state: State) -> bool:
    """Whether more is earned than billed."""
    return state.earned > state.billed


def totals(rows: Iterable[Row], column: str) -> dict[str, Decimal]:
    """Return the sum of a column by currency, without currencies that have nothing."""
    sums: dict[str, Decimal] = {}
    for row in rows:
        amount = getattr(row, column)
        if amount:
            sums[row.currency] = amounts.add((sums.get(row.currency, ZERO), amount))
    return dict(sorted(sums.items()))
