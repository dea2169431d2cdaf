"""What is paid: credits, and how they settle debts."""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from beancount_milestones import amounts, postings
from beancount_milestones.receivables.debits import Debt, folded
from beancount_milestones.receivables.items import (
    Account,
    Basis,
    Credit,
    Key,
    Kind,
    Match,
    Unapplied,
)
from beancount_milestones.receivables.names import (
    CONTRACT,
    LINKED,
    MILESTONE,
    Known,
    Said,
    invoice_of,
)

if TYPE_CHECKING:
    import datetime
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from beancount_milestones.reading.settings import Roots
    from beancount_milestones.receivables.lines import Line


@dataclass(slots=True, eq=False)
class Payment:
    """A credit while it is being applied."""

    credit: Credit
    said: Said
    left: Decimal

    @property
    def order(self) -> tuple[object, ...]:
        """The order on one day, which no line or file can change."""
        credit = self.credit
        narration = (credit.entry.narration if credit.entry else None) or ""
        names = [(level, sorted(self.said[level])) for level in sorted(self.said)]
        return (credit.amount, credit.payee, credit.kind, narration, names)


def line_payment(line: Line, known: Known, roots: Roots) -> Payment:
    """Return the payment that a credit on a receivable account is."""
    amount = amounts.negative(line.amount)
    credit = Credit(
        account=line.account,
        date=line.entry.date,
        amount=amount,
        kind=_kind(line, roots),
        payee=line.entry.payee or "",
        entry=line.entry,
        number=invoice_of(line),
    )
    return Payment(credit, known.said(line), amount)


def reduction(debt: Debt, milestone: Key) -> Payment:
    """Return the payment that a milestone's debt of less than nothing is.

    It settles the milestone's own items, then those of its contract.
    """
    amount = amounts.negative(debt.amount)
    credit = Credit(
        account=debt.account,
        date=debt.date,
        amount=amount,
        kind="credit note",
        payee=debt.client,
        entry=None,
        milestone=milestone,
        number=debt.number,
    )
    said: Said = {LINKED + MILESTONE: {milestone.link}, LINKED + CONTRACT: {milestone.contract}}
    return Payment(credit, said, amount)


def _kind(line: Line, roots: Roots) -> Kind:
    """What a credit is, by what its transaction debits."""
    debited = {
        postings.root(posting)
        for posting in line.entry.postings
        if postings.number(posting) > 0 and posting.account != line.posting.account
    }
    if roots.assets in debited:
        return "payment"
    if roots.income in debited:
        return "credit note"
    return "write-off" if roots.expenses in debited else "payment"


class _Queue:
    """Debts in the order in which they are settled; those that are settled are left behind."""

    __slots__ = ("_debts", "_start")

    def __init__(self) -> None:
        self._debts: list[Debt] = []
        self._start = 0

    def append(self, debt: Debt) -> None:
        """Add a debt; the caller adds them by rank."""
        self._debts.append(debt)

    def __iter__(self) -> Iterator[Debt]:
        while self._start < len(self._debts) and not self._debts[self._start].open:
            self._start += 1
        for index in range(self._start, len(self._debts)):
            if self._debts[index].open:
                yield self._debts[index]


def settle(
    debts: Sequence[Debt],
    payments: Iterable[Payment],
    clients: Mapping[Account, Collection[frozenset[str]]],
) -> list[Unapplied]:
    """Apply payments to debts: first all that name something, then the others by date.

    ``clients`` are those of the contracts on each account. Returns what is left of the payments.
    A name always wins, and the more exact one first.
    """
    payments = _in_order(payments)
    debts = sorted(debts, key=lambda debt: debt.rank)
    queues: dict[Account, dict[str, _Queue]] = {payment.credit.account: {} for payment in payments}
    naming: dict[int, list[Payment]] = defaultdict(list)
    for payment in payments:
        for level, names in payment.said.items():
            naming[level].append(payment)
            for name in names:
                queues[payment.credit.account].setdefault(name, _Queue())
    for debt in debts:
        called = queues.get(debt.account, {})
        for name in called.keys() & debt.names:
            called[name].append(debt)
    for level in sorted(naming):
        for payment in naming[level]:
            called = queues[payment.credit.account]
            found = [called[name] for name in payment.said[level]]
            by_rank = heapq.merge(*found, key=lambda debt: debt.rank) if found[1:] else found[0]
            _apply(payment, by_rank, "link")
    rooms = _Rooms(debts, clients)
    for payment in payments:
        if not payment.said:
            rooms.settle(payment)
    return [
        Unapplied(payment.credit, payment.left, frozenset().union(*payment.said.values()))
        for payment in payments
        if payment.left
    ]


