"""The roll-forward of a period: what each account of a contract held, got and gave.

In the signs of the ledger: added is what debits add, taken what credits take. All rows of an
account together are the account: what no contract explains has a row of its own. A period opens as
the one before it closed: a payment that settles something else since then moves on its first day.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from beancount.core.data import Transaction

from beancount_milestones import amounts, postings
from beancount_milestones.amounts import ZERO
from beancount_milestones.receivables import Account, Key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from beancount_milestones.model import Contract
    from beancount_milestones.reports.books import Books

#: What an account is to a contract.
Use = Literal["receivable", "payable", "unbilled", "deferred", "deposit", "retention"]


@dataclass(frozen=True, slots=True)
class Rolled:
    """An account of a contract in a period: ``closing = opening + added - taken``."""

    #: Empty for what no contract explains.
    contract: str
    client: str
    account: str
    use: Use
    currency: str
    #: At the end of the day before the period.
    opening: Decimal
    #: What debits have added in the period, positive.
    added: Decimal
    #: What credits have taken in it, positive.
    taken: Decimal
    closing: Decimal
    side: str


ROLLED_COLUMNS: Final = tuple(column.name for column in fields(Rolled))


class _Key(NamedTuple):
    account: str
    currency: str
    contract: str


def rollforward(books: Books, start: datetime.date | None = None) -> list[Rolled]:
    """Return a row for each contract on each of its accounts, from a day to the as-of date.

    Receivables and payables, unbilled, deferred, deposits and retention. Without ``start``, from
    the beginning. A payment is of the contract that it settles, as each of the two days sees it.
    """
    uses = _uses(books)
    moved: dict[_Key, list[tuple[datetime.date, Decimal]]] = defaultdict(list)
    for key, date, amount in (*_booked(books, uses), *_settled_since(books, start)):
        moved[key].append((date, amount))
    found = (
        _rolled(books, key, uses[key.account], moves, start)
        for key, moves in sorted(moved.items())
        if not key.contract or _is_asked(books, key)
    )
    return [row for row in found if row.opening or row.added or row.taken]


def _is_asked(books: Books, key: _Key) -> bool:
    """Whether it is asked about: of what a contract is owed, only what the client owes."""
    contract = books.register.contracts[key.contract]
    if not books.asks_contract(contract):
        return False
    account = Account(key.account, key.currency)
    owes = key.account in contract.owed_on
    return not owes or books.asks(books.owner(contract, account), Key(contract.id, ""), account)


def _uses(books: Books) -> dict[str, Use]:
    """The accounts of all contracts, and what each is used for; owed comes before all else."""
    uses: dict[str, Use] = {}
    for contract in books.register.contracts.values():
        for account, use in _of(contract):
            uses.setdefault(account, use)
    for contract in books.register.contracts.values():
        uses |= dict.fromkeys(contract.receivables, "receivable")
        uses |= dict.fromkeys(contract.payables, "payable")
    return uses


def _of(contract: Contract) -> Iterator[tuple[str, Use]]:
    named: tuple[tuple[str | None, Use], ...] = (
        (contract.unbilled, "unbilled"),
        (contract.deferred, "deferred"),
        (contract.retention, "retention"),
    )
    yield from ((account, use) for account, use in named if account)
    for account in contract.deposits:
        yield account, "deposit"


def _booked(books: Books, uses: dict[str, Use]) -> Iterator[tuple[_Key, datetime.date, Decimal]]:
    """Every posting on these accounts by the as-of date, with the contract that it is of."""
    for entry in books.entries:
        if isinstance(entry, Transaction) and entry.date <= books.as_of:
            name = entry.meta.get("contract")
            known = name if name in books.register.contracts and "event" in entry.meta else ""
            for posting in entry.postings:
                if posting.account in uses:
                    key = _Key(posting.account, postings.currency(posting), known)
                    if known or _is_of_client(books, key, entry):
                        yield key, entry.date, postings.number(posting)


def _is_of_client(books: Books, key: _Key, entry: Transaction) -> bool:
    """Whether what no contract explains is asked about."""
    account = Account(key.account, key.currency)
    return books.asks(books.clients.owner(account, entry.payee), None, account)


def _settled_since(
    books: Books, start: datetime.date | None
) -> Iterator[tuple[_Key, datetime.date, Decimal]]:
    """What payments settle; before a day, as it was known on the day before it.

    What is known otherwise since (an invoice was credited, a payment in advance has found its
    invoice) moves on that day.
    """
    if not start or start == datetime.date.min:
        yield from _settled(books)
        return
    changed: dict[_Key, list[Decimal]] = defaultdict(list)
    for key, date, amount in _settled(books.on(start - datetime.timedelta(days=1))):
        yield key, date, amount
        changed[key].append(amounts.negative(amount))
    for key, date, amount in _settled(books):
        if date < start:
            changed[key].append(amount)
        else:
            yield key, date, amount
    for key, found in changed.items():
        yield key, start, amounts.add(found)


def _settled(books: Books) -> Iterator[tuple[_Key, datetime.date, Decimal]]:
    """What payments settle of contracts: taken from what no contract explains, given to them."""
    for item in books.open_items().items:
        if not item.milestone:
            continue
        account = item.account
        sign = -1 if books.side_of(account) == "sell" else 1
        for moved in item.movements:
            if moved.entry and "event" not in moved.entry.meta:
                amount = moved.amount if sign > 0 else amounts.negative(moved.amount)
                key = _Key(account.name, account.currency, item.milestone.contract)
                yield key, moved.date, amount
                rest = key._replace(contract="")
                if _is_of_client(books, rest, moved.entry):
                    yield rest, moved.date, amounts.negative(amount)


def _rolled(
    books: Books,
    key: _Key,
    use: Use,
    moves: list[tuple[datetime.date, Decimal]],
    start: datetime.date | None,
) -> Rolled:
    before = [amount for date, amount in moves if start and date < start]
    here = [amount for date, amount in moves if not (start and date < start)]
    if not key.contract:
        # A payment and what it settles are on one day: only what is left of both has moved.
        days: dict[datetime.date, list[Decimal]] = defaultdict(list)
        for date, amount in moves:
            if not (start and date < start):
                days[date].append(amount)
        here = [amounts.add(found) for found in days.values()]
    opening = amounts.add(before)
    added = amounts.add(amount for amount in here if amount > 0)
    taken = amounts.negative(amounts.add(amount for amount in here if amount < 0))
    contract = books.register.contracts.get(key.contract)
    account = Account(key.account, key.currency)
    return Rolled(
        contract=key.contract,
        client=_client(books, contract, account) if contract else "",
        account=key.account,
        use=use,
        currency=key.currency,
        opening=opening,
        added=added,
        taken=taken or ZERO,
        closing=amounts.take(amounts.add((opening, added)), taken),
        side=_side(books, key.account, contract),
    )


def _client(books: Books, contract: Contract, account: Account) -> str:
    owes = account.name in contract.owed_on
    return books.owner(contract, account) if owes else books.clients.called(contract.client)


def _side(books: Books, account: str, contract: Contract | None) -> str:
    if contract:
        return contract.side
    return "buy" if account in books.register.payables() else "sell"
