"""All that is known of one contract, and the proof that it adds up."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from beancount.core.data import Transaction

from beancount_milestones import amounts, postings
from beancount_milestones.booking import position
from beancount_milestones.receivables import (
    Account,
    Key,
    identity,
    identity_of_step,
    names_of,
    numbers_of,
)
from beancount_milestones.reports.books import Scope
from beancount_milestones.reports.contracts import contracts
from beancount_milestones.reports.positions import positions
from beancount_milestones.reports.status import status

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from beancount_milestones.legs import Part
    from beancount_milestones.model import Contract, Milestone, Step
    from beancount_milestones.receivables import Basis
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.contracts import Standing
    from beancount_milestones.reports.positions import Position
    from beancount_milestones.reports.status import Row

Kind = Literal["contract", "change order", "proposal"]


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a transaction gives to a milestone, on the receivable accounts and in gross."""

    milestone: str
    title: str
    target: datetime.date | None
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Order:
    """A transaction of the contract: its own, a change order, or a proposal."""

    kind: Kind
    entry: Transaction
    agreed: tuple[Agreed, ...]


@dataclass(frozen=True, slots=True)
class Happened:
    """A directive, what it made of the milestone, and what is booked for it."""

    milestone: str
    title: str
    step: Step
    #: As the ledger has it; None where nothing is booked.
    transaction: Transaction | None


@dataclass(frozen=True, slots=True)
class Paid:
    """What settled some of a milestone, or raised it again; or names the contract for nothing."""

    milestone: str
    title: str
    invoice: str
    currency: str
    date: datetime.date
    kind: str
    #: Below zero for what raised it again.
    amount: Decimal
    #: Why it is for this milestone; None where it settles nothing so far.
    basis: Basis | None
    entry: Transaction | None
    #: The number of a credit note.
    number: str | None


@dataclass(frozen=True, slots=True)
class Proof:
    """What the contract has on an account: ``whole = booked + open``.

    ``booked`` is what the transactions in the ledger have, ``open`` what is still to be booked.
    ``difference`` is what is missing: zero, unless another plugin has changed what was booked.
    """

    account: str
    currency: str
    whole: Decimal
    booked: Decimal
    open: Decimal
    difference: Decimal


@dataclass(frozen=True, slots=True)
class Story:
    """A contract as of a day."""

    contract: Contract
    standings: tuple[Standing, ...]
    positions: tuple[Position, ...]
    #: The same, flat.
    rows: tuple[Row, ...]
    orders: tuple[Order, ...]
    #: By date.
    happened: tuple[Happened, ...]
    payments: tuple[Paid, ...]
    proofs: tuple[Proof, ...]


def story(books: Books, name: str) -> Story | None:
    """Return all that is known of a contract by the as-of date; None where there is none."""
    contract = books.register.contracts.get(name)
    if contract is None or contract.entry.date > books.as_of:
        return None
    only = books.about(Scope(contract=name))
    happened = sorted(_happened(books, contract), key=lambda h: h.step.date)
    return Story(
        contract=contract,
        standings=tuple(contracts(only)),
        positions=positions(only),
        rows=tuple(status(only)),
        orders=tuple(sorted(_orders(contract, books.as_of), key=lambda order: order.entry.date)),
        happened=tuple(happened),
        payments=tuple(sorted(_payments(books, contract), key=lambda paid: paid.date)),
        proofs=tuple(_proofs(contract, happened, books.as_of)),
    )


def _happened(books: Books, contract: Contract) -> Iterator[Happened]:
    booked = {
        identity(entry): entry
        for entry in books.entries
        if isinstance(entry, Transaction) and entry.meta.get("contract") == contract.id
    }
    for milestone in contract.milestones.values():
        title = milestone.title_at(books.as_of)
        for step in milestone.steps_at(books.as_of):
            entry = booked.get(identity_of_step(Key(contract.id, milestone.id), step))
            yield Happened(milestone.id, title, step, entry)


def _orders(contract: Contract, as_of: datetime.date) -> Iterator[Order]:
    found: dict[int, tuple[Kind, Transaction, list[Agreed]]] = {}
    for proposed, milestones in ((False, contract.milestones), (True, contract.proposals)):
        for milestone in milestones.values():
            for part in milestone.parts_at(as_of):
                kind: Kind = "proposal" if proposed else "change order"
                if part.entry is contract.entry and not proposed:
                    kind = "contract"
                _, _, agreed = found.setdefault(id(part.entry), (kind, part.entry, []))
                agreed.extend(_agreed(contract, milestone, part))
    return (Order(kind, entry, tuple(agreed)) for kind, entry, agreed in found.values())


def _agreed(contract: Contract, milestone: Milestone, part: Part) -> Iterator[Agreed]:
    figures: dict[str, list[Decimal]] = defaultdict(list)
    for leg, amount in part.pairs():
        if leg.posting.account in contract.owed_on:
            owed = amounts.negative(amount) if contract.side == "buy" else amount
            figures[leg.currency].append(owed)
    title = part.title or milestone.title_at(part.entry.date)
    for currency, some in (figures or {part.currency: [amounts.ZERO]}).items():
        yield Agreed(milestone.id, title, part.target, amounts.add(some), currency)


def _payments(books: Books, contract: Contract) -> Iterator[Paid]:
    for item in books.open_items().items:
        if item.milestone and item.milestone.contract == contract.id:
            milestone = contract.milestones[item.milestone.milestone]
            title = milestone.title_at(books.as_of)
            for moved in item.movements:
                yield Paid(milestone.id, title, item.number or "", item.account.currency, *moved)
    # The milestone that a payment was for may have been credited since.
    written = [m for m in contract.milestones.values() if m.entry.date <= books.as_of]
    numbers = {number for m in written for number in numbers_of(m, books.as_of)}
    names = numbers.union(*map(names_of, written))
    for rest in books.open_items().unapplied:
        if rest.credit.named & names:
            credit, invoice = rest.credit, ", ".join(sorted(rest.credit.named & numbers))
            for kind, amount in rest.parts:
                waiting = (credit.date, kind, amount, None, credit.entry, credit.number)
                yield Paid("", "", invoice, credit.account.currency, *waiting)


def _proofs(
    contract: Contract, happened: Iterable[Happened], as_of: datetime.date
) -> Iterator[Proof]:
    whole: dict[Account, list[Decimal]] = defaultdict(list)
    due: dict[Account, list[Decimal]] = defaultdict(list)
    for milestone in contract.milestones.values():
        state, left = milestone.state_at(as_of), contract.left(milestone, as_of)
        for part in milestone.parts_at(as_of):
            figures, bridge = position(contract, part, state)
            for leg, booked, total in zip(part.legs, figures, part.at(left), strict=True):
                account = Account(leg.posting.account, leg.currency)
                whole[account].append(total)
                due[account].append(booked)
            if bridge:
                due[Account(contract.bridge(state) or "", part.currency)].append(bridge)
    booked_: dict[Account, list[Decimal]] = defaultdict(list)
    for entry in (one.transaction for one in happened if one.transaction):
        for posting in entry.postings:
            account = Account(posting.account, postings.currency(posting))
            booked_[account].append(postings.number(posting))
    for account in dict.fromkeys((*whole, *due, *booked_)):
        total = amounts.add(whole[account])
        has = amounts.add(booked_[account])
        should = amounts.add(due[account])
        yield Proof(
            account=account.name,
            currency=account.currency,
            whole=total,
            booked=has,
            open=amounts.take(total, should),
            difference=amounts.take(should, has),
        )
