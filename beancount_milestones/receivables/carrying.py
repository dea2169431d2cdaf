"""What a debit by hand carries on: it owes something again, or elsewhere, and charges nothing new.

A claim that moves to another receivable, a write-off taken back: what the number of its invoice has
charged stays as it is, and so does the day on which that is due.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones import amounts, postings
from beancount_milestones.parties import fold
from beancount_milestones.receivables.clients import payer
from beancount_milestones.receivables.debits import due_of
from beancount_milestones.receivables.lines import accounts_of

if TYPE_CHECKING:
    import datetime
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from beancount.core.data import Transaction

    from beancount_milestones.model import Contract, Register, Step
    from beancount_milestones.receivables.clients import Clients
    from beancount_milestones.receivables.items import Kind
    from beancount_milestones.receivables.kinds import Kinds
    from beancount_milestones.receivables.lines import Line
    from beancount_milestones.receivables.names import Known

#: What charges something new, where something is sold and where it is bought.
_SOLD: Final = frozenset({"income", "liability", "transfer", "tax"})
_BOUGHT: Final = frozenset({"expenses", "transfer", "tax"})
#: What nothing but a charge stands beside. Beside the others it may be a credit taken back, as far
#: as those on the number have debited the same account before.
_ALWAYS_NEW: Final = frozenset({"income", "expenses"})

#: What was taken off by a line, with when.
_When = tuple["datetime.date", "Decimal", str]
_Taken = tuple[_When, "Decimal"]
#: Nothing can be taken back.
_NO_ROOM: Final[Mapping[str, Decimal]] = MappingProxyType({})

#: Of an amount that is owed again, what it was settled with, part by part.
Parts = tuple[tuple["Kind", Decimal], ...]


class _Charge(NamedTuple):
    """What a number charges somebody."""

    date: datetime.date
    #: As it is compared.
    client: str
    currency: str
    buy: bool
    #: By hand: the transaction, and when it is due.
    entry: Transaction | None = None
    due: datetime.date | None = None
    #: What a contract bills.
    step: tuple[Contract, Step] | None = None


class Carried(NamedTuple):
    """What a debit carries on."""

    number: str
    charges: Sequence[_Charge]
    #: Nothing where it is owed by another client now, who was not charged before.
    parts: Parts

    def due(
        self, settled_on: Mapping[str, datetime.date], as_of: datetime.date
    ) -> datetime.date | None:
        """Return when it is due: with its invoice, at the earliest."""
        dues = (
            due_of(*charge.step, settled_on, as_of) if charge.step else charge.due
            for charge in self.charges
        )
        return min(filter(None, dues), default=None)


@dataclass(frozen=True, slots=True)
class Carrying:
    """What debits by hand can carry on."""

    kinds: Kinds
    clients: Clients
    #: What the numbers charge that debits by hand name.
    charges: Mapping[str, Sequence[_Charge]]
    #: What credits on a number have debited, by account, and below zero what took that back.
    taken_off: Mapping[str, Mapping[str, Sequence[_Taken]]]

    def of(self, line: Line, client: str, names: Iterable[str], amount: Decimal) -> Carried | None:
        """Return what an amount of a debit carries on: of the first number that it can."""
        date = line.entry.date
        for name in names:
            charges = [
                charge
                for charge in self.charges.get(name, ())
                if (charge.date <= date and charge.buy == line.buy)
                if charge.entry is not line.entry
            ]
            parts = _parts(line, self.kinds, amount, self._room(line, name))
            if charges and parts:
                owner = (fold(self.clients.owner(line.account, client)), line.account.currency)
                own = [charge for charge in charges if (charge.client, charge.currency) == owner]
                return Carried(name, own or charges, parts if own else ())
        return None

    def _room(self, line: Line, name: str) -> dict[str, Decimal]:
        """What a debit can take back of what a number has had taken off, by account."""
        now = _when(line)
        return {
            account: amounts.add(
                amount
                for when, amount in taken
                if (when < now if amount < 0 else when[0] <= line.entry.date)
            )
            for account, taken in self.taken_off.get(name, {}).items()
        }


def carrying(  # noqa: PLR0913, PLR0917 - all that says what a debit is
    register: Register,
    lines: Iterable[Line],
    known: Known,
    kinds: Kinds,
    clients: Clients,
    as_of: datetime.date,
) -> Carrying:
    """Find what the debits by hand of a day may carry on."""
    hands = [line for line in lines if line.milestone is None]
    named: set[str] = set()
    for line in hands:
        # Most are payments: no more is asked of them.
        if line.amount > 0 and _may_carry_on(line, kinds):
            named.update([line.number or ""], line.entry.links or (), *known.said(line).values())
    named.discard("")
    charges: dict[str, list[_Charge]] = defaultdict(list)
    taken_off: dict[str, dict[str, list[_Taken]]] = defaultdict(lambda: defaultdict(list))
    if named:
        for number, charge in (
            *_billed(register, clients, named, as_of),
            *_by_hand(hands, known, kinds, clients, named),
        ):
            charges[number].append(charge)
        for line in hands:
            taken = line.amount < 0
            said = (*filter(None, [line.number]), *chain(*known.said(line).values()))
            for name in named.intersection(said):
                for account, amount in _beside(line, debits=taken).items():
                    signed = amount if taken else amounts.negative(amount)
                    taken_off[name][account].append((_when(line), signed))
    return Carrying(kinds, clients, charges, taken_off)


def _beside(line: Line, *, debits: bool) -> dict[str, Decimal]:
    """What a transaction debits, or credits, on other accounts; turned on the buy side."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for posting in line.entry.postings:
        number = line.turned(postings.number(posting))
        if posting.account != line.account.name and number and (number > 0) is debits:
            sums[posting.account] = amounts.add((sums[posting.account], abs(number)))
    return sums


