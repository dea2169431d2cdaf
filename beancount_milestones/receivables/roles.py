"""What a leg of a contract is on an invoice: owed, held back, withheld, tax, or net."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from beancount_milestones import postings
from beancount_milestones.reading.settings import Roots
from beancount_milestones.receivables.clients import accounts_of_payer, keeper

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from beancount_milestones.legs import Leg
    from beancount_milestones.model import Contract, Register

#: What a leg is on an invoice: owed by the client, held back until later, withheld as a tax of the
#: seller's, the tax that is charged, or the net amount.
Role = Literal["owed", "held", "withheld", "tax", "net"]
#: What is not owed at once.
KEPT: Final = frozenset[Role]({"held", "withheld"})
#: What an invoice comes to: owed at once, or kept back of it.
GROSS: Final = frozenset[Role]({"owed", *KEPT})


class Roles:
    """What the accounts of one ledger are on invoices."""

    def __init__(self, register: Register, options: Mapping[str, Any]) -> None:
        """Take what the ledger says of its accounts."""
        self.roots = Roots.of(options)
        self._register = register
        #: What an account is by its `open`.
        self._said: dict[str, Role] = dict.fromkeys(register.taxes, "tax")
        kinds = register.settles_as.items()
        self._said |= {account: "withheld" for account, kind in kinds if kind == "withholding"}
        #: The accounts of tax that clients withhold.
        self.withholding = frozenset(a for a, role in self._said.items() if role == "withheld")
        #: By contract: whether it has a tax that an `open` names.
        self._names: dict[str, bool] = {}
        contracts = register.contracts.values()
        #: The accounts that something is held back on until later.
        self.retentions = frozenset(c.retention for c in contracts if c.retention)
        #: The accounts that all contracts are owed on.
        self.owed_on = register.receivables() | register.payables()
        #: The accounts of taxes: those whose `open` says so, and those that contracts use so.
        self.taxes = frozenset((*register.taxes, *self._charged(register)))

    def of(self, contract: Contract, leg: Leg) -> Role:
        """Return what a leg of a contract is on its invoices.

        An account whose `open` names a tax is tax, one with `settles-as: "withholding"` is
        withheld. Without them, what is neither income, owed, held, nor a deposit is tax among the
        liabilities (on the buy side among the assets), but net where the contract has a tax there
        that its `open` names (so this is a refund liability, or what an agent owes the principal);
        net in equity (work from before these books), and else something that the client keeps back.
        """
        account = leg.posting.account
        if account in contract.owed_on:
            return "owed"
        if leg.earned or account in contract.deposits:
            return "net"
        if account == contract.retention:
            return "held"
        said = self._said.get(account)
        if said:
            return said
        root = postings.root(leg.posting)
        taxed = self.roots.assets if contract.side == "buy" else self.roots.liabilities
        if root == self.roots.equity or (root == taxed and self._names_taxes(contract, taxed)):
            return "net"
        return "tax" if root == taxed else "held"

    def kept_by(self, contract: Contract, account: str | None) -> frozenset[str]:
        """Return the accounts of the payer whose is all that is kept back on an account.

        Empty where it is of everyone who owes.
        """
        name = keeper(self._register, contract, account)
        names = accounts_of_payer(self._register, contract, name) if name else frozenset()
        return names if names < contract.owed_on else frozenset()

    def _names_taxes(self, contract: Contract, root: str) -> bool:
        """Whether a contract has a posting under a root on an account that is named a tax."""
        found = self._names.get(contract.id)
        if found is None:
            own = {a for a in self._register.taxes if a.partition(":")[0] == root}
            every = (*contract.milestones.values(), *contract.proposals.values())
            parts = (part for milestone in every for part in milestone.parts)
            found = any(leg.posting.account in own for part in parts for leg in part.legs)
            self._names[contract.id] = found
        return found

    def _charged(self, register: Register) -> Iterator[str]:
        for contract in register.contracts.values():
            # Most milestones of a contract have the same accounts.
            seen: set[str] = set()
            for milestone in contract.milestones.values():
                for leg in (leg for part in milestone.parts for leg in part.legs):
                    account = leg.posting.account
                    if account not in seen:
                        seen.add(account)
                        if self.of(contract, leg) == "tax":
                            yield account
