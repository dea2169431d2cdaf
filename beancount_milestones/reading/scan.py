"""The one pass over the entries: what concerns us, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from beancount.core.data import Close, Commodity, Custom, Open, Transaction

from beancount_milestones.errors import SLIP, error, nearest
from beancount_milestones.reading import values
from beancount_milestones.reading.directives import CONTRACT, MILESTONE
from beancount_milestones.reading.orders import share_keys
from beancount_milestones.reading.parties import CLIENT, REMINDER, SELLER
from beancount_milestones.reading.shares import is_share
from beancount_milestones.reading.values import UnreadableError

if TYPE_CHECKING:
    import datetime as dt
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
    #: The places of those that have no values at all.
    empty: list[int] = field(default_factory=list)
    #: Directives of other types, for those who misspell ours.
    customs: list[Custom] = field(default_factory=list)
    opens: dict[str, Open] = field(default_factory=dict)
    #: The day on which an account was closed.
    closed: dict[str, dt.date] = field(default_factory=dict)
    #: What may be meant as the id of contracts whose key `contract` is missing or misspelt.
    nameless: set[str] = field(default_factory=set)
    #: Decimal places by currency, from the `commodity` directives.
    precision: dict[str, int] = field(default_factory=dict)
    errors: list[MilestoneError] = field(default_factory=list)


def collect(entries: Iterable[Directive]) -> Found:
    """Pass over the entries once. Looks at no posting."""
    found = Found()
    for index, entry in enumerate(entries):
        # Nearly all of them are; this is quicker than to ask for the instance of a class.
        if type(entry) is Transaction:
            meta = entry.meta
            if "contract" in meta:
                found.transactions.append((index, entry))
            elif len(meta) > _USUAL_META:
                _look_for_shares(entry, found)
        elif isinstance(entry, Open):
            found.opens[entry.account] = entry
        elif isinstance(entry, Close):
            found.closed[entry.account] = entry.date
        elif isinstance(entry, Custom):
            _sort_custom(index, entry, found)
        elif isinstance(entry, Commodity) and "precision" in entry.meta:
            _read_precision(entry, found)
    return found


def _sort_custom(index: int, entry: Custom, found: Found) -> None:
    happened = entry.type in (MILESTONE, CONTRACT)
    if not happened and entry.type not in (SELLER, CLIENT, REMINDER):
        found.customs.append(entry)
        return
    if cast("list[Any] | None", entry.values) is None:
        # Beancount cannot print such a directive; an error is printed with its entry.
        found.empty.append(index)
        entry = entry._replace(values=[])
    if happened:
        found.directives.append((index, entry))
    else:
        found.customs.append(entry)


def _look_for_shares(entry: Transaction, found: Found) -> None:
    """Report a transaction without a contract if its keys can only be milestones of one."""
    shares = [key for key in share_keys(entry) if is_share(entry.meta[key])]
    if not shares:
        return
    near = nearest("contract", entry.meta, SLIP)
    if near:
        message = f"'{near}' is not a contract key; did you mean 'contract'?"
        found.nameless.add(str(entry.meta[near]))
    else:
        message = (
            f"'{shares[0]}' says a share, but the transaction has no contract; give it an id, as in"
            ' contract: "acme-brand"'
        )
    found.errors.append(error(entry.meta, message, entry))


def _read_precision(entry: Commodity, found: Found) -> None:
    try:
        found.precision[entry.currency] = values.decimal_places(entry.meta["precision"])
    except UnreadableError as unreadable:
        found.errors.append(error(entry.meta, str(unreadable), entry))


class Slip(NamedTuple):
    """A directive of a type that is nearly one of ours."""

    entry: Custom
    error: MilestoneError


def misspelt_types(customs: Iterable[Custom], contracts: Iterable[str]) -> list[Slip]:
    """Return each directive that names one of our contracts under another type."""
    known = set(contracts)
    slips = []
    for entry in customs:
        first = entry.values[0].value if entry.values else None
        near = nearest(entry.type, (MILESTONE, CONTRACT))
        if near and isinstance(first, str) and first in known:
            message = f"custom \"{entry.type}\" means nothing here; did you mean '{near}'?"
            slips.append(Slip(entry, error(entry.meta, message, entry)))
    return slips
