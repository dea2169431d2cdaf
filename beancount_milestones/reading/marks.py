"""Milestones by posting: those that name theirs, and the others shared out pro rata."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from beancount.core import interpolate

from beancount_milestones import amounts, postings
from beancount_milestones.reading import values
from beancount_milestones.reading.cutting import Setting, Slot
from beancount_milestones.reading.log import UnreadableError
from beancount_milestones.reading.values import money

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from beancount.core.data import Transaction

    from beancount_milestones.reading.log import Log

#: Posting metadata that names the milestone, and what may be beside it.
MARK_KEY = "milestone"
TARGET_KEY = "target"
BESIDE_MARK = (TARGET_KEY, "title")
MARKS = (MARK_KEY, *BESIDE_MARK)


def slots_by_posting(entry: Transaction, setting: Setting, log: Log) -> list[Slot]:
    """Return the slots of the milestones that postings name; none where anything is wrong."""
    own: dict[str, list[int]] = {}
    beside: dict[str, dict[str, Any]] = {}
    here = log.at(entry)
    for index, posting in enumerate(entry.postings):
        meta = posting.meta or {}
        if MARK_KEY not in meta:
            continue
        with log.at(entry, meta):
            name = values.milestone_id(meta[MARK_KEY])
            own.setdefault(name, []).append(index)
            _read_beside(name, meta, beside.setdefault(name, {}))
    if here.failed:
        return []
    fractions = _pro_rata(entry, own, setting)
    return [
        Slot(
            name,
            tuple(indexes),
            fractions[name],
            beside[name].get("title"),
            beside[name].get("target"),
        )
        for name, indexes in own.items()
    ]


def _read_beside(name: str, meta: Mapping[str, Any], said: dict[str, Any]) -> None:
    """Read the target and title of a marked posting into what its milestone's others said."""
    for key in BESIDE_MARK:
        if key not in meta:
            continue
        if key == TARGET_KEY:
            value: Any = values.date_value(meta[key], "target")
        else:
            value = values.text_value(meta[key], "title", "Initial mockups")
        if said.setdefault(key, value) != value:
            message = (
                f"milestone '{name}' has two values for '{key}': {values.shown(str(said[key]))} and"
                f" {values.shown(str(value))}; write it once"
            )
            raise UnreadableError(message)


def _pro_rata(
    entry: Transaction, own: Mapping[str, Sequence[int]], setting: Setting
) -> dict[str, Fraction]:
    """The fraction of the unmarked postings that balances each milestone."""
    currency = postings.weight_currency(entry.postings[0])
    marked_indexes = {index for indexes in own.values() for index in indexes}
    nets: dict[str, Decimal] = {}
    for name, indexes in own.items():
        marks = [entry.postings[index] for index in indexes]
        # A tolerance of its own: that of the others may be more than all that it has.
        tolerances = interpolate.infer_tolerances(marks, setting.options)
        net = amounts.add(map(postings.weight, marks))
        small = abs(net) <= tolerances.get(currency, amounts.ZERO)
        nets[name] = amounts.ZERO if small else net
    unmarked = [p for i, p in enumerate(entry.postings) if i not in marked_indexes]
    total = amounts.add(nets.values())
    if not unmarked:
        for name, net in nets.items():
            if net:
                message = (
                    f"milestone '{name}' does not balance: its postings sum to"
                    f" {money(net, currency)}; leave 'milestone' out on the posting that all"
                    " milestones share, such as the receivable"
                )
                raise UnreadableError(message)
        return dict.fromkeys(own, Fraction(0))
    if not total:
        message = (
            "the postings with a milestone sum to zero, so those without one cannot be shared out;"
            " give each of them its milestone"
        )
        raise UnreadableError(message)
    fractions = {name: Fraction(net) / Fraction(total) for name, net in nets.items()}
    for name, fraction in fractions.items():
        if fraction < 0:
            message = (
                f"milestone '{name}' would take a negative part of the postings without a"
                f" milestone: its own sum to {money(nets[name], currency)}, all of them to"
                f" {money(total, currency)}; write it as a change order"
            )
            raise UnreadableError(message)
    return fractions
