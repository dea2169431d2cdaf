"""What explains the balance of every receivable account."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from beancount.core.data import Transaction

from beancount_milestones import amounts, postings
from beancount_milestones.errors import position
from beancount_milestones.receivables import Account, Key
from beancount_milestones.reports.open_items import kind_of, source_of

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from beancount_milestones.receivables import Item, Unapplied
    from beancount_milestones.reports.books import Books


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A receivable account in one currency, or one of its unapplied credits.

    Of an account ``balance = invoiced + uninvoiced + other - unapplied``, and ``difference`` is
    what is missing. A credit has its amount in ``unapplied``; the other amounts are None.
    """

    #: ``account``, or ``unapplied`` for a credit.
    kind: str
    account: str
    currency: str
    #: Open bills of milestones: what is outstanding.
    invoiced: Decimal | None
    #: Milestones that wait for their bill.
    uninvoiced: Decimal | None
    #: Open debits that no contract explains.
    other: Decimal | None
    #: What clients have paid, and no item takes.
    unapplied: Decimal
    #: The sum of all postings on the account.
    balance: Decimal | None
    difference: Decimal | None
    date: datetime.date | None = None
    payee: str = ""
    narration: str = ""
    #: The links, separated by blanks.
    links: str = ""
    file: str = ""
    line: int | None = None
    side: str = "sell"


def reconcile(books: Books) -> list[Reconciled]:
    """Return every account that contracts are owed on, each before its unapplied credits.

    An account is explained as a whole: a client or a contract that is asked about picks the
    accounts that it is owed on, with all that is on them. On the buy side the amounts are what we
    owe, and positive.
    """
    used = books.in_use()
    names = {
        account.name
        for account, on in used.items()
        if any(books.asks(books.owner(c, account), Key(c.id, ""), account) for c in on)
    }
    every = books.open_items()
    open_: dict[Account, list[Item]] = defaultdict(list)
    rest: dict[Account, list[Unapplied]] = defaultdict(list)
    for item in every.items:
        if item.open:
            open_[item.account].append(item)
    for credit in every.unapplied:
        rest[credit.credit.account].append(credit)
    booked = _booked(books, names)
    accounts = {a for a in (*booked, *open_, *rest) if a.name in names}
    return [
        row
        for account in sorted(accounts)
        for row in _explained(books, account, booked[account], open_[account], rest[account])
    ]


def _booked(books: Books, names: set[str]) -> dict[Account, list[Decimal]]:
    """What is posted on the accounts, as the ledger has it."""
    booked: dict[Account, list[Decimal]] = defaultdict(list)
    for entry in books.entries:
        if isinstance(entry, Transaction) and entry.date <= books.as_of:
            for posting in entry.postings:
                if posting.account in names:
                    account = Account(posting.account, postings.currency(posting))
                    booked[account].append(postings.number(posting))
    return booked


def _explained(
    books: Books,
    account: Account,
    booked: Sequence[Decimal],
    open_: Sequence[Item],
    rest: Sequence[Unapplied],
) -> Iterator[Reconciled]:
    """Yield the account, then its unapplied credits."""

    def sum_of(kind: str) -> Decimal:
        return amounts.add(item.open for item in open_ if kind_of(item) == kind)

    side = books.side_of(account)
    invoiced, uninvoiced, other = map(sum_of, ("invoiced", "uninvoiced", "other"))
    unapplied = amounts.add(credit.amount for credit in rest)
    total = amounts.add(booked)
    balance = amounts.negative(total) if side == "buy" else total
    items = amounts.add((invoiced, uninvoiced, other))
    yield Reconciled(
        kind="account",
        account=account.name,
        currency=account.currency,
        invoiced=invoiced,
        uninvoiced=uninvoiced,
        other=other,
        unapplied=unapplied,
        balance=balance,
        difference=amounts.take(balance, amounts.take(items, unapplied)),
        side=side,
    )
    for found in rest:
        entry = source_of(books, found)
        where = position(entry.meta)
        credit = found.credit
        yield Reconciled(
            kind="unapplied",
            account=account.name,
            currency=account.currency,
            invoiced=None,
            uninvoiced=None,
            other=None,
            unapplied=found.amount,
            balance=None,
            difference=None,
            date=credit.date,
            payee=credit.payee,
            narration=getattr(entry, "narration", None) or "",
            links=" ".join(sorted(getattr(entry, "links", None) or ())),
            file=where["filename"],
            line=where["lineno"],
            side=side,
        )
