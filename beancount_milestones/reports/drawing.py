"""What work and drawn deposits come to, where a deposit was invoiced at another price.

A deposit is worth what its own invoice was, in the currency that is owed, also when it is drawn
(IFRIC 22). Work comes to what is billed of it and the deposits that it draws.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.model import NOTHING, WHOLE
from beancount_milestones.parties import fold
from beancount_milestones.receivables import GROSS
from beancount_milestones.reports.prices import currencies, places_of, price, worth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from beancount_milestones.legs import Leg, Part
    from beancount_milestones.model import Contract, Register
    from beancount_milestones.reports.books import Books

_ONE = Decimal(1)


def drawn(
    books: Books,
    contract: Contract,
    part: Part,
    pairs: Iterable[tuple[Leg, Decimal]],
    currency: str,
) -> Iterator[tuple[Decimal, Fraction]]:
    """Yield what deposits come to that a part bills or draws: numbers, with their prices."""
    known = books.once(_Prices)
    owed_in = currencies(contract, part)
    for leg, amount in pairs if currency in owed_in else ():
        if owed_in == [leg.currency]:
            yield amount, WHOLE
            continue
        at = known.of(contract, part, leg, currency)
        if at is None:
            # It is billed here, or was before these books.
            yield leg.weight(amount), price(contract, part, currency)
        else:
            yield amount, at


def billed(
    books: Books, contract: Contract, part: Part, figures: Iterable[Decimal], currency: str
) -> Iterator[tuple[Decimal, Fraction]]:
    """Yield what is owed and kept back of a part less its tax: numbers, with their prices."""
    pairs = [(books.roles.of(contract, p[0]), p) for p in zip(part.legs, figures, strict=True)]
    yield from worth(contract, part, [p for role, p in pairs if role in GROSS], currency)
    at = price(contract, part, currency)
    yield from ((leg.weight(amount), at) for role, (leg, amount) in pairs if role == "tax")


def work(
    books: Books, contract: Contract, part: Part, figures: Sequence[Decimal], currency: str
) -> Iterator[tuple[Decimal, Fraction]]:
    """Yield what the work of a part comes to: numbers, with their prices, in the ledger's signs.

    It is what is billed, and what it draws of deposits, so that these always add up.
    """
    if any(_is_work(books, contract, leg) for leg in part.legs):
        pairs = zip(part.legs, figures, strict=True)
        used = drawn(books, contract, part, on_deposit(contract, pairs), currency)
        for number, at in (*billed(books, contract, part, figures, currency), *used):
            yield amounts.negative(number), at


def work_price(books: Books, contract: Contract, part: Part, currency: str) -> Fraction:
    """Return what one of what the work of a part weighs comes to in a currency."""
    # Without a price, all of it is in one currency.
    found = () if all(leg.posting.price is None for leg in part.legs) else part.pairs()
    whole = amounts.add(
        leg.weight(amount) for leg, amount in found if _is_work(books, contract, leg)
    )
    if not whole:
        return price(contract, part, currency)
    comes_to = work(books, contract, part, part.amounts, currency)
    return sum((Fraction(number) * at for number, at in comes_to), NOTHING) / Fraction(whole)


def on_deposit(
    contract: Contract, pairs: Iterable[tuple[Leg, Decimal]]
) -> Iterator[tuple[Leg, Decimal]]:
    """Yield those that bill or draw a deposit."""
    return (pair for pair in pairs if _is_deposit(contract, pair[0]))


def _is_deposit(contract: Contract, leg: Leg) -> bool:
    return not leg.earned and leg.posting.account in contract.deposits


def _is_work(books: Books, contract: Contract, leg: Leg) -> bool:
    """Whether it is work; from before these books too."""
    return books.roles.of(contract, leg) == "net" and not _is_deposit(contract, leg)


class _Moved(NamedTuple):
    """What a part bills or draws on a deposit account."""

    contract: Contract
    part: Part
    leg: Leg
    amount: Decimal

    @property
    def units(self) -> Fraction:
        """How much it moves: what is drawn of what is sold is a debit."""
        return Fraction(self.amount) * (-1 if self.contract.side == "buy" else 1)

    def each(self, currency: str) -> Fraction:
        """What one of it comes to in a currency, by the price of the part."""
        return Fraction(self.leg.weight(_ONE)) * price(self.contract, self.part, currency)

    @property
    def currencies(self) -> set[str]:
        """The currencies that the part is owed in."""
        return set(currencies(self.contract, self.part))


class _PaidIn(NamedTuple):
    """What a transaction bills of a deposit."""

    units: Fraction
    moved: Sequence[_Moved]

    def each(self, drawing: _Moved, currency: str) -> Fraction:
        """What one of it comes to where it is drawn; at that price, if owed in no such currency."""
        if not any(one.currencies & drawing.currencies for one in self.moved):
            return drawing.each(currency)
        return -sum((m.units * m.each(currency) for m in self.moved), NOTHING) / self.units


class _Prices:
    """What one of what is drawn on a deposit account comes to."""

    def __init__(self, books: Books) -> None:
        self._register = books.register
        #: By contract, account and currency of the account.
        self._found: dict[tuple[str, str, str], Mapping[tuple[int, int, str], Fraction]] = {}

    def of(self, contract: Contract, part: Part, leg: Leg, currency: str) -> Fraction | None:
        """Return it in a currency; None where nothing was paid in, or nothing is drawn."""
        account, unit = leg.posting.account, leg.currency
        key = (contract.id, account, unit)
        if key not in self._found:
            pool = _pool(self._register, contract, account, unit)
            self._found[key] = dict(_prices(self._register, *pool))
        return self._found[key].get((id(part), id(leg.posting), currency))


def _pool(
    register: Register, contract: Contract, account: str, unit: str
) -> tuple[list[_PaidIn], list[list[_Moved]]]:
    """The deposits of a contract, or where it bills none of its client, and what draws them.

    By transaction, the oldest first.
    """
    client = [
        one
        for one in register.contracts.values()
        if (fold(one.client), one.side) == (fold(contract.client), contract.side)
    ]
    own = _by_entry([contract], account, unit, works=False)
    deposits = own or _by_entry(client, account, unit, works=False)
    paid = [_PaidIn(-sum((m.units for m in some), NOTHING), some) for some in deposits]
    draws = _by_entry([contract] if own else client, account, unit, works=True)
    return [one for one in paid if one.units > 0], draws


def _by_entry(
    pool: Iterable[Contract], account: str, unit: str, *, works: bool
) -> list[list[_Moved]]:
    found: dict[int, list[_Moved]] = {}
    for one in (
        _Moved(contract, part, leg, amount)
        for contract in pool
        for milestone in contract.milestones.values()
        if any(leg.earned for part in milestone.parts for leg in part.legs) == works
        for part in milestone.parts
        for leg, amount in on_deposit(contract, part.pairs())
        if amount and (leg.posting.account, leg.currency) == (account, unit)
    ):
        found.setdefault(id(one.part.entry), []).append(one)
    return sorted(found.values(), key=lambda some: some[0].part.entry.date)


def _prices(
    register: Register, paid: Sequence[_PaidIn], draws: Iterable[Sequence[_Moved]]
) -> Iterator[tuple[tuple[int, int, str], Fraction]]:
    """What each part draws, to the cent: together what was paid in.

    A transaction draws what older ones have left, the oldest deposit first; its milestones share.
    """
    after = NOTHING
    for some in draws if paid else ():
        before, after = after, after + sum((one.units for one in some), NOTHING)
        low = before
        for one in some if before != after else ():
            high = low + one.units
            for currency in currencies(one.contract, one.part):
                places = places_of([one.part], currency, register.places(currency))
                first, last = (_up_to(paid, one, mark, currency) for mark in (before, after))
                marks = [
                    first + (last - first) * (mark - before) / (after - before)
                    for mark in (low, high)
                ]
                below, above = (amounts.fraction_of(_ONE, mark, places) for mark in marks)
                at = Fraction(amounts.take(above, below)) / one.units
                yield (id(one.part), id(one.leg.posting), currency), at
            low = high


def _up_to(paid: Iterable[_PaidIn], drawing: _Moved, mark: Fraction, currency: str) -> Fraction:
    """What so much of deposits comes to, the oldest first; at its own price what nobody paid in."""
    total, left = NOTHING, mark
    for one in paid:
        units = min(max(left, NOTHING), one.units)
        total += units * one.each(drawing, currency)
        left -= units
    return total + left * drawing.each(currency)
