"""The tax in payments: each has its part of the tax of what it settles.

Worked out of the running total paid, so that what is paid in full has all of its tax; a returned
payment gives it back. Tax that is withheld on an invoice counts as paid as far as the invoice is
settled, by whatever. What clients hold back is not received yet: its tax comes with the release
(§ 13 (1) no. 1 b UStG, VAT Notice 731), unless the release has a tax of its own. What is credited
once it was paid keeps its tax until the money is given back (§ 17 (1) UStG).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.amounts import ZERO
from beancount_milestones.reports.bills import bills
from beancount_milestones.reports.books import EVERYTHING
from beancount_milestones.reports.invoices_by_hand import withheld_on
from beancount_milestones.reports.taxes_by_hand import CONSIDERATION, ByHand
from beancount_milestones.reports.taxes_owed import (
    NOTHING,
    Owed,
    negative,
    share_of,
    sums,
    taxes_owed,
)
from beancount_milestones.reports.taxes_taken_off import Less
from beancount_milestones.reports.whose import InvoiceKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from decimal import Decimal

    from beancount.core.data import Directive, Transaction

    from beancount_milestones.receivables import Credit
    from beancount_milestones.reports.bills import Bill
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.written import Taxes, TaxKey


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

    entry: Directive
    number: str
    #: As a part of what is owed on the bill.
    amount: Fraction
    #: What is owed no more, with the taxes in it.
    less: Owed = NOTHING


def taxes_paid(books: Books) -> Iterator[Paid]:
    """Yield the tax in everything that was paid up to the as-of date."""
    # What a transaction takes off is shared by all that it settles, whatever is asked about.
    all_ = books.about(EVERYTHING)
    every = taxes_owed(all_, bills(all_))
    less = Less(all_, every)
    by_hand = ByHand(all_, [(bill, less.standing(bill, parts)) for bill, parts in every])
    asked = every if all_ is books else taxes_owed(books, bills(books))
    standing = [
        (bill, by_hand.left(bill.credit) if bill.credit else less.standing(bill, parts))
        for bill, parts in asked
    ]
    kept = _kept(books, standing)
    for bill, owed in standing:
        if bill.owed or owed.amount:
            events = [*_settled(books, bill, less, by_hand), *kept[id(bill)]]
            yield from _paid(books, bill, owed, events)
            continue
        # Nothing will be paid of it: a deposit covers it, or one line takes back another.
        for tax, amount in owed.taxes.items():
            yield Paid(bill.entry, bill.client, bill.contracts, bill.number, tax, amount)


def _paid(books: Books, bill: Bill, owed: Owed, events: Iterable[_Given]) -> Iterator[Paid]:
    """The tax of what is owed on a bill, as far as it is paid."""
    total = Fraction(0)
    paid: Taxes = {}
    for entry, number, given, less in _together(events):
        total += given
        owed = owed.plus(less)
        share = total / Fraction(owed.amount) if owed.amount else Fraction(1)
        now = {tax: share_of(books, tax, whole, share) for tax, whole in owed.taxes.items()}
        for tax, moved in sums([now, negative(paid)]).items():
            yield Paid(entry, bill.client, bill.contracts, number, tax, moved)
        paid = now


# ---------------------------------------------------------------- what is given


def _together(given: Iterable[_Given]) -> list[_Given]:
    """What each transaction has given in all, by date."""
    sums: dict[tuple[int, str], list[_Given]] = defaultdict(list)
    for one in given:
        sums[id(one.entry), one.number].append(one)
    found = [
        some[0]._replace(
            amount=sum((one.amount for one in some), Fraction(0)),
            less=reduce(Owed.plus, (one.less for one in some)),
        )
        for some in sums.values()
    ]
    return sorted(found, key=lambda one: one.entry.date)


def _settled(books: Books, bill: Bill, less: Less, by_hand: ByHand) -> Iterator[_Given]:
    """What was given for what is owed on a bill, less what went back, and what is owed no more."""
    withheld = _withheld(bill)
    for item in bill.items:
        for note, part in less.reduced(item):
            yield _Given(note.entry, bill.number, Fraction(0), part)
        for entry, off in by_hand.off(item):
            yield _Given(entry, bill.number, Fraction(0), off)
        for moved in item.movements:
            if not moved.entry or by_hand.takes_off(moved.entry, item.account, moved.kind):
                continue
            amount = Fraction(moved.amount if moved.kind in CONSIDERATION else ZERO)
            if withheld:
                # What it settles has its part of what is withheld, unless it takes that back.
                own = amounts.negative(moved.amount)
                back = min(withheld_on(books, moved.entry, item.account, own), ZERO)
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


def _kept(books: Books, every: Sequence[tuple[Bill, Owed]]) -> dict[int, list[_Given]]:
    """What was paid of what credit notes take back, until it is given back; by credit note.

    What a refund names comes first. And the refunds of credit notes that are credits themselves.
    """
    found: dict[int, list[_Given]] = defaultdict(list)
    notes = [bill for bill, owed in every if bill.owed < 0 and owed.amount < 0]
    rests = list(_rests(books)) if notes else []
    left = {id(bill): amounts.negative(owed.amount) for bill, owed in every}
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
    for bill, owed in every:
        if owed.amount < 0:
            found[id(bill)] += _refunds(books, bill)
    return found


def _for(note: Bill, rest: _Rest, *, by_name: bool) -> str | None:
    """The number that a payment was for, where a credit note takes some of that back."""
    if note.credit or rest.credit.account != note.account:
        return None
    billed = {share.of for share in note.shares}
    numbers = sorted(key.number for key in billed if isinstance(key, InvoiceKey))
    own = [number for number in numbers if number in rest.names]
    if by_name:
        meant = bool(rest.back and note.number and note.number in rest.names)
    else:
        # What is billed less than nothing has not been paid.
        backs = [(share.milestone, note.account) for share in note.shares if share.of]
        meant = bool(own) or any(back in rest.names for back in backs)
    return "".join(own[:1] or numbers[:1]) if meant else None


def _rests(books: Books) -> Iterator[_Rest]:
    found = books.open_items()
    settled: dict[int, set[object]] = defaultdict(set)
    for item in found.items:
        for match in item.matches:
            settled[id(match.credit)] |= {item.number, (item.milestone, item.account)}
    for rest in found.unapplied:
        given = amounts.add(amount for kind, amount in rest.parts if kind in CONSIDERATION)
        names = frozenset((*settled[id(rest.credit)], *rest.credit.named))
        yield _Rest(rest.credit, given, names, None)
    for refund in found.refunds:
        for credit, kind, amount in refund.takes:
            if kind in CONSIDERATION:
                links = refund.entry.links or ()
                names = frozenset((*settled[id(credit)], *links, *credit.named))
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
