"""What another version of a ledger says differently about contract money, on any day."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from beancount.core.data import Transaction

from beancount_milestones import postings
from beancount_milestones.errors import position
from beancount_milestones.receivables import Key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal

    from beancount.core.data import Directive

    from beancount_milestones.reports.books import Books


class _Fact(NamedTuple):
    """Something that a ledger says; the same in two versions, wherever it is written."""

    date: datetime.date
    #: What it is: `agreed`, the event that books it, or `by hand`.
    what: str
    contract: str
    milestone: str
    client: str
    invoice: str
    due: datetime.date | None
    account: str
    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Difference:
    """A line that one version has and the other has not. A changed line is both."""

    date: datetime.date
    change: Literal["removed", "added"]
    what: str
    contract: str
    milestone: str
    client: str
    invoice: str
    due: datetime.date | None
    account: str
    currency: str
    #: As the ledger has it: a debit is positive.
    amount: Decimal
    file: str
    line: int


DIFFERENCE_COLUMNS: Final = tuple(column.name for column in fields(Difference))


def diff(old: Books, new: Books, until: datetime.date | None = None) -> list[Difference]:
    """Return what differs between two versions of a ledger, by date; what was removed first.

    Compared is what contracts agree, what their milestones book, and every transaction by hand on
    an account that any of them is owed on, entries that are dated back too. With ``until``, only
    what is dated on that day or before it.
    """
    owed_on = frozenset[str]().union(
        *(books.register.receivables() | books.register.payables() for books in (old, new))
    )
    before, after = (_facts(books, owed_on) for books in (old, new))
    had, has = (Counter({fact: len(places) for fact, places in f.items()}) for f in (before, after))
    found = [
        *_differences("removed", had - has, before),
        *_differences("added", has - had, after),
    ]
    kept = [one for one in found if until is None or one.date <= until]
    return sorted(kept, key=lambda one: (one.date, one.change == "added", one.contract, one.line))


def _differences(
    change: Literal["removed", "added"],
    facts: Mapping[_Fact, int],
    places: Mapping[_Fact, list[Directive]],
) -> Iterator[Difference]:
    for fact, count in facts.items():
        # Of several that are the same, the last ones are those that came or went.
        for entry in places[fact][-count:]:
            where = position(entry.meta)
            yield Difference(
                fact.date,
                change,
                *fact[1:],
                file=where["filename"],
                line=where["lineno"],
            )


def _facts(books: Books, owed_on: frozenset[str]) -> dict[_Fact, list[Directive]]:
    """Everything that a version says, and where."""
    found: dict[_Fact, list[Directive]] = {}
    for fact, entry in (*_agreed(books), *_booked(books, owed_on)):
        found.setdefault(fact, []).append(entry)
    return found


def _agreed(books: Books) -> Iterator[tuple[_Fact, Directive]]:
    """What each contract and change order gives to each milestone, on the accounts owed on."""
    for contract in books.register.contracts.values():
        for milestone in contract.milestones.values():
            for part in milestone.parts:
                for leg, amount in part.pairs():
                    if books.roles.of(contract, leg) == "owed":
                        yield (
                            _Fact(
                                date=part.entry.date,
                                what="agreed",
                                contract=contract.id,
                                milestone=milestone.id,
                                client=contract.client,
                                invoice="",
                                due=part.target,
                                account=leg.posting.account,
                                currency=leg.currency,
                                amount=amount,
                            ),
                            part.entry,
                        )


def _booked(books: Books, owed_on: frozenset[str]) -> Iterator[tuple[_Fact, Directive]]:
    """What milestones book, and what is booked by hand on the accounts owed on."""
    for entry in books.entries:
        if not isinstance(entry, Transaction):
            continue
        event = entry.meta.get("event")
        key = Key(str(entry.meta.get("contract", "")), str(entry.meta.get("milestone", "")))
        ours = isinstance(event, str) and key.contract in books.register.contracts
        if not ours and not any(posting.account in owed_on for posting in entry.postings):
            continue
        for posting in entry.postings:
            number = postings.number(posting)
            if number or ours:
                due = (posting.meta or {}).get("due", entry.meta.get("due"))
                yield (
                    _Fact(
                        date=entry.date,
                        what=str(event) if ours else "by hand",
                        contract=key.contract if ours else "",
                        milestone=key.milestone if ours else "",
                        client=entry.payee or "",
                        invoice=_invoice(entry, posting.meta),
                        due=due if isinstance(due, datetime.date) else None,
                        account=posting.account,
                        currency=postings.currency(posting),
                        amount=number,
                    ),
                    entry,
                )


def _invoice(entry: Transaction, meta: Mapping[str, object] | None) -> str:
    """The number, or else the links, that an entry has."""
    said = (meta or {}).get("invoice", entry.meta.get("invoice"))
    return said if isinstance(said, str) else " ".join(sorted(entry.links or ()))
