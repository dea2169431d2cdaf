"""A milestone on an account on a day: what every report starts from."""

from __future__ import annotations

import operator
from collections import defaultdict
from dataclasses import InitVar, dataclass, field
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from beancount_milestones import amounts
from beancount_milestones.amounts import ZERO
from beancount_milestones.legs import equal
from beancount_milestones.model import WHOLE
from beancount_milestones.receivables import Account, Key, accounts_of, bills, payer
from beancount_milestones.reports.books import Books, cached
from beancount_milestones.reports.open_items import earliest, overdue
from beancount_milestones.reports.prices import summed, worth
from beancount_milestones.reports.sharing import first_of, shared

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from beancount_milestones.model import Contract, Invoice, Milestone, State
    from beancount_milestones.receivables import Item

Made = TypeVar("Made")
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
    #: The last day by then on which something has happened to the contract: it is as it was then.
    since: datetime.date
    as_of: InitVar[datetime.date]
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
    #: Its target, as last said.
    target: datetime.date | None = field(init=False)
    #: Whether its target is past, and it is not done.
    late: bool = field(init=False)
    #: The earliest due date with something outstanding; else that of the last invoice.
    due: datetime.date | None = field(init=False)
    #: Whether something is outstanding that is past its due date.
    overdue: bool = field(init=False)

    # Nothing that is worked out later knows the day: so it stays the same as long as only time
    # passes, up to a target or a due date.

    def __post_init__(self, as_of: datetime.date) -> None:
        """Work out what is left, and what is past."""
        left = amounts.take(self.billed, self.paid)
        unbilled = max(amounts.take(self.reached, max(self.billed, self.paid)), ZERO)
        if self.amount < 0:
            # A reduction settles something else; what is taken back of it is owed.
            left = amounts.add(item.open for item in self.items)
            known = amounts.add((min(self.billed, self.paid), left))
            unbilled = min(amounts.take(self.reached, known), ZERO)
        late = not self.proposed and self.contract.is_late(self.milestone, as_of)
        due = earliest([one.due for one in self._owed() or self.state.invoices[-1:]])
        put = object.__setattr__
        put(self, "outstanding", max(left, ZERO))
        put(self, "unbilled", unbilled)
        put(self, "remaining", amounts.take(self.amount, self.reached))
        put(self, "target", self.milestone.target_at(self.since))
        put(self, "late", late)
        put(self, "due", due)
        put(self, "overdue", bool(self.outstanding and overdue(due, as_of)))

    @property
    def key(self) -> Key:
        """The names of contract and milestone."""
        return Key(self.contract.id, self.milestone.id)

    @property
    def currency(self) -> str:
        """The currency of the amounts."""
        return self.account.currency

    @property
    def done(self) -> datetime.date | None:
        """When it was done; None where it is not, or not agreed."""
        return None if self.proposed else self.contract.done_at(self.milestone, self.since)

    @property
    def title(self) -> str:
        """Its title, as last said; empty where it has none."""
        titles = [part.title for part in self.milestone.parts_at(self.since) if part.title]
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
        yield "overdue", self.overdue
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
    return tuple(found for whole in books.once(_wholes).values() for found in whole.positions)


def agreed(books: Books) -> Iterator[Position]:
    """Yield the positions that are owed on an account, without the proposals."""
    return (p for p in positions(books) if p.account.name and not p.proposed)


def _is_asked(books: Books, found: Position) -> bool:
    # What is owed on no account is asked about with its contract.
    return not found.account.name or books.asks(found.client, found.key, found.account)


def made_of_each(
    found: Iterable[Position],
    make: Callable[[Position], Made],
    before: Iterable[tuple[Position, Made]] | None,
) -> tuple[tuple[Position, Made], ...]:
    """Make something of each position: what was made of the same one before stays."""
    known = {id(position): made for position, made in before or ()}
    return tuple((one, known.get(id(one)) or make(one)) for one in found)


#: Items by the milestone and the account that they are on.
_OnPlaces = dict[tuple[Key, Account], list["Item"]]


