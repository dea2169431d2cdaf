"""One transaction of a contract: which milestones it has, and what it gives to each.

An order is a contract or a change order; both are read alike.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from beancount.core import interpolate

from beancount_milestones import amounts, postings
from beancount_milestones.errors import did_you_mean, slip
from beancount_milestones.legs import NOTHING
from beancount_milestones.reading import values
from beancount_milestones.reading.cutting import (
    INTERPOLATED,
    Setting,
    cut_by_posting,
    cut_by_share,
    minor_unit,
)
from beancount_milestones.reading.log import UnreadableError
from beancount_milestones.reading.marks import (
    BESIDE_MARK,
    MARK_KEY,
    MARKS,
    TARGET_KEY,
    slots_by_posting,
)
from beancount_milestones.reading.schedules import SCHEDULE_KEY, STARTS_KEY, find
from beancount_milestones.reading.settings import NOT_BELOW, is_readable
from beancount_milestones.reading.shares import Share, is_share, read_share
from beancount_milestones.reading.values import money, percent

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from decimal import Decimal

    from beancount.core.amount import Amount
    from beancount.core.data import Custom, Posting, Transaction

    from beancount_milestones.legs import Part
    from beancount_milestones.reading.log import Log, Place
    from beancount_milestones.reading.settings import Keys

#: Transaction metadata that names a milestone and its share.
SHARE_KEY = "milestone-"


#: What Beancount itself writes under a posting.
_USUAL_META: Final = frozenset({"filename", "lineno", INTERPOLATED})

_UNDER_A_POSTING: Final = (
    "'{}' is under a posting, where it says nothing about the contract; write it above the first"
    " posting"
)


class Order(NamedTuple):
    """A contract transaction or a change order, read."""

    contract: str
    entry: Transaction
    #: Its place among the entries.
    at: int
    keys: Keys
    #: By milestone id, in the order written.
    parts: dict[str, Part]

    @property
    def pending(self) -> bool:
        """Whether it is a proposal: flagged ``!``, and never billable."""
        return self.entry.flag == "!"


def share_keys(entry: Transaction | Custom) -> list[str]:
    """Return the metadata keys that say a milestone's share."""
    return [key for key in entry.meta if key.startswith(SHARE_KEY)]


def by_share(entry: Transaction) -> bool:
    """Whether a transaction says its milestones by share: with keys, or with a schedule."""
    return SCHEDULE_KEY in entry.meta or any(key.startswith(SHARE_KEY) for key in entry.meta)


def marked(entry: Transaction) -> list[Posting]:
    """Return the postings that name their milestone."""
    return [p for p in entry.postings if p.meta and MARK_KEY in p.meta]


def names(entry: Transaction, setting: Setting) -> set[str]:
    """Return the milestone ids that a transaction names, right or wrong."""
    named = {key.removeprefix(SHARE_KEY) for key in share_keys(entry)}
    schedule = setting.schedules.of(entry)
    named |= set(schedule.milestones if schedule else ())
    return named | {str(p.meta[MARK_KEY]) for p in marked(entry) if p.meta}


def check_marks(entry: Transaction, log: Log) -> None:
    """Report posting metadata that nearly says a milestone."""
    for posting in entry.postings:
        meta = posting.meta or {}
        if _USUAL_META.issuperset(meta):
            continue
        for key, value in meta.items():
            near = slip(key, MARKS)
            if near:
                log.at(entry, meta).say(
                    f"'{key}' means nothing on a contract's posting; did you mean '{near}'?"
                )
            elif key.startswith(SHARE_KEY) and is_share(value):
                log.at(entry, meta).say(_UNDER_A_POSTING.format(key))


def is_balanced(entry: Transaction, options: Mapping[str, Any]) -> bool:
    """Whether Beancount will take the transaction as balanced."""
    if postings.sum_to_zero(entry.postings):
        return True
    residual = interpolate.compute_residual(entry.postings)
    return bool(residual.is_small(interpolate.infer_tolerances(entry.postings, options)))


