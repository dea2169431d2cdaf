"""What is owed that no contract explains: debits by hand, refunds and returned payments."""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from beancount_milestones.receivables.clients import folded
from beancount_milestones.receivables.debits import Debt
from beancount_milestones.receivables.items import Account, Debit
from beancount_milestones.receivables.names import (
    CONTRACT,
    LINKED,
    MILESTONE,
    OTHER,
    Known,
    Said,
)

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence
    from decimal import Decimal

    from beancount.core.data import Transaction

    from beancount_milestones.receivables.items import Credit, Kind
    from beancount_milestones.receivables.kinds import Kinds
    from beancount_milestones.receivables.lines import Line


@dataclass(slots=True, eq=False)
class Back:
    """Money that goes back to a client and raises no item: it takes back what is unapplied."""

    line: Line
    #: The credit notes that it names; empty where it names nothing.
    notes: frozenset[str]
    left: Decimal
    takes: list[tuple[Credit, Kind, Decimal]] = field(default_factory=list)

    @property
    def account(self) -> Account:
        """The account that it is booked on."""
        return self.line.account

    @property
    def entry(self) -> Transaction:
        """The transaction that pays it."""
        return self.line.entry


def debts_by_hand(
    lines: Iterable[Line],
    debts: Sequence[Debt],
    known: Known,
    kinds: Kinds,
    notes: frozenset[str],
) -> tuple[list[Debt], list[Back]]:
    """Return the debts that no contract explains, and the money that may take credits back.

    ``notes`` are the numbers of credit notes. A debit that names a debt and gives something back
    raises that again instead: a payment that was returned. One that pays money out and names a
    credit note, or nothing, is a refund.
    """
    others: list[Debt] = []
    backs: list[Back] = []
    naming: list[tuple[Line, Said, Debit, list[set[str]]]] = []
    for line in lines:
        if line.milestone is not None or line.amount < 0:
            continue
        said = known.said(line)
        debit = _debit(line, kinds)
        names = _of_a_debt(line, said, returned=debit.returned)
        noted = notes.intersection({line.number}.union(*said.values()))
        if debit.returned and noted:
            backs.append(Back(line, noted, line.amount))
        elif any(names):
            naming.append((line, said, debit, names))
        else:
            _add(line, said, debit, others, backs)
    by_name: dict[tuple[Account, str], list[Debt]] = defaultdict(list)
    for debt in (*debts, *others):
        for name in debt.names:
            by_name[debt.account, name].append(debt)
    for line, said, debit, levels in naming:
        named = (
            [(name != d.number, d) for name in names for d in by_name[line.account, name]]
            for names in levels
        )
        found = [x for x in next(filter(None, named), ()) if x[1].invoiced or debit.returned]
        if not found:
            _add(line, said, debit, others, backs)
            continue
        meant = min(found, key=lambda one: (one[0], one[1].rank))[1]
        if debit.parts:
            meant.raise_by(debit)
        else:
            # Charged besides, as interest is: owed by the same client, whoever is the payee.
            others.append(other_debt(line, said, of=meant))
    return others, backs


def _debit(line: Line, kinds: Kinds) -> Debit:
    returned = kinds.pays_out(line)
    parts = kinds.parts(line, line.amount)
    gives_back = returned or any(kind == "withholding" for kind, _ in parts)
    return Debit(line.entry, line.amount, returned, parts if gives_back else ())


def _add(line: Line, said: Said, debit: Debit, others: list[Debt], backs: list[Back]) -> None:
    """Add what names no debt: money that goes back, or a debt of its own."""
    if debit.returned and not line.number:
        backs.append(Back(line, frozenset(), line.amount))
    else:
        others.append(other_debt(line, said))


def _of_a_debt(line: Line, said: Said, *, returned: bool) -> list[set[str]]:
    """The names by which a debit means another one, those that win first.

    A contract's name alone does not; any link does where money goes back. What has a number is an
    invoice of its own, whatever it is linked to: only `settles` makes it another one's.
    """
    ignored = {LINKED + CONTRACT}
    if not returned:
        ignored.add(LINKED + OTHER)
    return [
        said[level]
        for level in sorted(said.keys() - ignored)
        if level < LINKED or line.number is None
    ]


def other_debt(
    line: Line,
    said: Said,
    amount: Decimal | None = None,
    notes: Container[str] = (),
    of: Debt | None = None,
) -> Debt:
    """Return the debt that a debit by hand is, or that a part of it is.

    The number of a credit note, of ``notes``, is not its own. What belongs to the debt ``of`` is
    owed by the same client.
    """
    entry = line.entry
    links = sorted(name for name in entry.links or () if name not in notes)
    own = None if line.number in notes else line.number
    owners = {name for kind in (MILESTONE, CONTRACT) for name in said.get(LINKED + kind, ())}
    number = own or next((link for link in links if link not in owners), None)
    due = line.said("due")
    owed = line.amount if amount is None else amount
    return Debt(
        account=line.account,
        client=of.client if of else entry.payee or "",
        number=number,
        invoiced=True,
        date=entry.date,
        due=due if isinstance(due, datetime.date) else entry.date,
        amount=owed,
        names=frozenset({*links, number} if number else links),
        clients=of.clients if of else folded(entry.payee),
        debits=[Debit(entry, owed)],
    )
