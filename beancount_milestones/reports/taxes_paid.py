"""The tax in payments: each has its part of the tax of what it settles.

Worked out of the running total paid, so that what is paid in full has all of its tax; a returned
payment gives it back. Tax that is withheld on an invoice counts as paid as far as the invoice is
settled, by whatever. What clients hold back is not received yet: its tax comes with the release
(§ 13 (1) no. 1 b UStG, VAT Notice 731), unless the release has a tax of its own. What is credited
once it was paid keeps its tax until the money is given back (§ 17 (1) UStG).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.amounts import ZERO
from beancount_milestones.reports.bills import Holding, bills, holding
from beancount_milestones.reports.invoices_by_hand import withheld_on

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from beancount.core.data import Directive, Transaction

    from beancount_milestones.receivables import Credit
    from beancount_milestones.reports.bills import Bill
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.slices import Portion

#: An account of a tax, and the currency.
TaxKey = tuple[str, str]
Taxes = dict[TaxKey, "Decimal"]
#: What a client gives, and what goes back: a discount or a write-off gives nothing.
_CONSIDERATION: Final = frozenset(
    {"payment", "withholding", "fee", "set-off", "transfer", "returned"}
)


class Paid(NamedTuple):
    """The tax in something that was paid, in the sign of the ledger."""

    entry: Directive
    client: str
    contracts: tuple[str, ...]
    invoice: str
    tax: TaxKey
    amount: Decimal


class _Given(NamedTuple):
    """What was given for a bill, or went back, and the number that it was for."""

    entry: Transaction
    number: str
    #: As a part of what is owed on the bill.
    amount: Fraction


def taxes_paid(books: Books) -> Iterator[Paid]:
    """Yield the tax in everything that was paid up to the as-of date."""
    every = bills(books)
    kept = _kept(books, every)
    apart = _taxed_apart(books)
    held: dict[Holding, _Held] = defaultdict(_Held)
    for bill in every:
        charged = _received(books, bill, held, apart)
        if not bill.owed:
            # Nothing will be paid of it: a deposit covers it, or one line takes back another.
            for tax, amount in charged.items():
                yield Paid(bill.entry, bill.client, bill.contracts, bill.number, tax, amount)
            continue
        total = Fraction(0)
        for entry, number, given in _together([*_settled(books, bill), *kept[id(bill)]]):
            low, total = total, total + given
            for tax, whole in charged.items():
                below, above = (
                    _share_of(books, tax, whole, paid / Fraction(bill.owed))
                    for paid in (low, total)
                )
                moved = amounts.take(above, below)
                yield Paid(entry, bill.client, bill.contracts, number, tax, moved)


def _share_of(books: Books, tax: TaxKey, number: Decimal, share: Fraction) -> Decimal:
    """A share of a tax; what is beyond all of it, as what is paid for interest, has none."""
    places = max(books.register.places(tax[1]), amounts.decimals(number))
    return amounts.fraction_of(number, max(min(share, Fraction(1)), Fraction(-1)), places)


def _sums(found: Iterable[Mapping[TaxKey, Decimal]]) -> Taxes:
    sums: dict[TaxKey, list[Decimal]] = defaultdict(list)
    for some in found:
        for tax, amount in some.items():
            sums[tax].append(amount)
    return {tax: amounts.add(every) for tax, every in sums.items()}


def _negative(taxes: Taxes) -> Taxes:
    return {tax: amounts.negative(amount) for tax, amount in taxes.items()}


# ---------------------------------------------------------------- what is held back


@dataclass(slots=True)
class _Held:
    """What is held back of a client on an account so far, and the tax that comes with it."""

    amount: Decimal = ZERO
    taxes: Taxes = field(default_factory=dict)


def _received(
    books: Books, bill: Bill, held: Mapping[Holding, _Held], apart: frozenset[Holding]
) -> Taxes:
    """The tax of what is owed at once: less what is held back of it, and what is released."""
    found: list[Taxes] = []
    by_holding: dict[Holding, list[Portion]] = defaultdict(list)
    for share in bill.shares:
        by_holding[share.holding].append(share.portion)
    for where, some in by_holding.items():
        taxes = _sums(portion.taxes for portion in some)
        now = amounts.add(portion.held for portion in some)
        found.append(taxes)
        if now and where not in apart:
            kept = (amounts.add((p.weight, p.held, p.withheld)) for p in some)
            found.append(_negative(_hold(books, held[where], taxes, now, amounts.add(kept))))
    return _sums(found)


def _hold(books: Books, held: _Held, taxes: Taxes, now: Decimal, whole: Decimal) -> Taxes:
    """Hold some of the taxes back, or release some; return what is held more."""
    before, held.amount = held.amount, amounts.add((held.amount, now))
    if not (whole and (now > 0) == (whole > 0)):
        # Released; else it is held back of this bill, or a credit note takes that back.
        taxes, whole = held.taxes, before
    share = Fraction(now) / Fraction(whole) if whole else Fraction(0)
    moved = {tax: _share_of(books, tax, amount, share) for tax, amount in taxes.items()}
    held.taxes = _sums([held.taxes, moved])
    return moved


def _taxed_apart(books: Books) -> frozenset[Holding]:
    """Where what is held back has its own tax, charged when it is released."""
    return frozenset(
        holding(books, contract)
        for contract in books.register.contracts.values()
        if contract.retention
        for milestone in contract.milestones.values()
        for part in milestone.parts_at(books.as_of)
        if {"held", "tax"} <= {books.roles.of(contract, leg) for leg in part.legs}
        if not any(leg.earned for leg in part.legs)
    )


# ---------------------------------------------------------------- what is given


def _together(given: Iterable[_Given]) -> list[_Given]:
    """What each transaction has given in all, by date."""
    sums: dict[tuple[int, str], list[_Given]] = defaultdict(list)
    for one in given:
        sums[id(one.entry), one.number].append(one)
    found = [
        some[0]._replace(amount=sum((one.amount for one in some), Fraction(0)))
        for some in sums.values()
    ]
    return sorted(found, key=lambda one: one.entry.date)


def _settled(books: Books, bill: Bill) -> Iterator[_Given]:
    """What was given for what is owed on a bill, less what went back."""
    withheld = _withheld(bill)
    for item in bill.items:
        for moved in item.movements:
            if moved.entry:
                amount = Fraction(moved.amount if moved.kind in _CONSIDERATION else ZERO)
                if withheld:
                    # What it settles has its part of what is withheld, unless it takes that back.
                    less = amounts.negative(moved.amount)
                    back = min(withheld_on(books, moved.entry, item.account, less), ZERO)
                    amount += withheld * (Fraction(moved.amount) - amount)
                    amount += (1 - withheld) * Fraction(back)
                yield _Given(moved.entry, bill.number, amount)


def _withheld(bill: Bill) -> Fraction:
    """The share of a bill that is withheld as tax, of all but what is held back."""
    withheld = amounts.add(share.portion.withheld for share in bill.shares)
    whole = amounts.add((*(share.portion.weight for share in bill.shares), withheld))
    return Fraction(withheld) / Fraction(whole) if whole else Fraction(0)


@dataclass(slots=True)
class _Rest:
    """Something that was paid and settles nothing, and what has given it back."""

    credit: Credit
    left: Decimal
    #: What it names, and what it settles else: numbers, and milestones on accounts.
    names: frozenset[object]
    back: Transaction | None


def _kept(books: Books, every: Sequence[Bill]) -> dict[int, list[_Given]]:
    """What was paid of what credit notes take back, until it is given back; by credit note.

    What a refund names comes first. And the refunds of credit notes that are credits themselves.
    """
    found: dict[int, list[_Given]] = defaultdict(list)
    notes = [bill for bill in every if bill.owed < 0]
    rests = list(_rests(books)) if notes else []
    left = {id(note): note.owed.copy_abs() for note in notes}
    for by_name in (True, False):
        for note in notes:
            for rest in rests:
                number = _for(note, rest, by_name=by_name)
                amount = min(rest.left, left[id(note)])
                if number is not None and amount and rest.credit.entry:
                    rest.left = amounts.take(rest.left, amount)
                    left[id(note)] = amounts.take(left[id(note)], amount)
                    given = Fraction(amount)
                    found[id(note)].append(_Given(rest.credit.entry, number, given))
                    if rest.back:
                        found[id(note)].append(_Given(rest.back, note.number, -given))
    for note in notes:
        found[id(note)] += _refunds(books, note)
    return found


def _for(note: Bill, rest: _Rest, *, by_name: bool) -> str | None:
    """The number that a payment was for, where a credit note takes some of that back."""
    if note.credit or rest.credit.account != note.account:
        return None
    numbers = sorted({number for share in note.shares for number in share.taken_back})
    own = [number for number in numbers if number in rest.names]
    if by_name:
        meant = bool(rest.back and note.number and note.number in rest.names)
    else:
        meant = bool(own) or any((s.milestone, note.account) in rest.names for s in note.shares)
    return "".join(own[:1] or numbers[:1]) if meant else None


def _rests(books: Books) -> Iterator[_Rest]:
    found = books.open_items()
    settled: dict[int, set[object]] = defaultdict(set)
    for item in found.items:
        for match in item.matches:
            settled[id(match.credit)] |= {item.number, (item.milestone, item.account)}
    for rest in found.unapplied:
        given = amounts.add(amount for kind, amount in rest.parts if kind in _CONSIDERATION)
        names = frozenset((*settled[id(rest.credit)], *rest.named))
        yield _Rest(rest.credit, given, names, None)
    for refund in found.refunds:
        for credit, kind, amount in refund.takes:
            if kind in _CONSIDERATION:
                links = [
                    *(refund.entry.links or ()),
                    *((credit.entry and credit.entry.links) or ()),
                ]
                names = frozenset((*settled[id(credit)], *links))
                yield _Rest(credit, amount, names, refund.entry)


def _refunds(books: Books, note: Bill) -> Iterator[_Given]:
    """What was given back of a credit note that is a credit: by hand, or a reduction."""
    keys = {share.milestone for share in note.shares}
    for refund in books.open_items().refunds:
        for credit, _, amount in refund.takes:
            by_hand = credit is note.credit
            own = credit.milestone in keys and (credit.number or "") == note.number
            if by_hand or (credit.milestone and own and credit.account == note.account):
                yield _Given(refund.entry, note.number, -Fraction(amount))
