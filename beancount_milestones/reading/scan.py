"""The one pass over the entries: what concerns us, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from beancount.core.data import Close, Commodity, Custom, Open, Transaction

from beancount_milestones.errors import SLIP, nearest
from beancount_milestones.reading import values
from beancount_milestones.reading.directives import CONTRACT, MILESTONE
from beancount_milestones.reading.orders import SHARE_KEY, share_keys
from beancount_milestones.reading.parties import CLIENT, REMINDER, SELLER
from beancount_milestones.reading.schedules import SCHEDULE_KEY
from beancount_milestones.reading.shares import is_share

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Iterator

    from beancount.core.data import Directive

    from beancount_milestones.reading.log import Log

#: Filename, line number and Beancount's tolerances stand on every transaction.
_USUAL_META = 3


class Found:
    """What one pass over the entries finds."""

    def __init__(self) -> None:
        """Begin with nothing."""
        #: Transactions with the key `contract`, with their place among the entries.
        self.transactions: list[tuple[int, Transaction]] = []
        #: Our directives, with their place among the entries.
        self.directives: list[tuple[int, Custom]] = []
        #: The places of those that have no values at all.
        self.empty: list[int] = []
        #: Directives of other types, for those who misspell ours.
        self.customs: list[Custom] = []
        self.opens: dict[str, Open] = {}
        #: The day on which an account was closed.
        self.closed: dict[str, dt.date] = {}
        #: What may be meant as the id of contracts whose key `contract` is missing or misspelt.
        self.nameless: set[str] = set()
        #: Decimal places by currency, from the `commodity` directives.
        self.precision: dict[str, int] = {}


def collect(entries: Iterable[Directive], log: Log) -> Found:
    """Pass over the entries once. Looks at no posting."""
    found = Found()
    for index, entry in enumerate(entries):
        # Nearly all of them are, and most say nothing to us: what is asked here has to be quick.
        if type(entry) is Transaction:
            meta = entry.meta
            if "contract" in meta:
                found.transactions.append((index, entry))
            elif len(meta) > _USUAL_META and (SHARE_KEY in " ".join(meta) or SCHEDULE_KEY in meta):
                _look_for_shares(entry, found, log)
        elif isinstance(entry, Custom):
            _sort_custom(index, entry, found)
        elif isinstance(entry, Open):
            found.opens[entry.account] = entry
        elif isinstance(entry, Close):
            found.closed[entry.account] = entry.date
        elif isinstance(entry, Commodity) and "precision" in entry.meta:
            with log.at(entry):
                found.precision[entry.currency] = values.decimal_places(entry.meta["precision"])
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


def _look_for_shares(entry: Transaction, found: Found, log: Log) -> None:
    """Report a transaction without a contract if its keys can only be milestones of one."""
    shares = [key for key in share_keys(entry) if is_share(entry.meta[key])]
    near = nearest("contract", entry.meta, SLIP) if shares or SCHEDULE_KEY in entry.meta else None
    if near:
        message = f"'{near}' is not a contract key; did you mean 'contract'?"
        found.nameless.add(str(entry.meta[near]))
    elif not shares:
        # A schedule alone may be that of somebody else.
        return
    else:
        message = (
            f"'{shares[0]}' says a share, but the transaction has no contract; give it an id, as in"
            ' contract: "acme-brand"'
        )
    log.at(entry).say(message)


def misspelt_types(
    customs: Iterable[Custom], contracts: Collection[str], log: Log
) -> Iterator[Custom]:
    """Report and yield each directive that names one of our contracts under another type."""
    for entry in customs:
        first = entry.values[0].value if entry.values else None
        near = nearest(entry.type, (MILESTONE, CONTRACT))
        if near and isinstance(first, str) and first in contracts:
            log.at(entry).say(f"custom \"{entry.type}\" means nothing here; did you mean '{near}'?")
            yield entry
