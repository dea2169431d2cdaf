"""One transaction of a contract: which milestones it has, and what it gives to each.

An order is a contract or a change order; both are read alike.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from beancount.core import interpolate

from beancount_milestones import allocation
from beancount_milestones.contract import Leg, Part
from beancount_milestones.errors import error
from beancount_milestones.reading import values
from beancount_milestones.reading.values import Share, Unreadable, money, percent

if TYPE_CHECKING:
    import datetime
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from beancount.core.data import Posting, Transaction

    from beancount_milestones.errors import MilestoneError
    from beancount_milestones.reading.keys import Keys, Roots

#: Transaction metadata that names a milestone and its share.
SHARE_KEY = "milestone-"
#: Posting metadata that names the milestone, and what may stand beside it.
MARK_KEY = "milestone"
MARKS = (MARK_KEY, "target", "title")

INTERPOLATED = interpolate.AUTOMATIC_META


@dataclass(frozen=True, slots=True)
class Order:
    """A contract transaction or a change order, read."""

    contract: str
    entry: Transaction
    #: Its place among the entries.
    index: int
    keys: Keys
    #: By milestone id, in the order written.
    parts: dict[str, Part] = field(default_factory=dict)

    @property
    def pending(self) -> bool:
        """Whether it is a proposal: flagged ``!``, and never billable."""
        return self.entry.flag == "!"


class Setting(NamedTuple):
    """What an order is read with."""

    roots: Roots
    #: Decimal places by currency, where a `commodity` directive says so.
    precision: Mapping[str, int]
    options: Mapping[str, Any]


class _Slot(NamedTuple):
    """A milestone of one transaction: its own postings, and its fraction of the shared ones."""

    id: str
    own: tuple[int, ...]
    fraction: Fraction
    title: str | None
    target: datetime.date | None


def share_keys(entry: Transaction) -> list[str]:
    """Return the metadata keys that say a milestone's share."""
    return [key for key in entry.meta if key.startswith(SHARE_KEY)]


def marked(entry: Transaction) -> list[Posting]:
    """Return the postings that name their milestone."""
    return [p for p in entry.postings if p.meta and MARK_KEY in p.meta]


def names(entry: Transaction) -> set[str]:
    """Return the milestone ids that a transaction names, right or wrong."""
    named = {key.removeprefix(SHARE_KEY) for key in share_keys(entry)}
    return named | {str(p.meta[MARK_KEY]) for p in marked(entry) if p.meta}


def weight_of(posting: Posting) -> Decimal:
    """Return what a posting weighs."""
    number: Decimal = posting.units.number
    return number if posting.price is None else allocation.times(number, posting.price.number)


def weight_currency(posting: Posting) -> str:
    """Return the currency that a posting weighs in."""
    return str((posting.price or posting.units).currency)


def is_balanced(entry: Transaction, options: Mapping[str, Any]) -> bool:
    """Whether Beancount will take the transaction as balanced."""
    residual = interpolate.compute_residual(entry.postings)
    return bool(residual.is_small(interpolate.infer_tolerances(entry.postings, options)))


def read_parts(
    entry: Transaction, receivables: Collection[str], setting: Setting
) -> tuple[dict[str, Part], list[MilestoneError]]:
    """Read what a balanced transaction gives to its milestones.

    Returns the parts by milestone id, in the order written, and the errors; with an error there
    are no parts.
    """
    errors = _faults(entry)
    if errors:
        return {}, errors
    try:
        if share_keys(entry):
            slots, errors = _slots_by_share(entry, receivables)
        else:
            slots, errors = _slots_by_posting(entry, setting)
        return ({}, errors) if errors else (_cut(entry, slots, setting), [])
    except Unreadable as unreadable:
        return {}, [error(entry.meta, str(unreadable), entry)]