def read_parts(
    entry: Transaction, owed_on: Collection[str], setting: Setting, log: Log, *, buys: bool
) -> dict[str, Part]:
    """Read what a balanced transaction gives to its milestones.

    ``owed_on`` are the contract's receivables, or payables where it ``buys``.
    Returns the parts by milestone id, in the order written; none where anything is wrong.
    """
    here = log.at(entry)
    keys = share_keys(entry)
    shared = SCHEDULE_KEY in entry.meta or bool(keys)
    _check_postings(entry, setting, log, shared=shared)
    if here.failed:
        return {}
    with here:
        _check(entry, shared=shared)
        if not shared:
            slots = slots_by_posting(entry, setting, log)
            return cut_by_posting(entry, slots, setting) if slots else {}
        shares = _shares(entry, keys, setting, here)
        if shares:
            totals = _running_totals(entry, shares, owed_on, setting, buys=buys)
            return cut_by_share(entry, shares, totals, setting)
    return {}


def _check_postings(entry: Transaction, setting: Setting, log: Log, *, shared: bool) -> None:
    """Report what no posting of a contract can have."""
    check_marks(entry, log)
    for posting in entry.postings:
        meta = posting.meta or {}
        if not _NOT_BELOW.isdisjoint(meta):
            for message in _out_of_place(meta, setting, shared=shared):
                log.at(entry, meta).say(message)
        if posting.cost is not None:
            log.at(entry, posting.meta).say(
                f"a contract cannot hold {posting.account} at cost; book the goods in a transaction"
                " of their own"
            )


#: What says nothing under a posting, where its value can be read as what it is elsewhere.
_NOT_BELOW: Final = frozenset({*NOT_BELOW, SCHEDULE_KEY, STARTS_KEY, *BESIDE_MARK})


def _out_of_place(meta: Mapping[str, Any], setting: Setting, *, shared: bool) -> Iterator[str]:
    """Yield what is wrong with the metadata of a posting that belongs elsewhere."""
    alone = () if shared or MARK_KEY in meta else BESIDE_MARK
    said = [key for key in alone if key in meta and _can_be(key, meta[key], setting)]
    if said:
        # With its milestone, the posting may say both.
        yield (
            f"'{said[0]}' is said of a milestone, but the posting has none; write the milestone"
            f' beside it, as in {MARK_KEY}: "mockups"'
        )
    for key, value in meta.items():
        if key in _NOT_BELOW and key not in BESIDE_MARK and _can_be(key, value, setting):
            yield _UNDER_A_POSTING.format(key)


def _can_be(key: str, value: object, setting: Setting) -> bool:
    """Whether a value can be meant as that key of a contract, or of a milestone."""
    if key in BESIDE_MARK:
        return isinstance(value, dt.date if key == TARGET_KEY else str)
    if key == SCHEDULE_KEY:
        return value in setting.schedules.named
    if key == STARTS_KEY:
        return isinstance(value, dt.date)
    return is_readable(key, value, setting.roots)


def _check(entry: Transaction, *, shared: bool) -> None:
    """Raise `UnreadableError` for what no contract can have, however its milestones are said."""
    currencies = {postings.weight_currency(posting) for posting in entry.postings}
    message = None
    if not currencies:
        message = (
            "the contract has no postings; write those that it would have if it were billed at once"
        )
    elif shared and marked(entry):
        message = (
            "milestones are said twice: use either milestone-… keys on the transaction or"
            " 'milestone' on its postings"
        )
    elif STARTS_KEY in entry.meta and SCHEDULE_KEY not in entry.meta:
        message = (
            "'starts' is the day that a schedule counts from; there is no 'schedule' beside it"
        )
    elif len(currencies) > 1:
        message = (
            f"the postings of a contract must weigh in one currency, not in"
            f" {' and '.join(sorted(currencies))}; add a price (@) or write a contract for each"
        )
    if message:
        raise UnreadableError(message)


