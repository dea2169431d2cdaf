"""What of a settled account stays the same on another day.

An account is settled by its lines, by what has become of the milestones on it, and by what the
names mean that these use. Where none of that is another on two days, neither is what comes of it:
only then it is not settled again.
"""

from __future__ import annotations

import operator
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from beancount_milestones.parties import fold
from beancount_milestones.receivables.clients import payers
from beancount_milestones.receivables.names import names_said

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from beancount_milestones.model import Register
    from beancount_milestones.receivables.account import Notes
    from beancount_milestones.receivables.carrying import Carrying
    from beancount_milestones.receivables.clients import Clients
    from beancount_milestones.receivables.items import Account, Item, OpenItems, Refund, Unapplied
    from beancount_milestones.receivables.lines import Line
    from beancount_milestones.receivables.names import Known

#: By account: what its lines and contracts name, whenever they do.
Words = dict["Account", frozenset[str]]


@dataclass(frozen=True, slots=True)
class Day:
    """What is known at the end of a day, whatever account is looked at."""

    as_of: datetime.date
    known: Known
    clients: Clients
    #: The numbers of credit notes, and everything that names what they took back.
    notes: Notes
    #: What debits by hand can carry on.
    carrying: Carrying


@dataclass(frozen=True, slots=True)
class Ended:
    """An account at the end of a day, and what it was settled by."""

    lines: Sequence[Line]
    #: The days on which our own invoices were settled, on the buy side.
    settled_on: Mapping[str, datetime.date]
    items: tuple[Item, ...]
    unapplied: tuple[Unapplied, ...]
    refunds: tuple[Refund, ...]

    def dates(self) -> Iterator[datetime.date]:
        """Yield the dates of all that is owed, and of what settles it."""
        for item in self.items:
            yield item.date
            for match in item.matches:
                yield match.credit.date
        for rest in self.unapplied:
            yield rest.credit.date
        for refund in self.refunds:
            for credit, _, _ in refund.takes:
                yield credit.date


@dataclass(frozen=True, slots=True)
class Settlement:
    """All accounts at the end of a day."""

    day: Day
    accounts: Mapping[Account, Ended]
    open_items: OpenItems


def words_of(register: Register, lines: Iterable[Line]) -> Words:
    """Return every word by which an account can depend on what else is in the ledger.

    The names that lines say, the clients, the contracts: one is as good as another here, for where
    two are alike, an account is settled once too often.
    """
    found: dict[Account, set[str]] = defaultdict(set)
    contracts: dict[Account, set[str]] = defaultdict(set)
    for line in lines:
        if line.milestone:
            contracts[line.account].add(line.milestone.contract)
        else:
            found[line.account] |= names_said(line)
            found[line.account].add(fold(line.entry.payee))
    for account, ids in contracts.items():
        found[account] |= ids
        for contract in ids:
            client, names = payers(register, register.contracts[contract], account.name)
            found[account] |= {*names, fold(client)}
    return {account: frozenset(words) for account, words in found.items()}


@dataclass(frozen=True, slots=True)
class Staying:
    """Another day that is settled already, and what has changed since, or until then."""

    settled: Settlement
    day: Day
    words: Words
    #: Of the words, those that do not mean the same on both days.
    changed: frozenset[str]

    @classmethod
    def of(cls, register: Register, settled: Settlement, day: Day, words: Words) -> Staying:
        """Compare two days."""
        changed = {*_moved(register, settled.day.as_of, day.as_of), *_meaning(settled.day, day)}
        return cls(settled, day, words, frozenset(changed))

    def ended(
        self, account: Account, lines: Sequence[Line], settled_on: Mapping[str, datetime.date]
    ) -> Ended | None:
        """Return what an account has come to, if it is the same as on the other day."""
        found = self.settled.accounts.get(account)
        then, now = self.settled.day, self.day
        if (
            found
            and len(lines) == len(found.lines)
            and all(map(operator.is_, lines, found.lines))
            and settled_on == found.settled_on
            and self.words[account].isdisjoint(self.changed)
            and then.known.series == now.known.series
            and then.known.links.get(account) == now.known.links.get(account)
            and then.clients.single.get(account.name) == now.clients.single.get(account.name)
            # What no directive explains is dated on the day that one looks.
            and then.as_of not in found.dates()
        ):
            return found
        return None


def _moved(register: Register, one: datetime.date, other: datetime.date) -> Iterator[str]:
    """Yield the contracts that something has happened to between two days."""
    first, last = sorted((one, other))
    for contract, milestone in register.milestones():
        # Both are by date.
        steps, parts = milestone.steps_at(last)[-1:], milestone.parts_at(last)[-1:]
        dates = (*(step.date for step in steps), *(part.entry.date for part in parts))
        if any(date > first for date in dates):
            yield contract.id


def _meaning(one: Day, other: Day) -> Iterator[str]:
    """Yield the names that do not mean the same on two days."""
    pairs: tuple[tuple[Mapping[str, object], Mapping[str, object]], ...] = (
        (one.known.kinds, other.known.kinds),
        (one.notes, other.notes),
        (one.clients.names, other.clients.names),
        (one.clients.strangers, other.clients.strangers),
        (one.carrying.charges, other.carrying.charges),
        (one.carrying.taken_off, other.carrying.taken_off),
    )
    for before, after in pairs:
        for name in before.keys() | after.keys():
            if before.get(name) != after.get(name):
                yield name
