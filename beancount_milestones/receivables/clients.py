"""Who is who: the client that an item, a credit or what is left over belongs to.

Decided here, once. Every report, filter and command asks here.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from beancount_milestones.parties import fold, spaced

if TYPE_CHECKING:
    import datetime
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from beancount_milestones.model import Contract, Register
    from beancount_milestones.receivables.items import Account


def folded(*names: str | None) -> frozenset[str]:
    """Return the names of a client as they are compared, without the empty ones."""
    return frozenset(filter(None, map(fold, names)))


def clients_of(contract: Contract) -> frozenset[str]:
    """Return the names that a contract's client pays under."""
    return folded(contract.client, contract.entry.payee)


def payer(register: Register, contract: Contract, account: str) -> str:
    """Return the client who owes a contract on an account.

    The `open` of the account may name one: a contract owed on two such accounts has two payers.
    """
    own = register.client_of(account)
    if own and len(contract.owed_on) > 1 and fold(own) != fold(contract.client):
        return own
    return contract.client


def payers(register: Register, contract: Contract, account: str) -> tuple[str, frozenset[str]]:
    """Return the client who owes a contract on an account, and the names it pays under."""
    name = payer(register, contract, account)
    return name, clients_of(contract) if name == contract.client else folded(name)


def keeper(register: Register, contract: Contract, account: str | None) -> str:
    """Return the payer whose is all that a contract keeps back on an account.

    The `open` of the account may name one; empty where it is of everyone who owes.
    """
    own = register.client_of(account or "")
    return own if own and accounts_of_payer(register, contract, own) else ""


def holder(register: Register, contract: Contract) -> str:
    """Return the client whose is what a contract holds back until later."""
    return keeper(register, contract, contract.retention) or contract.client


def accounts_of_payer(register: Register, contract: Contract, name: str) -> frozenset[str]:
    """Return the accounts that a client owes a contract on."""
    return frozenset(
        account
        for account in contract.owed_on
        if fold(payer(register, contract, account)) == fold(name)
    )


def _only(found: Collection[str]) -> str:
    """The one that there is, or nothing where there are several."""
    return next(iter(found)) if len(found) == 1 else ""


def _first_written(names: Iterable[str | None]) -> dict[str, str]:
    """Names by how they are compared, each as it is written first."""
    found: dict[str, str] = {}
    # Most names are there many times: each is folded once.
    for name in filter(None, dict.fromkeys(names)):
        found.setdefault(fold(name), spaced(name))
    return found


@dataclass(frozen=True, slots=True)
class Clients:
    """Everyone with a contract or an item at the end of a day."""

    #: Every name that a client goes by, as it is compared, and the client.
    names: Mapping[str, str]
    #: Accounts that belong to one client: what is on them is theirs, whoever paid.
    single: Mapping[str, str]
    #: Every other name, and how it is written first: it is one name in every report.
    strangers: Mapping[str, str]

    @classmethod
    def of(
        cls,
        register: Register,
        contracts: Mapping[Account, Sequence[Contract]],
        others: Iterable[tuple[Account, str]],
        payees: Iterable[str | None],
        as_of: datetime.date,
    ) -> Clients:
        """Collect them from the contracts of a day and the payees of what no contract explains.

        ``contracts`` are those on each account; ``others`` are the accounts and payees of debits
        by hand; ``payees`` are those of everything, in the order written.
        """
        others = list(others)
        known = [c for c in register.contracts.values() if c.entry.date <= as_of]
        names: dict[str, str] = {}
        for contract in known:
            names.setdefault(fold(contract.client), contract.client)
        for account in contracts:
            own = register.client_of(account.name)
            if own:
                names.setdefault(fold(own), own)
        for contract in known:
            names.setdefault(fold(contract.entry.payee), names[fold(contract.client)])
        for _, payee in others:
            names.setdefault(fold(payee), spaced(payee))
        names.pop("", None)
        on: dict[str, set[str]] = defaultdict(set)
        for account, used in contracts.items():
            on[account.name].update(
                names.get(fold(payer(register, contract, account.name)), "") for contract in used
            )
        for account, payee in others:
            on[account.name].update(filter(None, [names.get(fold(payee))]))
        single = {}
        for name, found in on.items():
            own = names.get(fold(register.client_of(name)))
            # An account that names its client has no other one. A contract without a client is
            # nobody's: another client on its account does not owe it.
            owner = own if own in found else _only(found)
            if owner:
                single[name] = owner
        return cls(names, single, _first_written(payees))

    def with_names(self, more: Iterable[str]) -> Clients:
        """Return the same with the names of those who have paid for nothing yet."""
        return Clients(_first_written(more) | dict(self.names), self.single, self.strangers)

    def resolve(self, name: str | None) -> str | None:
        """Return the client that a name means, or None where nobody has it."""
        return self.names.get(fold(name))

    def called(self, name: str | None) -> str:
        """Return the client that a name means.

        Without a known name it is the name itself, as it is written first; empty where nobody is
        named.
        """
        return self.resolve(name) or self.strangers.get(fold(name), spaced(name))

    def owner(self, account: Account, name: str | None) -> str:
        """Return the client whose something on an account is."""
        return self.single.get(account.name) or self.called(name)
