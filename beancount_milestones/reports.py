"""Reports: pure functions from the register, the entries and an as-of date to frozen rows."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from beancount_milestones import allocation
from beancount_milestones.contract import WHOLE
from beancount_milestones.settlement import Account, Key, OpenItems, bills, open_items

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from beancount.core.data import Custom, Directive, Transaction

    from beancount_milestones.contract import Contract, Milestone, Register, State

ZERO: Final = allocation.ZERO


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


COLUMNS: Final = tuple(column.name for column in fields(Row))
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


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that a report looks at."""

    register: Register
    entries: Iterable[Directive]
    options: Mapping[str, Any]
    as_of: datetime.date


def status(books: Books) -> list[Row]:
    """Return a row for every milestone and receivable account, in the order written."""
    return [row for _, row in _rows(books)]


def unbilled(books: Books) -> list[Listed]:
    """Return what is earned and not billed, the longest waiting first."""
    listed = []
    for milestone, row in _rows(books):
        if row.unbilled and row.status != "proposed":
            step = milestone.since(books.as_of, lambda state: state.earned > state.billed)
            days = (books.as_of - step.date).days if step else None
            listed.append(Listed(row, days, step.entry if step else milestone.entry))
    return sorted(listed, key=lambda x: (-(x.days or 0), x.row.client, x.row.contract))


def outstanding(books: Books) -> list[Listed]:
    """Return what is billed and not paid, the longest overdue first."""
    listed = []
    for milestone, row in _rows(books):
        if row.outstanding and row.status != "proposed":
            step = milestone.since(books.as_of, lambda state: bool(state.billed))
            overdue = (books.as_of - row.due).days if row.due else 0
            entry = step.entry if step else milestone.entry
            listed.append(Listed(row, overdue if overdue > 0 else None, entry))
    return sorted(
        listed, key=lambda x: (x.row.due or datetime.date.max, x.row.client, x.row.contract)
    )


def totals(rows: Iterable[Row], column: str) -> dict[str, Decimal]:
    """Return the sum of a column by currency, without currencies that have nothing."""
    sums: dict[str, Decimal] = {}
    for row in rows:
        amount = getattr(row, column)
        if amount:
            sums[row.currency] = allocation.add((sums.get(row.currency, ZERO), amount))
    return dict(sorted(sums.items()))


def _rows(books: Books) -> Iterator[tuple[Milestone, Row]]:
    items = open_items(books.register, books.entries, books.options, books.as_of)
    settled = _settled(items)
    for contract in books.register.contracts.values():
        for milestone in contract.milestones.values():
            accounts = _accounts(contract, milestone, books.as_of)
            for account in accounts:
                paid = settled.get((Key(contract.id, milestone.id), account), Settled())
                row = _row(contract, milestone, account, paid, books.as_of)
                yield milestone, row if account == accounts[0] else replace(row, retention=ZERO)
        for proposal in contract.proposals.values():
            for account in _accounts(contract, proposal, books.as_of):
                row = _row(contract, proposal, account, Settled(), books.as_of)
                yield proposal, replace(row, status="proposed", late=False)


@dataclass(frozen=True, slots=True)
class Settled:
    """What is settled of a milestone on an account, and the due date of what is not."""

    paid: Decimal = ZERO
    due: datetime.date | None = None


def _settled(items: OpenItems) -> dict[tuple[Key, Account], Settled]:
    due: dict[tuple[Key, Account], datetime.date] = {}
    for item in items.items:
        if item.milestone and item.invoiced and item.open:
            key = (item.milestone, item.account)
            due[key] = min(item.due, due.get(key, item.due))
    paid = items.paid()
    return {key: Settled(paid.get(key, ZERO), due.get(key)) for key in paid.keys() | due.keys()}


def _accounts(contract: Contract, milestone: Milestone, as_of: datetime.date) -> list[Account]:
    """The receivable accounts of a milestone, in the order written; else one without a name."""
    parts = milestone.parts_at(as_of)
    accounts = dict.fromkeys(
        Account(leg.posting.account, leg.posting.units.currency)
        for part in parts
        for leg in part.legs
        if leg.posting.account in contract.receivables
    )
    return list(accounts) or [Account("", part.currency) for part in parts[:1]]


def _row(
    contract: Contract,
    milestone: Milestone,
    account: Account,
    settled: Settled,
    as_of: datetime.date,
) -> Row:
    state = milestone.state_at(as_of)
    parts = milestone.parts_at(as_of)
    target = next((part.target for part in reversed(parts) if part.target), None)
    done = max(state.earned, state.billed)
    billable = bills(milestone, account, done, as_of)
    amount = billable if state.cancelled else bills(milestone, account, WHOLE, as_of)
    billed = bills(milestone, account, state.billed, as_of)
    paid = settled.paid
    held = Account(contract.retention or "", account.currency)
    last = state.invoices[-1] if state.invoices else None
    # So that nothing is shown as 0.00 where the amount has two decimals.
    zero = allocation.times(ZERO, amount)
    row = Row(
        contract=contract.id,
        milestone=milestone.id,
        title=next((part.title for part in parts if part.title), ""),
        client=contract.client,
        status="",
        late=bool(target and target < as_of and not (state.completed or state.cancelled)),
        target=target,
        delivered=state.delivered,
        completed=state.completed,
        invoiced=last.date if last else None,
        invoice=", ".join(dict.fromkeys(i.number for i in state.invoices if i.number)),
        due=settled.due or (last.due if last else None),
        currency=account.currency,
        amount=amount,
        billed=allocation.add((zero, billed)),
        paid=allocation.add((zero, paid)),
        outstanding=allocation.add((zero, max(allocation.take(billed, paid), ZERO))),
        unbilled=allocation.add((zero, max(allocation.take(billable, max(billed, paid)), ZERO))),
        remaining=allocation.add((zero, allocation.take(amount, billable))),
        retention=allocation.add((zero, bills(milestone, held, contract.sides(state)[1], as_of))),
        account=account.name,
    )
    return replace(row, status=_status(row, state, as_of))


def _status(row: Row, state: State, as_of: datetime.date) -> str:
    """One word: the first that fits."""
    words = {
        "overdue": row.outstanding and row.due and row.due < as_of,
        "outstanding": row.outstanding,
        "unbilled": row.unbilled,
        "cancelled": state.cancelled,
        "paid": row.paid and not row.remaining,
        "completed": state.completed,
        "delivered": state.delivered,
        "in-progress": state.earned or state.billed,
    }
    return next((word for word, fits in words.items() if fits), "planned")
