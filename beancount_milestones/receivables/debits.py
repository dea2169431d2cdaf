"""What milestones owe: a debt for each invoice, and for what waits for one."""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.model import NOTHING, WHOLE, Invoice
from beancount_milestones.receivables.clients import payers
from beancount_milestones.receivables.items import Account, Debit, Item, Key, Match
from beancount_milestones.receivables.names import names_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping
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

    def raise_by(self, debit: Debit) -> None:
        """Owe an amount again: a payment was returned, a write-off taken back."""
        self.amount = amounts.add((self.amount, debit.amount))
        self.open = amounts.add((self.open, debit.amount))
        self.raised = amounts.add((self.raised, debit.amount))
        self.debits.append(debit)

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


def milestone_debts(
    register: Register,
    lines: Iterable[Line],
    as_of: datetime.date,
    settled_on: Mapping[str, datetime.date],
    charging: Container[str | None],
) -> list[Debt]:
    """Return what each milestone has on each receivable account, invoice by invoice.

    What the plugin books back is not a payment: it makes the milestone's own debt smaller, that of
    the newest invoice first. A milestone that bills less than nothing has negative debts, and
    taking one of them back is a debt with its own number and due date. What an invoice takes back
    beside what it bills (a pay application with a lower line) is a negative debt too: it makes that
    invoice smaller, not the earlier one.

    ``settled_on`` has the days on which our own invoices were settled: what a supplier is paid when
    we are paid is due by the terms from then. ``charging`` has the `charging_numbers`.
    """
    booked: dict[tuple[Key, Account], list[Decimal]] = defaultdict(list)
    for line in lines:
        if line.milestone:
            booked[line.milestone, line.account].append(line.amount)
    debts: list[Debt] = []
    #: By contract, for all of its milestones.
    owing: dict[str, tuple[str, frozenset[str]]] = {}
    for (key, account), figures in booked.items():
        contract = register.contracts[key.contract]
        milestone = contract.milestones[key.milestone]
        payer = owing.get(key.contract)
        if not payer:
            payer = owing[key.contract] = payers(register, contract, account.name)
        names = names_of(milestone)
        slices = list(_slices(contract, milestone, account, as_of, charging))
        # Few milestones have anything below zero: only these are asked for their whole.
        less = any(found.amount < 0 for found in slices)
        reduces = less and bills(contract, milestone, account, WHOLE, as_of) < 0
        # Another plugin may have changed a posting; the items explain the account all the same.
        explained = amounts.add(found.amount for found in slices)
        gap = amounts.take(amounts.add(figures), explained)
        if gap:
            slices.append(_Slice(gap, as_of))
        earlier: tuple[Debt, ...] = ()
        for found in slices:
            if found.amount:
                before = () if found.invoiced else earlier
                due = due_of(contract, found, settled_on, as_of)
                debt = _debt(key, names, account, payer, found, before, due)
                debt.again = reduces and found.amount > 0
                debts.append(debt)
                if found.invoiced and debt.amount > 0:
                    earlier += (debt,)
    return debts


def charging_numbers(register: Register, as_of: datetime.date) -> frozenset[str]:
    """Return the numbers that bill something, whatever else they take back."""
    return frozenset(
        step.number
        for _, milestone in register.milestones()
        for step, before in milestone.moves(as_of)
        if step.number and step.state.billed > before
    )


def _slices(
    contract: Contract,
    milestone: Milestone,
    account: Account,
    as_of: datetime.date,
    charging: Container[str | None],
) -> Iterator[_Slice]:
    """The invoices, oldest first, then what is in the books without one.

    Those in force, and those that an invoice took back beside what it bills.
    """
    whole = bills(contract, milestone, account, WHOLE, as_of)

    def up_to(fraction: Fraction) -> Decimal:
        if fraction is WHOLE:
            return whole
        return bills(contract, milestone, account, fraction, as_of)

    def between(low: Fraction, high: Fraction) -> Decimal:
        return amounts.take(up_to(high), up_to(low))

    state = milestone.state_at(as_of)
    if whole < 0:
        for step, before in milestone.moves(as_of):
            amount = between(before, step.state.billed)
            yield _Slice(
                amount,
                step.date,
                invoiced=True,
                due=step.due,
                number=step.number,
                due_on=step.due_on,
            )
    else:
        for invoice in _kept(milestone, as_of, charging):
            yield _Slice(
                between(invoice.low, invoice.high),
                invoice.date,
                invoiced=True,
                due=invoice.due,
                number=invoice.number,
                due_on=invoice.due_on,
            )
    booked = contract.sides(state)[1]
    # Mostly all that is in the books is billed.
    since = None if booked is state.billed else contract.waiting_since(milestone, as_of)
    if since:
        yield _Slice(between(state.billed, booked), since.date)


def _kept(
    milestone: Milestone, as_of: datetime.date, charging: Container[str | None]
) -> list[Invoice]:
    """The invoices in force, and what other invoices took back of earlier ones, as slices.

    What is taken back runs from the higher fraction to the lower one.
    """
    taken: list[Invoice] = []
    force: tuple[Invoice, ...] = ()
    for step, before in milestone.moves(as_of):
        billed = step.state.billed
        # Mostly nothing was billed before, and nothing can be taken back.
        if before is not NOTHING and billed < before and step.number in charging:
            taken += [
                invoice._replace(low=max(invoice.low, billed))
                for invoice in force
                if invoice.high > billed
            ]
            taken.append(Invoice(step.number, step.date, step.due, before, billed))
        force = step.state.invoices
    return sorted((*taken, *force), key=lambda invoice: invoice.date)


def due_of(
    contract: Contract,
    found: _Slice | Step,
    settled_on: Mapping[str, datetime.date],
    as_of: datetime.date,
) -> datetime.date | None:
    """Return when something is due; None while it waits until another invoice is settled."""
    if found.due_on is None:
        return found.due or contract.due(found.date)
    settled = settled_on.get(found.due_on)
    return contract.due(settled) if settled and settled <= as_of else None


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
    )