class _Whole(NamedTuple):
    """All positions of a contract, and what they are made of besides what has happened to it."""

    as_of: datetime.date
    since: datetime.date
    items: tuple[Item, ...]
    positions: tuple[Position, ...]
    #: Who owes on each account, and who is asked to by a proposal.
    owners: Mapping[Account, str]
    asked: Mapping[Account, str]
    #: Targets and due dates: once one of them is past, something may be late or overdue.
    limits: frozenset[datetime.date | None]

    def stays(
        self,
        books: Books,
        contract: Contract,
        items: Sequence[Item],
        paid: Mapping[tuple[Key, Account], Decimal],
    ) -> bool:
        """Return whether it is the same on the day of the books."""
        first, last = sorted((self.as_of, books.as_of))
        return (
            self.since == books.since(contract)
            and len(items) == len(self.items)
            and all(map(operator.is_, items, self.items))
            and not any(limit and first <= limit < last for limit in self.limits)
            and all(books.owner(contract, x) == name for x, name in self.owners.items())
            and all(_asked(books, contract, x) == name for x, name in self.asked.items())
            and all(
                paid.get((one.key, one.account), ZERO) == one.paid
                for one in self.positions
                if not one.proposed
            )
        )


def _wholes(books: Books) -> Mapping[str, _Whole]:
    """The positions of each contract, in the order written."""
    items: dict[str, _OnPlaces] = defaultdict(lambda: defaultdict(list))
    for item in books.open_items().items:
        if item.milestone:
            items[item.milestone.contract][item.milestone, item.account].append(item)
    paid = books.open_items().paid()
    before = books.near(_wholes) or {}
    found = {}
    for contract in books.contracts():
        known, own = before.get(contract.id), items[contract.id]
        stays = known and known.stays(books, contract, _flat(own), paid)
        found[contract.id] = known if known and stays else _whole(books, contract, own, paid)
    return found


def _flat(items: _OnPlaces) -> tuple[Item, ...]:
    return tuple(chain.from_iterable(items.values()))


def _whole(
    books: Books,
    contract: Contract,
    items: _OnPlaces,
    paid: Mapping[tuple[Key, Account], Decimal],
) -> _Whole:
    since = books.since(contract)
    agreed = _Making(books, contract, since, items, paid)
    asked = _Making(books, contract, since, {}, {}, proposed=True)
    found = [one for each in contract.milestones.values() for one in agreed.positions(each)]
    found += [one for each in contract.proposals.values() for one in asked.positions(each)]
    return _Whole(
        as_of=books.as_of,
        since=since,
        items=_flat(items),
        positions=tuple(found),
        owners=agreed.clients,
        asked=asked.clients,
        limits=frozenset([date for one in found for date in (one.target, one.due)]),
    )


@dataclass(frozen=True, slots=True)
class _Making:
    """Makes the positions of a contract: of all that is agreed, or of all that is proposed."""

    books: Books
    contract: Contract
    since: datetime.date
    items: _OnPlaces
    paid: Mapping[tuple[Key, Account], Decimal]
    proposed: bool = False
    #: Who owes on each account: most milestones of a contract are owed on the same ones.
    clients: dict[Account, str] = field(default_factory=dict)

    def positions(self, milestone: Milestone) -> Iterator[Position]:
        """Yield a milestone on each account that it is owed on."""
        books, contract, as_of = self.books, self.contract, self.books.as_of
        key, state = Key(contract.id, milestone.id), milestone.state_at(as_of)
        reach, left = contract.reach(state), contract.left(milestone, as_of)
        owners = {x: self._client(x) for x in _accounts(books, contract, milestone)}
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
                since=self.since,
                as_of=as_of,
                state=state,
                proposed=self.proposed,
                items=tuple(self.items.get((key, account), ())),
                amount=reached if equal(reach, left) else part_of(left),
                reached=reached,
                billed=reached if equal(reach, state.billed) else part_of(state.billed),
                paid=self.paid.get((key, account), ZERO),
                retention=retained.get(account, ZERO),
            )

    def _client(self, account: Account) -> str:
        known = self.clients.get(account)
        if known is None:
            client = _asked if self.proposed else Books.owner
            known = self.clients[account] = client(self.books, self.contract, account)
        return known


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


def _asked(books: Books, contract: Contract, account: Account) -> str:
    """Who is asked to owe it: an offer is made to whom it names, whoever owes on the account."""
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
    # Most contracts hold nothing back.
    kept = contract.retention
    names = books.roles.kept_by(contract, kept) if kept else frozenset()
    there = {leg.posting.account for part in parts for leg in part.legs} if names else set()
    if contract.retention in there and names.isdisjoint(account.name for account in accounts):
        first = first_of(contract, names)
        accounts += [Account(name, parts[0].currency) for name in first]
    return accounts or [Account("", part.currency) for part in parts[:1]]
