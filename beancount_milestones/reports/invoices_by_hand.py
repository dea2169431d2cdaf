"""Invoices and credit notes that no contract explains: written by hand, with a number."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from beancount_milestones import amounts, postings
from beancount_milestones.amounts import ZERO
from beancount_milestones.reports.invoice import Invoice, invoice, total
from beancount_milestones.reports.open_items import earliest
from beancount_milestones.reports.whose import InvoiceKey
from beancount_milestones.reports.written import written_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
    """Yield the credit notes that are written by hand, whatever invoices each takes back."""
    # Of one transaction.
    notes: dict[tuple[int, InvoiceKey], list[tuple[Credit, Transaction, Decimal]]] = defaultdict(
        list
    )
    for credit, entry, left in credits_by_hand(books):
        if credit.number and credit.kind == "credit note":
            key = InvoiceKey(credit.number, books.whose(credit.client, credit.account))
            notes[id(entry), key].append((credit, entry, left))
    for (_, key), found in notes.items():
        # The same on every day, whatever each has settled.
        credit, entry, _ = min(found, key=lambda one: one[0].account)
        less = amounts.negative(amounts.add(one.amount for one, _, _ in found))
        yield invoice(
            books,
            number=key.number,
            kind="credit note",
            date=credit.date,
            due=None,
            client=credit.client,
            contracts=(),
            account=credit.account,
            sums=written_on(books, entry, credit.account, less),
            entry=entry,
            side=key.whose.side,
            left=amounts.add(left for _, _, left in found),
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
    found = written_for(books, entry, account, owed)
    return found.withheld(found.upto(owed))


def written_on(
    books: Books, entry: Transaction, account: Account, owed: Decimal
) -> tuple[Decimal, Decimal, Decimal]:
    """Return net, tax and held of what a transaction by hand books on a receivable account."""
    found = written_for(books, entry, account, owed)
    marks = found.upto(owed)
    tax = amounts.negative(found.on(books.roles.taxes, marks))
    kept = amounts.add((found.held(marks), found.withheld(marks)))
    return amounts.take(amounts.add((owed, kept)), tax), tax, kept


class TaxesByHand(NamedTuple):
    """The taxes of a transaction by hand."""

    #: By account, in the currency of what is owed.
    by_account: dict[str, Decimal]
    #: By currency, those that are booked in another one.
    elsewhere: dict[str, Decimal]


def taxes_on(books: Books, entry: Transaction, account: Account, owed: Decimal) -> TaxesByHand:
    """Return the taxes in what a transaction by hand books on a receivable account."""
    found = written_for(books, entry, account, owed)
    marks = found.upto(owed)
    booked = found.taxes(marks)
    elsewhere: dict[str, Decimal] = defaultdict(Decimal)
    for (_, currency), number in booked.items():
        if currency != account.currency:
            less = amounts.negative(number) if found.sign > 0 else number
            elsewhere[currency] = amounts.add((elsewhere[currency], less))
    names = dict.fromkeys(name for name, _ in booked)
    return TaxesByHand(
        {name: amounts.negative(found.on({name}, marks)) for name in names}, dict(elsewhere)
    )