def _faults(entry: Transaction) -> list[MilestoneError]:
    """What no contract can have, however its milestones are said."""
    if not entry.postings:
        message = "the contract has no postings; write what it would be if it were billed at once"
        return [error(entry.meta, message, entry)]
    if share_keys(entry) and marked(entry):
        message = (
            "milestones are said twice: use either milestone-… keys on the transaction or"
            " 'milestone' on its postings"
        )
        return [error(entry.meta, message, entry)]
    for posting in entry.postings:
        if posting.cost is not None:
            message = (
                f"a contract cannot hold {posting.account} at cost; book the goods in a transaction"
                " of their own"
            )
            return [error(posting.meta, message, entry)]
    currencies = sorted({weight_currency(posting) for posting in entry.postings})
    if len(currencies) > 1:
        message = (
            f"the postings of a contract must weigh in one currency, not in"
            f" {' and '.join(currencies)}; add a price (@) or write a contract for each"
        )
        return [error(entry.meta, message, entry)]
    return []


def _slots_by_share(
    entry: Transaction, receivables: Collection[str]
) -> tuple[list[_Slot], list[MilestoneError]]:
    shares: dict[str, Share] = {}
    errors = []
    for key in share_keys(entry):
        try:
            shares[values.milestone_id(key.removeprefix(SHARE_KEY))] = values.share(entry.meta[key])
        except Unreadable as unreadable:
            errors.append(error(entry.meta, f"{key}: {unreadable}", entry))
    if errors:
        return [], errors
    currency = weight_currency(entry.postings[0]) if entry.postings else ""
    total = _total(entry, receivables)
    fractions = {
        name: fraction
        for name, share in shares.items()
        if (fraction := _fraction(name, share, total, currency)) is not None
    }
    rests = [name for name in shares if name not in fractions]
    made = sum(fractions.values(), Fraction(0))
    whole = f"of {money(total, currency)}, tax included"
    if len(rests) > 1:
        message = f"only one share can be 'rest', not {len(rests)}: {', '.join(rests)}"
        raise Unreadable(message)
    if rests and made >= 1:
        message = (
            f"nothing is left for the rest, {SHARE_KEY}{rests[0]}: the other shares make"
            f" {percent(made)} {whole}"
        )
        raise Unreadable(message)
    if rests:
        fractions[rests[0]] = 1 - made
    elif made != 1:
        gap = abs(1 - made)
        amount = allocation.fraction_of(abs(total), gap, allocation.minor_unit(currency))
        message = (
            f"the shares make {percent(made)} {whole}: {percent(gap)} ({money(amount, currency)})"
            f" {'is missing' if made < 1 else 'is too much'}; write one of them as 'rest' to let it"
            " take what the others leave"
        )
        raise Unreadable(message)
    return [
        _Slot(name, (), fractions[name], share.title, share.target)
        for name, share in shares.items()
    ], []


def _fraction(name: str, share: Share, total: Decimal, currency: str) -> Fraction | None:
    if share.amount is None:
        return share.fraction
    number = share.amount.number
    if share.amount.currency != currency:
        message = (
            f"{SHARE_KEY}{name} is in {share.amount.currency}, but the contract is in {currency}"
        )
        raise Unreadable(message)
    if not total:
        message = (
            f"{SHARE_KEY}{name} is an amount, but the total of the transaction is 0 {currency};"
            " write percentages"
        )
        raise Unreadable(message)
    fraction = Fraction(number) / Fraction(total)
    if fraction < 0:
        message = (
            f"{SHARE_KEY}{name}: {money(number, currency)} has the other sign than the total of"
            f" {money(total, currency)}; write a reduction as a change order: a transaction of its"
            " own that credits the receivable"
        )
        raise Unreadable(message)
    return fraction


def _total(entry: Transaction, receivables: Collection[str]) -> Decimal:
    """The sum of the debits, negative where the receivable is credited on balance."""
    weights = [(posting.account, weight_of(posting)) for posting in entry.postings]
    total = allocation.add(weight for _, weight in weights if weight > 0)
    owed = allocation.add(weight for account, weight in weights if account in receivables)
    return allocation.negative(total) if owed < 0 else total