def _shares(
    entry: Transaction, keys: Iterable[str], setting: Setting, here: Place
) -> dict[str, Share]:
    """The share of each milestone: of the schedule, and of the keys beside it.

    Empty where anything is wrong.
    """
    schedule = None
    shares: dict[str, Share] = {}
    if SCHEDULE_KEY in entry.meta:
        schedule = find(entry.meta[SCHEDULE_KEY], setting.schedules)
        shares = schedule.shares(
            values.date_value(entry.meta.get(STARTS_KEY, entry.date), STARTS_KEY)
        )
    for key in keys:
        try:
            name = values.milestone_id(key.removeprefix(SHARE_KEY))
            share = read_share(entry.meta[key])
        except UnreadableError as unreadable:
            here.say(f"{key}: {unreadable}")
            continue
        if schedule and name not in shares:
            hint = did_you_mean(name, shares) or f"; it has {', '.join(shares)}"
            here.say(f"schedule '{schedule.name}' has no milestone '{name}'{hint}")
        elif schedule:
            planned = shares[name]
            shares[name] = share._replace(
                target=share.target or planned.target, title=share.title or planned.title
            )
        else:
            shares[name] = share
    return {} if here.failed else shares


def _running_totals(
    entry: Transaction,
    shares: Mapping[str, Share],
    owed_on: Collection[str],
    setting: Setting,
    *,
    buys: bool,
) -> amounts.Totals:
    """The running totals of shares that make the whole, by themselves or with a rest."""
    currency = postings.weight_currency(entry.postings[0])
    fractions = {name: share.fraction for name, share in shares.items()}
    written = {name: share.amount for name, share in shares.items() if share.amount is not None}
    if written:
        total = _total(entry, owed_on, buys=buys)
        fractions |= {name: _fraction(name, a, total, currency) for name, a in written.items()}
    rests = [name for name, fraction in fractions.items() if fraction is None]
    totals = amounts.running_totals(
        [NOTHING if fraction is None else fraction for fraction in fractions.values()]
    )
    made, whole = totals.marks[-1], totals.denominator
    if len(rests) > 1:
        message = (
            f"only one share can be 'rest', not {len(rests)} ({', '.join(rests)}); write the others"
            " as percentages or amounts"
        )
        raise UnreadableError(message)
    if rests and made < whole:
        return totals.filled(list(shares).index(rests[0]))
    if made == whole and not rests:
        return totals
    total = _total(entry, owed_on, buys=buys)
    if rests:
        message = (
            f"nothing is left for the rest ({SHARE_KEY}{rests[0]}): the other shares make"
            f" {percent(Fraction(made, whole))} {_of(total, currency)}; lower them, or leave the"
            " rest out"
        )
        raise UnreadableError(message)
    gap = Fraction(abs(whole - made), whole)
    places = minor_unit(currency, setting)
    amount = money(amounts.fraction_of(abs(total), gap, places), currency)
    message = (
        f"the shares make {percent(Fraction(made, whole))} {_of(total, currency)}:"
        f" {percent(gap)} ({amount})"
        f" {'is missing' if made < whole else 'is too much'}; write one of them as 'rest' to"
        " let it take what the others leave"
    )
    raise UnreadableError(message)


def _of(total: Decimal, currency: str) -> str:
    return f"of the total of {money(total, currency)}, tax included"


def _fraction(name: str, amount: Amount, total: Decimal, currency: str) -> Fraction:
    """The fraction of the total that a share in money is."""
    number = cast("Decimal", amount.number)
    if amount.currency != currency:
        message = (
            f"{SHARE_KEY}{name} is in {amount.currency}, but the contract is in {currency};"
            f" write it in {currency}, or as a percentage"
        )
        raise UnreadableError(message)
    if not total:
        message = (
            f"{SHARE_KEY}{name} is an amount, but the total of the transaction is 0 {currency};"
            " write percentages"
        )
        raise UnreadableError(message)
    fraction = Fraction(number) / Fraction(total)
    if fraction < 0:
        message = (
            f"{SHARE_KEY}{name}: {money(number, currency)} has the other sign than the total of"
            f" {money(total, currency)}; write amounts with the sign of the total, and a reduction"
            " as a change order: a transaction of its own that credits the receivable"
        )
        raise UnreadableError(message)
    return fraction


def _total(entry: Transaction, owed_on: Collection[str], *, buys: bool) -> Decimal:
    """The sum of the debits, negative where less is owed on balance: a reduction."""
    weights = [(posting.account, postings.weight(posting)) for posting in entry.postings]
    total = amounts.add(weight for _, weight in weights if weight > 0)
    owed = amounts.add(weight for account, weight in weights if account in owed_on)
    less = owed > 0 if buys else owed < 0
    return amounts.negative(total) if less else total
