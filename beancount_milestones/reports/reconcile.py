"""What explains the balance of every receivable account."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from beancount.core.data import Transaction

from beancount_milestones import amounts, postings
from beancount_milestones.errors import position
from beancount_milestones.receivables import Account
from beancount_milestones.reports.books import EVERYTHING
from beancount_milestones.reports.open_items import lines

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.open_items import Credit, OpenItem


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


def reconcile(books: Books) -> list[Reconciled]:
    """Return every receivable account in every currency, each before its unapplied credits.

    An account is explained as a whole: a client or a contract that is asked about picks the
    accounts that it is owed on, with all that is on them.
    """
    used = books.in_use()
    names = {account.name for account, on in used.items() if any(map(books.scope.has, on))}
    debits, credits_ = lines(replace(books, scope=EVERYTHING))
    open_: dict[Account, list[OpenItem]] = defaultdict(list)
    rest: dict[Account, list[Credit]] = defaultdict(list)
    for item in debits:
        open_[Account(item.account, item.currency)].append(item)
    for credit in credits_:
        rest[Account(credit.row.account, credit.row.currency)].append(credit)
    booked = _booked(books, names)
    accounts = {a for a in (*booked, *open_, *rest) if a.name in names}
    return [
        row
        for account in sorted(accounts)
        for row in _explained(account, booked[account], open_[account], rest[account])
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
    account: Account,
    booked: Sequence[Decimal],
    open_: Sequence[OpenItem],
    rest: Sequence[Credit],
) -> Iterator[Reconciled]:
    """Yield the account, then its unapplied credits."""
    # Nothing is shown with the same decimals as the balance.
    zero = amounts.add(amounts.ZERO * amount for amount in booked)

    def sum_of(kind: str) -> Decimal:
        return amounts.add((zero, *(item.open for item in open_ if item.kind == kind)))

    invoiced, uninvoiced, other = map(sum_of, ("invoiced", "uninvoiced", "other"))
    unapplied = amounts.take(zero, amounts.add(credit.row.open for credit in rest))
    balance = amounts.add((zero, *booked))
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
    )
    for credit in rest:
        where = position(credit.entry.meta)
        yield Reconciled(
            kind="unapplied",
            account=account.name,
            currency=account.currency,
            invoiced=None,
            uninvoiced=None,
            other=None,
            unapplied=amounts.negative(credit.row.open),
            balance=None,
            difference=None,
            date=credit.row.date,
            payee=credit.row.client,
            narration=credit.entry.narration or "",
            links=" ".join(sorted(credit.entry.links or ())),
            file=where["filename"],
            line=where["lineno"],
        )
