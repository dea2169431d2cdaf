"""The taxes that contracts charge, and their rates: as the ledger says them, else as charged."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from itertools import count
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones.reading.settings import Roots
from beancount_milestones.reading.values import plain
from beancount_milestones.reports.books import cached

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from beancount_milestones.model import Contract
    from beancount_milestones.reports import Books


class Tax(NamedTuple):
    """A tax that contracts charge."""

    account: str
    rate: Fraction


#: What is charged on one amount: a tax, or several of them, as GST and QST.
Taxes = tuple[Tax, ...]
NO_TAX: Final[Taxes] = ()


def text_of(taxes: Taxes) -> str:
    """Return taxes as a form shows them."""
    return " + ".join(f"{plain(tax.rate * 100)}% {tax.account}" for tax in taxes) or "no tax"


class Charged(NamedTuple):
    """What a contract charges at once, as it weighs."""

    net: Fraction
    #: By account.
    taxes: Mapping[str, Fraction]
    #: How much cutting its amounts can make of a difference.
    unit: Fraction

    def gives(self, tax: Tax) -> bool:
        """Whether a tax on all of the net amount is what is charged, to the last decimal.

        The net amount or one of the taxes may be what was left of the gross amount.
        """
        rates = abs(sum(self.taxes.values()) / self.net)
        most = self.unit * (len(self.taxes) + rates) / 2
        return abs(self.net * tax.rate - self.taxes[tax.account]) <= most

    def as_charged(self, account: str) -> Tax:
        """Return a tax at the rate with the fewest decimals that gives what is charged."""
        rate = self.taxes[account] / self.net
        percents = (Tax(account, round(rate, places)) for places in count(2))
        return next(filter(self.gives, percents))


def charged_by(books: Books, contract: Contract) -> list[Taxes | None]:
    """Return what a contract charges on its work, transaction by transaction.

    None stands for several taxes that are not all on the whole amount: which of them another amount
    has, nobody can tell.
    """
    return _by_contract(books).get(contract.id, [])


def every_tax(books: Books, contracts: Iterable[Contract], side: str) -> list[Taxes]:
    """Return the taxes of contracts, as they charge them and alone, and those nobody is charged."""
    roots = Roots.of(books.options)
    # No client is charged input tax, and no supplier charges ours.
    input_tax = {roots.assets, roots.expenses}
    used = [taxes for c in contracts for taxes in charged_by(books, c) if taxes]
    alone = [(tax,) for taxes in used for tax in taxes]
    said = [
        (Tax(account, Fraction(tax.rate) / 100),)
        for account, tax in books.register.taxes.items()
        if (account.partition(":")[0] in input_tax) == (side == "buy")
    ]
    return list(dict.fromkeys([*used, *alone, *said]))


@cached
def _by_contract(books: Books) -> dict[str, list[Taxes | None]]:
    """What each contract charges."""
    contracts = books.register.contracts.values()
    every = [(c.id, one) for c in contracts for one in _charged(books, c)]
    known: dict[str, list[Tax]] = defaultdict(list)
    # The larger an amount is, the better it tells a rate: that is the rate of smaller ones too, if
    # it gives what they charge.
    for _, one in sorted(every, key=lambda one: abs(one[1].net), reverse=True):
        for account in one.taxes.keys() - books.register.taxes.keys():
            if not any(map(one.gives, known[account])):
                known[account].append(one.as_charged(account))
    for account, said in books.register.taxes.items():
        known[account] = [Tax(account, Fraction(said.rate) / 100)]
    found: dict[str, list[Taxes | None]] = defaultdict(list)
    for name, one in every:
        # The only one there is is the rate, even if a part of the amount is free of it.
        fit = [next(filter(one.gives, known[a]), known[a][0]) for a in one.taxes]
        found[name].append(tuple(fit) if len(fit) <= 1 or all(map(one.gives, fit)) else None)
    return dict(found)


def _charged(books: Books, contract: Contract) -> Iterator[Charged]:
    """What each transaction charges; those of a deposit are one, for the tax may be on either."""
    nets: dict[int, Fraction] = defaultdict(Fraction)
    taxes: dict[int, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    # A contract that is written posting by posting has cut each tax by itself.
    units: dict[int, dict[str, dict[int, Fraction]]] = defaultdict(lambda: defaultdict(dict))
    for part in (part for m in contract.milestones.values() for part in m.parts):
        deposit = any(leg.posting.account in contract.deposits for leg in part.legs)
        at_once = 0 if deposit else id(part.entry)
        for leg, amount in part.pairs():
            account, weight = leg.posting.account, Fraction(leg.weight(amount))
            if leg.earned:
                nets[at_once] += weight
            if books.roles.of(contract, leg) == "tax":
                taxes[at_once][account] += weight
                unit = abs(Fraction(leg.weight(Decimal(1).scaleb(-leg.places))))
                units[at_once][account][id(leg.posting)] = unit
    for at_once, net in ((group, net) for group, net in nets.items() if net):
        sums = (sum(one.values(), Fraction()) for one in units[at_once].values())
        yield Charged(net, dict(taxes[at_once]), max(sums, default=Fraction()))
