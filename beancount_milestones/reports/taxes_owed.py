"""The tax in what is owed on each bill, less the tax in what is held back of it.

What a client holds back is not received yet: its tax comes with the release (§ 13 (1) no. 1 b UStG,
VAT Notice 731), unless the release has a tax of its own.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple, Union

from beancount_milestones import amounts
from beancount_milestones.amounts import ZERO
from beancount_milestones.receivables.debits import charging_numbers
from beancount_milestones.reports.bills import Holding, Part, Unnumbered, holding_of
from beancount_milestones.reports.whose import InvoiceKey

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence
    from decimal import Decimal

    from beancount_milestones.receivables import Key
    from beancount_milestones.reports.bills import Bill, Name, Share
    from beancount_milestones.reports.books import Books
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
_Of = Union["Name", "Key", None]
Parts = dict[_Of, Owed]


def taxes_owed(books: Books, bills: Iterable[Bill]) -> list[tuple[Bill, Parts]]:
    """Return the parts of each bill: of an invoice one, of a credit note by what it takes back."""
    charging = charging_numbers(books.register, books.as_of)
    apart = [(bill, _apart(bill, charging)) for bill in bills]
    holdings = _Holdings(books, apart)
    return [
        (bill, {of: holdings.received(bill, of, shares) for of, shares in parts.items()})
        for bill, parts in apart
    ]


def _apart(bill: Bill, charging: Container[str]) -> dict[_Of, list[Share]]:
    found: dict[_Of, list[Share]] = defaultdict(list)
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
    return _times(books, tax, number, max(min(share, Fraction(1)), Fraction(-1)))


def _times(books: Books, tax: TaxKey, number: Decimal, share: Fraction) -> Decimal:
    places = max(books.register.places(tax[1]), amounts.decimals(number))
    return amounts.fraction_of(number, share, places)


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

    def __init__(
        self, books: Books, every: Iterable[tuple[Bill, Mapping[_Of, Sequence[Share]]]]
    ) -> None:
        self._books = books
        self._held: dict[Holding, _Held] = defaultdict(_Held)
        self._apart = _taxed_apart(books)
        #: What each bill has held back, or released.
        self._moved: dict[tuple[object, Holding], tuple[Taxes, Decimal]] = {}
        #: What was charged so far, whatever was held back of that.
        self._charged: dict[Holding, _Rate] = defaultdict(lambda: _NO_RATE)
        #: Of what a milestone is owed on a bill, or of an item by hand.
        self._rates = {
            _place(books, bill, share): rate
            for bill, parts in every
            for shares in parts.values()
            for rate in [_rate(shares)]
            for share in shares
            if rate.owed > 0
        }
        self._settled = _settled(books)

    def received(self, bill: Bill, of: _Of, shares: Sequence[Share]) -> Owed:
        """Return what is owed at once: less what is held back, with what is released.

        Of a credit note, of what it takes back, or of a milestone that reduces what is owed.
        """
        found: list[Taxes] = []
        by_holding: dict[Holding, list[Share]] = defaultdict(list)
        for share in shares:
            by_holding[share.holding].append(share)
        for holding, some in by_holding.items():
            taxes = sums(share.portion.taxes for share in some)
            now = amounts.add(share.portion.held for share in some)
            found.append(taxes)
            self._charged[holding] = self._charged[holding].plus(_rate(some))
            if now and holding not in self._apart:
                whole = _whole(some)
                if now > 0 and not whole and not isinstance(of, (InvoiceKey, Unnumbered)):
                    taxes, whole = self._taken(bill, holding, some, now), now
                known = of or bill.name or id(bill)
                found.append(negative(self._hold(known, holding, (taxes, whole), now)))
        return Owed(amounts.add(share.portion.owed for share in shares), sums(found))

    def _taken(self, bill: Bill, holding: Holding, shares: Sequence[Share], now: Decimal) -> Taxes:
        """The tax of what is held back alone: of what that settles, which is no payment.

        Where it settles no work, a part of all that was charged.
        """
        settled = [
            (Fraction(amount), self._rates[place])
            for share in shares
            for place, amount in self._settled[_place(self._books, bill, share)]
            if place in self._rates
        ] or [(Fraction(1), self._charged[holding])]
        at = Fraction(now) / sum((part for part, _ in settled), Fraction(0))
        return sums(
            {
                tax: _times(self._books, tax, number, part * at / rate.owed)
                for tax, number in rate.taxes.items()
            }
            for part, rate in settled
            if rate.owed
        )

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


class _Rate(NamedTuple):
    """The taxes in something, and what is owed of that, but for what is held back and released."""

    owed: Fraction
    taxes: Taxes

    def plus(self, other: _Rate) -> _Rate:
        """Return both together."""
        return _Rate(self.owed + other.owed, sums([self.taxes, other.taxes]))


_NO_RATE: Final = _Rate(Fraction(0), {})


def _rate(shares: Sequence[Share]) -> _Rate:
    """Return that of some shares: what is withheld of them is paid as the rest is."""
    whole = _whole(shares)
    held = max(amounts.add(share.portion.held for share in shares), ZERO)
    withheld = amounts.add(share.portion.withheld for share in shares)
    left = Fraction(amounts.take(whole, held))
    if not left:
        return _NO_RATE
    taxes = sums(share.portion.taxes for share in shares)
    return _Rate((left - Fraction(withheld)) * Fraction(whole) / left, taxes)


def _whole(shares: Iterable[Share]) -> Decimal:
    """Return what some shares charge, before anything is held back or withheld."""
    portions = [share.portion for share in shares]
    return amounts.add(x for p in portions for x in (p.weight, p.held, p.withheld))


def _place(books: Books, bill: Bill, share: Share) -> object:
    """What a milestone has on a bill is known by, or an item by hand."""
    if share.milestone:
        return Part.of(books, share.milestone, bill)
    return id(bill.items[0]) if bill.items else None


def _settled(books: Books) -> dict[object, list[tuple[object, Decimal]]]:
    """What the milestones settle that bill less than nothing, bill by bill."""
    found: dict[object, list[tuple[object, Decimal]]] = defaultdict(list)
    for item in books.open_items().items:
        place = Part.of(books, item.milestone, item) if item.milestone else id(item)
        for match in item.matches:
            if match.credit.milestone:
                by = Part.of(books, match.credit.milestone, match.credit)
                found[by].append((place, match.amount))
    return found


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
