"""A statement of account on paper: what a client was charged and has paid, or what is open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.amounts import ZERO
from beancount_milestones.documents import words
from beancount_milestones.documents.letter import Letter, covering, language_of
from beancount_milestones.reports.aging import AGES, aging
from beancount_milestones.reports.discounts import by_number
from beancount_milestones.reports.statement import (
    SupplierError,
    client_named,
    is_supplier,
    open_statement,
    statement,
)

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence
    from decimal import Decimal

    from beancount_milestones.parties import Party
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.statement import StatementLine


#: The lines whose text is for the client too: it is the title of what is charged.
_TELLING: Final = frozenset({"invoice", "credit note", "debit", "open"})


class Age(NamedTuple):
    """What is open of an age: a column of `aging`. What is unapplied is below zero."""

    name: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementAccount:
    """What a client owes in one currency: movements with a balance, or open invoices."""

    currency: str
    places: int
    lines: tuple[StatementLine, ...]
    #: What the client owes at the end.
    closing: Decimal
    #: The same by days overdue.
    ages: tuple[Age, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementDocument:
    """A statement of account. What is not invoiced is not on it, nor anything else private."""

    seller: Party
    client: Party
    #: The client as the ledger names it.
    payer: str
    #: The first day; None for all from the beginning.
    start: datetime.date | None
    date: datetime.date
    #: Whether it lists what is open only.
    only_open: bool
    accounts: tuple[StatementAccount, ...]


def statement_letter(
    books: Books, client: str, start: datetime.date | None = None, *, only_open: bool = False
) -> Letter:
    """Return the statement of a client as a letter, as of the books.

    Raises `reports.statement.UnknownClientError`, and `SupplierError` where only we owe.
    """
    name = client_named(books, client)
    if is_supplier(books, name):
        message = f"by {books.as_of} only we owe '{name}', and a letter is for clients"
        raise SupplierError(message)
    found = open_statement(books, name) if only_open else statement(books, name, start)
    seller = books.register.seller_at(books.as_of)
    party = books.register.client_at(name, books.as_of)
    currencies = dict.fromkeys(line.currency for line in found if line.side == "sell")
    accounts = tuple(
        _account(books, name, currency, [line for line in found if line.currency == currency])
        for currency in currencies
    )
    document = StatementDocument(
        seller=seller,
        client=party,
        payer=name,
        start=start,
        date=books.as_of,
        only_open=only_open,
        accounts=accounts,
    )
    language = language_of(seller, party)
    title = words.say(language, "label open statement" if only_open else "label statement")
    return Letter(
        template="statement.html",
        seller=seller,
        client=party,
        date=books.as_of,
        name=f"{title} {name} {books.as_of}",
        document=document,
        subject=f"{title}, {words.day(language, books.as_of)}",
        body=covering(seller, party, title),
        values={"title": title, "discounts": books.once(by_number)},
    )


def _account(
    books: Books, client: str, currency: str, lines: Sequence[StatementLine]
) -> StatementAccount:
    # What the ledger notes on a payment is nobody's business but ours.
    sold = tuple(
        line if line.kind in _TELLING else replace(line, text="")
        for line in lines
        if line.side == "sell"
    )
    closing = sold[-1].balance if sold else ZERO
    key = (client, currency, "sell")
    row = next((r for r in aging(books) if (r.client, r.currency, r.side) == key), None)
    ages = [Age(name, getattr(row, name) if row else ZERO) for name in AGES]
    # What is open, by age, less what is to the client's credit is the balance.
    credit = amounts.take(closing, amounts.add(age.amount for age in ages))
    if credit:
        ages.append(Age("unapplied", credit))
    elif row is None:
        ages = []
    return StatementAccount(
        currency=currency,
        places=books.register.places(currency),
        lines=sold,
        closing=closing,
        ages=tuple(ages),
    )
