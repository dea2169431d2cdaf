"""Tax that clients have withheld, by client and year: what to ask for certificates of."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.receivables import Key
from beancount_milestones.reports.invoices_by_hand import credits_by_hand, withheld_on
from beancount_milestones.reports.slices import charges, in_books

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from beancount.core.data import Transaction

    from beancount_milestones.receivables import Account, Credit
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.slices import Slice


@dataclass(frozen=True, slots=True)
class Withheld:
    """What a client has withheld in a year; on the buy side, what we have withheld."""

    client: str
    year: int
    currency: str
    amount: Decimal
    #: How many payments it is in, or invoices where it stands on them.
    payments: int
    side: str


class _Part(NamedTuple):
    """What is withheld in a transaction by hand; below zero where it is given back."""

    client: str
    account: Account
    date: datetime.date
    entry: Transaction | None
    amount: Decimal


WITHHELD_COLUMNS: Final = tuple(column.name for column in fields(Withheld))


def withheld(books: Books) -> list[Withheld]:
    """Return what was withheld by the as-of date, by client and year."""
    sums: dict[tuple[str, str, int, str], list[tuple[object, Decimal]]] = defaultdict(list)
    for one in (*_with_payments(books), *_by_hand(books)):
        if one.amount:
            side, year = books.side_of(one.account), one.date.year
            sums[side, one.client, year, one.account.currency].append((id(one.entry), one.amount))
    for part, account, amount in _on_invoices(books):
        client = books.owner(part.contract, account)
        key = (part.contract.side, client, part.step.date.year, account.currency)
        sums[key].append((part.step.number or id(part.step.entry), amount))
    return [
        Withheld(
            client=client,
            year=year,
            currency=currency,
            amount=amounts.add(amount for _, amount in found),
            payments=len({entry for entry, _ in found}),
            side=side,
        )
        for (side, client, year, currency), found in sorted(
            sums.items(), key=lambda pair: (pair[0][0] == "buy", pair[0][1:])
        )
    ]


def _on_invoices(books: Books) -> Iterator[tuple[Slice, Account, Decimal]]:
    """What is withheld of each invoice: a posting of the contract on an account for it."""
    for part in in_books(books.register, books.as_of):
        key = Key(part.contract.id, part.milestone.id)
        for charge in charges(part, books.roles):
            client = books.owner(part.contract, charge.account)
            if charge.withheld and books.asks(client, key, charge.account):
                yield part, charge.account, charge.withheld


def _by_hand(books: Books) -> Iterator[_Part]:
    """What is withheld of each charge by hand, and what a credit by hand gives back of it."""
    for item in books.open_items().items:
        if not item.milestone and books.asks(item.client, None, item.account):
            entry = item.debits[0].entry
            amount = withheld_on(books, entry, item.account, item.charged)
            yield _Part(item.client, item.account, item.date, entry, amount)
    for credit, entry, _ in credits_by_hand(books):
        amount = withheld_on(books, entry, credit.account, amounts.negative(credit.amount))
        if amount < 0 and books.asks(credit.client, None, credit.account):
            yield _Part(credit.client, credit.account, credit.date, entry, amount)


def _with_payments(books: Books) -> Iterator[_Part]:
    """What is withheld in each credit, used or not, less what is returned or refunded."""
    found = books.open_items()
    for item in found.items:
        for moved in item.movements:
            if moved.kind == "withholding" and books.asks(
                item.client, item.milestone, item.account
            ):
                yield _Part(item.client, item.account, moved.date, moved.entry, moved.amount)
    for rest in found.unapplied:
        yield from _of_credit(books, rest.credit, rest.parts)
    for refund in found.refunds:
        for credit, kind, amount in refund.takes:
            yield from _of_credit(books, credit, [(kind, amount)])
        for kind, amount in refund.parts:
            if kind == "withholding" and books.asks(refund.client, None, refund.account):
                less = amounts.negative(amount)
                yield _Part(refund.client, refund.account, refund.entry.date, refund.entry, less)


def _of_credit(
    books: Books, credit: Credit, parts: Iterable[tuple[str, Decimal]]
) -> Iterator[_Part]:
    for kind, amount in parts:
        if kind == "withholding" and books.asks(credit.client, None, credit.account):
            yield _Part(credit.client, credit.account, credit.date, credit.entry, amount)
