"""What every report looks at, and what it is asked about."""

from __future__ import annotations

import datetime
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from beancount_milestones.garbage import no_garbage
from beancount_milestones.parties import fold
from beancount_milestones.receivables import (
    Kinds,
    Roles,
    contracts_on,
    payer,
    receivable_lines,
    settlement,
    words_of,
)
from beancount_milestones.reports.whose import Whose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from beancount.core.data import Directive

    from beancount_milestones.model import Contract, Milestone, Register
    from beancount_milestones.parties import Side
    from beancount_milestones.receivables import (
        Account,
        Clients,
        Key,
        Line,
        OpenItems,
        Settlement,
        Words,
    )

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a report is asked about: one client, one contract, one side, or all."""

    #: Any name of the client: of a contract, or the payee that it is written to.
    client: str | None = None
    contract: str | None = None
    side: Side | None = None


EVERYTHING: Final = Scope()


def today() -> datetime.date:
    """Return the day that is looked at where nobody names another. Loading never does."""
    return datetime.datetime.now().astimezone().date()


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that a report looks at."""

    register: Register
    #: All of them: what may be filtered goes through `receivables.unfiltered` first.
    entries: Sequence[Directive]
    options: Mapping[str, Any]
    as_of: datetime.date
    #: Narrows the rows, never what is settled by what.
    scope: Scope = EVERYTHING
    _made: dict[Callable[[Books], Any], Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def once(self, make: Callable[[Books], Made]) -> Made:
        """Return what a function makes of these books, made once: nothing changes."""
        if make not in self._made:
            with no_garbage(stays=True):
                self._made[make] = make(self)
        return cast("Made", self._made[make])

    def on(self, as_of: datetime.date) -> Books:
        """Return the books of another day. What is the same on both days is made once."""
        books = replace(self, as_of=as_of)
        books._made.update(  # noqa: SLF001 - of the same class
            {make: self.once(make) for make in (_lines, _roles, _kinds, _days)}
        )
        if _settlement in self._made:
            books._made[_words] = self.once(_words)  # noqa: SLF001 - as above
        # Only of one day: else all days that were ever asked for would be kept.
        books._made[_near] = {  # noqa: SLF001 - as above
            make: made for make, made in self._made.items() if make is not _near
        }
        return books

    def near(self, make: Callable[[Books], Made]) -> Made | None:
        """Return what a function has made of the books that these come from, on another day."""
        return cast("Made | None", self.once(_near).get(make))

    def about(self, scope: Scope) -> Books:
        """Return the books of the same day, asked about something else: all is settled already."""
        if scope == self.scope:
            return self
        books = replace(self, scope=scope)
        books._made.update(  # noqa: SLF001 - of the same class
            {make: self.once(make) for make in (_lines, _roles, _kinds, _days, _settlement)}
        )
        return books

    def since(self, contract: Contract) -> datetime.date:
        """Return the last day on which something has happened to a contract: it is as it was then.

        The first day there is, where nothing has happened yet.
        """
        days = self.once(_days)[contract.id]
        return days[bisect_right(days, self.as_of) - 1]

    def open_items(self) -> OpenItems:
        """Return all items and unapplied credits of the day, whatever is asked about."""
        return self.once(_settlement).open_items

    def lines_by_hand(self) -> Sequence[Line]:
        """Return the postings by hand on the accounts of contracts, up to the as-of date."""
        return self.once(_lines_by_hand)

    def in_use(self) -> Mapping[Account, Sequence[Contract]]:
        """Return the receivable and payable accounts of the day, with their contracts."""
        return self.once(_in_use)

    @property
    def kinds(self) -> Kinds:
        """What a credit is, by what stands beside it."""
        return self.once(_kinds)

    @property
    def roles(self) -> Roles:
        """What an account is on invoices."""
        return self.once(_roles)

    @property
    def clients(self) -> Clients:
        """Who is who on that day."""
        return self.open_items().clients

    def contracts(self) -> Iterator[Contract]:
        """Yield the contracts that are asked about, in the order written."""
        return (c for c in self.register.contracts.values() if self.asks_contract(c))

    def asks(self, client: str, key: Key | None, account: Account) -> bool:
        """Return whether something of a client on an account is asked about.

        ``key`` is the milestone, where it is one's.
        """
        scope = self.scope
        if scope.contract is not None and (key is None or key.contract != scope.contract):
            return False
        if scope.side is not None and scope.side != self.side_of(account):
            return False
        return scope.client is None or self._is_asked(client)

    def asks_contract(self, contract: Contract) -> bool:
        """Return whether a contract is asked about: its client, or one who pays some of it."""
        scope = self.scope
        if scope.contract not in {None, contract.id} or scope.side not in {None, contract.side}:
            return False
        if scope.client is None:
            return True
        names = {payer(self.register, contract, name) for name in contract.owed_on}
        return any(map(self._is_asked, names | {contract.client}))

    def knows(self, client: str) -> bool:
        """Return whether anyone has that name by then: a client, or who has paid too much."""
        if self.clients.resolve(client) is not None:
            return True
        paid = {fold(rest.credit.client) for rest in self.open_items().unapplied} - {""}
        return fold(client) in paid

    def _is_asked(self, client: str) -> bool:
        asked = self.clients.resolve(self.scope.client) or self.scope.client
        return fold(self.clients.resolve(client) or client) == fold(asked)

    def side_of(self, account: Account) -> Side:
        """Return the side of an account: what we are owed, or what we owe."""
        return "buy" if account.name in self.once(_payables) else "sell"

    def whose(self, client: str, account: Account) -> Whose:
        """Return whose it is what a client has on an account."""
        return Whose.of(self.side_of(account), client, account.currency)

    def owner(self, contract: Contract, account: Account) -> str:
        """Return the client who owes a contract on an account."""
        name = payer(self.register, contract, account.name)
        return self.clients.owner(account, name)

    def milestone(self, key: Key) -> Milestone:
        """Return a milestone by its key."""
        return self.register.contracts[key.contract].milestones[key.milestone]


def cached(make: Callable[[Books], Made]) -> Callable[[Books], Made]:
    """Make a report once for the same books."""

    @wraps(make)
    def report(books: Books) -> Made:
        return books.once(make)

    return report


def _kinds(books: Books) -> Kinds:
    return Kinds(books.register, books.roles)


def _roles(books: Books) -> Roles:
    return Roles(books.register, books.options)


def _in_use(books: Books) -> Mapping[Account, Sequence[Contract]]:
    return contracts_on(books.register, books.as_of)


def _settlement(books: Books) -> Settlement:
    before = books.near(_settlement)
    near = (before, books.once(_words)) if before else None
    return settlement(books.register, books.once(_lines), books.kinds, books.as_of, near)


def _near(_: Books) -> Mapping[Callable[[Books], Any], Any]:
    """What was made of the books that these come from: nothing, but where `Books.on` knows it."""
    return {}


def _days(books: Books) -> Mapping[str, Sequence[datetime.date]]:
    """The days on which something happens to each contract, in order, after the first there is."""
    return {
        contract.id: sorted({datetime.date.min, *_dates(contract)})
        for contract in books.register.contracts.values()
    }


def _dates(contract: Contract) -> Iterator[datetime.date]:
    for milestone in (*contract.milestones.values(), *contract.proposals.values()):
        yield from (step.date for step in milestone.steps)
        yield from (part.entry.date for part in milestone.parts)


def _words(books: Books) -> Words:
    return words_of(books.register, books.once(_lines))


def _lines(books: Books) -> Sequence[Line]:
    return receivable_lines(books.register, books.entries)


def _lines_by_hand(books: Books) -> Sequence[Line]:
    names = {account.name for account in books.in_use()}
    return [
        line
        for line in books.once(_lines)
        if line.milestone is None and line.entry.date <= books.as_of and line.account.name in names
    ]


def _payables(books: Books) -> frozenset[str]:
    return books.register.payables()
