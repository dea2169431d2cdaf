"""Matching: how a payment finds what it settles, by name, by exact amount, else the oldest."""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING

from beancount_milestones import amounts
from beancount_milestones.parties import fold, spaced
from beancount_milestones.receivables.clients import folded
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
    INVOICE,
    LINKED,
    MILESTONE,
    Known,
    Said,
)

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Sequence
    from decimal import Decimal

    from beancount_milestones.receivables.clients import Clients
    from beancount_milestones.receivables.debits import Debt
    from beancount_milestones.receivables.kinds import Kinds
    from beancount_milestones.receivables.lines import Line


@dataclass(slots=True, eq=False)
class Payment:
    """A credit while it is being applied."""

    credit: Credit
    said: Said
    #: The posting, or the milestone and number of a reduction.
    key: tuple[object, ...]
    left: Decimal = field(init=False)
    #: What it is, less what refunds have taken.
    parts: list[tuple[Kind, Decimal]] = field(init=False)
    #: What it settles, in the order in which it does.
    settled: list[tuple[Debt, Decimal, Basis]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """All of it is left."""
        self.left = self.credit.amount
        self.parts = list(self.credit.parts)

    @property
    def order(self) -> tuple[object, ...]:
        """The order on one day, which no line or file can change."""
        credit = self.credit
        narration = (credit.entry.narration if credit.entry else None) or ""
        names = [(level, sorted(self.said[level])) for level in sorted(self.said)]
        return (credit.amount, credit.payee, credit.kind, narration, names, credit.number or "")

    def refund(self, amount: Decimal) -> list[tuple[Kind, Decimal]]:
        """Give some of it back before it settles anything, and return what that is."""
        self.left = amounts.take(self.left, amount)
        return cut(self.parts, amount)

    def settle(self, debt: Debt, amount: Decimal, basis: Basis, *, later: bool) -> None:
        """Settle some of a debt; with ``later``, perhaps more of one that it has settled."""
        for at, (known, before, why) in enumerate(self.settled if later else ()):
            if known is debt:
                self.settled[at] = (debt, amounts.add((before, amount)), why)
                return
        self.settled.append((debt, amount, basis))

    def finish(self) -> Unapplied | None:
        """Write what it settles on the debts, part by part; return what is left.

        Money is what is given back or left over first; then it settles, before the other parts.
        """
        left = cut(self.parts, self.left) if self.left else []
        for debt, amount, basis in self.settled:
            for kind, part in cut(self.parts, amount):
                debt.matches.append(Match(self.credit, part, basis, kind))
        return Unapplied(self.credit, self.left, tuple(left)) if self.left else None


def cut(parts: list[tuple[Kind, Decimal]], amount: Decimal) -> list[tuple[Kind, Decimal]]:
    """Take an amount from the front of the parts, which it changes; return what was taken."""
    if len(parts) == 1:
        return [(parts[0][0], amount)] if amount else []
    taken = []
    while amount:
        kind, part = parts.pop(0)
        used = min(part, amount)
        taken.append((kind, used))
        amount = amounts.take(amount, used)
        if used < part:
            parts.insert(0, (kind, amounts.take(part, used)))
    return taken


def line_payment(line: Line, known: Known, kinds: Kinds, clients: Clients) -> Payment:
    """Return the payment that a credit on a receivable account is."""
    amount = amounts.negative(line.amount)
    payee = spaced(line.entry.payee)
    parts = kinds.parts(line, amount)
    # Most have no number, of a credit note or not.
    noted = line.number is None or any(kind == "credit note" for kind, _ in parts)
    said = known.said(line, noted=noted)
    credit = Credit(
        account=line.account,
        date=line.entry.date,
        amount=amount,
        parts=parts,
        payee=payee,
        entry=line.entry,
        number=line.number,
        client=clients.owner(line.account, payee),
        named=_names(said),
    )
    return Payment(credit, said, line.key)


def reduction(debt: Debt, milestone: Key, clients: Clients) -> Payment:
    """Return the payment that a milestone's debt of less than nothing is.

    It settles what its own invoice bills, then the milestone's own items, then its contract's; what
    takes it back, only when nothing else is left.
    """
    amount = amounts.negative(debt.amount)
    said: Said = {LINKED + MILESTONE: {milestone.link}, LINKED + CONTRACT: {milestone.contract}}
    if debt.number:
        said[INVOICE] = {debt.number}
    credit = Credit(
        account=debt.account,
        date=debt.date,
        amount=amount,
        parts=(("credit note", amount),),
        payee=debt.client,
        entry=None,
        milestone=milestone,
        number=debt.number,
        client=clients.owner(debt.account, debt.client),
        invoiced=debt.invoiced,
        named=_names(said),
    )
    return Payment(credit, said, (*milestone, debt.number, debt.date))


def _names(said: Said) -> frozenset[str]:
    return frozenset().union(*said.values())


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
    account: Account,
    debts: Sequence[Debt],
    payments: Iterable[Payment],
    clients: Clients,
    *,
    only_named: bool,
) -> list[Payment]:
    """Apply the payments on an account to its debts, by rank, and return them in order.

    The more exact name first: a name always wins. Then what is left of those that name something,
    where it is exactly what the client owes on one item; then those that name nothing, by date.
    What is owed again after a payment comes last: the rest of it has nothing else to settle.
    """
    payments = _in_order(payments)
    rounds = (False, True) if any(debt.again_since for debt in debts) else (False,)
    for later in rounds:
        _settle_named(debts, payments, later=later)
        if not only_named:
            rooms = _Rooms(debts, clients, single=account.name in clients.single, later=later)
            for payment in payments:
                if payment.said and payment.left and payment.settled and payment.credit.entry:
                    rooms.settle_exactly(payment)
    for later in () if only_named else rounds:
        rooms.later = later
        for payment in payments:
            if not payment.said and payment.left:
                rooms.settle(payment)
    return payments


