"""The one pass over the entries: what concerns us, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from beancount.core.data import Commodity, Custom, Open, Transaction

from beancount_milestones.allocation import MOST_DECIMALS
from beancount_milestones.errors import error, nearest
from beancount_milestones.reading.directives import CONTRACT, MILESTONE
from beancount_milestones.reading.orders import share_keys
from beancount_milestones.reading.values import Unreadable, share

if TYPE_CHECKING:
    from collections.abc import Iterable

    from beancount.core.data import Directive

    from beancount_milestones.errors import MilestoneError

#: Filename, line number and Beancount's tolerances stand on every transaction.
_USUAL_META = 3


@dataclass(slots=True)
class Found:
    """What one pass over the entries finds."""

    #: Transactions with the key `contract`, with their place among the entries.
    transactions: list[tuple[int, Transaction]] = field(default_factory=list)
    #: Our directives, with their place among the entries.
    directives: list[tuple[int, Custom]] = field(default_factory=list)
    #: Directives of other types, for those who misspell ours.
    customs: list[Custom] = field(default_factory=list)
    opens: dict[str, Open] = field(default_factory=dict)
    #: Decimal places by currency, from the `commodity` directives.
    precision: dict[str, int] = field(default_factory=dict)
    errors: list[MilestoneError] = field(default_factory=list)


def collect(entries: Iterable[Directive]) -> Found:
    """Pass over the entries once. Looks at no posting."""
    found = Found()
    for index, entry in enumerate(entries):
        kind = type(entry)
        if kind is Transaction:
            meta = entry.meta
            if "contract" in meta:
                found.transactions.append((index, entry))
            elif len(meta) > _USUAL_META and (key := _share_without_contract(entry)):
                message = (
                    f"'{key}' is a milestone, but the transaction has no contract; add"
                    ' contract: "acme-brand" to it'
                )
                found.errors.append(error(meta, message, entry))
        elif kind is Open:
            found.opens[entry.account] = entry
        elif kind is Custom:
            if entry.type in (MILESTONE, CONTRACT):
                found.directives.append((index, entry))
            else:
                found.customs.append(entry)
        elif kind is Commodity and "precision" in entry.meta:
            _read_precision(entry, found)
    return found


def _share_without_contract(entry: Transaction) -> str | None:
    """The first key that can only be a milestone of a contract, or None."""
    for key in share_keys(entry):
        try:
            share(entry.meta[key])
        except Unreadable:
            continue
        return key
    return None


def _read_precision(entry: Commodity, found: Found) -> None:
    value: Any = entry.meta["precision"]
    if isinstance(value, Decimal) and value in range(MOST_DECIMALS + 1):
        found.precision[entry.currency] = int(value)


def misspelt_types(customs: Iterable[Custom], contracts: Iterable[str]) -> list[MilestoneError]:
    """Return an error for each directive that names one of our contracts under another type."""
    known = set(contracts)
    errors = []
    for entry in customs:
        first = entry.values[0].value if entry.values else None
        near = nearest(entry.type, (MILESTONE, CONTRACT))
        if near and isinstance(first, str) and first in known:
            message = f"custom \"{entry.type}\" means nothing here; did you mean '{near}'?"
            errors.append(error(entry.meta, message, entry))
    return errors
