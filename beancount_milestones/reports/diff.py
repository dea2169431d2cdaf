"""What another version of a ledger says differently about contract money, on any day."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from beancount.core.data import Transaction

from beancount_milestones import amounts, postings
from beancount_milestones.errors import position
from beancount_milestones.legs import equal
from beancount_milestones.model import BEGINNING
from beancount_milestones.parties import spaced
from beancount_milestones.receivables import SETTLES, accounts_of, bills, booked_by_us, identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from decimal import Decimal

    from beancount.core.data import Directive

    from beancount_milestones.model import Contract, Milestone, State, Step
    from beancount_milestones.reports.books import Books


class _Fact(NamedTuple):
    """Something that a ledger says; the same in two versions, wherever it is written."""

    date: datetime.date
    #: What it is: `agreed`, an event, or `by hand`.
    what: str
    contract: str
    milestone: str
    client: str
    invoice: str
    due: datetime.date | None
    account: str
    currency: str
    amount: Decimal
    #: What an entry says that it is and pays, to the letter: a number in a link is no number.
    said: tuple[str, ...] = ()


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

    Compared is what contracts agree, what their milestones book, what of them falls away or comes
    back, and every transaction by hand on an account that any of them is owed on, with what it says
    that it pays; entries that are dated back too. With ``until``, only what is dated on that day or
    before it.
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
                *fact[1:-1],
                file=where["filename"],
                line=where["lineno"],
            )


def _facts(books: Books, owed_on: frozenset[str]) -> dict[_Fact, list[Directive]]:
    """Everything that a version says, and where."""
    found: dict[_Fact, list[Directive]] = {}
    for fact, entry in (*_agreed(books), *_unbooked(books), *_booked(books, owed_on)):
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
                                # Payments may name the links of a contract.
                                invoice=" ".join(sorted(part.entry.links or ())),
                                due=part.target,
                                account=leg.posting.account,
                                currency=leg.currency,
                                amount=amount,
                            ),
                            part.entry,
                        )


def _unbooked(books: Books) -> Iterator[tuple[_Fact, Directive]]:
    """What falls away of a milestone, or comes back, without anything in the books."""
    for contract, milestone in books.register.milestones():
        before = BEGINNING
        for step in milestone.steps:
            after = step.state
            if equal(before.earned, after.earned) and equal(before.billed, after.billed):
                yield from _fallen(contract, milestone, before, step)
            before = after


def _fallen(
    contract: Contract, milestone: Milestone, before: State, step: Step
) -> Iterator[tuple[_Fact, Directive]]:
    for account in accounts_of(contract, milestone, step.date):
        was, is_left = (
            bills(contract, milestone, account, state.left, step.date)
            for state in (before, step.state)
        )
        if was != is_left:
            more = amounts.take(is_left, was)
            yield (
                _Fact(
                    date=step.date,
                    what=step.event,
                    contract=contract.id,
                    milestone=milestone.id,
                    client=contract.client,
                    invoice="",
                    due=None,
                    account=account.name,
                    currency=account.currency,
                    amount=amounts.negative(more) if contract.side == "buy" else more,
                ),
                step.entry,
            )


def _booked(books: Books, owed_on: frozenset[str]) -> Iterator[tuple[_Fact, Directive]]:
    """What milestones book, and what is booked by hand on the accounts owed on."""
    generated = frozenset(map(identity, booked_by_us(books.register)))
    for entry in books.entries:
        if not isinstance(entry, Transaction):
            continue
        ours = identity(entry) in generated
        if not ours and not any(posting.account in owed_on for posting in entry.postings):
            continue
        for posting in entry.postings:
            number = postings.number(posting)
            if number or ours:
                meta = {**entry.meta, **(posting.meta or {})}
                due = meta.get("due")
                yield (
                    _Fact(
                        date=entry.date,
                        what=str(entry.meta["event"]) if ours else "by hand",
                        contract=_text(entry.meta, "contract"),
                        milestone=_text(entry.meta if ours else meta, "milestone"),
                        client=spaced(entry.payee),
                        invoice=_names(entry, meta, ("invoice",) if ours else _NUMBERS),
                        due=due if isinstance(due, datetime.date) else None,
                        account=posting.account,
                        currency=postings.currency(posting),
                        amount=number,
                        said=() if ours else _said(entry, meta),
                    ),
                    entry,
                )


def _names(entry: Transaction, meta: Mapping[str, object], keys: Iterable[str]) -> str:
    """The numbers that an entry has, or else its links."""
    said = filter(None, (_text(meta, key) for key in keys))
    return " ".join(said) or " ".join(sorted(entry.links or ()))


def _text(meta: Mapping[str, object], key: str) -> str:
    said = meta.get(key)
    return said if isinstance(said, str) else ""


def _said(entry: Transaction, meta: Mapping[str, object]) -> tuple[str, ...]:
    """What an entry by hand says of itself, with what it says it by."""
    said = (f"{key}: {meta[key]}" for key in _NUMBERS if meta.get(key) is not None)
    return (*said, *sorted(entry.links or ()))


#: Metadata of a number: of an invoice, and of one that is paid.
_NUMBERS: Final = ("invoice", SETTLES)
