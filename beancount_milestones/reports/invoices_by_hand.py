"""Invoices and credit notes that no contract explains: written by hand, with a number."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from beancount_milestones import amounts, postings
from beancount_milestones.amounts import ZERO
from beancount_milestones.reports.invoice import Invoice, invoice, total
from beancount_milestones.reports.open_items import earliest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from beancount.core.data import Transaction

    from beancount_milestones.receivables import Account, Credit, Item
    from beancount_milestones.reports.books import Books


def by_hand(books: Books, number: str, items: Sequence[Item]) -> Invoice:
    """Return an invoice that no contract explains: debits with a number."""
    roots = books.roles.roots
    sums = [written(books, item) for item in items]
    # What moves it to another account is another transaction.
    first = min(items, key=lambda item: (not item.charged, item.date))
    entry = first.debits[0].entry
    credited = {
        postings.root(posting) for posting in entry.postings if postings.number(posting) < 0
    }
    charged_for = {roots.income, roots.equity, roots.liabilities}
    return invoice(
        books,
        number=number,
        kind="invoice" if credited & charged_for else "other",
        date=first.date,
        due=earliest(item.due for item in items if item.open) or first.due,
        client=first.client,
        contracts=(),
        account=first.account,
        sums=total(sums),
        entry=entry,
        side=books.side_of(first.account),
        items=tuple(items),
    )


def credit_notes(books: Books) -> Iterator[Invoice]:
    """Yield the credit notes that are written by hand."""
    for credit, entry, left in credits_by_hand(books):
        if not credit.number or credit.kind != "credit note":
            continue
        less = amounts.negative(credit.amount)
        yield invoice(
            books,
            number=credit.number,
            kind="credit note",
            date=credit.date,
            due=None,
            client=credit.client,
            contracts=(),
            account=credit.account,
            sums=written_on(books, entry, credit.account, less),
            entry=entry,
            side=books.side_of(credit.account),
            left=left,
        )


def credits_by_hand(books: Books) -> Iterator[tuple[Credit, Transaction, Decimal]]:
    """Yield the credits that are transactions, also refunded, and what is unapplied of each."""
    found = books.open_items()
    credits_: dict[int, Credit] = {}
    unused: dict[int, Decimal] = {}
    for item in found.items:
        credits_ |= {id(match.credit): match.credit for match in item.matches}
    for rest in found.unapplied:
        credits_[id(rest.credit)] = rest.credit
        unused[id(rest.credit)] = rest.amount
    for refund in found.refunds:
        credits_ |= {id(credit): credit for credit, _, _ in refund.takes}
    for name, credit in credits_.items():
        if credit.entry:
            yield credit, credit.entry, unused.get(name, ZERO)


def written(books: Books, item: Item) -> tuple[Decimal, Decimal, Decimal]:
    """Return net, tax and held of an item by hand, as its transaction has them."""
    return written_on(books, item.debits[0].entry, item.account, item.charged)


def withheld_on(books: Books, entry: Transaction, account: Account, owed: Decimal) -> Decimal:
    """Return what a client withholds as tax of what a transaction by hand books on an account."""
    return _kept(books, entry, account, owed)[2]


def written_on(
    books: Books, entry: Transaction, account: Account, owed: Decimal
) -> tuple[Decimal, Decimal, Decimal]:
    """Return net, tax and held of what a transaction by hand books on a receivable account."""
    tax, held, withheld = _kept(books, entry, account, owed)
    kept = amounts.add((held, withheld))
    return amounts.take(amounts.add((owed, kept)), tax), tax, kept


def _kept(
    books: Books, entry: Transaction, account: Account, owed: Decimal
) -> tuple[Decimal, Decimal, Decimal]:
    """Tax, what is held back, and what is withheld of it.

    Where it books on several accounts, each takes its part of them.
    """
    roles = books.roles
    all_: list[Decimal] = []
    tax: list[Decimal] = []
    held: list[Decimal] = []
    withheld: list[Decimal] = []
    for posting in entry.postings:
        if postings.currency(posting) != account.currency:
            continue
        number = postings.number(posting)
        if posting.account in roles.owed_on:
            all_.append(number)
        elif posting.account in roles.retentions:
            held.append(number)
        elif posting.account in roles.withholding:
            withheld.append(number)
        elif posting.account in roles.taxes:
            tax.append(amounts.negative(number))
    whole = amounts.add(all_)
    share = Fraction(owed) / Fraction(whole) if whole else Fraction(1)
    places = amounts.decimals(owed)
    first, second, third = (
        amounts.fraction_of(amounts.add(column), share, places) for column in (tax, held, withheld)
    )
    return first, second, third