def _slots_by_posting(
    entry: Transaction, setting: Setting
) -> tuple[list[_Slot], list[MilestoneError]]:
    own: dict[str, list[int]] = {}
    beside: dict[str, dict[str, Any]] = {}
    errors: list[MilestoneError] = []
    for index, posting in enumerate(entry.postings):
        meta = posting.meta or {}
        if MARK_KEY not in meta:
            continue
        try:
            name = values.milestone_id(meta[MARK_KEY])
            own.setdefault(name, []).append(index)
            _read_beside(name, meta, beside.setdefault(name, {}))
        except Unreadable as unreadable:
            errors.append(error(meta, str(unreadable), entry))
    if errors:
        return [], errors
    fractions = _pro_rata(entry, own, setting)
    return [
        _Slot(
            name,
            tuple(indexes),
            fractions[name],
            beside[name].get("title"),
            beside[name].get("target"),
        )
        for name, indexes in own.items()
    ], []


def _read_beside(name: str, meta: Mapping[str, Any], said: dict[str, Any]) -> None:
    """Read the target and title of a marked posting into what its milestone's others said."""
    for key in ("target", "title"):
        if key not in meta:
            continue
        if key == "target":
            value: Any = values.date_value(meta[key], "target")
        else:
            value = values.text_value(meta[key], "title", "Initial mockups")
        if said.setdefault(key, value) != value:
            message = (
                f"milestone '{name}' has two values for '{key}': {values.shown(str(said[key]))} and"
                f" {values.shown(str(value))}"
            )
            raise Unreadable(message)


def _pro_rata(
    entry: Transaction, own: Mapping[str, Sequence[int]], setting: Setting
) -> dict[str, Fraction]:
    """The fraction of the unmarked postings that balances each milestone."""
    currency = weight_currency(entry.postings[0])
    tolerance = interpolate.infer_tolerances(entry.postings, setting.options).get(
        currency, allocation.ZERO
    )
    marked_indexes = {index for indexes in own.values() for index in indexes}
    nets: dict[str, Decimal] = {}
    for name, indexes in own.items():
        net = allocation.add(weight_of(entry.postings[index]) for index in indexes)
        nets[name] = net if abs(net) > tolerance else allocation.ZERO
    unmarked = [p for i, p in enumerate(entry.postings) if i not in marked_indexes]
    total = allocation.add(nets.values())
    if not unmarked:
        for name, net in nets.items():
            if net:
                message = (
                    f"milestone '{name}' does not balance: its postings sum to"
                    f" {money(net, currency)}, and no posting without a milestone is left to share"
                )
                raise Unreadable(message)
        return dict.fromkeys(own, Fraction(0))
    if not total:
        message = (
            "the postings with a milestone sum to zero, so those without one cannot be shared out;"
            " give each of them its milestone"
        )
        raise Unreadable(message)
    fractions = {name: Fraction(net) / Fraction(total) for name, net in nets.items()}
    for name, fraction in fractions.items():
        if fraction < 0:
            message = (
                f"milestone '{name}' would take a negative part of the postings without a"
                f" milestone: its own sum to {money(nets[name], currency)}, all of them to"
                f" {money(total, currency)}; write it as a change order"
            )
            raise Unreadable(message)
    return fractions


