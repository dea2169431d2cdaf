"""What a leg of a contract is on an invoice: owed, held back, tax, or net."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from beancount_milestones import postings

if TYPE_CHECKING:
    from collections.abc import Container

    from beancount_milestones.legs import Leg
    from beancount_milestones.model import Contract, Register
    from beancount_milestones.reading.settings import Roots

#: What a leg is on an invoice: owed by the client, held back from it, its tax, or its net amount.
Role = Literal["owed", "held", "tax", "net"]
#: What an invoice comes to: owed at once, or held back of it.
GROSS: Final = frozenset[Role]({"owed", "held"})


def role_of(contract: Contract, leg: Leg, taxes: Container[str], roots: Roots) -> Role:
    """Return what a leg of a contract is on its invoices.

    An account whose `open` names a tax is tax. Without it, what is neither income, owed, held,
    nor a deposit is tax among the liabilities (on the buy side among the assets), the net amount
    in equity (work from before these books), and else something that the client withholds.
    """
    account = leg.posting.account
    if account in contract.owed_on:
        return "owed"
    if leg.earned or account in contract.deposits:
        return "net"
    if account == contract.retention:
        return "held"
    if account in taxes:
        return "tax"
    root = postings.root(leg.posting)
    if root == roots.equity:
        return "net"
    taxed = roots.assets if contract.side == "buy" else roots.liabilities
    return "tax" if root == taxed else "held"


def tax_accounts(register: Register, roots: Roots) -> frozenset[str]:
    """Return the accounts of taxes: those whose `open` says so, and those that contracts use so."""
    used = set(register.taxes)
    for contract in register.contracts.values():
        # Most milestones of a contract have the same accounts.
        seen: set[str] = set()
        for milestone in contract.milestones.values():
            for leg in (leg for part in milestone.parts for leg in part.legs):
                account = leg.posting.account
                if account not in seen:
                    seen.add(account)
                    if role_of(contract, leg, register.taxes, roots) == "tax":
                        used.add(account)
    return frozenset(used)
