"""Whose an item or a payment is: clients by the names that they pay under."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from beancount_milestones.receivables import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from beancount_milestones.receivables import Account, Key
    from beancount_milestones.reports.books import Books


@dataclass(frozen=True, slots=True)
class Clients:
    """Everyone with a contract or an item at the end of a day."""

    #: Every name that a client goes by, without case, and the client.
    names: Mapping[str, str]
    #: Accounts of one client: what is on them is theirs, whoever paid.
    single: Mapping[Account, str]

    @classmethod
    def of(cls, books: Books) -> Clients:
        """Collect them from the contracts and the open items of that day."""
        return books.once(cls._of)

    @classmethod
    def _of(cls, books: Books) -> Clients:
        found = books.open_items()
        contracts = [c for c in books.register.contracts.values() if c.entry.date <= books.as_of]
        names: dict[str, str] = {}
        for contract in contracts:
            names.setdefault(fold(contract.client), contract.client)
        for contract in contracts:
            names.setdefault(fold(contract.entry.payee), contract.client)
        for item in found.items:
            names.setdefault(fold(item.client), item.client)
        for unapplied in found.unapplied:
            names.setdefault(fold(unapplied.credit.payee), unapplied.credit.payee)
        names.pop("", None)
        on: dict[Account, set[str]] = defaultdict(set)
        for account, used in books.in_use().items():
            on[account].update(names.get(fold(contract.client), "") for contract in used)
        for item in found.items:
            on[item.account].add(names.get(fold(item.client), ""))
        only = {account: owners - {""} for account, owners in on.items()}
        single = {account: next(iter(one)) for account, one in only.items() if len(one) == 1}
        return cls(names, single)

    def owner(self, account: Account, name: str) -> str:
        """Return the client whose something on an account is; empty where nobody is named."""
        return self.single.get(account) or self.names.get(fold(name), "")

    def asked(self, books: Books, client: str, milestone: Key | None) -> bool:
        """Whether a report is asked about something of a client, or of a milestone."""
        if milestone:
            return books.scope.has(books.register.contracts[milestone.contract])
        name = books.scope.client
        return books.scope.contract is None and (
            name is None or self.names.get(fold(name)) == client
        )
