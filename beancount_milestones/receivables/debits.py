"""What is owed: the debts that the debits of a receivable account make."""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from beancount_milestones import amounts, postings
from beancount_milestones.receivables.items import Account, Debit, Item, Key, Match
from beancount_milestones.receivables.names import (
    CONTRACT,
    INVOICE,
    LINKED,
    MILESTONE,
    OTHER,
    Known,
    Said,
    invoice_of,
    names_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from decimal import Decimal
    from fractions import Fraction

    from beancount_milestones.model import Contract, Invoice, Milestone, Register
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
    due: datetime.date
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
    #: Of what waits for an invoice: the milestone's bills on the account, which are settled first.
    bills: tuple[Debt, ...] = ()
    #: The order in which debts are settled: the oldest due date first.
    rank: tuple[object, ...] = field(init=False)

    def __post_init__(self) -> None:
        """All is owed. Find the rank: nothing in it depends on files and lines."""
        self.open = self.amount
        name = self.milestone.link if self.milestone else ""
        number = self.number or ""
        last = max((bill.rank[:2] for bill in self.bills), default=())
        self.rank = (
            *max((self.due, self.date), last),
            *(bool(self.bills), name, number, self.client, self.amount),
            tuple(sorted(self.names)),
        )

    @property
    def ready(self) -> bool:
        """Whether it may be settled: no bill that comes first is open."""
        return not any(bill.open for bill in self.bills)

    def raise_by(self, debit: Debit) -> None:
        """Owe an amount again: a payment was returned."""
        self.amount = amounts.add((self.amount, debit.amount))
        self.open = amounts.add((self.open, debit.amount))
        self.raised = amounts.add((self.raised, debit.amount))
        self.debits.append(debit)

    def item(self) -> Item:
        """Return the item, frozen."""
        return Item(
            account=self.account,
            client=self.client,
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


def fold(name: str | None) -> str:
    """Return the name of a client as it is compared: ignoring case; empty for none."""
    return (name or "").strip().casefold()


def folded(*names: str | None) -> frozenset[str]:
    """Return the names of a client, ignoring case, without the empty ones."""
    return frozenset(filter(None, map(fold, names)))


def clients_of(contract: Contract) -> frozenset[str]:
    """Return the names that a contract's client pays under."""
    return folded(contract.client, contract.entry.payee)


def bills(
    milestone: Milestone, account: Account, fraction: Fraction, as_of: datetime.date
) -> Decimal:
    """Return what a fraction of a milestone bills on an account, in the account's currency."""
    if not fraction:
        return amounts.ZERO
    return amounts.add(
        amount
        for part in milestone.parts_at(as_of)
        for leg, amount in zip(part.legs, part.at(fraction), strict=True)
        if leg.posting.account == account.name and leg.currency == account.currency
    )


class _Slice(NamedTuple):
    """A part of what a milestone has on an account: an invoice, or what waits for one."""

    amount: Decimal
    date: datetime.date
    invoice: Invoice | None = None


def milestone_debts(register: Register, lines: Iterable[Line], as_of: datetime.date) -> list[Debt]:
    """Return what each milestone has on each receivable account, invoice by invoice.

    What the plugin books back is no payment: it makes the milestone's own debt smaller, that of
    the newest invoice first. A milestone that bills less than nothing has a negative debt.
    """
    booked: dict[tuple[Key, Account], list[Decimal]] = defaultdict(list)
    for line in lines:
        if line.milestone:
            booked[line.milestone, line.account].append(line.amount)
    debts: list[Debt] = []
    for (key, account), figures in booked.items():
        contract = register.contracts[key.contract]
        milestone = contract.milestones[key.milestone]
        slices = list(_slices(contract, milestone, account, as_of))
        # Another plugin may have changed a posting; the items explain the account all the same.
        explained = amounts.add(found.amount for found in slices)
        gap = amounts.take(amounts.add(figures), explained)
        bills: tuple[Debt, ...] = ()
        for found in (*slices, _Slice(gap, as_of)):
            if found.amount:
                debt = _debt(contract, milestone, account, found, () if found.invoice else bills)
                debts.append(debt)
                if found.invoice and debt.amount > 0:
                    bills += (debt,)
    return debts


def _slices(
    contract: Contract, milestone: Milestone, account: Account, as_of: datetime.date
) -> Iterator[_Slice]:
    """The invoices in force, oldest first, then what is in the books without one."""

    def between(low: Fraction, high: Fraction) -> Decimal:
        below, above = (bills(milestone, account, fraction, as_of) for fraction in (low, high))
        return amounts.take(above, below)

    state = milestone.state_at(as_of)
    for invoice in state.invoices:
        yield _Slice(between(invoice.low, invoice.high), invoice.date, invoice)
    since = milestone.since(as_of, lambda s: contract.sides(s)[1] > s.billed)
    if since:
        yield _Slice(between(state.billed, contract.sides(state)[1]), since.date)


def _debt(
    contract: Contract,
    milestone: Milestone,
    account: Account,
    found: _Slice,
    bills: tuple[Debt, ...],
) -> Debt:
    invoice = found.invoice
    number = invoice.number if invoice else None
    return Debt(
        account=account,
        client=contract.client,
        milestone=Key(contract.id, milestone.id),
        number=number,
        invoiced=invoice is not None,
        date=found.date,
        due=invoice.due if invoice else contract.due(found.date),
        amount=found.amount,
        names=frozenset(names_of(milestone) | ({number} if number else set())),
        clients=clients_of(contract),
        bills=bills,
    )


def other_debts(
    lines: Iterable[Line], debts: Sequence[Debt], known: Known, assets: str
) -> list[Debt]:
    """Return the debts that no contract explains; ``assets`` is the name of the root.

    A debit that names a debt raises that again instead: a payment that was returned.
    """
    others: list[Debt] = []
    naming: list[tuple[Line, Said, Debit, list[set[str]]]] = []
    for line in lines:
        if line.milestone is None and line.amount > 0:
            said = known.said(line)
            debit = Debit(line.entry, line.amount, _gives_back(line, assets))
            names = _of_a_debt(line, said, returned=debit.returned)
            if any(names):
                naming.append((line, said, debit, names))
            else:
                others.append(_other_debt(line, said))
    by_name: dict[tuple[Account, str], list[Debt]] = defaultdict(list)
    for debt in (*debts, *others):
        for name in debt.names:
            by_name[debt.account, name].append(debt)
    for line, said, debit, levels in naming:
        named = ([d for name in names for d in by_name[line.account, name]] for names in levels)
        found = next(filter(None, named), None)
        if found:
            min(found, key=lambda debt: debt.rank).raise_by(debit)
        else:
            others.append(_other_debt(line, said))
    return others


def _of_a_debt(line: Line, said: Said, *, returned: bool) -> list[set[str]]:
    """The names by which a debit means another one, those that win first.

    A contract's name alone does not, nor does its own number; any link does where money goes back.
    """
    ignored = {LINKED + CONTRACT}
    if not returned:
        ignored.add(LINKED + OTHER)
    own = {invoice_of(line)}
    return [
        said[level] - own if level in {LINKED + INVOICE, LINKED + OTHER} else said[level]
        for level in sorted(said.keys() - ignored)
    ]


def _gives_back(line: Line, assets: str) -> bool:
    """Whether a debit takes the money from another asset account, as a bank does."""
    return any(
        postings.number(posting) < 0
        and posting.account != line.posting.account
        and postings.root(posting) == assets
        for posting in line.entry.postings
    )


def _other_debt(line: Line, said: Said) -> Debt:
    entry = line.entry
    links = sorted(entry.links or ())
    owners = {name for kind in (MILESTONE, CONTRACT) for name in said.get(LINKED + kind, ())}
    number = invoice_of(line) or next((link for link in links if link not in owners), None)
    due = (line.posting.meta or {}).get("due", entry.meta.get("due"))
    return Debt(
        account=line.account,
        client=entry.payee or "",
        number=number,
        invoiced=True,
        date=entry.date,
        due=due if isinstance(due, datetime.date) else entry.date,
        amount=line.amount,
        names=frozenset({*links, number} if number else links),
        clients=folded(entry.payee),
        debits=[Debit(entry, line.amount)],
    )
