"""The words of open-item accounting: item, credit, match, refund, unapplied."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from beancount_milestones import amounts

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Mapping
    from decimal import Decimal

    from beancount.core.data import Transaction

    from beancount_milestones.receivables.clients import Clients

Basis = Literal["link", "amount", "oldest"]
#: Only `payment` is money.
Kind = Literal[
    "payment",
    "deduction",
    "discount",
    "fee",
    "withholding",
    "credit note",
    "write-off",
    "set-off",
    "transfer",
]


class Account(NamedTuple):
    """A receivable account in one currency: each stands by itself."""

    name: str
    currency: str


class Key(NamedTuple):
    """A milestone of a contract."""

    contract: str
    milestone: str

    @property
    def link(self) -> str:
        """The link that names the milestone."""
        return f"{self.contract}/{self.milestone}"


class Credit(NamedTuple):
    """Something that credits a receivable account."""

    account: Account
    date: datetime.date
    #: Positive.
    amount: Decimal
    #: What it is, part by part: the amounts add up to the whole, money first.
    parts: tuple[tuple[Kind, Decimal], ...]
    payee: str
    #: None for a milestone that bills less than nothing.
    entry: Transaction | None
    #: The milestone that bills less than nothing: a reduction.
    milestone: Key | None = None
    #: Its own number, where it is a credit note.
    number: str | None = None
    #: Whose it is.
    client: str = ""
    #: Whether it is told: a reduction may wait for its credit note.
    invoiced: bool = True
    #: What it says that it pays: names of invoices, milestones and contracts, and other links.
    named: frozenset[str] = frozenset()

    @property
    def kind(self) -> Kind:
        """What it is, in one word: the first of its parts."""
        return self.parts[0][0]


class Match(NamedTuple):
    """What a part of a credit settles of an item, and why of this one."""

    credit: Credit
    amount: Decimal
    basis: Basis
    kind: Kind


class Debit(NamedTuple):
    """A debit by hand on a receivable account."""

    entry: Transaction
    amount: Decimal
    #: Whether it takes the money from another asset account, as a bank does that gives it back.
    returned: bool = False
    #: What it gives back, part by part: money, tax that was withheld. Empty where it only charges.
    parts: tuple[tuple[Kind, Decimal], ...] = ()


class Movement(NamedTuple):
    """What settled some of an item, or raised it again."""

    date: datetime.date
    kind: Kind | Literal["returned"]
    #: Below zero for what raised it again.
    amount: Decimal
    #: Why it moves this item.
    basis: Basis
    #: None for a milestone that bills less than nothing.
    entry: Transaction | None
    #: The number of a credit note.
    number: str | None = None


def back(debit: Debit) -> Iterator[tuple[Kind | Literal["returned"], Decimal]]:
    """Yield what a debit raises an item by, part by part: money is returned."""
    for kind, amount in debit.parts:
        yield "returned" if kind == "payment" else kind, amount


@dataclass(frozen=True)
class Item:
    """A debit: a bill, a milestone that waits for its bill, or anything else that is owed."""

    account: Account
    #: Whose it is.
    client: str
    #: None for a debit that no contract explains.
    milestone: Key | None
    number: str | None
    #: Whether it is billed; a completed milestone may wait for its invoice.
    invoiced: bool
    date: datetime.date
    #: None where it waits until another invoice is settled.
    due: datetime.date | None
    #: With what was raised again.
    amount: Decimal
    #: What was owed once more: returned payments, what was written off or is moved here.
    raised: Decimal
    matches: tuple[Match, ...]
    #: The debits by hand in it: that of an item which no contract explains, what raised it again.
    debits: tuple[Debit, ...] = ()
    #: What credits have settled, of any kind. Worked out once: every report asks for it.
    settled: Decimal = field(init=False)
    #: What is still owed.
    open: Decimal = field(init=False)

    def __post_init__(self) -> None:
        """Work out what is settled and what is open."""
        settled = amounts.add(match.amount for match in self.matches)
        object.__setattr__(self, "settled", settled)
        object.__setattr__(self, "open", amounts.take(self.amount, settled))

    @property
    def charged(self) -> Decimal:
        """What it was at first, before anything was raised again: nothing of what is moved here."""
        return amounts.take(self.amount, self.raised)

    # Without slots, so that what several reports ask for is kept.

    @cached_property
    def movements(self) -> list[Movement]:
        """What settled it and what raised it again, oldest first; what is left is paid."""
        moved = [
            Movement(m.credit.date, m.kind, m.amount, m.basis, m.credit.entry, m.credit.number)
            for m in self.matches
        ]
        # A debit that charges something gives nothing back.
        for debit in self.debits:
            for kind, amount in back(debit):
                less = amounts.negative(amount)
                moved.append(Movement(debit.entry.date, kind, less, "link", debit.entry))
        return sorted(moved, key=lambda movement: movement.date)

    @cached_property
    def payments(self) -> list[tuple[datetime.date, Decimal]]:
        """The payments that stayed: what went back takes from the last ones before it.

        Without what was moved here from another item: it came on another day.
        """
        kept: list[tuple[datetime.date, Decimal]] = []
        for moved in self.movements:
            if moved.kind == "payment" and not self._is_moved_to(moved):
                kept.append((moved.date, moved.amount))
            elif moved.kind == "returned":
                left = moved.amount.copy_abs()
                while left and kept:
                    date, amount = kept.pop()
                    gone = min(left, amount)
                    left = amounts.take(left, gone)
                    if gone < amount:
                        kept.append((date, amounts.take(amount, gone)))
        return kept

    def _is_moved_to(self, moved: Movement) -> bool:
        """Whether a payment only takes from other items on the account."""
        name = self.account.name
        for posting in moved.entry.postings if moved.entry else ():
            if posting.account != name:
                return False
        return True


@dataclass(frozen=True, slots=True)
class Unapplied:
    """A credit, or the rest of one, that settles nothing."""

    credit: Credit
    amount: Decimal
    #: What it is, part by part.
    parts: tuple[tuple[Kind, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Refund:
    """What went back to a client, or elsewhere for one, taken from credits that settled nothing."""

    entry: Transaction
    account: Account
    client: str
    #: Positive.
    amount: Decimal
    #: What it is, part by part: money, and perhaps tax that was withheld.
    parts: tuple[tuple[Kind, Decimal], ...]
    #: The credits that it takes back, and how much of each, part by part.
    takes: tuple[tuple[Credit, Kind, Decimal], ...]


@dataclass(frozen=True, slots=True)
class OpenItems:
    """All items of all receivable accounts, open or settled, all refunds and unapplied credits."""

    items: tuple[Item, ...]
    unapplied: tuple[Unapplied, ...]
    refunds: tuple[Refund, ...]
    clients: Clients
    #: The days on which those of our invoices were settled that suppliers wait for, by number.
    settled_on: Mapping[str, datetime.date]

    def paid(self) -> dict[tuple[Key, Account], Decimal]:
        """Return what is settled for good, by milestone and account.

        A returned payment counts against it; so does what a reduction settles of other items.
        """
        paid: dict[tuple[Key, Account], Decimal] = {}
        for item in self.items:
            if item.milestone:
                key = (item.milestone, item.account)
                settled = amounts.take(item.settled, item.raised)
                paid[key] = amounts.add((paid.get(key, amounts.ZERO), settled))
            for match in item.matches:
                if match.credit.milestone:
                    key = (match.credit.milestone, item.account)
                    paid[key] = amounts.take(paid.get(key, amounts.ZERO), match.amount)
        return paid