def _when(line: Line) -> _When:
    """The day of a line, and on one day an order that no line or file can change."""
    return (line.entry.date, line.amount, line.entry.narration or "")


def _may_carry_on(line: Line, kinds: Kinds) -> bool:
    return bool(_parts(line, kinds, line.amount, None))


def _billed(
    register: Register, clients: Clients, named: Container[str], as_of: datetime.date
) -> Iterator[tuple[str, _Charge]]:
    """What the numbers of contracts charge."""
    for contract, milestone in register.milestones():
        for step, before in milestone.moves(as_of):
            if step.number and step.number in named and step.state.billed > before:
                for account in accounts_of(contract, milestone, as_of):
                    name = payer(register, contract, account.name)
                    client = fold(clients.owner(account, name))
                    buy = contract.side == "buy"
                    charge = _Charge(step.date, client, account.currency, buy)
                    yield step.number, charge._replace(step=(contract, step))


def _by_hand(
    lines: Iterable[Line],
    known: Known,
    kinds: Kinds,
    clients: Clients,
    named: Container[str],
) -> Iterator[tuple[str, _Charge]]:
    """What the numbers charge that are written by hand."""
    for line in lines:
        number = known.number_of(line) if line.amount > 0 else None
        if number and number in named and total_of(_parts(line, kinds, line.amount)) < line.amount:
            account, entry = line.account, line.entry
            client = fold(clients.owner(account, entry.payee))
            due = line.due or entry.date
            yield number, _Charge(entry.date, client, account.currency, line.buy, entry, due)


def total_of(parts: Parts) -> Decimal:
    """Return the sum of some parts."""
    return amounts.add(part for _, part in parts)


def _parts(
    line: Line, kinds: Kinds, amount: Decimal, room: Mapping[str, Decimal] | None = _NO_ROOM
) -> Parts:
    """What an amount of a debit owes again: what it moves or takes back.

    All of it, where nothing beside it charges something; else what comes off other receivables.
    ``room`` is what can be taken back beside each account; None is all of it.
    """
    new = _BOUGHT if line.buy else _SOLD
    over = amounts.ZERO
    for account, credited in _beside(line, debits=False).items():
        name = kinds.of_account(account)
        if name in new:
            left = credited if room is None else room.get(account, amounts.ZERO)
            if name in _ALWAYS_NEW or left <= 0:
                return _moved(line, kinds, amount)
            over = amounts.add((over, max(amounts.take(credited, left), amounts.ZERO)))
    again = max(amounts.take(amount, over), amounts.ZERO)
    return kinds.parts(line, again) if again else ()


def _moved(line: Line, kinds: Kinds, amount: Decimal) -> Parts:
    """What an amount of a debit takes off other receivables, where the rest is charged."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for posting in line.entry.postings:
        account = posting.account
        own = account == line.account.name or kinds.of_account(account) == "set-off"
        if own and postings.currency(posting) == line.account.currency:
            number = line.turned(postings.number(posting))
            sums[account] = amounts.add((sums[account], number))
    came = Fraction(amounts.add(number for number in sums.values() if number > 0))
    gone = -Fraction(amounts.add(number for number in sums.values() if number < 0))
    if not gone:
        return ()
    moved = amounts.fraction_of(amount, gone / max(came, gone), amounts.decimals(amount))
    return (("set-off", moved),)
