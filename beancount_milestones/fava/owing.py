"""What a client owes on one account, as a form lists it: the lines that a payment can be over."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones import amounts, postings
from beancount_milestones.fava.settled import called
from beancount_milestones.parties import fold
from beancount_milestones.receivables import Account, Key
from beancount_milestones.reports import status

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from beancount.core.amount import Amount

    from beancount_milestones.fava.form import Asked
    from beancount_milestones.receivables import Item, Unapplied
    from beancount_milestones.reports import Books


#: What forms and links call what is owed without any name.
UNNUMBERED: Final = "*"


class Group(NamedTuple):
    """Whom a payment is with, and the account and currency that it settles."""

    client: str
    account: Account
    side: str

    def signed(self, amount: Decimal) -> Decimal:
        """Return an amount that comes to us; what we pay goes the other way."""
        return amount if self.side == "sell" else amounts.negative(amount)


@dataclass(frozen=True, slots=True)
class Owing:
    """An invoice, or what is billed of a milestone without a number."""

    #: The name that a payment gives it: a number, or contract/milestone. None of what has neither.
    name: str
    title: str
    due: datetime.date | None
    open: Decimal
    #: What may be taken off for paying by a day, and the last such day.
    early: Decimal
    until: datetime.date | None
    #: The price that the contract gives its receivable.
    price: Amount | None
    milestones: frozenset[Key]
    #: Whether it has a number, or only the name of the milestone.
    numbered: bool


def group_of(books: Books, asked: Asked) -> Group | None:
    """Return what a form is about: the account it names, else one where something is owed.

    Takes a milestone or a client. None where neither has such an account.
    """
    wanted = Account(asked.value("receivable"), asked.value("currency"))
    if asked.contract:
        rows = [
            row
            for row in status(books)
            if (row.contract, row.milestone) == (asked.contract, asked.milestone) and row.account
        ]
        row = next((row for row in rows if (row.account, row.currency) == wanted), None)
        row = row or next((row for row in rows if row.outstanding), None)
        return Group(row.client, Account(row.account, row.currency), row.side) if row else None
    found = accounts_of(books, asked.value("client"))
    account = wanted if wanted in found else next(iter(found), None)
    client = books.clients.resolve(asked.value("client")) or asked.value("client")
    return Group(client, account, books.side_of(account)) if account else None


def accounts_of(books: Books, client: str) -> list[Account]:
    """Return the accounts on which a client owes something or can owe it, the first ones first."""
    owed = [item.account for item in books.open_items().items if item.open and _is(item, client)]
    paid = [rest.credit.account for rest in unapplied_of(books, client)]
    agreed = [
        account
        for account, contracts in books.in_use().items()
        if any(fold(books.owner(contract, account)) == fold(client) for contract in contracts)
    ]
    return list(dict.fromkeys([*owed, *paid, *agreed]))


def unapplied_of(books: Books, client: str) -> list[Unapplied]:
    """Return the credits of a client that settle nothing, the oldest first."""
    rests = books.open_items().unapplied
    return [rest for rest in rests if fold(rest.credit.client) == fold(client)]


def unapplied_on(books: Books, client: str, account: Account) -> dict[str, Unapplied]:
    """Return those of them on an account, by what a link calls them."""
    rests = [rest for rest in unapplied_of(books, client) if rest.credit.account == account]
    return dict(zip(called(rest.credit.date for rest in rests), rests, strict=True))


def lines_of(books: Books, group: Group, date: datetime.date) -> list[Owing]:
    """Return what is billed and open, the oldest due first; a discount if paid on that day."""
    lines = [_line(books, name, items, date) for name, items in items_of(books, group).items()]
    return sorted(lines, key=lambda line: (line.due or datetime.date.max, line.name))


def items_of(books: Books, group: Group) -> dict[str, list[Item]]:
    """Return what is billed and open by the name that a payment gives it.

    What was written by hand without a number has no name that a payment could give: it is taken
    together.
    """
    named: dict[str, list[Item]] = {}
    for item in books.open_items().items:
        here = item.account == group.account and _is(item, group.client)
        if here and item.invoiced and item.open:
            name = item.number or (item.milestone.link if item.milestone else UNNUMBERED)
            named.setdefault(name, []).append(item)
    return named


def unnumbered(books: Books, group: Group) -> Decimal:
    """Return what is open without any name."""
    return amounts.add(item.open for item in items_of(books, group).get(UNNUMBERED, ()))


def _is(item: Item, client: str) -> bool:
    return fold(item.client) == fold(client)


def _line(books: Books, name: str, items: list[Item], date: datetime.date) -> Owing:
    early = [_early(books, item, date) for item in items]
    return Owing(
        name,
        title=_title(books, items) or "without a number",
        due=min((item.due for item in items if item.due), default=None),
        open=amounts.add(item.open for item in items),
        early=amounts.add(amount for amount, _ in early),
        until=min((until for _, until in early if until), default=None),
        price=next(filter(None, (price_of(books, item) for item in items)), None),
        milestones=frozenset(item.milestone for item in items if item.milestone),
        numbered=bool(items[0].number),
    )


def _title(books: Books, items: Iterable[Item]) -> str:
    """What the milestones are called, each once; an invoice by hand is its narration."""
    titles = []
    for item in items:
        if item.milestone:
            milestone = books.milestone(item.milestone)
            contract = milestone.entry.narration or item.milestone.contract
            titles.append(f"{contract} · {milestone.title_at(books.as_of)}")
        else:
            titles.append(item.debits[0].entry.narration or "")
    return ", ".join(dict.fromkeys(filter(None, titles)))


def _early(books: Books, item: Item, date: datetime.date) -> tuple[Decimal, datetime.date | None]:
    """What the terms take off an item that is paid on that day, and until when they do."""
    contract = books.register.contracts[item.milestone.contract] if item.milestone else None
    terms = contract.terms if contract else None
    discount = terms.discount if terms else None
    until = terms.discount_until(item.date) if terms else None
    if not discount or not until or until < date:
        return amounts.ZERO, None
    places = books.register.places(item.account.currency)
    return amounts.fraction_of(item.open, Fraction(discount[0]) / 100, places), until


def price_of(books: Books, item: Item) -> Amount | None:
    """Return the price of the posting that an item comes from."""
    if not item.milestone:
        found = [p for debit in item.debits[:1] for p in debit.entry.postings]
    else:
        parts = books.milestone(item.milestone).parts_at(books.as_of)
        found = [leg.posting for part in parts for leg in part.legs]
    same = (
        posting.price
        for posting in found
        if posting.price and (posting.account, postings.currency(posting)) == tuple(item.account)
    )
    return next(same, None)
