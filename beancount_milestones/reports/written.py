"""What a transaction by hand books beside what it charges: taxes, what is held back and withheld.

Where it charges on several accounts, each has its part. What it settles with money, or gives back,
has none.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from beancount_milestones import amounts, postings
from beancount_milestones.amounts import ZERO
from beancount_milestones.reports.books import cached

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from beancount.core.data import Posting, Transaction

    from beancount_milestones.receivables import Account, Kind, Roles
    from beancount_milestones.reports.books import Books

#: From one share of a whole to another.
Marks = tuple[Fraction, Fraction]
ALL: Final = (Fraction(0), Fraction(1))
#: An account of a tax, and the currency.
TaxKey = tuple[str, str]
#: In the sign of the ledger.
Taxes = dict[TaxKey, Decimal]


@dataclass(frozen=True, slots=True)
class Written:
    """What a transaction by hand has for an account, in the currency of that."""

    roles: Roles
    #: 1 for what clients owe, -1 for what we owe.
    sign: int
    #: All that it charges, or takes back.
    whole: Fraction
    #: What its postings weigh in: all of it is shared by what is charged.
    weighed: str
    places: int
    #: Its postings, with what each is.
    found: tuple[tuple[Posting, Fraction], ...]
    #: What was withheld, and is owed again.
    again: Decimal

    def upto(self, owed: Decimal, start: Fraction = ALL[0]) -> Marks:
        """Return the share of an amount, after others."""
        return start, start + (Fraction(owed) / self.whole if self.whole else 1)

    def on(self, accounts: Container[str], marks: Marks) -> Decimal:
        """Return a share of what it has on some accounts, positive for a debit of who sells."""
        whole = sum((n for posting, n in self.found if posting.account in accounts), Fraction(0))
        unit = Decimal(self.sign)
        return amounts.between(unit, (whole * marks[0], whole * marks[1]), self.places)

    def held(self, marks: Marks) -> Decimal:
        """Return what is held back."""
        return self.on(self.roles.retentions, marks)

    def withheld(self, marks: Marks) -> Decimal:
        """Return what is withheld as tax."""
        again = amounts.between(self.again, marks, self.places)
        return amounts.add((self.on(self.roles.withholding, marks), again))

    def taxes(self, marks: Marks = ALL) -> Taxes:
        """Return a share of the taxes, as they are booked."""
        return taxes_in((posting for posting, _ in self.found), self.roles, marks)


def taxes_in(found: Iterable[Posting], roles: Roles, marks: Marks = ALL) -> Taxes:
    """Return what some postings book on accounts of taxes, or a share of it."""
    taxes: Taxes = {}
    for posting in found:
        if posting.account in roles.taxes:
            tax = (posting.account, postings.currency(posting))
            part = amounts.between(postings.number(posting), marks)
            taxes[tax] = amounts.add((taxes.get(tax, ZERO), part))
    return taxes


def written_for(
    books: Books, entry: Transaction, account: Account, owed: Decimal = ZERO
) -> Written:
    """Return what a transaction by hand has for an account that it posts to.

    With the decimals that anything has, ``owed`` too: a part at a price would have no end of them.
    What neither is in the currency of the account nor shares a price with it is no part of it.
    """
    weighed, found = _in_currency(entry, account)
    numbers = (postings.number(p) for p, _ in found if postings.currency(p) == account.currency)
    places = max(books.register.places(account.currency), *map(amounts.decimals, (owed, *numbers)))
    sign = 1 if books.side_of(account) == "sell" else -1
    key = (id(entry), account.currency)
    again = _again(books).get(key, ())
    on_account = sum((n for p, n in found if p.account in books.roles.owed_on), Fraction(0))
    money = amounts.take(_money(books).get(key, ZERO), amounts.add(n for _, n in again))
    return Written(
        roles=books.roles,
        sign=sign,
        whole=sign * on_account + Fraction(money),
        weighed=weighed,
        places=places,
        found=tuple(found),
        again=amounts.add(number for kind, number in again if kind == "withholding"),
    )


def _in_currency(
    entry: Transaction, account: Account
) -> tuple[str, list[tuple[Posting, Fraction]]]:
    """The postings in the currency of an account, or at the price of its own posting in it."""
    own = next(
        posting
        for posting in entry.postings
        if (posting.account, postings.currency(posting)) == tuple(account)
    )
    weight, weighed = Fraction(postings.weight(own)), postings.weight_currency(own)
    price = Fraction(postings.number(own)) / weight if weight else Fraction(0)
    found: list[tuple[Posting, Fraction]] = []
    for posting in entry.postings:
        if postings.currency(posting) == account.currency:
            found.append((posting, Fraction(postings.number(posting))))
        elif postings.weight_currency(posting) == weighed:
            found.append((posting, Fraction(postings.weight(posting)) * price))
    return weighed, found


@cached
def _again(books: Books) -> Mapping[tuple[int, str], list[tuple[Kind, Decimal]]]:
    """What each transaction owes again with money that was returned, part by part."""
    found: dict[tuple[int, str], list[tuple[Kind, Decimal]]] = defaultdict(list)
    for item in books.open_items().items:
        for debit in item.debits:
            if debit.returned:
                key = (id(debit.entry), item.account.currency)
                found[key] += (part for part in debit.parts if part[0] != "payment")
    return dict(found)


@cached
def _money(books: Books) -> Mapping[tuple[int, str], Decimal]:
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
