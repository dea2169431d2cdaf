"""Which deposits an invoice draws: the oldest first, by what earlier invoices have drawn."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from beancount_milestones import amounts
from beancount_milestones.amounts import ZERO
from beancount_milestones.documents.model import Drawn, RateSum
from beancount_milestones.reports.prices import price, summed
from beancount_milestones.reports.slices import slices

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Sequence
    from decimal import Decimal

    from beancount_milestones.model import Contract
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.invoices import Invoice
    from beancount_milestones.reports.slices import Slice


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
        if amounts.add(part.net for part in parts)
        for drawn in _of_accounts(books, found, accounts, parts)
    )


def _of_accounts(
    books: Books, found: Invoice, accounts: frozenset[str], parts: Sequence[RateSum]
) -> Iterator[Drawn]:
    paid_in, taken = _before(books, found, accounts)
    change = amounts.negative(amounts.add(part.net for part in parts))
    low, high = sorted((taken, amounts.add((taken, change))))
    # What lies between the running totals of two deposits, and between low and high, is of it.
    totals = [ZERO]
    for _, _, amount in paid_in:
        totals.append(amounts.add((totals[-1], amount)))
    shared = [
        (number, date, amounts.take(min(high, above), max(low, below)))
        for (number, date, _), (below, above) in zip(paid_in, pairwise(totals), strict=True)
        if min(high, above) > max(low, below)
    ]
    whole = amounts.take(high, low)
    rest = amounts.take(whole, amounts.add(amount for _, _, amount in shared))
    if rest:
        shared.append(("", None, rest))
    marks = amounts.running_totals(Fraction(amount) / Fraction(whole) for *_, amount in shared)
    for (number, date, _), (below, above) in zip(shared, pairwise(marks.fractions()), strict=True):
        yield Drawn(number, date, tuple(_between(part, below, above) for part in parts))


def _between(part: RateSum, below: Fraction, above: Fraction) -> RateSum:
    """The part of an amount between two fractions of it."""
    net, tax = (amounts.between(number, (below, above)) for number in (part.net, part.tax))
    return RateSum(part.rate, net, tax)


def _before(
    books: Books, found: Invoice, accounts: frozenset[str]
) -> tuple[list[tuple[str, datetime.date | None, Decimal]], Decimal]:
    """The deposits billed on some accounts so far, oldest first, and what was drawn of them."""
    billed: dict[str, tuple[datetime.date, Decimal]] = {}
    taken = ZERO
    for part in sorted(slices(books.register, books.as_of), key=_order):
        amount = amounts.negative(_on(books, part, accounts, found.currency))
        if not amount or _order(part) >= (found.date, found.number):
            continue
        if part.milestone.has_earned_side(books.as_of):
            taken = amounts.take(taken, amount)
        else:
            # A credit note gives back some of the deposit that it takes back.
            number = (*part.step.taken_back, part.step.number or "")[0]
            date, billed_so_far = billed.get(number, (part.step.date, ZERO))
            billed[number] = (date, amounts.add((billed_so_far, amount)))
    return [(number, *known) for number, known in billed.items() if known[1] > 0], taken


def _order(part: Slice) -> tuple[datetime.date, str]:
    return part.step.date, part.step.number or ""


def _on(books: Books, part: Slice, accounts: frozenset[str], currency: str) -> Decimal:
    """What a slice has on some accounts, in the currency of the invoice that draws."""
    found = (
        (
            amounts.add(
                leg.weight(amount)
                for leg, amount in zip(piece.legs, figures, strict=True)
                if leg.posting.account in accounts
            ),
            price(part.contract, piece, currency),
        )
        for piece, figures in part.parts
    )
    return part.turned(summed(found, books.register.places(currency)))
