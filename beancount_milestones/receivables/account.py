"""One account in one currency on a day: its debts, what settles them, and refunds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.receivables.by_hand import Hands, debts_by_hand
from beancount_milestones.receivables.debits import charging_numbers, milestone_debts
from beancount_milestones.receivables.items import Key, Refund
from beancount_milestones.receivables.matching import (
    line_payment,
    reduction,
    settle,
)

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from beancount_milestones.model import Register
    from beancount_milestones.receivables.by_hand import Back
    from beancount_milestones.receivables.carrying import Carrying
    from beancount_milestones.receivables.clients import Clients
    from beancount_milestones.receivables.debits import Debt
    from beancount_milestones.receivables.items import Account, Unapplied
    from beancount_milestones.receivables.kinds import Kinds
    from beancount_milestones.receivables.lines import Line
    from beancount_milestones.receivables.matching import Payment
    from beancount_milestones.receivables.names import Known


#: The numbers of credit notes, and everything that names what they took back.
Notes = dict[str, frozenset[str]]


class Settled(NamedTuple):
    """An account at the end of a day."""

    debts: list[Debt]
    unapplied: list[Unapplied]
    refunds: list[Refund]


@dataclass(slots=True)
class Settling:
    """An account in one currency, for any day up to the last of its lines.

    What a refund takes back is decided on its own day, so that nothing later changes it.
    """

    register: Register
    account: Account
    #: All up to a day, and that day.
    lines: Sequence[Line]
    last: datetime.date
    known: Known
    kinds: Kinds
    clients: Clients
    #: The numbers of credit notes, and everything that names what they took back.
    notes: Notes
    #: The days on which our own invoices were settled.
    settled_on: Mapping[str, datetime.date]
    #: What debits by hand can carry on.
    carrying: Carrying
    _taken: dict[tuple[object, ...], list[tuple[tuple[object, ...], Decimal]]] = field(
        default_factory=dict
    )
    #: What refunds have taken of each credit, with their days.
    _refunded: dict[tuple[object, ...], list[tuple[datetime.date, Decimal]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def at(self, as_of: datetime.date) -> Settled:
        """Return what is owed and what is unapplied at the end of a day."""
        opened = self._open(as_of)
        *_, backs = opened
        for date in sorted({back.entry.date for back in backs if back.entry.date < as_of}):
            self._settle(date, *self._open(date))
        # What a refund has taken back cannot go back to the bank again.
        return self._settle(as_of, *(self._open(as_of) if self._refunded else opened))

    def _open(self, as_of: datetime.date) -> tuple[list[Debt], list[Payment], list[Back]]:
        """Everything at the end of a day, before anything is settled."""
        lines = self.lines
        if as_of < self.last:
            lines = [line for line in lines if line.entry.date <= as_of]
        owed = milestone_debts(self.register, lines, as_of, self.settled_on)
        debts = [debt for debt in owed if debt.amount > 0]
        others, backs = debts_by_hand(lines, debts, self._hands(as_of), frozenset(self.notes))
        debts += others
        payments = [
            line_payment(line, self.known, self.kinds, self.clients)
            for line in lines
            if line.milestone is None and line.amount < 0
        ]
        payments += [
            reduction(debt, debt.milestone, self.clients)
            for debt in owed
            if debt.milestone and debt.amount < 0
        ]
        return debts, payments, backs

    def _hands(self, as_of: datetime.date) -> Hands:
        return Hands(self.known, self.carrying, self.settled_on, as_of, self._refunded)

    def _settle(
        self,
        as_of: datetime.date,
        debts: list[Debt],
        payments: list[Payment],
        backs: list[Back],
    ) -> Settled:
        by_key = {payment.key: payment for payment in payments} if backs else {}
        undecided = []
        for back in backs:
            if back.line.key in self._taken:
                debts += self._take(back, by_key, as_of)
            else:
                undecided.append(back)
        ranked = sorted(debts, key=lambda debt: debt.rank)
        # What a refund names is not there for anything else.
        naming = [back for back in undecided if back.notes]
        payments = settle(self.account, ranked, payments, self.clients, only_named=bool(naming))
        if undecided:
            for back in sorted(naming or undecided, key=_order):
                self._taken[back.line.key] = self._choose(back, payments)
            # Anew: what takes nothing back is owed, and that may be settled too.
            return self._settle(as_of, *self._open(as_of))
        unapplied = [rest for payment in payments if (rest := payment.finish())]
        return Settled(debts, unapplied, [refund for b in backs for refund in self._refunds(b)])

    def _take(
        self, back: Back, by_key: Mapping[tuple[object, ...], Payment], as_of: datetime.date
    ) -> list[Debt]:
        """Take back what was decided; return the rest of it, which is owed."""
        for key, amount in self._taken[back.line.key]:
            payment = by_key[key]
            for kind, part in payment.refund(amount):
                back.takes.append((payment.credit, kind, part))
            back.left = amounts.take(back.left, amount)
        return self._hands(as_of).debts(back.line, back.left, back.notes) if back.left else []

    def _choose(
        self, back: Back, payments: Iterable[Payment]
    ) -> list[tuple[tuple[object, ...], Decimal]]:
        """Return the credits that a refund takes back, with the amounts, and take them."""
        client = self.clients.owner(back.account, back.entry.payee)
        meant: frozenset[str] = frozenset().union(*(self.notes[name] for name in back.notes))
        theirs = [p for p in payments if p.left and p.credit.client == client]
        if back.notes:
            named = [p for p in payments if p.left and _names(p) & meant]
            found = [*named, *(p for p in theirs if p not in named)]
        else:
            found = [p for p in theirs if p.left == back.left][:1]
        taken = []
        left = back.left
        for payment in found:
            amount = min(left, payment.left)
            if amount:
                payment.refund(amount)
                left = amounts.take(left, amount)
                taken.append((payment.key, amount))
                self._refunded[payment.key].append((back.entry.date, amount))
        return taken

    def _refunds(self, back: Back) -> Iterator[Refund]:
        """Yield what goes back of each client's credits, whoever it goes to."""
        for client in dict.fromkeys(credit.client for credit, _, _ in back.takes):
            takes = tuple(take for take in back.takes if take[0].client == client)
            amount = amounts.add(part for _, _, part in takes)
            parts = self.kinds.parts(back.line, amount)
            yield Refund(back.entry, back.account, client, amount, parts, takes)


