"""What milestones owe: a debt for each invoice, and for what waits for one."""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.model import WHOLE
from beancount_milestones.receivables.clients import payers
from beancount_milestones.receivables.items import Account, Debit, Item, Key, Match
from beancount_milestones.receivables.lines import accounts_of
from beancount_milestones.receivables.names import names_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal
    from fractions import Fraction

    from beancount_milestones.model import Contract, Milestone, Register, Step
    from beancount_milestones.receivables.clients import Clients
    from beancount_milestones.receivables.lines import Line


@dataclass(slots=True, eq=False, kw_only=True)
class Debt:
    """An item while it is being settled."""

    account: Account
    client: str
    milestone: Key | None = None
    number: str | None
    invoiced: bool
    date: datetime.date
    #: None where it waits until another invoice is settled.
    due: datetime.date | None
    amount: Decimal
    #: Everything that a payment may call it by.
    names: frozenset[str]
    #: The client, and the payee that the contract is written to, ignoring case.
    clients: frozenset[str]
    raised: Decimal = amounts.ZERO
    #: What is still owed.
    open: Decimal = field(init=False)
    matches: list[Match] = field(default_factory=list)
    debits: list[Debit] = field(default_factory=list)
    #: What was owed again, and since when.
    again_since: list[tuple[datetime.date, Decimal]] = field(default_factory=list)
    #: Of what was owed again: what settles it so far, and when.
    settled: list[tuple[datetime.date, Decimal]] = field(default_factory=list)
    #: The name that comes first where a payment names it: the number, if nothing else is said.
    called: str | None = None
    #: Of what waits for an invoice: the milestone's bills on the account, which are settled first.
    bills: tuple[Debt, ...] = ()
    #: Whether it takes a reduction back.
    again: bool = False
    #: The order in which debts are settled: the oldest due date first.
    rank: tuple[object, ...] = field(init=False)

    def __post_init__(self) -> None:
        """All is owed. Find the rank: nothing in it depends on files and lines."""
        self.open = self.amount
        self.called = self.called or self.number
        name = self.milestone.link if self.milestone else ""
        number = self.called or ""
        last = max((bill.rank[:2] for bill in self.bills), default=()) if self.bills else ()
        self.rank = (
            *max((self.due or datetime.date.max, self.date), last),
            *(bool(self.bills), name, number, self.client, self.amount),
            tuple(sorted(self.names)),
        )

    @property
    def ready(self) -> bool:
        """Whether it may be settled: no bill that comes first is open."""
        return not any(bill.open for bill in self.bills)

    @property
    def first(self) -> Decimal:
        """What it was, before anything was owed again."""
        return amounts.take(self.amount, amounts.add(again for _, again in self.again_since))

    @property
    def moved_in(self) -> Decimal:
        """What of it was owed on another account before, or set off."""
        raised = self.debits[not self.milestone :]
        parts = (part for debit in raised for part in debit.parts)
        return amounts.add(amount for kind, amount in parts if kind == "set-off")

    @property
    def went_back(self) -> Decimal:
        """What was settled and is owed again, but for what has moved in."""
        return amounts.take(self.amount, amounts.add((self.first, self.moved_in)))

    def raise_by(self, debit: Debit) -> None:
        """Owe an amount again: a payment was returned, a write-off taken back."""
        self.amount = amounts.add((self.amount, debit.amount))
        self.open = amounts.add((self.open, debit.amount))
        self.raised = amounts.add((self.raised, debit.amount))
        self.debits.append(debit)
        self.again_since.append((debit.entry.date, debit.amount))

    def settle(self, amount: Decimal, date: datetime.date) -> None:
        """Settle some of it by something of a day."""
        self.open = amounts.take(self.open, amount)
        if self.again_since:
            self.settled.append((date, amount))

    def open_on(self, date: datetime.date) -> Decimal:
        """Return what is open for a payment of a day, of what was owed again.

        An earlier payment settles none of what was owed again later. And what went back had been
        paid before: later payments leave that to the earlier ones, which may come after them.
        """
        if not self.again_since:
            return self.open
        room, left = self.open, self.open
        owed = self.first
        gone = amounts.ZERO
        for since, again in sorted(self.again_since):
            before = amounts.add(amount for on, amount in self.settled if on < since)
            gone = amounts.add((gone, again))
            if since > date:
                room = min(room, amounts.take(owed, before))
            else:
                left = min(left, amounts.take(self.open, amounts.take(gone, before)))
            owed = amounts.add((owed, again))
        return max(min(room, left), amounts.ZERO)

    def item(self, clients: Clients) -> Item:
        """Return the item, frozen, with the client whose it is."""
        return Item(
            account=self.account,
            client=clients.owner(self.account, self.client),
            milestone=self.milestone,
            number=self.number,
            invoiced=self.invoiced,
            date=self.date,
            due=self.due,
            amount=self.amount,
            raised=self.raised,
            matches=tuple(self.matches),
            debits=tuple(self.debits),
        )


