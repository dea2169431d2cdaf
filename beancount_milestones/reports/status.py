"""Where every milestone stands: status, unbilled, outstanding."""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final

from beancount_milestones import amounts
from beancount_milestones.model import WHOLE
from beancount_milestones.receivables import (
    Account,
    Key,
    OpenItems,
    accounts_of,
    bills,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from decimal import Decimal
    from fractions import Fraction

    from beancount.core.data import Custom, Transaction

    from beancount_milestones.model import Contract, Milestone, State
    from beancount_milestones.receivables import Item, Movement
    from beancount_milestones.reports.books import Books

ZERO: Final = amounts.ZERO


@dataclass(frozen=True, slots=True)
class Row:
    """A milestone on one receivable account, as of a day. The amounts are gross, in `currency`.

    ``amount = paid + outstanding + unbilled + remaining``, where no more is paid than billable.
    """

    contract: str
    milestone: str
    title: str
    client: str
    status: str
    late: bool
    target: datetime.date | None
    delivered: datetime.date | None
    completed: datetime.date | None
    #: The date of the last invoice in force.
    invoiced: datetime.date | None
    #: The numbers of all invoices in force.
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


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of a list that a person works through, with what to click on."""

    row: Row
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


def done(milestone: Milestone, as_of: datetime.date) -> datetime.date | None:
    """Return when a milestone was done; None where something is still to be done.

    What has no income or expenses, as a deposit or the release of a retention, is done when it is
    billed: nobody has to complete it.
    """
    state = milestone.state_at(as_of)
    works = any(leg.earned for part in milestone.parts_at(as_of) for leg in part.legs)
    billed = None if works or state.billed < WHOLE else state.invoices[-1].date
    return state.completed or state.cancelled or billed


def late(milestone: Milestone, row: Row, as_of: datetime.date) -> bool:
    """Return whether somebody should look after a milestone: it is late, and not done."""
    return row.late and not done(milestone, as_of)


def status(books: Books) -> list[Row]:
    """Return a row for every milestone and receivable account, in the order written."""
    return [row for _, row in rows_of(books)]


def unbilled(books: Books) -> list[Listed]:
    """Return what is earned and not billed, the longest waiting first."""
    return lists(books)[0]


def outstanding(books: Books) -> list[Listed]:
    """Return what is billed and not paid, the longest overdue first."""
    return lists(books)[1]


def lists(books: Books) -> tuple[list[Listed], list[Listed]]:
    """Return what is unbilled and what is outstanding."""
    return books.once(_lists)


def _lists(books: Books) -> tuple[list[Listed], list[Listed]]:
    waiting, owed = [], []
    items: dict[tuple[Key, Account], list[Item]] = defaultdict(list)
    for item in books.open_items().items:
        if item.milestone:
            items[item.milestone, item.account].append(item)
    for milestone, row in rows_of(books):
        earned = row.unbilled and milestone.since(books.as_of, _is_ahead)
        if earned:
            waiting.append(Listed(row, (books.as_of - earned.date).days, earned.entry))
        if row.outstanding:
            billed = milestone.since(books.as_of, lambda state: bool(state.billed))
            overdue = (books.as_of - (row.due or books.as_of)).days
            entry = billed.entry if billed else milestone.entry
            key = (Key(row.contract, row.milestone), Account(row.account, row.currency))
            moved = [movement for item in items[key] for movement in item.movements()]
            movements = tuple(sorted(moved, key=lambda movement: movement.date))
            owed.append(Listed(row, overdue if overdue > 0 else None, entry, movements))
    waiting.sort(key=lambda x: (-(x.days or 0), x.row.client, x.row.contract))
    owed.sort(key=lambda x: (x.row.due or datetime.date.max, x.row.client, x.row.contract))
    return waiting, owed


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


def rows_of(books: Books) -> Sequence[tuple[Milestone, Row]]:
    """Return every row with its milestone. The retention of one stands on its first row."""
    return books.once(_all_rows)


def _all_rows(books: Books) -> Sequence[tuple[Milestone, Row]]:
    return tuple(_rows(books))


def _rows(books: Books) -> Iterator[tuple[Milestone, Row]]:
    settled = _settled(books.open_items())
    for contract in books.contracts():
        for milestone in contract.milestones.values():
            key = Key(contract.id, milestone.id)
            for number, account in enumerate(_accounts(contract, milestone, books.as_of)):
                paid = settled.get((key, account), _NOTHING_SETTLED)
                row = _row(contract, milestone, account, paid, books.as_of)
                yield milestone, replace(row, retention=ZERO * row.amount) if number else row
        for proposal in contract.proposals.values():
            for account in _accounts(contract, proposal, books.as_of):
                row = _row(contract, proposal, account, _NOTHING_SETTLED, books.as_of)
                yield proposal, replace(row, status="proposed", late=False)


@dataclass(frozen=True, slots=True)
class _Settled:
    """What is settled of a milestone on an account, and the due date of what is not."""

    paid: Decimal = ZERO
    due: datetime.date | None = None


_NOTHING_SETTLED: Final = _Settled()


def _settled(items: OpenItems) -> dict[tuple[Key, Account], _Settled]:
    due: dict[tuple[Key, Account], datetime.date] = {}
    for item in items.items:
        if item.milestone and item.invoiced and item.open:
            key = (item.milestone, item.account)
            due[key] = min(item.due, due.get(key, item.due))
    return {key: _Settled(paid, due.get(key)) for key, paid in items.paid().items()}


def _accounts(contract: Contract, milestone: Milestone, as_of: datetime.date) -> list[Account]:
    """The receivable accounts that a milestone bills on, in the order written.

    Where it bills nothing, one of them all the same; without any, one without a name.
    """
    accounts = list(accounts_of(contract, milestone, as_of))
    if len(accounts) == 1:
        return accounts
    parts = milestone.parts_at(as_of)
    billing = [account for account in accounts if bills(milestone, account, WHOLE, as_of)]
    return billing or accounts[:1] or [Account("", part.currency) for part in parts[:1]]


def _row(
    contract: Contract,
    milestone: Milestone,
    account: Account,
    settled: _Settled,
    as_of: datetime.date,
) -> Row:
    def part_of(fraction: Fraction, on: Account = account) -> Decimal:
        """All amounts of a row are shown with the same decimals."""
        return amounts.add((zero, bills(milestone, on, fraction, as_of)))

    zero = _zero(milestone, account, as_of)
    state = milestone.state_at(as_of)
    parts = milestone.parts_at(as_of)
    done = max(state.earned, state.billed)
    billable = part_of(done)
    amount = billable if state.cancelled or done == WHOLE else part_of(WHOLE)
    billed = billable if state.billed == done else part_of(state.billed)
    paid = amounts.add((zero, settled.paid))
    target = next((part.target for part in reversed(parts) if part.target), None)
    last = state.invoices[-1] if state.invoices else None
    # Nothing is owed on what bills less than nothing, though it settles something else.
    outstanding = max(amounts.take(billed, paid), zero) if billable >= 0 else zero
    unbilled = max(amounts.take(billable, max(billed, paid)), zero)
    remaining = amounts.take(amount, billable)
    due = settled.due or (last.due if last else None)
    # The first that fits.
    words = {
        "overdue": outstanding and due and due < as_of,
        "outstanding": outstanding,
        "unbilled": unbilled,
        "cancelled": state.cancelled,
        "paid": paid and not remaining,
        "completed": state.completed,
        "delivered": state.delivered,
        "in-progress": done,
    }
    return Row(
        contract=contract.id,
        milestone=milestone.id,
        title=next((part.title for part in reversed(parts) if part.title), ""),
        client=contract.client,
        status=next((word for word, fits in words.items() if fits), "planned"),
        late=bool(target and target < as_of and not (state.completed or state.cancelled)),
        target=target,
        delivered=state.delivered,
        completed=state.completed,
        invoiced=last.date if last else None,
        invoice=", ".join(dict.fromkeys(i.number for i in state.invoices if i.number)),
        due=due,
        currency=account.currency,
        amount=amount,
        billed=billed,
        paid=paid,
        outstanding=outstanding,
        unbilled=unbilled,
        remaining=remaining,
        retention=part_of(contract.sides(state)[1], Account(contract.retention, account.currency))
        if contract.retention
        else zero,
        account=account.name,
    )


def _zero(milestone: Milestone, account: Account, as_of: datetime.date) -> Decimal:
    """Nothing, with the decimal places of the amounts that a milestone has on an account."""
    places = [
        leg.places
        for part in milestone.parts_at(as_of)
        for leg in part.legs
        if leg.currency == account.currency
    ]
    return ZERO.scaleb(-max(places, default=amounts.minor_unit(account.currency)))
