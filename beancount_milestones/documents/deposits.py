"""Which deposits an invoice draws: the oldest first, by what earlier invoices have drawn.

They are of the same client, in the same currency. A deposit keeps the rates of its own invoice, so
what is drawn at a rate is of the deposits at that rate.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.amounts import ZERO
from beancount_milestones.documents.model import Drawn, RateSum
from beancount_milestones.documents.pieces import Piece, legs_of_client
from beancount_milestones.parties import fold
from beancount_milestones.reports.invoices import Billed, registered
from beancount_milestones.reports.sequence import when_charged, when_invoiced
from beancount_milestones.reports.slices import charges, slices

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from beancount_milestones.model import Contract
    from beancount_milestones.parties import TaxRate
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.invoices import Invoice
    from beancount_milestones.reports.sequence import When


class _Source(NamedTuple):
    """The invoice of a deposit; without a number where none has one."""

    number: str
    date: datetime.date | None


#: What cutting may move among the rates: so many units, and of all so much.
_FEW: Final = 10
_NEARLY: Final = Fraction(101, 100)

#: Of deposits that nobody has billed.
_NOBODY: Final = _Source("", None)


class _PaidIn(NamedTuple):
    """What an invoice has billed of a deposit, at one rate."""

    source: _Source
    rate: TaxRate | None
    net: Decimal


def drawn_from(
    books: Books, found: Invoice, used: Iterable[tuple[Contract, tuple[RateSum, ...]]]
) -> tuple[Drawn, ...]:
    """Return what an invoice draws of each deposit.

    ``used`` is what its milestones draw, each with its contract.
    """
    sums: dict[frozenset[str], list[RateSum]] = {}
    for contract, parts in used:
        sums.setdefault(contract.deposits, []).extend(parts)
    return tuple(
        drawn
        for accounts, parts in sums.items()
        if any(part.net for part in parts)
        for drawn in _of_accounts(books, found, accounts, parts)
    )


def _of_accounts(
    books: Books, found: Invoice, accounts: frozenset[str], parts: Sequence[RateSum]
) -> Iterator[Drawn]:
    paid_in, taken = _before(books, found, accounts)
    # Where a rate has no deposit, or too little, the amounts alone say which it is.
    rates = {part.rate for part in parts}
    each = rates <= {one.rate for one in paid_in} and _fit(books, found, accounts)
    of: dict[_Source, list[RateSum]] = {one.source: [] for one in paid_in}
    of[_NOBODY] = []
    change = amounts.add(part.net for part in parts)
    before = amounts.add(taken.values())
    most = max(before, amounts.take(before, change))
    is_covered = most <= amounts.add(one.net for one in paid_in)

    def pool(rate: TaxRate | None) -> TaxRate | None:
        return rate if each else None

    for name in dict.fromkeys(pool(part.rate) for part in parts):
        for source, shared in _shared(
            [part for part in parts if pool(part.rate) == name],
            [(one.source, one.net) for one in paid_in if pool(one.rate) == name],
            amounts.add(net for rate, net in taken.items() if pool(rate) == name),
            is_covered=is_covered,
        ):
            of[source] += shared
    for source, shared in of.items():
        if shared:
            yield Drawn(*source, tuple(shared))


def _fit(books: Books, found: Invoice, accounts: frozenset[str]) -> bool:
    """Whether a client's contracts draw no more at a rate, in the end, than was agreed as deposits.

    The same for each invoice: else one deposit would be drawn twice, and another never.
    """
    paid_in: dict[TaxRate | None, Fraction] = defaultdict(Fraction)
    drawn: dict[TaxRate | None, Fraction] = defaultdict(Fraction)
    for legs in legs_of_client(books, found.client, found.side):
        for rate, net in legs.deposits(accounts, found.currency).items():
            paid_in[rate] += net
        for rate, used in legs.draws(accounts, found.currency).items():
            drawn[rate] += used
    return all(used <= paid_in[rate] * _NEARLY for rate, used in drawn.items())


def _shared(
    parts: Sequence[RateSum],
    paid_in: Sequence[tuple[_Source, Decimal]],
    taken: Decimal,
    *,
    is_covered: bool,
) -> Iterator[tuple[_Source, list[RateSum]]]:
    """What parts draw of each deposit, where so much was taken of them before."""
    change = amounts.negative(amounts.add(part.net for part in parts))
    low, high = sorted((taken, amounts.add((taken, change))))
    # What lies between the running totals of two deposits, and between low and high, is of it.
    totals = [ZERO]
    for _, amount in paid_in:
        totals.append(amounts.add((totals[-1], amount)))
    if is_covered:
        # Among rates, cents may be cut in another way than the deposit's.
        few = Decimal(_FEW).scaleb(-amounts.decimals(change))
        if -few <= low < totals[0]:
            totals[0] = low
        if totals[-1] < high <= amounts.add((totals[-1], few)):
            totals[-1] = high
    shared = [
        (source, amounts.take(min(high, above), max(low, below)))
        for (source, _), (below, above) in zip(paid_in, pairwise(totals), strict=True)
        if min(high, above) > max(low, below)
    ]
    whole = amounts.take(high, low)
    rest = amounts.take(whole, amounts.add(amount for _, amount in shared))
    if rest:
        shared.append((_NOBODY, rest))
    marks = amounts.running_totals(Fraction(amount) / Fraction(whole) for _, amount in shared)
    for (source, _), (below, above) in zip(shared, pairwise(marks.fractions()), strict=True):
        yield source, [_between(part, below, above) for part in parts]


def _between(part: RateSum, below: Fraction, above: Fraction) -> RateSum:
    """The part of an amount between two fractions of it."""
    net, tax = (amounts.between(number, (below, above)) for number in (part.net, part.tax))
    return RateSum(part.rate, net, tax)


def _before(
    books: Books, found: Invoice, accounts: frozenset[str]
) -> tuple[list[_PaidIn], Mapping[TaxRate | None, Decimal]]:
    """The deposits billed on some accounts so far, oldest first, and what was drawn by rate."""
    dates: dict[str, datetime.date] = {}
    billed: dict[tuple[str, TaxRate | None], Decimal] = {}
    taken: dict[TaxRate | None, Decimal] = {}
    own = when_invoiced(books, found)
    for when, one in sorted(_charged(books, found), key=lambda pair: pair[0]):
        part = one.slice
        if when >= own or not any(leg.posting.account in accounts for leg, _ in part.legs):
            continue
        piece = Piece.of(books, one)
        if part.milestone.has_earned_side(books.as_of):
            for rate, net, _ in piece.drawn():
                taken[rate] = amounts.take(taken.get(rate, ZERO), net)
        else:
            # A credit note gives back some of the deposit that it takes back.
            number = (*part.step.taken_back, part.step.number or "")[0]
            dates.setdefault(number, part.step.date)
            for rate, net in piece.worked():
                billed[number, rate] = amounts.add((billed.get((number, rate), ZERO), net))
    return [
        _PaidIn(_Source(number, dates[number]), rate, net)
        for (number, rate), net in billed.items()
        if net > 0
    ], taken


def _charged(books: Books, found: Invoice) -> Iterator[tuple[When, Billed]]:
    """All that is billed to the client of an invoice in its currency, and when it came."""
    whose = (fold(found.client), found.currency, found.side)
    for one in registered(books):
        if (fold(one.client), one.currency, one.side) == whose:
            when = when_invoiced(books, one)
            yield from ((when, part) for part in one.billed)
    for part in slices(books.register, books.as_of):
        if not part.step.number:
            for charge in charges(part, books.roles):
                client = fold(books.owner(part.contract, charge.account))
                if (client, charge.account.currency, part.contract.side) == whose:
                    yield when_charged(books, part), Billed(part, charge)
