"""A milestone on an account on a day: what every report starts from."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from beancount_milestones import amounts
from beancount_milestones.amounts import ZERO
from beancount_milestones.legs import equal
from beancount_milestones.model import WHOLE
from beancount_milestones.receivables import Account, Key, accounts_of, bills, payer
from beancount_milestones.reports.books import cached
from beancount_milestones.reports.open_items import earliest, overdue
from beancount_milestones.reports.prices import summed, worth
from beancount_milestones.reports.sharing import first_of, shared

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Mapping, Sequence
    from decimal import Decimal

    from beancount_milestones.model import Contract, Invoice, Milestone, State
    from beancount_milestones.receivables import Item
    from beancount_milestones.reports.books import Books

Status = Literal[
    "proposed",
    "overdue",
    "outstanding",
    "unbilled",
    "cancelled",
    "credited",
    "paid",
    "written-off",
    "completed",
    "delivered",
    "in-progress",
    "planned",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A milestone on one account that it is owed on, as of a day. The amounts are gross.

    ``amount = paid + outstanding + unbilled + remaining``, where no more is paid than billable.
    On the buy side the amounts are what we owe, and positive.
    """

    contract: Contract
    milestone: Milestone
    #: Without a name where the milestone is owed on no account.
    account: Account
    #: Who owes it.
    client: str
    as_of: datetime.date
    state: State
    #: Pending: a contract or a change order that is not agreed, and never billable.
    proposed: bool
    items: tuple[Item, ...]
    #: All it will ever bill.
    amount: Decimal
    #: Of that, what counts as earned or billed.
    reached: Decimal
    billed: Decimal
    #: What is settled, of any kind.
    paid: Decimal
    outstanding: Decimal = field(init=False)
    unbilled: Decimal = field(init=False)
    remaining: Decimal = field(init=False)
    #: Withheld less released; on the first account of the client in each currency.
    retention: Decimal

    def __post_init__(self) -> None:
        """Work out what is left."""
        left = amounts.take(self.billed, self.paid)
        unbilled = max(amounts.take(self.reached, max(self.billed, self.paid)), ZERO)
        if self.amount < 0:
            # A reduction settles something else; what is taken back of it is owed.
            left = amounts.add(item.open for item in self.items)
            unbilled = min(amounts.take(self.reached, min(self.billed, self.paid)), ZERO)
        object.__setattr__(self, "outstanding", max(left, ZERO))
        object.__setattr__(self, "unbilled", unbilled)
        object.__setattr__(self, "remaining", amounts.take(self.amount, self.reached))

    @property
    def key(self) -> Key:
        """The names of contract and milestone."""
        return Key(self.contract.id, self.milestone.id)

    @property
    def currency(self) -> str:
        """The currency of the amounts."""
        return self.account.currency

    @property
    def target(self) -> datetime.date | None:
        """Its target, as last said."""
        return self.milestone.target_at(self.as_of)

    @property
    def done(self) -> datetime.date | None:
        """When it was done; None where it is not, or not agreed."""
        return None if self.proposed else self.contract.done_at(self.milestone, self.as_of)

    @property
    def late(self) -> bool:
        """Whether its target is past, and it is not done."""
        return not self.proposed and self.contract.is_late(self.milestone, self.as_of)

    @property
    def title(self) -> str:
        """Its title, as last said; empty where it has none."""
        titles = [part.title for part in self.milestone.parts_at(self.as_of) if part.title]
        return titles[-1] if titles else ""

    @property
    def invoices(self) -> Sequence[Invoice | Item]:
        """The invoices in force, oldest first.

        But where another one is open, as what takes a reduction back: all that are open.
        """
        in_force = self.state.invoices
        numbers = {invoice.number for invoice in in_force}
        owed = self._owed()
        return in_force if all(item.number in numbers for item in owed) else owed

    @property
    def due(self) -> datetime.date | None:
        """The earliest due date with something outstanding; else that of the last invoice."""
        return earliest(one.due for one in self._owed() or self.state.invoices[-1:])

    def _owed(self) -> list[Item]:
        return [item for item in self.items if item.invoiced and item.open]

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers of all invoices in force, oldest first."""
        return tuple(dict.fromkeys(i.number for i in self.state.invoices if i.number))

    @property
    def status(self) -> Status:
        """Where it is, in one word: the first that fits."""
        return next((word for word, fits in self._words() if fits), "planned")

    def _words(self) -> Iterator[tuple[Status, object]]:
        """Every word, and whether it fits: no more is worked out than somebody asks for."""
        state = self.state
        yield "proposed", self.proposed
        yield "overdue", self.outstanding and overdue(self.due, self.as_of)
        yield "outstanding", self.outstanding
        yield "unbilled", self.unbilled
        yield "cancelled", state.cancelled
        yield "credited", state.credited and not state.waived
        yield "written-off", self._is_settled and self._is_written_off
        yield "paid", self._is_settled
        yield "completed", self.done
        yield "delivered", state.delivered
        yield "in-progress", state.earned or state.billed

    @property
    def _is_settled(self) -> bool:
        paid = self.paid > 0 if self.amount >= 0 else self.paid == self.amount
        return paid and not self.remaining

    @property
    def _is_written_off(self) -> bool:
        kinds = {match.kind for item in self.items for match in item.matches}
        return "write-off" in kinds and "payment" not in kinds


@cached
def positions(books: Books) -> tuple[Position, ...]:
    """Return every milestone on every account in scope, in the order written.

    Proposals come after the milestones of their contract.
    """
    return tuple(found for found in of_contracts(books) if _is_asked(books, found))


@cached
def of_contracts(books: Books) -> tuple[Position, ...]:
    """Return the same of whole contracts: also what others owe on those in scope."""
    return tuple(_every(books))


def agreed(books: Books) -> Iterator[Position]:
    """Yield the positions that are owed on an account, without the proposals."""
    return (p for p in positions(books) if p.account.name and not p.proposed)


def _is_asked(books: Books, found: Position) -> bool:
    # What is owed on no account is asked about with its contract.
    return not found.account.name or books.asks(found.client, found.key, found.account)


def _every(books: Books) -> Iterator[Position]:
    items: dict[tuple[Key, Account], list[Item]] = defaultdict(list)
    for item in books.open_items().items:
        if item.milestone:
            items[item.milestone, item.account].append(item)
    paid = books.open_items().paid()
    for contract in books.contracts():
        for milestone in contract.milestones.values():
            yield from _of_milestone(books, contract, milestone, items, paid)
        for proposal in contract.proposals.values():
            yield from _of_milestone(books, contract, proposal, {}, {}, proposed=True)


def _of_milestone(  # noqa: PLR0913 - all that makes one
    books: Books,
    contract: Contract,
    milestone: Milestone,
    items: Mapping[tuple[Key, Account], list[Item]],
    paid: Mapping[tuple[Key, Account], Decimal],
    *,
    proposed: bool = False,
) -> Iterator[Position]:
    key, as_of = Key(contract.id, milestone.id), books.as_of
    state = milestone.state_at(as_of)
    reach, left = contract.reach(state), contract.left(milestone, as_of)
    owners = {
        account: _client(books, contract, account, proposed=proposed)
        for account in _accounts(books, contract, milestone)
    }
    retained = _retained(books, contract, milestone, owners) if contract.retention else {}
    for account, client in owners.items():

        def part_of(fraction: Fraction, on: Account = account) -> Decimal:
            return bills(contract, milestone, on, fraction, as_of)

        reached = part_of(reach)
        yield Position(
            contract=contract,
            milestone=milestone,
            account=account,
            client=client,
            as_of=as_of,
            state=state,
            proposed=proposed,
            items=tuple(items.get((key, account), ())),
            amount=reached if equal(reach, left) else part_of(left),
            reached=reached,
            billed=reached if equal(reach, state.billed) else part_of(state.billed),
            paid=paid.get((key, account), ZERO),
            retention=retained.get(account, ZERO),
        )


def _retained(
    books: Books, contract: Contract, milestone: Milestone, owners: Mapping[Account, str]
) -> dict[Account, Decimal]:
    """What is held back of each client of a milestone, on its first account in each currency."""
    in_books = contract.sides(milestone.state_at(books.as_of))[1]
    names = books.roles.kept_by(contract, contract.retention)
    found: dict[Account, Decimal] = {}
    firsts: dict[tuple[str, str], Account] = {}
    for currency in dict.fromkeys(account.currency for account in owners):
        total = _retained_in(books, contract, milestone, in_books, currency)
        places = max(amounts.decimals(total), books.register.places(currency))
        owed = {
            account: Fraction(bills(contract, milestone, account, in_books, books.as_of))
            for account in owners
            if account.currency == currency
        }
        for account, share in shared(owed, names).items():
            first = firsts.setdefault((owners[account], currency), account)
            part = amounts.between(total, share, places)
            found[first] = amounts.add((found.get(first, ZERO), part))
    return found


def _retained_in(
    books: Books, contract: Contract, milestone: Milestone, in_books: Fraction, currency: str
) -> Decimal:
    """What is held back of a milestone, in a currency that it is owed in."""
    places = books.register.places(currency)
    found = []
    for part in milestone.parts_at(books.as_of):
        held = [
            pair
            for pair in zip(part.legs, part.at(in_books), strict=True)
            if pair[0].posting.account == contract.retention
        ]
        found.append(summed(worth(contract, part, held, currency), places))
    total = amounts.add(found)
    return amounts.negative(total) if contract.side == "buy" else total


def _client(books: Books, contract: Contract, account: Account, *, proposed: bool) -> str:
    """Who owes it; an offer is made to whom it names, whoever owes on the account."""
    if not proposed:
        return books.owner(contract, account)
    return books.clients.called(payer(books.register, contract, account.name))


def _accounts(books: Books, contract: Contract, milestone: Milestone) -> list[Account]:
    """The accounts that a milestone is owed on, in the order written; and of whom it holds back.

    Where nothing is owed, one of them all the same; without any, one without a name.
    """
    as_of = books.as_of
    accounts = list(accounts_of(contract, milestone, as_of))
    parts = milestone.parts_at(as_of)
    if len(accounts) > 1:
        owed = [a for a in accounts if bills(contract, milestone, a, WHOLE, as_of)]
        accounts = owed or accounts[:1]
    names = books.roles.kept_by(contract, contract.retention)
    there = {leg.posting.account for part in parts for leg in part.legs} if names else set()
    if contract.retention in there and names.isdisjoint(account.name for account in accounts):
        first = first_of(contract, names)
        accounts += [Account(name, parts[0].currency) for name in first]
    return accounts or [Account("", part.currency) for part in parts[:1]]
