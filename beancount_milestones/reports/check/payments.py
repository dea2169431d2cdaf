"""Invoices past their due date, and payments that settle nothing or went astray."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beancount.core.data import Transaction

from beancount_milestones import amounts, postings
from beancount_milestones.amounts import ZERO
from beancount_milestones.errors import did_you_mean
from beancount_milestones.reading import values
from beancount_milestones.receivables import SETTLES, booked_by_us, identity
from beancount_milestones.reports.check.findings import amount, days, finding, why_unread
from beancount_milestones.reports.numbering import is_asked, used
from beancount_milestones.reports.open_items import (
    billing,
    open_debits,
    source_of,
    unapplied,
)
from beancount_milestones.reports.reminding import reminded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from beancount.core.data import Directive

    from beancount_milestones.parties import Side
    from beancount_milestones.receivables import Item, Unapplied
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.check.findings import Finding
    from beancount_milestones.reports.numbering import Used

#: What clients owe, and what we owe.
_SIDES: Final[tuple[Side, ...]] = ("sell", "buy")


def overdue(books: Books) -> Iterator[Finding]:
    """Yield invoices past their due date, the oldest of a client first.

    Where what the client has unapplied covers one, it is to be matched, not chased.
    """
    pool: dict[tuple[str, str, str], Decimal] = {}
    for rest in unapplied(books):
        key = (rest.credit.client, rest.credit.account.currency, books.side_of(rest.credit.account))
        pool[key] = amounts.add((pool.get(key, ZERO), rest.amount))
    late = [
        (item.due, item)
        for item in open_debits(books)
        if item.invoiced and item.due and item.due < books.as_of
    ]
    for due, item in sorted(late, key=lambda x: (x[0], x[1].number or "", x[1].milestone or ())):
        key = (item.client, item.account.currency, books.side_of(item.account))
        covered = pool.get(key, ZERO) >= item.open
        late_for = days((books.as_of - due).days)
        name = f"invoice {item.number}" if item.number else "an invoice without a number"
        message = f"{name}: {amount(item.open, item.account.currency)} overdue for {late_for}"
        level = reminded(books, item.number) if item.number else 0
        if level and not covered:
            message += f", reminded (level {level})"
        if covered:
            paid = amount(pool[key], item.account.currency)
            message += f", but {paid} of the client is unapplied: match it"
            pool[key] = amounts.take(pool[key], item.open)
        yield finding(
            "match" if covered else "overdue",
            due,
            message,
            _entry(books, item),
            contract=item.milestone.contract if item.milestone else "",
            milestone=item.milestone.milestone if item.milestone else "",
            client=item.client,
        )


def _entry(books: Books, item: Item) -> Directive:
    if item.milestone:
        return billing(books, item.milestone, item.number, item.date)
    return item.debits[0].entry


def unapplied_credits(books: Books) -> Iterator[Finding]:
    """Yield credits that settle nothing, with the nearest number where they name none."""
    sides = {side: used(books, books.as_of, side) for side in _SIDES}
    known = {*books.register.contracts}.union(*sides.values())
    for rest in unapplied(books):
        credit, key = rest.credit, rest.credit.milestone
        currency = credit.account.currency
        numbers = sides[books.side_of(credit.account)]
        unknown = sorted(rest.credit.named - known)
        hint = "".join(
            f"; no invoice '{name}'{did_you_mean(name, numbers)}"
            for name in unknown
            if credit.entry and did_you_mean(name, numbers)
        )
        hint += "".join(f"; {why}" for why in _why_named_nothing(rest))
        yield finding(
            "unapplied",
            credit.date,
            f"{credit.kind} of {amount(credit.amount, currency)} on {credit.account.name}:"
            f" {amount(rest.amount, currency)} is unapplied{hint}",
            source_of(books, rest),
            contract=key.contract if key else "",
            milestone=key.milestone if key else "",
            client=credit.client,
        )


def _why_named_nothing(rest: Unapplied) -> list[str]:
    """Why what a credit settles cannot be read."""
    entry, name = rest.credit.entry, rest.credit.account.name
    if not entry or "" not in rest.credit.named:
        return []
    metas = [entry.meta, *(p.meta for p in entry.postings if p.account == name and p.meta)]
    return list(dict.fromkeys(filter(None, (why_settles(meta.get(SETTLES)) for meta in metas))))


def why_settles(value: object) -> str:
    """Return why a `settles` cannot be read; empty where it can, or nothing is said."""
    if value is None:
        return ""
    return why_unread(values.text_value, value, SETTLES, "INV-042", SETTLES)


def booked_to_income(books: Books) -> Iterator[Finding]:
    """Yield payments that name an invoice of ours and credit income instead of its receivable."""
    numbers = used(books, books.as_of)
    owed_on = books.register.receivables() | books.register.payables()
    generated = frozenset(map(identity, booked_by_us(books.register)))
    kinds = books.kinds
    for entry in books.entries:
        if not isinstance(entry, Transaction) or entry.date > books.as_of:
            continue
        named = sorted(_named(entry) & numbers.keys())
        if not named or any(posting.account in owed_on for posting in entry.postings):
            continue
        here = numbers[named[0]]
        income = [
            posting.account
            for posting in entry.postings
            if postings.number(posting) < 0 and kinds.of_account(posting.account) == "income"
        ]
        money = any(
            postings.number(posting) > 0 and kinds.of_account(posting.account) == "payment"
            for posting in entry.postings
        )
        if income and money and identity(entry) not in generated and is_asked(books, here):
            yield finding(
                "income",
                entry.date,
                f"a payment of {named[0]} is booked to {income[0]}: credit"
                f" {_owed_on(books, here)} instead, or the invoice is never paid",
                entry,
                contract=here.contract,
                milestone=here.milestone,
                client=here.client,
            )


def _named(entry: Transaction) -> set[str]:
    """What an entry names by its links, or settles by its metadata."""
    metas = (entry.meta, *(posting.meta or {} for posting in entry.postings))
    settled = (meta[SETTLES] for meta in metas if isinstance(meta.get(SETTLES), str))
    return {*(entry.links or ()), *map(str.strip, settled)}


def _owed_on(books: Books, here: Used) -> str:
    """The account that an invoice is owed on."""
    if here.account:
        return here.account.name
    owed_on = books.register.contracts[here.contract].owed_on
    return min(owed_on, default="the receivable account")


def bank_accounts(books: Books) -> Iterator[Finding]:
    """Yield receivable accounts that pay expenses of strangers, as a bank account does; once."""
    seen: set[str] = set()
    for rest in unapplied(books):
        credit = rest.credit
        name = credit.account.name
        # What strangers waive, on the buy side, is no expense of ours.
        pays = credit.kind == "write-off" and books.side_of(credit.account) == "sell"
        if not pays or name in seen or not credit.entry or not credit.payee:
            continue
        clients = {books.owner(c, credit.account) for c in books.in_use().get(credit.account, ())}
        if books.clients.resolve(credit.payee) in clients:
            continue
        seen.add(name)
        yield finding(
            "account",
            credit.date,
            f"{name} is a receivable account, and pays expenses to '{credit.payee}': is this a"
            " bank account?",
            credit.entry,
            client=credit.client,
        )
