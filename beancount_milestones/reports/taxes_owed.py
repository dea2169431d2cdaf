"""The tax in what is owed on each bill, less the tax in what is held back of it.

What a client holds back is not received yet: its tax comes with the release (§ 13 (1) no. 1 b UStG,
VAT Notice 731), unless the release has a tax of its own.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.amounts import ZERO
from beancount_milestones.receivables.debits import charging_numbers
from beancount_milestones.reports.bills import Holding, holding_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping
    from decimal import Decimal

    from beancount_milestones.receivables import Key
    from beancount_milestones.reports.bills import Bill, Name, Share
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.slices import Portion
    from beancount_milestones.reports.written import Taxes, TaxKey


class Owed(NamedTuple):
    """An amount that is owed, or below zero is owed no more, and the taxes in it."""

    amount: Decimal
    taxes: Taxes

    def plus(self, other: Owed) -> Owed:
        """Return both together."""
        return Owed(amounts.add((self.amount, other.amount)), sums([self.taxes, other.taxes]))

    def between(self, marks: tuple[Fraction, Fraction]) -> Owed:
        """Return what lies between two fractions of it."""
        taxes = {tax: amounts.between(number, marks) for tax, number in self.taxes.items()}
        return Owed(amounts.between(self.amount, marks), taxes)


NOTHING: Final = Owed(ZERO, {})
#: Of a credit note, what it takes back, or the milestone that reduces what is owed.
Parts = dict["Name | Key | None", Owed]


def taxes_owed(books: Books, bills: Iterable[Bill]) -> list[tuple[Bill, Parts]]:
    """Return the parts of each bill: of an invoice one, of a credit note by what it takes back."""
    holdings = _Holdings(books)
    charging = charging_numbers(books.register, books.as_of)
    found = []
    for bill in bills:
        parts: Parts = {}
        for of, shares in _apart(bill, charging).items():
            amount = amounts.add(share.portion.owed for share in shares)
            parts[of] = Owed(amount, holdings.received(of or bill.name or id(bill), shares))
        found.append((bill, parts))
    return found


def _apart(bill: Bill, charging: Container[str]) -> dict[Name | Key | None, list[Share]]:
    found: dict[Name | Key | None, list[Share]] = defaultdict(list)
    first = next((share.of for share in bill.shares if share.of not in {None, bill.name}), None)
    for share in bill.shares:
        # What it bills as well meets what it takes back, so that makes the earlier one smaller by
        # less. A number that bills more than it takes back leaves the earlier one as it is.
        meets = share.portion.owed > 0 or share.of == bill.name
        back = first if meets else share.of
        of = share.milestone if bill.number in charging else back or share.milestone
        found[of if bill.owed < 0 else None].append(share)
    return found


def share_of(books: Books, tax: TaxKey, number: Decimal, share: Fraction) -> Decimal:
    """Return a share of a tax; what is beyond all of it, as what is paid for interest, has none."""
    places = max(books.register.places(tax[1]), amounts.decimals(number))
    return amounts.fraction_of(number, max(min(share, Fraction(1)), Fraction(-1)), places)


def sums(found: Iterable[Mapping[TaxKey, Decimal]]) -> Taxes:
    """Return the sum of each tax."""
    every: dict[TaxKey, list[Decimal]] = defaultdict(list)
    for some in found:
        for tax, amount in some.items():
            every[tax].append(amount)
    return {tax: amounts.add(numbers) for tax, numbers in every.items()}


def negative(taxes: Taxes) -> Taxes:
    """Return the taxes with the other sign."""
    return {tax: amounts.negative(amount) for tax, amount in taxes.items()}


# ---------------------------------------------------------------- what is held back


@dataclass(slots=True)
class _Held:
    """What is held back of a client on an account so far, and the tax that comes with it."""

    amount: Decimal = ZERO
    taxes: Taxes = field(default_factory=dict)


class _Holdings:
    """What is held back so far, bill by bill."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._held: dict[Holding, _Held] = defaultdict(_Held)
        self._apart = _taxed_apart(books)
        #: What each bill has held back, or released.
        self._moved: dict[tuple[object, Holding], tuple[Taxes, Decimal]] = {}

    def received(self, known: object, shares: Iterable[Share]) -> Taxes:
        """Return the tax of what is owed at once: less what is held back, with what is released.

        Of a bill, by what that is known by; of a credit note, by the bill that it takes back.
        """
        found: list[Taxes] = []
        by_holding: dict[Holding, list[Portion]] = defaultdict(list)
        for share in shares:
            by_holding[share.holding].append(share.portion)
        for holding, some in by_holding.items():
            taxes = sums(portion.taxes for portion in some)
            now = amounts.add(portion.held for portion in some)
            found.append(taxes)
            if now and holding not in self._apart:
                whole = amounts.add(x for p in some for x in (p.weight, p.held, p.withheld))
                found.append(negative(self._hold(known, holding, (taxes, whole), now)))
        return sums(found)

    def _hold(
        self, known: object, holding: Holding, bill: tuple[Taxes, Decimal], now: Decimal
    ) -> Taxes:
        """Hold some of the taxes back, or release some; return what is held more."""
        held = self._held[holding]
        before, held.amount = held.amount, amounts.add((held.amount, now))
        taxes, whole = bill
        if not (whole and (now > 0) == (whole > 0)):
            # Released, or a credit note takes that back; else it is held back of this bill.
            taxes, whole = self._moved.get((known, holding), (held.taxes, before))
        share = Fraction(now) / Fraction(whole) if whole else Fraction(0)
        moved = {tax: share_of(self._books, tax, amount, share) for tax, amount in taxes.items()}
        held.taxes = sums([held.taxes, moved])
        self._moved[known, holding] = moved, now
        return moved


def _taxed_apart(books: Books) -> frozenset[Holding]:
    """Where what is held back has its own tax, charged when it is released."""
    return frozenset(
        holding_of(books, contract)
        for contract in books.register.contracts.values()
        if contract.retention
        for milestone in contract.milestones.values()
        for part in milestone.parts_at(books.as_of)
        if {"held", "tax"} <= {books.roles.of(contract, leg) for leg in part.legs}
        if not any(leg.earned for leg in part.legs)
    )
