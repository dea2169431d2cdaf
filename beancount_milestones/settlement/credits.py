"""What is paid: credits, and how they settle debts."""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from beancount_milestones import allocation
from beancount_milestones.settlement.debits import Debt, folded
from beancount_milestones.settlement.items import (
    Account,
    Basis,
    Credit,
    Kind,
    Match,
    Unapplied,
)
from beancount_milestones.settlement.names import Known, Said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from decimal import Decimal

    from beancount_milestones.reading.keys import Roots
    from beancount_milestones.settlement.lines import Line


@dataclass(slots=True, eq=False)
class Payment:
    """A credit while it is being applied."""

    credit: Credit
    said: Said
    left: Decimal

    @property
    def order(self) -> tuple[object, ...]:
        """By date; on one day, an order that no line or file can change."""
        entry = self.credit.entry
        text = (entry.narration or "", sorted(entry.links or ())) if entry else ("", [])
        return (self.credit.date, self.credit.amount, self.credit.payee, *text)


def line_payment(line: Line, known: Known, roots: Roots) -> Payment:
    """Return the payment that a credit on a receivable account is."""
    amount = allocation.negative(line.posting.units.number)
    credit = Credit(
        account=line.account,
        date=line.entry.date,
        amount=amount,
        kind=_kind(line, roots),
        payee=line.entry.payee or "",
        entry=line.entry,
    )
    return Payment(credit, known.said(line), amount)


def reduction(debt: Debt) -> Payment:
    """Return the payment that a debt of less than nothing is: it settles its own contract."""
    amount = allocation.negative(debt.amount)
    contract = debt.milestone.contract if debt.milestone else ""
    credit = Credit(
        account=debt.account,
        date=debt.date,
        amount=amount,
        kind="credit note",
        payee=debt.client,
        entry=None,
        milestone=debt.milestone,
    )
    nothing: frozenset[str] = frozenset()
    said = Said(nothing, nothing, nothing, frozenset({contract}), nothing)
    return Payment(credit, said, amount)


def _kind(line: Line, roots: Roots) -> Kind:
    """What a credit is, by what its transaction debits."""
    debited = {
        posting.account.partition(":")[0]
        for posting in line.entry.postings
        if posting.units.number > 0 and posting.account != line.posting.account
    }
    if roots.assets in debited:
        return "payment"
    if roots.income in debited:
        return "credit note"
    return "write-off" if roots.expenses in debited else "payment"


class _Queue:
    """Debts in the order in which they are settled; those that are settled are left behind."""

    def __init__(self, debts: Iterable[Debt]) -> None:
        self._debts = sorted(debts, key=lambda debt: debt.rank)
        self._start = 0

    def __iter__(self) -> Iterator[Debt]:
        while self._start < len(self._debts) and not self._debts[self._start].open:
            self._start += 1
        for index in range(self._start, len(self._debts)):
            if self._debts[index].open:
                yield self._debts[index]


def settle(debts: Sequence[Debt], payments: Sequence[Payment]) -> list[Unapplied]:
    """Apply payments to debts: first all that name something, then the others by date.

    Returns what is left of the payments. A name always wins, and the more exact one first.
    """
    payments = sorted(payments, key=lambda payment: payment.order)
    by_name: dict[tuple[Account, str], list[Debt]] = defaultdict(list)
    for debt in debts:
        for name in debt.names:
            by_name[debt.account, name].append(debt)
    queues = {key: _Queue(found) for key, found in by_name.items()}
    for level in range(len(Said._fields)):
        for payment in payments:
            called = [(payment.credit.account, name) for name in payment.said[level]]
            found = [queues[key] for key in called if key in queues]
            _apply(payment, heapq.merge(*found, key=lambda debt: debt.rank), "link")
    rooms = _Rooms(debts)
    for payment in payments:
        if not any(payment.said):
            rooms.settle(payment)
    return [Unapplied(payment.credit, payment.left) for payment in payments if payment.left]


def _apply(payment: Payment, debts: Iterable[Debt], basis: Basis) -> list[Debt]:
    """Settle debts in order, as far as the payment goes. Returns those that it settles."""
    settled = []
    for debt in debts:
        if not payment.left:
            break
        amount = min(payment.left, debt.open)
        if amount:
            debt.matches.append(Match(payment.credit, amount, basis))
            debt.settled = allocation.add((debt.settled, amount))
            payment.left = allocation.take(payment.left, amount)
            settled.append(debt)
    return settled


#: The room of debts without a payee, and that of everyone where an account has one client.
_NOBODY = ""
_EVERYONE = "*"

_Room = tuple[Account, str]


class _Rooms:
    """The open debts of each client on each account, for payments that name nothing."""

    def __init__(self, debts: Sequence[Debt]) -> None:
        clients: dict[Account, set[frozenset[str]]] = defaultdict(set)
        for debt in debts:
            if debt.clients:
                clients[debt.account].add(debt.clients)
        #: Accounts where all debts are one client's: there the payee does not matter.
        self._single = {a for a, names in clients.items() if frozenset.intersection(*names)}
        debts_of: dict[_Room, list[Debt]] = defaultdict(list)
        #: Debts by their open amount; those that have changed since are left in.
        self._exact: dict[tuple[_Room, Decimal], list[Debt]] = defaultdict(list)
        for debt in debts:
            for room in self._rooms(debt):
                debts_of[room].append(debt)
            self._remember(debt)
        self._queues = {room: _Queue(found) for room, found in debts_of.items()}

    def _rooms(self, debt: Debt) -> list[_Room]:
        if debt.clients and debt.account in self._single:
            return [(debt.account, _EVERYONE)]
        return [(debt.account, client) for client in debt.clients or {_NOBODY}]

    def _remember(self, debt: Debt) -> None:
        for room in self._rooms(debt):
            self._exact[room, debt.open].append(debt)

    def settle(self, payment: Payment) -> None:
        """Settle the one debt of exactly that amount; else the client's oldest."""
        account = payment.credit.account
        clients = {_EVERYONE} if account in self._single else folded(payment.credit.payee)
        basis: Basis = "oldest"
        for client in (*clients, _NOBODY):
            room = (account, client)
            exact = self._exact.pop((room, payment.left), [])
            exact = list({id(d): d for d in exact if d.open == payment.left}.values())
            self._exact[room, payment.left] = exact
            if len(exact) == 1:
                found: Iterable[Debt] = exact
                basis = "amount"
            else:
                found = self._queues.get(room, ())
            for debt in _apply(payment, found, basis):
                self._remember(debt)
            if not payment.left:
                return