def _names(payment: Payment) -> frozenset[str]:
    """Everything that a payment names, and its own number."""
    own = {payment.credit.number} if payment.credit.number else set()
    return frozenset(own).union(*payment.said.values())


def _order(back: Back) -> tuple[object, ...]:
    """By date, then the larger one first, then by names: no line or file can change it."""
    return (back.entry.date, -back.left, sorted(back.notes), back.entry.narration or "")


def credit_notes(
    register: Register, lines: Iterable[Line], kinds: Kinds, as_of: datetime.date
) -> Notes:
    """Return the numbers of credit notes, each with the names of what it takes back.

    Those of directives, of reductions, and of credits by hand that have a number. One that bills
    something as well is a credit note where it takes back more. A debit with the number is an
    invoice, but for a refund with that of a directive's credit note.
    """
    found, invoices = _by_directives(register, as_of)
    ours = frozenset(found)
    for line in lines:
        if line.number and line.milestone is None:
            if line.amount < 0:
                found[line.number].add(line.number)
            elif line.number not in ours or not kinds.pays_out(line):
                invoices.add(line.number)
    return {number: frozenset(names) for number, names in found.items() if number not in invoices}


def _by_directives(
    register: Register, as_of: datetime.date
) -> tuple[dict[str, set[str]], set[str]]:
    """The numbers that take something back, with the names of that; and those of invoices."""
    found: dict[str, set[str]] = defaultdict(set)
    invoices: set[str] = set()
    for contract, milestone in register.milestones():
        for step, before in milestone.moves(as_of):
            if not step.number:
                continue
            if step.state.billed < before:
                link = Key(milestone.contract, milestone.id).link
                found[step.number] |= {*step.taken_back, link, milestone.contract, step.number}
            elif contract.reduces(milestone.parts_at(as_of)):
                link = Key(milestone.contract, milestone.id).link
                found[step.number] |= {link, step.number}
            else:
                invoices.add(step.number)
    if invoices & found.keys():
        invoices -= found.keys() - charging_numbers(register, as_of)
    return found, invoices
