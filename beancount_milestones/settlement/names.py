"""What a payment says that it pays: by `settles`, by links, by contract and milestone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones.settlement.items import Key

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Mapping, Sequence

    from beancount_milestones.contract import Contract, Register
    from beancount_milestones.settlement.items import Account
    from beancount_milestones.settlement.lines import Line

#: Metadata of a payment, or of one of its postings: the one name of what it pays.
SETTLES: Final = "settles"

_Names = frozenset[str]


class Named(NamedTuple):
    """Names of what is paid, the most exact first."""

    invoices: _Names = frozenset()
    milestones: _Names = frozenset()
    contracts: _Names = frozenset()
    others: _Names = frozenset()


#: Most payments say nothing in most ways: they share this.
_NOTHING: Final = Named()
_NO_NAMES: Final = _NOTHING.others


class Said(NamedTuple):
    """What a posting says that it pays: in `settles`, and by links and the like."""

    settles: Named = Named()
    links: Named = Named()

    @property
    def levels(self) -> tuple[_Names, ...]:
        """The names, those that win first."""
        return (*self.settles, *self.links)


@dataclass(frozen=True, slots=True)
class Known:
    """The names that mean something at the end of a day."""

    invoices: _Names
    milestones: _Names
    contracts: _Names
    #: Links of contracts and of other debits, by the account that they stand on.
    links: Mapping[Account, _Names]

    def said(self, line: Line) -> Said:
        """Return what a posting says that it pays. Unknown links say nothing."""
        entry, meta = line.entry, line.posting.meta or {}
        names = set(entry.links or ())
        contract = entry.meta.get("contract")
        milestone = meta.get("milestone", entry.meta.get("milestone"))
        if isinstance(contract, str):
            names.add(Key(contract, milestone).link if isinstance(milestone, str) else contract)
        links = self._known(names) if names else _NOTHING
        others = self.links.get(line.account, _NO_NAMES) & names
        return Said(
            self._settles(meta.get(SETTLES, entry.meta.get(SETTLES))),
            links._replace(others=others) if others else links,
        )

    def _known(self, names: set[str]) -> Named:
        found = (known & names for known in (self.invoices, self.milestones, self.contracts))
        return Named(*(names or _NO_NAMES for names in found))

    def _settles(self, value: object) -> Named:
        """A name that nobody knows, or no text at all, is a name all the same: of nothing."""
        if value is None:
            return _NOTHING
        name = value.strip() if isinstance(value, str) else ""
        known = self._known({name})
        return known if any(known) else Named(others=frozenset({name}))


def known_names(
    register: Register,
    contracts: Mapping[Account, Sequence[Contract]],
    lines: Iterable[Line],
    as_of: datetime.date,
) -> Known:
    """Return the names known at the end of a day: later ones never change an earlier report."""
    invoices: set[str] = set()
    milestones: set[str] = set()
    ids: set[str] = set()
    links: dict[Account, set[str]] = defaultdict(set)
    for contract, milestone in register.milestones():
        if milestone.entry.date <= as_of:
            ids.add(contract.id)
            milestones.add(Key(contract.id, milestone.id).link)
            invoices.update(step.number for step in milestone.steps_at(as_of) if step.number)
    for account, used in contracts.items():
        for contract in used:
            for milestone in contract.milestones.values():
                if milestone.entry.date <= as_of:
                    links[account].update(milestone.entry.links or ())
    for line in lines:
        if line.milestone is None and line.amount > 0:
            links[line.account].update(line.entry.links or ())
            invoices.update(filter(None, (invoice_of(line),)))
    ours = invoices | milestones | ids
    return Known(
        frozenset(invoices),
        frozenset(milestones),
        frozenset(ids),
        {account: frozenset(names - ours) for account, names in links.items()},
    )


def invoice_of(line: Line) -> str | None:
    """Return the invoice number in the metadata of a posting or of its transaction."""
    number = (line.posting.meta or {}).get("invoice", line.entry.meta.get("invoice"))
    return number.strip() or None if isinstance(number, str) else None
