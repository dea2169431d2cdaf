"""What a payment says that it pays: by `settles`, by links, by contract and milestone."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from beancount_milestones.receivables.items import Key

if TYPE_CHECKING:
    import datetime
    from collections.abc import Container, Iterable, Mapping, Sequence

    from beancount_milestones.model import Contract, Milestone, Register
    from beancount_milestones.receivables.items import Account
    from beancount_milestones.receivables.lines import Line

#: Metadata of a payment, or of one of its postings: the one name of what it pays.
SETTLES: Final = "settles"

#: What a name names, the most exact first.
INVOICE, MILESTONE, CONTRACT, OTHER = range(4)
#: On top of these, for links and the like: `settles` wins over all of them.
LINKED: Final = 4

_RUN: Final = re.compile(r"[0-9]+")
_DIGIT: Final = re.compile(r"[0-9]")
_LETTER: Final = re.compile(r"[A-Za-z]")

#: The names that a posting says by their level, such as ``LINKED + INVOICE``: the lower wins.
Said = dict[int, set[str]]


@dataclass(frozen=True, slots=True)
class Known:
    """The names that mean something at the end of a day."""

    #: What the names of invoices, milestones and contracts name.
    kinds: Mapping[str, int]
    #: Other links of contracts and of other debits, by the account that they are on.
    links: Mapping[Account, set[str]]
    #: What the numbers of invoices look like.
    series: frozenset[str]
    #: The names of all contracts and milestones, whenever they are written: none is a number.
    owners: Container[str]

    def said(self, line: Line, *, noted: bool = True) -> Said:
        """Return what a posting says that it pays. Unknown links say nothing.

        But a payment may name a number that no invoice has, yet looks like ours: a slip that must
        not pay something else. Only a debit and a credit note (``noted``) have numbers of their
        own: the `invoice` of any other credit names what that pays, as a link does.
        """
        entry = line.entry
        said: Said = {}
        settles = line.said(SETTLES)
        if settles is not None:
            name = _name(settles)
            said[self.kinds.get(name, OTHER)] = {name}
        names = set(entry.links or ())
        if line.number and not noted:
            names.add(line.number)
        if "contract" in entry.meta:
            names.update(_milestone_said(line))
        for name in names:
            kind = self.kinds.get(name)
            if kind is None and name in self.links.get(line.account, ()):
                kind = OTHER
            if kind is None and line.amount < 0 and looks_of(name) in self.series:
                kind = INVOICE
            if kind is not None:
                said.setdefault(LINKED + kind, set()).add(name)
        return said

    def number_of(self, line: Line, notes: Container[str] = ()) -> str | None:
        """Return the number of a debit by hand: its own, else the first of its links.

        Those in ``notes`` are the numbers of credit notes, and not its own.
        """
        links = (link for link in sorted(line.entry.links or ()) if link not in self.owners)
        return _first((line.number, *links), notes)

    def called(self, line: Line, notes: Container[str] = ()) -> str | None:
        """Return the same as the day knows it: no later contract changes what settles what."""
        links = sorted(line.entry.links or ())
        ours = (link for link in links if self.kinds.get(link, INVOICE) == INVOICE)
        return _first((line.number, *ours), notes)


def names_said(line: Line) -> set[str]:
    """Return every name that a posting says, whatever it means by then."""
    names = {*(line.entry.links or ()), *_milestone_said(line)}
    if line.number:
        names.add(line.number)
    settles = line.said(SETTLES)
    if settles is not None:
        names.add(_name(settles))
    return names


def _name(settles: object) -> str:
    """What nobody knows, or no text at all, is a name all the same: of nothing."""
    return settles.strip() if isinstance(settles, str) else ""


def _milestone_said(line: Line) -> tuple[str, ...]:
    """The milestone or the contract that a posting says, if it says one."""
    contract = line.entry.meta.get("contract")
    if not isinstance(contract, str):
        return ()
    milestone = line.said("milestone")
    return (Key(contract, milestone).link if isinstance(milestone, str) else contract,)


def _first(names: Iterable[str | None], notes: Container[str]) -> str | None:
    return next((name for name in names if name and name not in notes), None)


def names_of(milestone: Milestone) -> set[str]:
    """Return what a payment may call a milestone by, besides the numbers of its invoices."""
    link = Key(milestone.contract, milestone.id).link
    return {milestone.contract, link, *(milestone.entry.links or ())}


def numbers_of(milestone: Milestone, as_of: datetime.date) -> set[str]:
    """Return the numbers of all invoices and credit notes of a milestone, in force or not."""
    return {step.number for step in milestone.steps_at(as_of) if step.number}


def known_names(
    register: Register,
    contracts: Mapping[Account, Sequence[Contract]],
    lines: Iterable[Line],
    as_of: datetime.date,
) -> Known:
    """Return the names known at the end of a day: later ones never change an earlier report."""
    invoices: set[str] = set()
    kinds: dict[str, int] = {}
    links: dict[Account, set[str]] = defaultdict(set)
    owners: set[str] = set()
    for contract, milestone in register.milestones():
        link = Key(contract.id, milestone.id).link
        owners.add(contract.id)
        owners.add(link)
        if milestone.entry.date <= as_of:
            kinds[contract.id] = CONTRACT
            kinds[link] = MILESTONE
            invoices |= numbers_of(milestone, as_of)
    for account, used in contracts.items():
        for contract in used:
            for milestone in contract.milestones.values():
                entry = milestone.entry
                if entry.links and entry.date <= as_of:
                    links[account].update(entry.links)
    for line in lines:
        if line.milestone is None and line.amount > 0:
            links[line.account].update(line.entry.links or ())
            if line.number:
                invoices.add(line.number)
    kinds = dict.fromkeys(invoices, INVOICE) | kinds
    others = {account: names - kinds.keys() for account, names in links.items()}
    return Known(kinds, others, frozenset(map(looks_of, invoices)), owners)


@lru_cache(maxsize=65536)
def looks_of(number: str) -> str:
    """Return what a number looks like: numbers of one series look alike.

    Any digits are alike where letters tell the series; else only as many of them.
    """
    return (_RUN if _LETTER.search(number) else _DIGIT).sub("0", number)
