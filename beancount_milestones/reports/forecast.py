"""Expected cash: what will come in, and when, if clients go on paying as they have."""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass, fields, replace
from statistics import median_high
from typing import TYPE_CHECKING, Final, Literal

from beancount_milestones import amounts
from beancount_milestones.model import days_after
from beancount_milestones.receivables import Account, Key
from beancount_milestones.reports.owners import Clients
from beancount_milestones.reports.status import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from beancount_milestones.model import Contract
    from beancount_milestones.receivables import OpenItems
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.status import Row

Kind = Literal["outstanding", "unbilled", "planned", "unapplied"]
#: From the most to the least certain; then what clients have paid ahead.
KINDS: Final[tuple[Kind, ...]] = ("outstanding", "unbilled", "planned", "unapplied")


@dataclass(frozen=True, slots=True)
class Expected:
    """An amount that will come in, in gross. What is paid and not applied yet is negative."""

    #: Like 2026-04; empty where nothing says when.
    month: str
    date: datetime.date | None
    client: str
    contract: str
    milestone: str
    invoice: str
    kind: Kind
    #: The median of the days from due date to payment, of this client; None without a payment.
    habit: int | None
    amount: Decimal
    currency: str
    account: str


FORECAST_COLUMNS: Final = tuple(column.name for column in fields(Expected))


def forecast(books: Books) -> list[Expected]:
    """Return what is expected, the earliest first, and what has no date last.

    Invoices come in when they are due, what is unbilled as if it were billed today, what is
    planned as if it were billed on its target: each as many days later as the client usually pays,
    and never before the as-of date. Proposals are left out.
    """
    found = books.open_items()
    clients = Clients.of(books)
    expecting = _Expecting(books, clients, _habits(found, clients))
    rows = [*expecting.items(found), *expecting.unapplied(found)]
    # What is billed and open of each milestone, less what its reductions could not settle.
    counted: dict[tuple[Key, Account], list[Decimal]] = defaultdict(list)
    for row in rows:
        key = Key(row.contract, row.milestone)
        counted[key, Account(row.account, row.currency)].append(row.amount)
    for _, line in rows_of(books):
        if line.account and line.status != "proposed":
            key = Key(line.contract, line.milestone)
            known = counted[key, Account(line.account, line.currency)]
            rows.extend(expecting.milestone(line, amounts.add(known)))
    return sorted(rows, key=_order)


@dataclass(frozen=True, slots=True)
class _Expecting:
    """What is expected of whom, and when."""

    books: Books
    clients: Clients
    habits: dict[str, int]

    def items(self, found: OpenItems) -> Iterator[Expected]:
        """Yield what is billed and open."""
        for item in found.items:
            client = self.clients.owner(item.account, item.client)
            asked = self.clients.asked(self.books, client, item.milestone)
            if asked and item.invoiced and item.open:
                row = self._row(client, "outstanding", item.open, item.account, item.due)
                yield _of(row, item.milestone, item.number)

    def unapplied(self, found: OpenItems) -> Iterator[Expected]:
        """Yield what is paid already, and for nothing yet."""
        for unapplied in found.unapplied:
            credit = unapplied.credit
            client = self.clients.owner(credit.account, credit.payee)
            if self.clients.asked(self.books, client, credit.milestone):
                amount = amounts.negative(unapplied.amount)
                row = self._row(client, "unapplied", amount, credit.account, None)
                yield _of(row, credit.milestone)

    def milestone(self, row: Row, counted: Decimal) -> Iterator[Expected]:
        """Yield what waits for its bill, and what is still to do."""
        as_of = self.books.as_of
        contract = self.books.register.contracts[row.contract]
        key, account = Key(row.contract, row.milestone), Account(row.account, row.currency)
        client = self.clients.owner(account, contract.client)
        billable = amounts.take(row.amount, row.remaining)
        waiting = amounts.take(billable, amounts.add((row.paid, counted)))
        if waiting:
            yield _of(
                self._row(client, "unbilled", waiting, account, contract.due(as_of)),
                key,
            )
        if row.remaining:
            ready = _ready(row, contract)
            due = contract.due(max(ready, as_of)) if ready else None
            yield _of(self._row(client, "planned", row.remaining, account, due), key)

    def _row(
        self,
        client: str,
        kind: Kind,
        amount: Decimal,
        account: Account,
        due: datetime.date | None,
    ) -> Expected:
        habit = self.habits.get(client)
        date = None
        if due:
            # Never before the day that one looks.
            date = days_after(due, max(habit or 0, (self.books.as_of - due).days))
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
        )


def _of(row: Expected, key: Key | None, number: str | None = None) -> Expected:
    """The row, with what it is for."""
    contract, milestone = key or ("", "")
    return replace(row, contract=contract, milestone=milestone, invoice=number or "")


def _habits(found: OpenItems, clients: Clients) -> dict[str, int]:
    """How many days after the due date each client pays: the median of their payments.

    Of an even number of payments, the later one of the two in the middle.
    """
    days: dict[str, list[int]] = defaultdict(list)
    for item in found.items:
        if item.invoiced:
            days[clients.owner(item.account, item.client)] += [
                (date - item.due).days for date, _ in item.payments()
            ]
    return {client: median_high(late) for client, late in days.items() if late}


def _ready(row: Row, contract: Contract) -> datetime.date | None:
    """When a milestone will be completed, as far as anything says so."""
    if row.delivered and contract.acceptance is not None:
        return days_after(row.delivered, contract.acceptance)
    return row.target


def _order(row: Expected) -> tuple[object, ...]:
    """By date; on one day, an order that no line or file can change."""
    names = (row.client, row.contract, row.milestone, row.invoice)
    return (
        *(row.date or datetime.date.max, not row.date, names),
        *(KINDS.index(row.kind), row.account, row.currency, row.amount),
    )
