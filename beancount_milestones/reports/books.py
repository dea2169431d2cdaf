"""What every report looks at, and what it is asked about."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from beancount_milestones.receivables import clients_of, contracts_on, folded, open_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from beancount.core.data import Directive

    from beancount_milestones.model import Contract, Register
    from beancount_milestones.receivables import Account, OpenItems

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a report is asked about: one client, one contract, or all."""

    #: Ignoring case: the client of a contract, or the payee that it is written to.
    client: str | None = None
    contract: str | None = None

    def has(self, contract: Contract) -> bool:
        """Return whether a contract is asked about."""
        return self.contract in {None, contract.id} and (
            self.client is None or bool(folded(self.client) & clients_of(contract))
        )


EVERYTHING: Final = Scope()


def today() -> datetime.date:
    """Return the day that is looked at where nobody names another. Loading never does."""
    return datetime.datetime.now().astimezone().date()


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that a report looks at."""

    register: Register
    #: All of them: what may be filtered goes through `settlement.unfiltered` first.
    entries: Sequence[Directive]
    options: Mapping[str, Any]
    as_of: datetime.date
    #: Narrows the rows, never what is settled by what.
    scope: Scope = EVERYTHING
    _made: dict[Callable[[Books], Any], Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def once(self, make: Callable[[Books], Made]) -> Made:
        """Return what a function makes of these books. It is made only once: nothing changes."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast("Made", self._made[make])

    def open_items(self) -> OpenItems:
        """Return all items and unapplied credits of the day, whatever is asked about."""
        return self.once(_open_items)

    def in_use(self) -> Mapping[Account, Sequence[Contract]]:
        """Return the receivable accounts of the day, with the contracts that use them."""
        return self.once(_in_use)

    def contracts(self) -> Iterator[Contract]:
        """Yield the contracts that are asked about, in the order written."""
        return filter(self.scope.has, self.register.contracts.values())


def _in_use(books: Books) -> Mapping[Account, Sequence[Contract]]:
    return contracts_on(books.register, books.as_of)


def _open_items(books: Books) -> OpenItems:
    return open_items(books.register, books.entries, books.options, books.as_of)
