"""What a payment says that it pays: by `settles`, by links, by contract and milestone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable

    from beancount_milestones.contract import Register
    from beancount_milestones.settlement.lines import Line

#: Metadata of a payment, or of one of its postings: the one name of what it pays.
SETTLES: Final = "settles"


class Said(NamedTuple):
    """Names of what is paid, the most exact first."""

    settles: frozenset[str]
    invoices: frozenset[str]
    milestones: frozenset[str]
    contracts: frozenset[str]
    links: frozenset[str]

    @property
    def of_a_bill(self) -> frozenset[str]:
        """The names that mean one bill, or one milestone."""
        return self.settles | self.invoices | self.milestones


@dataclass(frozen=True, slots=True)
class Known:
    """The names that mean something at the end of a day."""

    invoices: frozenset[str]
    milestones: frozenset[str]
    contracts: frozenset[str]
    links: frozenset[str]

    def said(self, line: Line) -> Said:
        """Return what a posting says that it pays. Unknown links say nothing."""
        entry, meta = line.entry, line.posting.meta or {}
        settles = meta.get(SETTLES, entry.meta.get(SETTLES))
        names = set(entry.links or ())
        contract = entry.meta.get("contract")
        if isinstance(contract, str):
            milestone = meta.get("milestone")
            names.add(f"{contract}/{milestone}" if isinstance(milestone, str) else contract)
        return Said(
            frozenset({settles} if isinstance(settles, str) else ()),
            self.invoices & names,
            self.milestones & names,
            self.contracts & names,
            self.links & names,
        )


def known_names(register: Register, lines: Iterable[Line], as_of: datetime.date) -> Known:
    """Return the names known at the end of a day: later ones never change an earlier report."""
    invoices: set[str] = set()
    milestones: set[str] = set()
    contracts: set[str] = set()
    links: set[str] = set()
    for contract, milestone in register.milestones():
        if milestone.entry.date <= as_of:
            contracts.add(contract.id)
            milestones.add(f"{contract.id}/{milestone.id}")
            links.update(milestone.entry.links or ())
            invoices.update(s.number for s in milestone.steps_at(as_of) if s.number)
    for line in lines:
        if line.milestone is None and line.posting.units.number > 0:
            links.update(line.entry.links or ())
            invoices.update(filter(None, (invoice_of(line),)))
    ours = invoices | milestones | contracts
    return Known(
        frozenset(invoices), frozenset(milestones), frozenset(contracts), frozenset(links - ours)
    )


def invoice_of(line: Line) -> str | None:
    """Return the invoice number in the metadata of a posting or of its transaction."""
    number = (line.posting.meta or {}).get("invoice", line.entry.meta.get("invoice"))
    return number if isinstance(number, str) else None