#: What payments name: the debts that have a name as their number, and the others.
_Named = dict[str, tuple["_Queue", "_Queue"]]


def _settle_named(debts: Sequence[Debt], payments: Sequence[Payment], *, later: bool) -> None:
    """Settle what payments name, the more exact names of all of them first.

    What is owed again after a payment it settles only with ``later``.
    A reduction comes first on its own number: it makes that invoice smaller, and is not a payment.
    What has a name as its number comes before what has it only as a link.
    """
    naming: dict[int, list[Payment]] = defaultdict(list)
    named: set[str] = set()
    for payment in payments:
        for level, names in payment.said.items():
            is_own = level == INVOICE and not payment.credit.entry
            naming[-1 if is_own else level].append(payment)
            named |= names
    called: _Named = {name: (_Queue(), _Queue()) for name in named}
    for debt in debts:
        for name in named & debt.names:
            called[name][name != debt.called].append(debt)
    levels = sorted(naming)
    for level in (level for level in levels if level <= LINKED + INVOICE):
        _settle_level(level, naming[level], called, later=later)
    _settle_taken_back(debts, payments, called, later=later)
    for level in (level for level in levels if level > LINKED + INVOICE):
        _settle_level(level, naming[level], called, later=later)


def _settle_level(level: int, payments: Iterable[Payment], called: _Named, *, later: bool) -> None:
    for payment in payments:
        if payment.left:
            found = _called([called[name] for name in payment.said[max(level, INVOICE)]])
            _apply(payment, found, "link", later=later)


def _settle_taken_back(
    debts: Iterable[Debt], payments: Iterable[Payment], called: _Named, *, later: bool
) -> None:
    """Settle what reductions name that were taken back, by date.

    First what took one back before: billed again, it undoes that. Then what it names; and what
    takes it back only when nothing else is left.
    """
    taken: dict[Key | None, list[Debt]] = defaultdict(list)
    for debt in debts:
        if debt.again:
            taken[debt.milestone].append(debt)
    for payment in payments if taken else ():
        back = taken.get(payment.credit.milestone, ())
        if back and payment.left:
            before = [debt for debt in reversed(back) if debt.date <= payment.credit.date]
            names = (payment.said[LINKED + kind] for kind in (MILESTONE, CONTRACT))
            found = chain.from_iterable(_called([called[n] for n in some]) for some in names)
            others = (debt for debt in found if debt not in back)
            _apply(payment, chain(before, others, back), "link", later=later)


def _called(queues: Sequence[tuple[_Queue, _Queue]]) -> Iterator[Debt]:
    """The debts of some names, the oldest first: those with such a number, then the others."""
    if not queues[1:]:
        return chain(*queues[0])
    merged = (heapq.merge(*same, key=lambda debt: debt.rank) for same in zip(*queues, strict=True))
    return chain.from_iterable(merged)


