"""Retentions and deposits that do not work out."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal

from beancount.core.data import Transaction

from beancount_milestones import amounts, postings
from beancount_milestones.amounts import ZERO
from beancount_milestones.model import WHOLE
from beancount_milestones.parties import fold
from beancount_milestones.receivables import Account, bills, holder
from beancount_milestones.reports.check.findings import amount, finding

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from beancount_milestones.model import Contract, Milestone
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.check.findings import Finding

#: The folded name of a client, and an account in a currency.
_Place = tuple[str, Account]
_User = tuple["Contract", "Milestone"]


def retentions(books: Books) -> Iterator[Finding]:
    """Yield retentions of which more is released than was withheld, by client and account.

    Or more is to be released than is or will be withheld, as after a cancellation.
    """
    users: dict[_Place, list[_User]] = defaultdict(list)
    for contract, milestone in _milestones(books):
        for account in _accounts(milestone, books, {contract.retention}):
            users[fold(holder(books.register, contract)), account].append((contract, milestone))
    for (_, account), found in users.items():
        booked = [_booked(books, *user, account) for user in found]
        released = [user for user, moved in zip(found, booked, strict=True) if moved < 0]
        over = amounts.add(booked)
        if over < 0:
            more = amount(amounts.negative(over), account.currency)
            message = f"{more} more is released from {account.name} than was withheld"
            yield _of_last(books, "retention", released, message)
            continue
        planned = [_planned(books, *user, account) for user in found]
        over = amounts.add(planned)
        # What was withheld before these books is there by hand.
        if over < 0 and not _is_by_hand(books, account):
            releasing = [user for user, moves in zip(found, planned, strict=True) if moves < 0]
            more = amount(amounts.negative(over), account.currency)
            message = (
                f"{more} more is to be released from {account.name} than will be withheld; lower"
                " it by a change order, or cancel it"
            )
            yield _of_plan(books, releasing[-1], found, message)


def deposits(books: Books) -> Iterator[Finding]:
    """Yield deposits of which something is left when all that draws on them is done."""
    drawing: dict[_Place, list[_User]] = defaultdict(list)
    left: dict[_Place, Decimal] = {}
    for contract, milestone in _milestones(books):
        for account in _accounts(milestone, books, contract.deposits):
            place = (fold(contract.client), account)
            booked = _booked(books, contract, milestone, account)
            left[place] = amounts.take(left.get(place, ZERO), booked)
            if bills(contract, milestone, account, WHOLE, books.as_of) > 0:
                drawing[place].append((contract, milestone))
    for place, users in drawing.items():
        rest, account = left[place], place[1]
        if rest > 0 and all(_has_drawn(c, m, books.as_of) for c, m in users):
            message = (
                f"{amount(rest, account.currency)} of the deposit on {account.name} is left, and"
                " nothing draws on it any more"
            )
            yield _of_last(books, "deposit", users, message)


def _has_drawn(contract: Contract, milestone: Milestone, date: datetime.date) -> bool:
    """Whether it is done and draws no more: what a credit note takes back is billed again."""
    state = milestone.state_at(date)
    is_billed = contract.sides(state)[1] >= state.left
    return bool(is_billed and contract.done_at(milestone, date))


def _accounts(
    milestone: Milestone, books: Books, names: Iterable[str | None]
) -> dict[Account, None]:
    """Those of the named accounts that a milestone has a leg on."""
    known = frozenset(names)
    return dict.fromkeys(
        Account(leg.posting.account, leg.currency)
        for part in milestone.parts_at(books.as_of)
        for leg in part.legs
        if leg.posting.account in known
    )


def _booked(books: Books, contract: Contract, milestone: Milestone, account: Account) -> Decimal:
    fraction = contract.sides(milestone.state_at(books.as_of))[1]
    return bills(contract, milestone, account, fraction, books.as_of)


def _planned(books: Books, contract: Contract, milestone: Milestone, account: Account) -> Decimal:
    """What a milestone will ever have on an account."""
    return bills(contract, milestone, account, milestone.state_at(books.as_of).left, books.as_of)


def _is_by_hand(books: Books, account: Account) -> bool:
    """Whether a transaction by hand books something on an account. Few accounts are asked about."""
    return any(
        postings.number(posting)
        for entry in books.entries
        if isinstance(entry, Transaction)
        and "event" not in entry.meta
        and entry.date <= books.as_of
        for posting in entry.postings
        if (posting.account, postings.currency(posting)) == tuple(account)
    )


def _turns(milestone: Milestone, date: datetime.date) -> Iterator[datetime.date]:
    """The days on which what a milestone will ever bill became another."""
    yield from (part.entry.date for part in milestone.parts_at(date))
    for step in milestone.steps_at(date):
        if step.event in {"cancelled", "waived", "reopened"}:
            yield step.date


def _of_plan(books: Books, release: _User, users: Iterable[_User], message: str) -> Finding:
    """A finding at what releases, since what is held or released has changed last."""
    contract, milestone = release
    return finding(
        "retention",
        max(date for _, user in users for date in _turns(user, books.as_of)),
        message,
        milestone.entry,
        contract=contract.id,
        milestone=milestone.id,
        client=holder(books.register, contract),
    )


def _of_last(
    books: Books,
    kind: Literal["retention", "deposit"],
    users: list[_User],
    message: str,
) -> Finding:
    """A finding at the last thing that happened to any of these milestones."""
    contract, milestone = max(users, key=lambda user: _last(user[1], books))
    step = milestone.steps_at(books.as_of)[-1]
    return finding(
        kind,
        step.date,
        message,
        step.entry,
        contract=contract.id,
        milestone=milestone.id,
        client=holder(books.register, contract) if kind == "retention" else contract.client,
    )


def _milestones(books: Books) -> Iterator[_User]:
    """Every milestone that is asked about, once it is agreed."""
    for contract in books.contracts():
        for milestone in contract.milestones.values():
            if milestone.entry.date <= books.as_of:
                yield contract, milestone


def _last(milestone: Milestone, books: Books) -> datetime.date:
    """The day of the last thing that happened to it."""
    return max(
        (step.date for step in milestone.steps_at(books.as_of)), default=milestone.entry.date
    )
