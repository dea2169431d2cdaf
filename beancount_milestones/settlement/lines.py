"""The postings on the receivable accounts of all contracts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from beancount.core.data import Transaction

from beancount_milestones.settlement.items import Account, Key

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator

    from beancount.core.data import Directive, Posting

    from beancount_milestones.contract import Register


class Line(NamedTuple):
    """A posting on a receivable account that is not zero."""

    entry: Transaction
    posting: Posting
    #: The milestone, where the plugin booked it.
    milestone: Key | None

    @property
    def account(self) -> Account:
        """The account and the currency."""
        return Account(self.posting.account, self.posting.units.currency)


def receivable_lines(
    register: Register, entries: Iterable[Directive], as_of: datetime.date
) -> list[Line]:
    """Return the postings up to the end of a day, in the order of the entries.

    Where a filter or another plugin took away a posting that our plugin saw, the one that the
    register keeps is used.
    """
    accounts = register.receivables()
    lines = list(_lines(register, accounts, entries, as_of))
    present = Counter(map(_identity, lines))
    for line in _lines(register, accounts, register.entries, as_of):
        identity = _identity(line)
        if present[identity]:
            present[identity] -= 1
        else:
            lines.append(line)
    return lines


def _lines(
    register: Register,
    accounts: frozenset[str],
    entries: Iterable[Directive],
    as_of: datetime.date,
) -> Iterator[Line]:
    for entry in entries:
        if type(entry) is Transaction and entry.date <= as_of:
            for posting in entry.postings:
                if posting.account in accounts and posting.units.number:
                    yield Line(entry, posting, _booked_for(register, entry))


def _booked_for(register: Register, entry: Transaction) -> Key | None:
    """The milestone that a generated transaction belongs to; None for anybody else's."""
    if "event" not in entry.meta:
        return None
    contract = register.contracts.get(entry.meta.get("contract", ""))
    name = entry.meta.get("milestone", "")
    return Key(contract.id, name) if contract and name in contract.milestones else None


def _identity(line: Line) -> tuple[object, ...]:
    meta = line.entry.meta
    place = (meta.get("filename"), meta.get("lineno"))
    return (*place, line.entry.date, line.posting.account, *line.posting.units)