def _cut(entry: Transaction, slots: Sequence[_Slot], setting: Setting) -> dict[str, Part]:
    """Cut the shared postings into milestones, in the order written."""
    legs = _legs(entry, setting)
    owned = {index for slot in slots for index in slot.own}
    shared = [index for index in range(len(legs)) if index not in owned]
    totals = allocation.running_totals(slot.fraction for slot in slots)
    free = [index for index in shared if legs[index].posting.price is None]
    cents = _absorber(legs, free, setting) if free else None
    pieces = {
        index: allocation.cut(legs[index].amount, totals, legs[index].places)
        for index in shared
        if index != cents
    }
    parts = {}
    for number, slot in enumerate(slots):
        amounts = {index: legs[index].amount for index in slot.own}
        takes = shared and (slot.fraction or not slot.own)
        if takes:
            amounts |= {index: piece[number] for index, piece in pieces.items()}
        own_cents = not takes or cents is None
        absorber = _absorber(legs, amounts, setting) if own_cents else cents
        amounts[absorber] = allocation.negative(
            allocation.add(
                legs[index].weight(amount)
                for index, amount in amounts.items()
                if index != absorber
            )
        )
        indexes = sorted(amounts)
        parts[slot.id] = Part(
            entry=entry,
            legs=tuple(
                Leg(legs[i].posting, amounts[i], legs[i].places, earned=legs[i].earned)
                for i in indexes
            ),
            absorber=indexes.index(_absorber(legs, indexes, setting)),
            currency=weight_currency(entry.postings[0]),
            title=slot.title,
            target=slot.target,
        )
    return parts


def _legs(entry: Transaction, setting: Setting) -> list[Leg]:
    """The postings as written, with the places that their amounts are cut to."""
    places = _places(entry, setting)
    roots = (setting.roots.income, setting.roots.expenses)
    return [
        Leg(
            posting=_tidy_price(posting),
            amount=_tidy(posting.units.number, posting.units.currency, places, setting),
            places=places[posting.units.currency],
            earned=posting.account.partition(":")[0] in roots,
        )
        for posting in entry.postings
    ]


def _places(entry: Transaction, setting: Setting) -> dict[str, int]:
    """Decimal places by currency: the most that a written amount uses, or the minor unit."""
    places = {
        posting.units.currency: _minor_unit(posting.units.currency, setting)
        for posting in entry.postings
    }
    for amount in _written(entry):
        used = allocation.decimals(amount.number)
        if used <= allocation.MOST_DECIMALS and amount.currency in places:
            places[amount.currency] = max(places[amount.currency], used)
    return places


def _written(entry: Transaction) -> Iterable[Any]:
    for posting in entry.postings:
        if not (posting.meta and INTERPOLATED in posting.meta):
            yield posting.units
    for key in share_keys(entry):
        amount = values.share(entry.meta[key]).amount
        if amount is not None:
            yield amount


def _minor_unit(currency: str, setting: Setting) -> int:
    return setting.precision.get(currency, allocation.minor_unit(currency))


def _tidy(number: Decimal, currency: str, places: Mapping[str, int], setting: Setting) -> Decimal:
    """Round the result of arithmetic; write out the zeros of a shorter number."""
    used = allocation.decimals(number)
    if used > allocation.MOST_DECIMALS:
        used = _minor_unit(currency, setting)
        number = allocation.rounded(number, used)
    return allocation.rounded(number, max(used, places[currency]))


def _tidy_price(posting: Posting) -> Posting:
    """Round a price that is the result of a division (``@@``).

    Else its weights would need more digits than Beancount calculates with, and no transaction
    could sum to exactly zero.
    """
    price = posting.price
    if price is None or allocation.decimals(price.number) <= allocation.MOST_DECIMALS:
        return posting
    number = allocation.rounded(price.number, allocation.MOST_DECIMALS)
    return posting._replace(price=price._replace(number=number))


def _absorber(legs: Sequence[Leg], indexes: Iterable[int], setting: Setting) -> int:
    """The leg that takes the cents: the largest income without a price, else the largest."""
    free = [index for index in indexes if legs[index].posting.price is None]
    if not free:
        message = (
            "every posting of the milestone has a price, so none can take the cents; write one in"
            f" {weight_currency(legs[0].posting)} without a price"
        )
        raise Unreadable(message)
    income = [
        index
        for index in free
        if legs[index].posting.account.partition(":")[0] == setting.roots.income
    ]
    return max(income or free, key=lambda index: abs(legs[index].amount))
