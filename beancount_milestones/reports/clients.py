"""Every client: what they owe, and how long they take to pay."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.parties import fold
from beancount_milestones.receivables import Key
from beancount_milestones.reports.open_items import items

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Sequence

    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.open_items import OpenItem


@dataclass(frozen=True, slots=True)
class Balance:
    """A client in one currency: ``balance = outstanding + unbilled + other - unapplied``.

    The balances of all clients are those of the receivable accounts; on the buy side, of the
    payable accounts.
    """

    client: str
    currency: str
    #: Open invoices of milestones.
    outstanding: Decimal
    #: What is past its due date, invoices by hand too.
    overdue: Decimal
    #: Booked, and not invoiced yet.
    unbilled: Decimal
    #: Open debits that no contract explains.
    other: Decimal
    #: Received, and not applied to any invoice.
    unapplied: Decimal
    balance: Decimal
    #: Days from invoice to payment: the average over all payments, by amount. None without one.
    days_to_pay: int | None
    last_paid: datetime.date | None
    side: str


def balances(books: Books) -> list[Balance]:
    """Return a row for every client and currency, in alphabetical order; what we owe last."""
    open_: dict[tuple[str, str, str], list[OpenItem]] = defaultdict(list)
    for account, used in books.in_use().items():
        for contract in used:
            client = books.owner(contract, account)
            if books.asks(client, Key(contract.id, ""), account):
                open_[books.side_of(account), client, account.currency] += ()
    for owed in books.open_items().items:
        if books.asks(owed.client, owed.milestone, owed.account):
            open_[books.side_of(owed.account), owed.client, owed.account.currency] += ()
    for item in items(books):
        open_[item.side, item.client, item.currency].append(item)
    paying = _paying(books)
    return [
        _balance(*key, open_[key], paying.get(key, ()))
        for key in sorted(open_, key=lambda key: (key[0] == "buy", fold(key[1]), *key[1:]))
    ]


def _balance(
    side: str, client: str, currency: str, open_: Iterable[OpenItem], paid: Sequence[_Paid]
) -> Balance:
    sums: dict[str, list[Decimal]] = defaultdict(list)
    for item in open_:
        sums[item.kind].append(item.open)
        if item.kind in {"invoiced", "other"} and item.days:
            sums["overdue"].append(item.open)
    kinds = ("invoiced", "uninvoiced", "other", "unapplied")
    return Balance(
        client=client,
        currency=currency,
        outstanding=amounts.add(sums["invoiced"]),
        overdue=amounts.add(sums["overdue"]),
        unbilled=amounts.add(sums["uninvoiced"]),
        other=amounts.add(sums["other"]),
        unapplied=amounts.negative(amounts.add(sums["unapplied"])),
        balance=amounts.add(amounts.add(sums[kind]) for kind in kinds),
        days_to_pay=_average(paid),
        last_paid=max((one.date for one in paid), default=None),
        side=side,
    )


class _Paid(NamedTuple):
    """What a client has paid of an invoice, in money."""

    date: datetime.date
    #: Days from the invoice.
    days: int
    amount: Decimal


def _average(paid: Sequence[_Paid]) -> int | None:
    """Return the average days by amount, rounded half up."""
    whole = Fraction(amounts.add(one.amount for one in paid))
    days = Fraction(amounts.add(amounts.times(one.amount, Decimal(one.days)) for one in paid))
    return (2 * days / whole + 1).__floor__() // 2 if whole else None


def _paying(books: Books) -> dict[tuple[str, str, str], list[_Paid]]:
    paying: dict[tuple[str, str, str], list[_Paid]] = defaultdict(list)
    for item in books.open_items().items:
        if item.invoiced:
            paying[books.side_of(item.account), item.client, item.account.currency] += [
                _Paid(date, (date - item.date).days, amount) for date, amount in item.payments
            ]
    return paying
