"""What is owed: the debts that the debits of a receivable account make."""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from beancount_milestones import allocation
from beancount_milestones.settlement.items import Account, Item, Key, Match
from beancount_milestones.settlement.names import Known, Said, invoice_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from decimal import Decimal
    from fractions import Fraction

    from beancount.core.data import Posting

    from beancount_milestones.contract import Contract, Milestone, Register
    from beancount_milestones.settlement.lines import Line


@dataclass(slots=True, eq=False)
class Debt:
    """An item while it is being settled."""

    account: Account
    client: str
    milestone: Key | None
    number: str | None
    invoiced: bool
    date: datetime.date
    due: datetime.date
    amount: Decimal
    #: Everything that a payment may call it by.
    names: frozenset[str]
    #: The client, and the payee that the contract is written to, ignoring case.
    clients: frozenset[str]
    raised: Decimal = allocation.ZERO
    settled: Decimal = allocation.ZERO
    matches: list[Match] = field(default_factory=list)

    @property
    def open(self) -> Decimal:
        """What is still owed."""
        return allocation.take(self.amount, self.settled)

    @property
    def rank(self) -> tuple[object, ...]:
        """The order in which debts are settled: the oldest due date first."""
        name = self.milestone.link if self.milestone else ""
        return (self.due, self.date, name, self.number or "", self.client, self.amount)

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
        )


def folded(*names: str | None) -> frozenset[str]:
    """Return the names of a client, ignoring case, without the empty ones."""
    return frozenset(name.strip().casefold() for name in names if name and name.strip())


def bills(
    milestone: Milestone, account: Account, fraction: Fraction, as_of: datetime.date
) -> Decimal:
    """Return what a fraction of a milestone bills on an account, in the account's currency."""
    return allocation.add(
        amount
        for part in milestone.parts_at(as_of)
        for leg, amount in zip(part.legs, part.at(fraction), strict=True)
        if (leg.posting.account, leg.posting.units.currency) == account
    )


def milestone_debts(
    register: Register, lines: Iterable[Line], as_of: datetime.date
) -> list[Debt]:
    """Return what each milestone has on each receivable account, invoice by invoice.

    What the plugin books back is no payment: it makes the milestone's own debt smaller, that of
    the newest invoice first. A milestone that bills less than nothing has a negative debt.
    """
    booked: dict[tuple[Key, Account], list[Decimal]] = defaultdict(list)
    for line in lines:
        if line.milestone:
            booked[line.milestone, line.account].append(line.posting.units.number)
    debts: list[Debt] = []
    for (key, account), amounts in booked.items():
        contract = register.contracts[key.contract]
        milestone = contract.milestones[key.milestone]
        found = list(_slices(contract, milestone, account, as_of))
        # Another plugin may have changed a posting; the items explain the account all the same.
        explained = allocation.add(debt.amount for debt in found)
        gap = allocation.take(allocation.add(amounts), explained)
        if gap:
            found.append(_debt(contract, milestone, account, as_of, contract.due(as_of), gap))
        debts.extend(debt for debt in found if debt.amount)
    return debts


def _slices(
    contract: Contract, milestone: Milestone, account: Account, as_of: datetime.date
) -> Iterator[Debt]:
    """The invoices in force, oldest first, then what is in the books without one."""

    def between(low: Fraction, high: Fraction) -> Decimal:
        below, above = (bills(milestone, account, fraction, as_of) for fraction in (low, high))
        return allocation.take(above, below)

    state = milestone.state_at(as_of)
    for invoice in state.invoices:
        amount = between(invoice.low, invoice.high)
        debt = _debt(contract, milestone, account, invoice.date, invoice.due, amount)
        debt.invoiced = True
        debt.number = invoice.number
        debt.names |= {invoice.number} if invoice.number else set()
        yield debt
    _, in_books = contract.sides(state)
    since = milestone.since(as_of, lambda s: contract.sides(s)[1] > state.billed)
    if since:
        amount = between(state.billed, in_books)
        due = since.due or contract.due(since.date)
        yield _debt(contract, milestone, account, since.date, due, amount)


def _debt(
    contract: Contract,
    milestone: Milestone,
    account: Account,
    date: datetime.date,
    due: datetime.date,
    amount: Decimal,
) -> Debt:
    key = Key(contract.id, milestone.id)
    return Debt(
        account=account,
        client=contract.client,
        milestone=key,
        number=None,
        invoiced=False,
        date=date,
        due=due,
        amount=amount,
        names=frozenset({key.link, contract.id, *(milestone.entry.links or ())}),
        clients=folded(contract.client, contract.entry.payee),
    )


def other_debts(
    lines: Iterable[Line], debts: Sequence[Debt], known: Known, assets: str
) -> list[Debt]:
    """Return the debts that no contract explains; ``assets`` is the name of the root.

    A debit that names a debt raises that again instead: a payment that was returned.
    """
    others: list[Debt] = []
    naming: list[tuple[Line, frozenset[str]]] = []
    for line in lines:
        if line.milestone is None and line.posting.units.number > 0:
            said = known.said(line)
            names = said.of_a_bill - {invoice_of(line)}
            if _gives_back(line, assets):
                names |= said.links
            if names:
                naming.append((line, names))
            else:
                others.append(_other_debt(line, said))
    by_name: dict[tuple[Account, str], list[Debt]] = defaultdict(list)
    for debt in (*debts, *others):
        for name in debt.names:
            by_name[debt.account, name].append(debt)
    for line, names in naming:
        found = [debt for name in names for debt in by_name.get((line.account, name), ())]
        if found:
            debt = min(found, key=lambda d: d.rank)
            debt.amount = allocation.add((debt.amount, line.posting.units.number))
            debt.raised = allocation.add((debt.raised, line.posting.units.number))
        else:
            others.append(_other_debt(line, known.said(line)))
    return others


def _gives_back(line: Line, assets: str) -> bool:
    """Whether a debit takes the money from another asset account, as a bank does."""
    return any(
        posting.units.number < 0
        and posting.account != line.posting.account
        and posting.account.partition(":")[0] == assets
        for posting in line.entry.postings
    )


def _other_debt(line: Line, said: Said) -> Debt:
    entry = line.entry
    links = sorted(entry.links or ())
    number = invoice_of(line) or next(
        (link for link in links if link not in said.milestones | said.contracts), None
    )
    due = _meta(line.posting, entry.meta, "due")
    return Debt(
        account=line.account,
        client=entry.payee or "",
        milestone=None,
        number=number,
        invoiced=True,
        date=entry.date,
        due=due if isinstance(due, datetime.date) else entry.date,
        amount=line.posting.units.number,
        names=frozenset({*links, number} if number else links),
        clients=folded(entry.payee),
    )


def _meta(posting: Posting, meta: dict[str, object], key: str) -> object:
    return (posting.meta or {}).get(key, meta.get(key))
