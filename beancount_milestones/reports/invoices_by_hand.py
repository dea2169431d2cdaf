"""Invoices and credit notes that no contract explains: written by hand, with a number."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from beancount_milestones import amounts, postings
from beancount_milestones.amounts import ZERO
from beancount_milestones.reports.books import cached
from beancount_milestones.reports.invoice import Invoice, invoice, total
from beancount_milestones.reports.open_items import earliest
from beancount_milestones.reports.whose import InvoiceKey

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from beancount.core.data import Posting, Transaction

    from beancount_milestones.receivables import Account, Credit, Item, Kind
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
    found = _in_currency(entry, account)
    share = _share(books, entry, account, owed)
    places = _places(books, found, account, owed)

    def part(accounts: Container[str]) -> Decimal:
        return _part(found, accounts, share, places)

    # What is owed again has its own part of what is withheld.
    parts = _again(books).get((id(entry), account.currency), ())
    again = amounts.add(number for kind, number in parts if kind == "withholding")
    less = amounts.fraction_of(again, _side(books, account) * share, places)
    withheld = amounts.add((part(roles.withholding), less))
    return amounts.negative(part(roles.taxes)), part(roles.retentions), withheld


class TaxesByHand(NamedTuple):
    """The taxes of a transaction by hand."""

    #: By account, in the currency of what is owed.
    by_account: dict[str, Decimal]
    #: By currency, those that are booked in another one.
    elsewhere: dict[str, Decimal]


def taxes_on(books: Books, entry: Transaction, account: Account, owed: Decimal) -> TaxesByHand:
    """Return the taxes in what a transaction by hand books on a receivable account."""
    found = _in_currency(entry, account)
    share = _share(books, entry, account, owed)
    places = _places(books, found, account, owed)
    by_account: dict[str, Decimal] = {}
    elsewhere: dict[str, Decimal] = defaultdict(Decimal)
    for posting, _ in found:
        currency = postings.currency(posting)
        if posting.account in books.roles.taxes:
            tax = _part(found, {posting.account}, share, places)
            by_account[posting.account] = amounts.negative(tax)
            if currency != account.currency:
                number = amounts.negative(postings.number(posting))
                booked = amounts.fraction_of(number, share, amounts.decimals(number))
                elsewhere[currency] = amounts.add((elsewhere[currency], booked))
    return TaxesByHand(by_account, dict(elsewhere))


#: Postings with what each is in the currency of what is owed.
_Found = list[tuple["Posting", Fraction]]


def _in_currency(entry: Transaction, account: Account) -> _Found:
    """The postings in the currency of an account, or at the price of its own posting in it.

    What neither has nor shares that currency is no part of what is owed in it.
    """
    own = next(
        posting
        for posting in entry.postings
        if (posting.account, postings.currency(posting)) == tuple(account)
    )
    weight, weighed = Fraction(postings.weight(own)), postings.weight_currency(own)
    price = Fraction(postings.number(own)) / weight if weight else Fraction(0)
    found: _Found = []
    for posting in entry.postings:
        if postings.currency(posting) == account.currency:
            found.append((posting, Fraction(postings.number(posting))))
        elif postings.weight_currency(posting) == weighed:
            found.append((posting, Fraction(postings.weight(posting)) * price))
    return found


def _share(books: Books, entry: Transaction, account: Account, owed: Decimal) -> Fraction:
    """The share that an amount has of all that a transaction charges, or takes back.

    What it settles with money, or gives back, is neither.
    """
    found = _in_currency(entry, account)
    whole = sum(n for posting, n in found if posting.account in books.roles.owed_on)
    whole += Fraction(money_in(books, entry, account))
    return Fraction(owed) / whole if whole else Fraction(1)


def money_in(books: Books, entry: Transaction, account: Account) -> Decimal:
    """Return the money with which a transaction settles something, less what it gives back.

    With all that is owed again with it. In the sign of the ledger: with it, what is booked on
    receivables is what is charged.
    """
    key = (id(entry), account.currency)
    again = amounts.add(number for _, number in _again(books).get(key, ()))
    money = amounts.take(_money(books).get(key, ZERO), again)
    return money if _side(books, account) > 0 else amounts.negative(money)


def _side(books: Books, account: Account) -> int:
    return 1 if books.side_of(account) == "sell" else -1


@cached
def _again(books: Books) -> dict[tuple[int, str], list[tuple[Kind, Decimal]]]:
    """What each transaction owes again with money that was returned, part by part."""
    found: dict[tuple[int, str], list[tuple[Kind, Decimal]]] = defaultdict(list)
    for item in books.open_items().items:
        for debit in item.debits:
            if debit.returned:
                key = (id(debit.entry), item.account.currency)
                found[key] += (part for part in debit.parts if part[0] != "payment")
    return dict(found)


@cached
def _money(books: Books) -> dict[tuple[int, str], Decimal]:
    """The money with which a transaction settles something, less what it gives back of it."""
    sums: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    found = books.open_items()
    for item in found.items:
        for moved in item.movements:
            if moved.kind in {"payment", "returned"}:
                key = (id(moved.entry), item.account.currency)
                sums[key] = amounts.add((sums[key], moved.amount))
    for rest in found.unapplied:
        key = (id(rest.credit.entry), rest.credit.account.currency)
        sums[key] = amounts.add((sums[key], *(n for kind, n in rest.parts if kind == "payment")))
    return dict(sums)


def _places(books: Books, found: _Found, account: Account, owed: Decimal) -> int:
    """The decimals that anything has: a part at a price would have no end of them."""
    numbers = (postings.number(p) for p, _ in found if postings.currency(p) == account.currency)
    return max(books.register.places(account.currency), *map(amounts.decimals, (owed, *numbers)))


def _part(found: _Found, accounts: Container[str], share: Fraction, places: int) -> Decimal:
    """A share of what is on some accounts."""
    whole = sum((n for posting, n in found if posting.account in accounts), Fraction(0))
    return amounts.fraction_of(Decimal(1), whole * share, places)
