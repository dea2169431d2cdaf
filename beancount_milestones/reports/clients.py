"""Where every client stands: what they owe, and how long they take to pay."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from beancount_milestones import amounts
from beancount_milestones.receivables import Account
from beancount_milestones.reports.open_items import items
from beancount_milestones.reports.owners import Clients

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable
    from decimal import Decimal

    from beancount_milestones.receivables import OpenItems
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.open_items import OpenItem


@dataclass(frozen=True, slots=True)
class Balance:
    """A client in one currency: ``balance = outstanding + unbilled + other - unapplied``.

    The balances of all clients are those of the receivable accounts.
    """

    client: str
    currency: str
    #: Open bills of milestones, and the part of them that is past its due date.
    outstanding: Decimal
    overdue: Decimal
    #: Booked, and waiting for its bill.
    unbilled: Decimal
    #: Open debits that no contract explains.
    other: Decimal
    #: Paid, and settling nothing yet.
    unapplied: Decimal
    balance: Decimal
    #: Days from invoice to payment: the average over all payments, by amount. None without one.
    days_to_pay: int | None
    last_paid: datetime.date | None


def balances(books: Books) -> list[Balance]:
    """Return a row for every client and currency, in alphabetical order."""
    found = books.open_items()
    clients = Clients.of(books)
    open_: dict[tuple[str, str], list[OpenItem]] = defaultdict(list)
    for account, used in books.in_use().items():
        for contract in used:
            client = clients.owner(account, contract.client)
            if clients.asked(books, client, None) or books.scope.has(contract):
                open_[client, account.currency] += ()
    for owed in found.items:
        client = clients.owner(owed.account, owed.client)
        if clients.asked(books, client, owed.milestone):
            open_[client, owed.account.currency] += ()
    for item in items(books):
        account = Account(item.account, item.currency)
        open_[clients.owner(account, item.client), item.currency].append(item)
    paying = _paying(found, clients)
    return [
        _balance(*key, open_[key], paying.get(key, _NEVER))
        for key in sorted(open_, key=lambda key: (key[0].casefold(), *key))
    ]


def _balance(
    client: str,
    currency: str,
    open_: Iterable[OpenItem],
    paying: _Paying,
) -> Balance:
    sums: dict[str, list[Decimal]] = defaultdict(list)
    for item in open_:
        sums[item.kind].append(item.open)
        if item.kind == "invoiced" and item.days:
            sums["overdue"].append(item.open)
    zero = amounts.nothing(currency)

    def sum_of(kind: str) -> Decimal:
        return amounts.add((zero, *sums[kind]))

    kinds = ("invoiced", "uninvoiced", "other", "unapplied")
    return Balance(
        client=client,
        currency=currency,
        outstanding=sum_of("invoiced"),
        overdue=sum_of("overdue"),
        unbilled=sum_of("uninvoiced"),
        other=sum_of("other"),
        unapplied=amounts.take(zero, sum_of("unapplied")),
        balance=amounts.add(map(sum_of, kinds)),
        days_to_pay=paying.average(),
        last_paid=paying.last,
    )


@dataclass(frozen=True, slots=True)
class _Paying:
    """What a client has paid of bills: the amounts, and each times its days."""

    paid: Fraction = Fraction(0)
    days: Fraction = Fraction(0)
    last: datetime.date | None = None

    def average(self) -> int | None:
        """Return the average days, rounded half up."""
        return (2 * self.days / self.paid + 1).__floor__() // 2 if self.paid else None


_NEVER = _Paying()


def _paying(found: OpenItems, clients: Clients) -> dict[tuple[str, str], _Paying]:
    paying: dict[tuple[str, str], _Paying] = {}
    for item in found.items:
        if item.invoiced:
            key = (clients.owner(item.account, item.client), item.account.currency)
            for date, number in item.payments():
                known, amount = paying.get(key, _NEVER), Fraction(number)
                paying[key] = _Paying(
                    known.paid + amount,
                    known.days + amount * (date - item.date).days,
                    max(known.last or date, date),
                )
    return paying
