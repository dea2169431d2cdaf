"""Cutting one transaction of a contract into its milestones, exactly."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from beancount.core import interpolate
from beancount.core.amount import Amount

from beancount_milestones import amounts, postings
from beancount_milestones.legs import Leg, Part
from beancount_milestones.reading.log import UnreadableError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from decimal import Decimal
    from fractions import Fraction

    from beancount.core.data import Posting, Transaction

    from beancount_milestones.reading.schedules import Schedules
    from beancount_milestones.reading.settings import Roots
    from beancount_milestones.reading.shares import Share

INTERPOLATED = interpolate.AUTOMATIC_META
#: Posting metadata that says how the contract is cut; it ends there.
_HOW_IT_IS_CUT: Final = frozenset({"milestone", "target", "title", INTERPOLATED})


class Setting(NamedTuple):
    """What an order is read with."""

    roots: Roots
    #: Decimal places by currency, where a `commodity` directive says so.
    precision: Mapping[str, int]
    options: Mapping[str, Any]
    schedules: Schedules
    #: Accounts that take the cents where they can: with something held back, those it is owed on.
    take_cents: Collection[str] = ()


def written_exactly(found: tuple[int, Transaction]) -> tuple[int, Transaction]:
    """Return a transaction with the amount that was left out worked out exactly.

    Beancount fills it in with as few decimals as most amounts have. Takes and returns it with its
    place among the entries.
    """
    index, entry = found
    filled = [i for i, p in enumerate(entry.postings) if p.meta and INTERPOLATED in p.meta]
    if len(filled) != 1 or entry.postings[filled[0]].price is not None:
        return found
    posting = entry.postings[filled[0]]
    currency = postings.currency(posting)
    weights = []
    for other in entry.postings:
        if other is not posting:
            if other.cost or postings.weight_currency(other) != currency:
                return found
            weights.append(postings.weight(other))
    exact = amounts.negative(amounts.add(weights))
    if exact == postings.number(posting):
        return found
    changed = list(entry.postings)
    changed[filled[0]] = posting._replace(units=Amount(exact, currency))
    return index, entry._replace(postings=changed)


class Slot(NamedTuple):
    """A milestone of one transaction: its own postings, and its fraction of the shared ones."""

    id: str
    own: tuple[int, ...]
    fraction: Fraction
    title: str | None
    target: dt.date | None


def cut_by_share(
    entry: Transaction, shares: Mapping[str, Share], totals: amounts.Totals, setting: Setting
) -> dict[str, Part]:
    """Cut the postings into milestones, in the order written; ``totals`` are of their shares.

    All milestones share all postings, so the same leg takes the cents in each.
    """
    written = [share.amount for share in shares.values() if share.amount is not None]
    legs, numbers = _legs(entry, _places(entry, written, setting), setting)
    cents = _absorber(legs, numbers, range(len(legs)), setting)
    if _alike(legs, numbers):
        rows = amounts.cut_together(numbers, cents, totals, legs[0].places)
    else:
        rows = _cut_apart(legs, numbers, cents, totals)
    currency = postings.weight_currency(entry.postings[0])
    return {
        name: Part(entry, legs, row, cents, currency, share.title, share.target)
        for (name, share), row in zip(shares.items(), rows, strict=True)
    }


def _alike(legs: Sequence[Leg], numbers: Sequence[Decimal]) -> bool:
    """Whether all amounts have the same places and no price, as those of most contracts."""
    places = legs[0].places
    for leg, number in zip(legs, numbers, strict=True):
        if leg.posting.price is not None or not amounts.has_places(number, places):
            return False
    return True


def _cut_apart(
    legs: Sequence[Leg], numbers: Sequence[Decimal], cents: int, totals: amounts.Totals
) -> list[tuple[Decimal, ...]]:
    """Cut each amount to its own places; the leg that takes the cents takes what is left."""
    columns = [
        repeat(amounts.ZERO, len(totals.marks) - 1)
        if index == cents
        else amounts.cut(number, totals, leg.places)
        for index, (leg, number) in enumerate(zip(legs, numbers, strict=True))
    ]
    rows = []
    for figures in map(list, zip(*columns, strict=True)):
        rest = amounts.negative(amounts.add(map(Leg.weight, legs, figures)))
        figures[cents] = amounts.trimmed(rest, legs[cents].places)
        rows.append(tuple(figures))
    return rows


def cut_by_posting(entry: Transaction, slots: Sequence[Slot], setting: Setting) -> dict[str, Part]:
    """Cut the shared postings into milestones, in the order written.

    Each milestone has postings of its own, and a fraction of those without a milestone.
    """
    legs, numbers = _legs(entry, _places(entry, (), setting), setting)
    owned = {index for slot in slots for index in slot.own}
    shared = [index for index in range(len(legs)) if index not in owned]
    totals = amounts.running_totals(slot.fraction for slot in slots)
    free = [index for index in shared if legs[index].posting.price is None]
    cents = _absorber(legs, numbers, free, setting) if free else None
    pieces = {
        index: amounts.cut(numbers[index], totals, legs[index].places)
        for index in shared
        if index != cents
    }
    currency = postings.weight_currency(entry.postings[0])
    parts = {}
    for place, slot in enumerate(slots):
        figures = {index: numbers[index] for index in slot.own}
        if slot.fraction:
            figures |= {index: piece[place] for index, piece in pieces.items()}
        absorber = (
            cents
            if slot.fraction and cents is not None
            else _absorber(legs, numbers, figures, setting)
        )
        rest = amounts.negative(
            amounts.add(
                legs[index].weight(amount) for index, amount in figures.items() if index != absorber
            )
        )
        figures[absorber] = amounts.trimmed(rest, legs[absorber].places)
        indexes = sorted(figures)
        absorber = _absorber(legs, numbers, indexes, setting)
        parts[slot.id] = Part(
            entry=entry,
            legs=tuple(legs[index] for index in indexes),
            amounts=tuple(figures[index] for index in indexes),
            absorber=indexes.index(absorber),
            currency=currency,
            title=slot.title,
            target=slot.target,
        )
    return parts


def _legs(
    entry: Transaction, places: Mapping[str, int], setting: Setting
) -> tuple[tuple[Leg, ...], list[Decimal]]:
    """The postings as written, with the places that their amounts are cut to; and the amounts."""
    roots = (setting.roots.income, setting.roots.expenses)
    legs, numbers = [], []
    for posting in entry.postings:
        number, currency = postings.number(posting), postings.currency(posting)
        meta = {k: v for k, v in (posting.meta or {}).items() if k not in _HOW_IT_IS_CUT}
        earned = postings.root(posting) in roots
        legs.append(Leg(_tidy_price(posting), currency, meta, places[currency], earned))
        numbers.append(_tidy(number, currency, places[currency], setting))
    return tuple(legs), numbers


def _places(entry: Transaction, shares: Iterable[Amount], setting: Setting) -> dict[str, int]:
    """Decimal places by currency: the most that a written amount uses, or the minor unit.

    People write amounts in postings, and in ``shares``.
    """
    currencies = set(map(postings.currency, entry.postings))
    places = {currency: minor_unit(currency, setting) for currency in currencies}
    written = [
        postings.units(posting)
        for posting in entry.postings
        if not (posting.meta and INTERPOLATED in posting.meta)
    ]
    for amount in (*written, *shares):
        number, currency = cast("Decimal", amount.number), amount.currency
        if currency in places and not amounts.has_places(number, places[currency]):
            used = amounts.decimals(number)
            if used <= amounts.MOST_DECIMALS:
                places[currency] = max(places[currency], used)
    return places


def minor_unit(currency: str, setting: Setting) -> int:
    """Return the decimal places that amounts of a currency have at least."""
    return setting.precision.get(currency, amounts.minor_unit(currency))


def _tidy(number: Decimal, currency: str, least: int, setting: Setting) -> Decimal:
    """Round the result of arithmetic; write out the zeros of a shorter number, and no others."""
    if amounts.has_places(number, least):
        return number
    used = amounts.decimals(number)
    if used > amounts.MOST_DECIMALS:
        used = minor_unit(currency, setting)
        number = amounts.rounded(number, used)
    return amounts.trimmed(amounts.rounded(number, max(used, least)), least)


def _tidy_price(posting: Posting) -> Posting:
    """Round a price that is the result of a division (``@@``).

    Else its weights would need more digits than Beancount calculates with, and no transaction
    could sum to exactly zero.
    """
    price = posting.price
    if price is None:
        return posting
    number = cast("Decimal", price.number)
    if amounts.decimals(number) <= amounts.MOST_DECIMALS:
        return posting
    rounded = amounts.rounded(number, amounts.MOST_DECIMALS)
    return posting._replace(price=Amount(rounded, price.currency))


def _absorber(
    legs: Sequence[Leg], numbers: Sequence[Decimal], indexes: Iterable[int], setting: Setting
) -> int:
    """The leg that takes the cents: the largest income without a price, else the largest.

    Where something is held back, what is owed takes them: the work is cut first, then what is held
    of it, and the rest is owed.
    """
    free = [index for index in indexes if legs[index].posting.price is None]
    if not free:
        alike = len({leg.currency for leg in legs}) == 1 and not amounts.add(numbers)
        advice = (
            f"all are in {legs[0].currency}, so leave the prices out"
            if alike
            else f"write one in {postings.weight_currency(legs[0].posting)} without a price"
        )
        message = (
            f"every posting of the milestone has a price, so none can take the cents; {advice}"
        )
        raise UnreadableError(message)
    best = (
        [index for index in free if legs[index].posting.account in setting.take_cents]
        or [index for index in free if postings.root(legs[index].posting) == setting.roots.income]
        or free
    )
    return max(best, key=lambda index: abs(numbers[index]))