def bills(
    contract: Contract,
    milestone: Milestone,
    account: Account,
    fraction: Fraction,
    as_of: datetime.date,
) -> Decimal:
    """Return what a fraction of a milestone bills on an account, in the account's currency.

    Positive where more is owed: to us, or on the buy side by us.
    """
    if not fraction:
        return amounts.ZERO
    name, currency = account
    total = amounts.ZERO
    for part in milestone.parts_at(as_of):
        for leg, amount in zip(part.legs, part.at(fraction), strict=True):
            if leg.posting.account == name and leg.currency == currency:
                total = amounts.add((total, amount))
    return amounts.negative(total) if contract.side == "buy" else total


#: A milestone on an account.
_Place = tuple[Key, Account]


class _Slice(NamedTuple):
    """A part of what a milestone has on an account: an invoice, or what waits for one.

    Below zero for what an invoice takes back.
    """

    amount: Decimal
    date: datetime.date
    invoiced: bool = False
    due: datetime.date | None = None
    number: str | None = None
    #: The number that has to be settled first.
    due_on: str | None = None
    #: Whether it takes a reduction back.
    again: bool = False


def milestone_debts(
    register: Register,
    lines: Iterable[Line],
    as_of: datetime.date,
    settled_on: Mapping[str, datetime.date],
) -> list[Debt]:
    """Return what each milestone has on each receivable account, invoice by invoice.

    What the plugin books back is not a payment: it makes the milestone's own debt smaller, that of
    the newest invoice first. A milestone that bills less than nothing has negative debts, and
    taking one of them back is a debt with its own number and due date. What an invoice takes back
    beside what it bills (a pay application with a lower line) is a negative debt too: it makes that
    invoice smaller before the earlier one.

    ``settled_on`` has the days on which our own invoices were settled: what a supplier is paid when
    we are paid is due by the terms from then.
    """
    booked: dict[_Place, list[Decimal]] = defaultdict(list)
    for line in lines:
        if line.milestone:
            booked[line.milestone, line.account].append(line.amount)
    debts: list[Debt] = []
    #: By contract, for all of its milestones.
    owing: dict[str, tuple[str, frozenset[str]]] = {}
    for (key, account), slices in _every(register, booked, as_of).items():
        contract = register.contracts[key.contract]
        payer = owing.get(key.contract)
        if not payer:
            payer = owing[key.contract] = payers(register, contract, account.name)
        names = names_of(contract.milestones[key.milestone])
        # Another plugin may have changed a posting; the items explain the account all the same.
        explained = amounts.add(found.amount for found in slices)
        gap = amounts.take(amounts.add(booked[key, account]), explained)
        if gap:
            slices.append(_Slice(gap, as_of))
        earlier: tuple[Debt, ...] = ()
        for found in slices:
            if found.amount:
                before = () if found.invoiced else earlier
                due = due_of(contract, found, settled_on, as_of)
                debt = _debt(key, names, account, payer, found, before, due)
                debts.append(debt)
                if found.invoiced and debt.amount > 0:
                    earlier += (debt,)
    return debts


def charging_numbers(register: Register, as_of: datetime.date) -> frozenset[str]:
    """Return the numbers that bill something, and as a whole no less than they take back."""
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for contract, milestone in register.milestones():
        for account in accounts_of(contract, milestone, as_of):
            for found in _slices(contract, milestone, account, as_of):
                if found.number:
                    sums[found.number, account.currency].append(found.amount)
    return frozenset(
        number for (number, _), some in sums.items() if max(some) > 0 and amounts.add(some) >= 0
    )