def _in_order(payments: Iterable[Payment]) -> list[Payment]:
    """By date; on one day, an order that no line or file can change."""
    days: dict[datetime.date, list[Payment]] = defaultdict(list)
    for payment in payments:
        days[payment.credit.date].append(payment)
    for day in days.values():
        if day[1:]:
            day.sort(key=lambda payment: payment.order)
    return [payment for date in sorted(days) for payment in days[date]]


def _apply(payment: Payment, debts: Iterable[Debt], basis: Basis, *, later: bool) -> None:
    """Settle debts in order, as far as the payment goes."""
    for debt in debts:
        if not payment.left:
            break
        amount = min(payment.left, debt.open if later else debt.open_on(payment.credit.date))
        if amount:
            payment.settle(debt, amount, basis, later=later)
            debt.settle(amount, payment.credit.date)
            payment.left = amounts.take(payment.left, amount)


#: The room of debts without a payee, and that of everyone where an account has one client.
_NOBODY = ""
_EVERYONE = "*"
#: Before the name of a client who also pays what others owe: the room of that.
_PAID_BY = "by "


class _Rooms:
    """The open debts of each client on an account, for payments that name nothing."""

    def __init__(
        self, debts: Sequence[Debt], clients: Clients, *, single: bool, later: bool
    ) -> None:
        #: Whether the account has one client: there the payee does not matter.
        self._single = single
        self._clients = clients
        #: The open debts by their open amount.
        self._exact: dict[tuple[str, Decimal], dict[int, Debt]] = defaultdict(dict)
        self._queues: dict[str, _Queue] = defaultdict(_Queue)
        #: Those that are owed again: for earlier payments less of them is open.
        self._again: dict[str, list[Debt]] = defaultdict(list)
        #: Whether payments settle also what is owed again only after them.
        self.later = later
        for debt in debts:
            if debt.open:
                for room in self._rooms(debt):
                    if debt.again_since:
                        self._again[room].append(debt)
                    self._queues[room].append(debt)
                    self._exact[room, debt.open][id(debt)] = debt

    def _rooms(self, debt: Debt) -> Iterable[str]:
        if debt.clients and self._single:
            return (_EVERYONE,)
        if not debt.clients:
            return (_NOBODY,)
        own = fold(debt.client)
        whose = ((name, fold(self._clients.resolve(name))) for name in debt.clients)
        return [name if of in {"", own} else _PAID_BY + name for name, of in whose]

    def _of(self, payment: Payment) -> tuple[str, ...]:
        """The rooms that a payment may settle in, the client's own first."""
        if self._single:
            return (_EVERYONE, _NOBODY)
        own = folded(payment.credit.payee)
        return (*own, *(_PAID_BY + name for name in own), _NOBODY)

    def settle(self, payment: Payment) -> None:
        """Settle the one debt of exactly that amount; else the client's oldest."""
        for room in self._of(payment):
            if not self._settle_one(payment, room):
                self._apply(payment, self._queues.get(room, ()), "oldest")

    def settle_exactly(self, payment: Payment) -> None:
        """Settle the one debt of exactly that amount, if there is one."""
        for room in self._of(payment):
            self._settle_one(payment, room)

    def _settle_one(self, payment: Payment, room: str) -> bool:
        found = self._exact.get((room, payment.left), {})
        if room in self._again:
            found = found | {id(debt): debt for debt in self._again[room]}
        asked = (debt for debt in found.values() if debt.ready and self._is_exact(debt, payment))
        exact = list(islice(asked, 2))
        if len(exact) != 1:
            return False
        self._apply(payment, exact, "amount")
        return True

    def _is_exact(self, debt: Debt, payment: Payment) -> bool:
        return payment.left == (debt.open if self.later else debt.open_on(payment.credit.date))

    def _apply(self, payment: Payment, debts: Iterable[Debt], basis: Basis) -> None:
        for debt in debts:
            if not payment.left:
                break
            before = debt.open
            _apply(payment, (debt,), basis, later=self.later)
            for room in self._rooms(debt):
                del self._exact[room, before][id(debt)]
                self._exact[room, debt.open][id(debt)] = debt