def _in_order(payments: Iterable[Payment]) -> list[Payment]:
    """By date; on one day, an order that no line or file can change."""
    days: dict[datetime.date, list[Payment]] = defaultdict(list)
    for payment in payments:
        days[payment.credit.date].append(payment)
    for day in days.values():
        if day[1:]:
            day.sort(key=lambda payment: payment.order)
    return [payment for date in sorted(days) for payment in days[date]]


def _apply(payment: Payment, debts: Iterable[Debt], basis: Basis) -> None:
    """Settle debts in order, as far as the payment goes."""
    for debt in debts:
        if not payment.left:
            break
        amount = min(payment.left, debt.open)
        if amount:
            debt.matches.append(Match(payment.credit, amount, basis))
            debt.open = amounts.take(debt.open, amount)
            payment.left = amounts.take(payment.left, amount)


#: The room of debts without a payee, and that of everyone where an account has one client.
_NOBODY = ""
_EVERYONE = "*"

_Room = tuple[Account, str]


class _Rooms:
    """The open debts of each client on each account, for payments that name nothing."""

    def __init__(
        self,
        debts: Sequence[Debt],
        clients: Mapping[Account, Collection[frozenset[str]]],
    ) -> None:
        every: dict[Account, set[frozenset[str]]] = defaultdict(set)
        for account, names in clients.items():
            every[account].update(names)
        for debt in debts:
            every[debt.account].add(debt.clients)
        #: Accounts of one client: there the payee does not matter.
        self._single = {a for a, all_names in every.items() if _is_one_client(all_names)}
        #: The open debts by their open amount.
        self._exact: dict[tuple[_Room, Decimal], dict[int, Debt]] = defaultdict(dict)
        self._queues: dict[_Room, _Queue] = defaultdict(_Queue)
        for debt in debts:
            if debt.open:
                for room in self._rooms(debt):
                    self._queues[room].append(debt)
                    self._exact[room, debt.open][id(debt)] = debt

    def _rooms(self, debt: Debt) -> list[_Room]:
        if debt.clients and debt.account in self._single:
            return [(debt.account, _EVERYONE)]
        return [(debt.account, client) for client in debt.clients or {_NOBODY}]

    def settle(self, payment: Payment) -> None:
        """Settle the one debt of exactly that amount; else the client's oldest."""
        account = payment.credit.account
        clients = {_EVERYONE} if account in self._single else folded(payment.credit.payee)
        for room in ((account, client) for client in (*clients, _NOBODY)):
            found = self._exact.get((room, payment.left), {}).values()
            exact = list(islice((debt for debt in found if debt.ready), 2))
            if len(exact) == 1:
                self._apply(payment, exact, "amount")
            else:
                self._apply(payment, self._queues.get(room, ()), "oldest")

    def _apply(self, payment: Payment, debts: Iterable[Debt], basis: Basis) -> None:
        for debt in debts:
            if not payment.left:
                break
            before = debt.open
            _apply(payment, (debt,), basis)
            for room in self._rooms(debt):
                del self._exact[room, before][id(debt)]
                self._exact[room, debt.open][id(debt)] = debt


def _is_one_client(clients: Collection[frozenset[str]]) -> bool:
    """Whether all of them are names of the same client; those without a name do not count."""
    named = [names for names in clients if names]
    return bool(named) and bool(frozenset.intersection(*named))