def _every(
    register: Register, places: Iterable[_Place], as_of: datetime.date
) -> dict[_Place, list[_Slice]]:
    """Return the slices of milestones on accounts, with what makes others smaller."""
    every: dict[_Place, list[_Slice]] = {}
    backs = []
    for key, account in places:
        contract = register.contracts[key.contract]
        milestone = contract.milestones[key.milestone]
        slices = list(_slices(contract, milestone, account, as_of))
        # Few milestones have anything below zero: only these are asked for their whole.
        if any(found.amount < 0 for found in slices):
            if bills(contract, milestone, account, WHOLE, as_of) < 0:
                slices = [found._replace(again=found.amount > 0) for found in slices]
            else:
                backs.append((key, account))
        every[key, account] = slices
    if backs:
        owed = _owed(every, backs)
        # Of two that one number takes back, no line or file can change which comes first.
        for place in sorted(backs):
            every[place] = _taken_back(every[place], place[1], owed)
    return every


def _slices(
    contract: Contract, milestone: Milestone, account: Account, as_of: datetime.date
) -> Iterator[_Slice]:
    """What was billed and taken back, oldest first, then what waits for an invoice."""
    reached = amounts.ZERO
    for step, _ in milestone.moves(as_of):
        before = reached
        reached = bills(contract, milestone, account, step.state.billed, as_of)
        yield _Slice(
            amounts.take(reached, before),
            step.date,
            invoiced=True,
            due=step.due,
            number=step.number,
            due_on=step.due_on,
        )
    state = milestone.state_at(as_of)
    booked = contract.sides(state)[1]
    # Mostly all that is in the books is billed.
    since = None if booked is state.billed else contract.waiting_since(milestone, as_of)
    if since:
        waiting = bills(contract, milestone, account, booked, as_of)
        yield _Slice(amounts.take(waiting, reached), since.date)


#: What numbers owe on accounts, less their reductions.
_Owed = dict[tuple[Account, str | None], "Decimal"]


def _owed(every: Mapping[_Place, Sequence[_Slice]], backs: Container[_Place]) -> _Owed:
    """What each number bills on each account, but for what it takes back of milestones."""
    owed: _Owed = {}
    for place, slices in every.items():
        for found in slices:
            if found.number and (found.amount > 0 or place not in backs):
                name = place[1], found.number
                owed[name] = amounts.add((owed.get(name, amounts.ZERO), found.amount))
    return owed


def _taken_back(slices: Iterable[_Slice], account: Account, owed: _Owed) -> list[_Slice]:
    """Return the slices of a milestone, those smaller that something is taken back of.

    As far as the number that takes it back bills anything, whatever milestone that is of, it stays:
    the two meet each other. The rest makes the earlier slices smaller, the newest first.
    """
    found: list[_Slice] = []
    for one in slices:
        if one.amount >= 0:
            found.append(one)
            continue
        name, back = (account, one.number), amounts.negative(one.amount)
        asked = owed.get(name, amounts.ZERO)
        met = min(back, max(asked, amounts.ZERO))
        owed[name] = amounts.take(asked, met)
        found = [*_less(found, amounts.take(back, met)), one._replace(amount=amounts.negative(met))]
    return found


def _less(slices: Sequence[_Slice], amount: Decimal) -> list[_Slice]:
    """Take an amount off what slices owe, the newest first."""
    found = []
    for one in reversed(slices):
        less = min(amount, max(one.amount, amounts.ZERO))
        amount = amounts.take(amount, less)
        found.append(one._replace(amount=amounts.take(one.amount, less)))
    return found[::-1]


def due_of(
    contract: Contract,
    found: _Slice | Step,
    settled_on: Mapping[str, datetime.date],
    as_of: datetime.date,
) -> datetime.date | None:
    """Return when something is due; None while it waits until another invoice is settled.

    Where that was settled before, it is due by the terms from its own date.
    """
    if found.due_on is None:
        return found.due or contract.due(found.date)
    settled = settled_on.get(found.due_on)
    return contract.due(max(settled, found.date)) if settled and settled <= as_of else None


def _debt(  # noqa: PLR0913, PLR0917 - all that makes it one
    milestone: Key,
    names: set[str],
    account: Account,
    payer: tuple[str, frozenset[str]],
    found: _Slice,
    bills: tuple[Debt, ...],
    due: datetime.date | None,
) -> Debt:
    return Debt(
        account=account,
        client=payer[0],
        milestone=milestone,
        number=found.number,
        invoiced=found.invoiced,
        date=found.date,
        due=due,
        amount=found.amount,
        names=frozenset((*names, found.number) if found.number else names),
        clients=payer[1],
        bills=bills,
        again=found.again,
    )
