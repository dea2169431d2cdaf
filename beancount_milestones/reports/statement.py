"""A statement of account for one client."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Literal

from beancount_milestones import amounts
from beancount_milestones.errors import did_you_mean
from beancount_milestones.model import State
from beancount_milestones.receivables import (
    Account,
    Key,
    accounts_of,
    fold,
    identity,
    identity_of_step,
    receivable_lines,
)
from beancount_milestones.reports.owners import Clients

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from beancount_milestones.model import Step
    from beancount_milestones.receivables import Credit, Identity, OpenItems
    from beancount_milestones.reports.books import Books

Kind = Literal[
    "opening",
    "invoice",
    "unbilled",
    "debit",
    "correction",
    "credit note",
    "payment",
    "write-off",
    "closing",
]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a statement. Opening and closing have a balance only."""

    date: datetime.date
    client: str
    kind: Kind
    invoice: str
    contract: str
    milestone: str
    text: str
    due: datetime.date | None
    #: What the client owes more.
    charged: Decimal | None
    #: What the client owes less.
    settled: Decimal | None
    #: What the client owes after it.
    balance: Decimal
    currency: str


STATEMENT_COLUMNS: Final = tuple(column.name for column in fields(Entry))


class UnknownClientError(Exception):
    """Nobody of that name has a contract or an item; the message says who is near."""


@dataclass(frozen=True, slots=True)
class _Movement:
    """Something that changes what a client owes."""

    client: str
    account: Account
    date: datetime.date
    kind: Kind
    amount: Decimal
    text: str
    milestone: Key | None = None
    invoice: str = ""
    due: datetime.date | None = None

    @property
    def order(self) -> tuple[object, ...]:
        """By date, charges first; on one day, an order that no line or file can change."""
        key = self.milestone or Key("", "")
        return (
            *(self.date, self.amount < 0, key.contract, key.milestone, self.invoice, self.kind),
            *(self.text, self.amount, self.account),
        )


def statement(books: Books, client: str, start: datetime.date | None = None) -> list[Entry]:
    """Return the statement of a client: for each currency opening, movements and closing.

    The balances are the client's part of the receivable accounts. Without ``start``, from the
    beginning. Raises `UnknownClientError`.
    """
    found = books.open_items()
    clients = Clients.of(books)
    name = clients.names.get(fold(client))
    if name is None:
        known = sorted(set(clients.names.values()))
        message = f"no client '{client}' by {books.as_of}{did_you_mean(client, known)}"
        raise UnknownClientError(message)
    by_currency: dict[str, list[_Movement]] = defaultdict(list)
    for account, used in sorted(books.in_use().items()):
        if name in {clients.owner(account, contract.client) for contract in used}:
            by_currency[account.currency] = []
    for movement in sorted(_movements(books, found, clients), key=lambda found: found.order):
        if movement.client == name:
            by_currency[movement.account.currency].append(movement)
    return [
        entry
        for currency, movements in sorted(by_currency.items())
        for entry in _entries(name, currency, movements, start, books.as_of)
    ]


def _entries(
    client: str,
    currency: str,
    movements: Iterable[_Movement],
    start: datetime.date | None,
    as_of: datetime.date,
) -> Iterator[Entry]:
    zero = amounts.nothing(currency)
    balance = zero
    shown = []
    for movement in movements:
        if start and movement.date < start:
            balance = amounts.add((balance, movement.amount))
        else:
            shown.append(movement)

    def border(kind: Kind, date: datetime.date) -> Entry:
        return Entry(date, client, kind, "", "", "", "", None, None, None, balance, currency)

    yield border("opening", start or min((m.date for m in shown), default=as_of))
    for movement in shown:
        balance = amounts.add((balance, movement.amount))
        credited = movement.amount < 0
        key = movement.milestone or Key("", "")
        yield Entry(
            date=movement.date,
            client=client,
            kind=movement.kind,
            invoice=movement.invoice,
            contract=key.contract,
            milestone=key.milestone,
            text=movement.text,
            due=movement.due,
            charged=None if credited else amounts.add((zero, movement.amount)),
            settled=amounts.take(zero, movement.amount) if credited else None,
            balance=balance,
            currency=currency,
        )
    yield border("closing", as_of)


def _movements(books: Books, found: OpenItems, clients: Clients) -> Iterator[_Movement]:
    """Everything on the receivable accounts, of all clients: it sums to their balances."""
    yield from _booked(books, clients)
    settled: dict[tuple[str, int], tuple[Credit, list[tuple[Decimal, str]]]] = {}
    for item in found.items:
        owner = clients.owner(item.account, item.client)
        for debit in item.debits:
            yield _Movement(
                client=owner,
                account=item.account,
                date=debit.entry.date,
                kind="debit",
                amount=debit.amount,
                text=debit.entry.narration or "",
                milestone=item.milestone,
                invoice=item.number or "",
                due=item.due,
            )
        for match in item.matches:
            parts = settled.setdefault((owner, id(match.credit)), (match.credit, []))
            parts[1].append((match.amount, item.number or ""))
    for unapplied in found.unapplied:
        credit = unapplied.credit
        owner = clients.owner(credit.account, credit.payee)
        parts = settled.setdefault((owner, id(credit)), (credit, []))
        parts[1].append((unapplied.amount, ""))
    for (owner, _), (credit, paying) in settled.items():
        # A reduction is booked by the plugin, and there already.
        if credit.entry:
            yield _Movement(
                client=owner,
                account=credit.account,
                date=credit.date,
                kind=credit.kind,
                amount=amounts.negative(amounts.add(amount for amount, _ in paying)),
                text=credit.entry.narration or "",
                invoice=", ".join(dict.fromkeys(number for _, number in paying if number)),
            )


def _booked(books: Books, clients: Clients) -> Iterator[_Movement]:
    """What the plugin booked, and the invoices that moved nothing: for those have numbers."""
    accounts = books.in_use()
    figures: dict[Identity, dict[Account, list[Decimal]]] = {}
    for line in receivable_lines(books.register, accounts, books.entries, books.as_of):
        if line.milestone:
            booked = figures.setdefault(identity(line.entry), {})
            booked.setdefault(line.account, []).append(line.amount)
    for contract, milestone in books.register.milestones():
        key = Key(contract.id, milestone.id)
        before = State()
        for step in milestone.steps_at(books.as_of):
            moved = figures.get(identity_of_step(key, step), {})
            silent = accounts_of(contract, milestone, step.date) if step.number else {}
            for account in moved or silent:
                amount = amounts.add(moved.get(account, ()))
                yield _Movement(
                    client=clients.owner(account, contract.client),
                    account=account,
                    date=step.date,
                    kind=_kind(before, step, amount),
                    amount=amount,
                    text=f"{milestone.entry.narration}: {milestone.title_at(step.date)}",
                    milestone=key,
                    invoice=step.number or "",
                    due=step.due,
                )
            before = step.state


def _kind(before: State, step: Step, amount: Decimal) -> Kind:
    """What a step is to the client."""
    bills = step.state.billed > before.billed
    if step.event == "credited" or (bills and amount < 0):
        return "credit note"
    if bills:
        return "invoice"
    return "correction" if amount < 0 else "unbilled"
