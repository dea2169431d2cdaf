"""How those who owe a bill share the rest of it: tax, and what is kept back.

What is kept back on an account of one payer is that payer's. All else is shared as what each is
charged then: what is owed, and what is kept back of it. Every report asks here.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from beancount_milestones.model import NOTHING, WHOLE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from beancount_milestones.model import Contract
    from beancount_milestones.receivables import Account

#: What an account has of something, as two running totals.
Share = tuple[Fraction, Fraction]
#: Of everyone who owes.
EVERYONE: Final = frozenset[str]()


@dataclass(frozen=True, slots=True)
class Sharing:
    """How some accounts share a bill."""

    #: What is owed on each, in one currency.
    owed: Mapping[Account, Fraction]
    #: With what is kept back of one payer.
    charged: Mapping[Account, Fraction]

    @classmethod
    def of(cls, owed: Mapping[Account, Decimal], kept: Mapping[frozenset[str], Decimal]) -> Sharing:
        """Take what is owed, and what is kept back by the names of the accounts whose it is."""
        weights = {account: Fraction(weight) for account, weight in owed.items()}
        whole = sum(weights.values())
        charged = dict(weights)
        for names, weight in kept.items():
            # What is released was charged before.
            if names and (not whole or (weight < 0) == (whole < 0)):
                for account, (low, high) in shared(weights, names).items():
                    charged[account] += (high - low) * Fraction(weight)
        return cls(weights, charged)

    def among(self, names: frozenset[str]) -> dict[Account, Share]:
        """Return the share of each account of what is of those with some names, or of all."""
        return shared(self.owed if names else self.charged, names)


def shared(weights: Mapping[Account, Fraction], names: frozenset[str]) -> dict[Account, Share]:
    """Return the share of each account of what is of those with some names; without any, of all.

    As what each has; the first of them has all where they have nothing.
    """
    mine = {account: weight for account, weight in weights.items() if account.name in names}
    mine = mine or dict(weights)
    total = sum(mine.values())
    found = dict.fromkeys(weights, (NOTHING, NOTHING))
    mark = NOTHING
    for account, weight in mine.items():
        low = mark
        mark += weight / total if total else WHOLE - mark
        found[account] = (low, mark)
    return found


def first_of(contract: Contract, names: frozenset[str]) -> list[str]:
    """Return the first of some accounts that a contract has in its milestones, if any."""
    every = (part for milestone in contract.milestones.values() for part in milestone.parts)
    found = (leg.posting.account for part in every for leg in part.legs)
    return [name for name in found if name in names][:1]
