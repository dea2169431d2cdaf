"""Open items: what explains the balance of every receivable account, line by line."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from beancount_milestones import amounts
from beancount_milestones.receivables import Account, Item, Key, Unapplied, folded
from beancount_milestones.reports.status import rows_of

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from beancount.core.data import Directive, Transaction

    from beancount_milestones.model import Register
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.status import Row

Kind = Literal["invoiced", "uninvoiced", "other", "unapplied"]


@dataclass(frozen=True, slots=True)
class OpenItem:
    """What is open on a receivable account: the rows of an account sum to its balance.

    ``open = amount - settled``. The items of kind ``invoiced`` sum to what is outstanding.
    """

    #: A milestone's bill; a milestone that waits for its bill; a debit that no contract explains;
    #: or a credit that settles nothing, whose amounts are negative.
    kind: str
    account: str
    currency: str
    #: The payee, where no contract explains it.
    client: str
    contract: str
    milestone: str
    #: The number.
    invoice: str
    date: datetime.date
    due: datetime.date | None
    amount: Decimal
    settled: Decimal
    open: Decimal
    #: Days overdue; None where it is not.
    days: int | None


@dataclass(frozen=True, slots=True)
class Credit:
    """An unapplied credit, and the transaction that it comes from."""

    row: OpenItem
    entry: Transaction


def items(books: Books) -> list[OpenItem]:
    """Return all that is open, by account, the oldest due first, and then what is unapplied."""
    debits, credits_ = lines(books)
    return [*debits, *(credit.row for credit in credits_)]


def lines(books: Books) -> tuple[list[OpenItem], list[Credit]]:
    """Return the open items, and the unapplied credits."""
    return books.once(_lines)


def _lines(books: Books) -> tuple[list[OpenItem], list[Credit]]:
    found = books.open_items()
    asked = _Asked(books)
    debits = [_debit(item, books.as_of) for item in found.items if item.open and asked.item(item)]
    moved = _moved((row for _, row in rows_of(books)), debits, books.as_of)
    credits_ = [
        Credit(_credit(rest), rest.credit.entry or _entry(books.register, rest.credit.milestone))
        for rest in found.unapplied
        if asked.rest(rest)
    ]
    return [*debits, *moved], credits_


def billing(books: Books, key: Key, item: OpenItem | Item) -> Directive:
    """Return the directive that billed an item of a milestone, else the milestone's transaction."""
    milestone = books.register.contracts[key.contract].milestones[key.milestone]
    number = item.invoice if isinstance(item, OpenItem) else item.number
    steps = milestone.steps_at(books.as_of)
    found = (s.entry for s in steps if (s.number or "", s.date) == (number or "", item.date))
    return next(found, milestone.entry)


class _Asked:
    """Whether something is in the scope of the books."""

    def __init__(self, books: Books) -> None:
        self._contracts = {contract.id for contract in books.contracts()}
        self._all = books.scope.contract is None and books.scope.client is None
        self._client = folded(books.scope.client) if books.scope.contract is None else frozenset()

    def item(self, item: Item) -> bool:
        return self._has(item.milestone, item.client)

    def rest(self, rest: Unapplied) -> bool:
        return self._has(rest.credit.milestone, rest.credit.payee)

    def _has(self, milestone: Key | None, payee: str) -> bool:
        if milestone:
            return milestone.contract in self._contracts
        return self._all or bool(self._client & folded(payee))


def _debit(item: Item, as_of: datetime.date) -> OpenItem:
    contract, milestone = item.milestone or ("", "")
    kind: Kind = "other"
    if item.milestone:
        kind = "invoiced" if item.invoiced else "uninvoiced"
    return OpenItem(
        kind=kind,
        account=item.account.name,
        currency=item.account.currency,
        client=item.client,
        contract=contract,
        milestone=milestone,
        invoice=item.number or "",
        date=item.date,
        due=item.due,
        amount=item.amount,
        settled=item.settled,
        open=item.open,
        days=overdue(item.due, as_of),
    )


def overdue(due: datetime.date | None, as_of: datetime.date) -> int | None:
    """Return the days that something is overdue, or None."""
    return (as_of - due).days if due and due < as_of else None


def _credit(rest: Unapplied) -> OpenItem:
    credit = rest.credit
    contract, milestone = credit.milestone or ("", "")
    return OpenItem(
        kind="unapplied",
        account=credit.account.name,
        currency=credit.account.currency,
        client=credit.payee,
        contract=contract,
        milestone=milestone,
        invoice="",
        date=credit.date,
        due=None,
        amount=amounts.negative(credit.amount),
        settled=amounts.take(rest.amount, credit.amount),
        open=amounts.negative(rest.amount),
        days=None,
    )


def _entry(register: Register, milestone: Key | None) -> Transaction:
    """The transaction of a milestone that bills less than nothing."""
    contract, name = milestone or Key("", "")
    return register.contracts[contract].milestones[name].entry


def _moved(
    rows: Iterable[Row], debits: Iterable[OpenItem], as_of: datetime.date
) -> Iterator[OpenItem]:
    """Move what is outstanding without a bill, so that the bills sum to what is outstanding.

    A payment that is returned to a milestone without a bill is owed at once; and another plugin
    may have changed what was booked. Each time one line is the other one taken back.
    """
    open_: dict[tuple[Key, Account], list[OpenItem]] = defaultdict(list)
    for item in debits:
        open_[Key(item.contract, item.milestone), Account(item.account, item.currency)].append(item)
    for row in rows:
        found = open_[Key(row.contract, row.milestone), Account(row.account, row.currency)]
        billed = amounts.add(item.open for item in found if item.kind == "invoiced")
        amount = amounts.take(row.outstanding, billed)
        if amount:
            due = found[-1].due if found else row.due
            moved = OpenItem(
                kind="invoiced",
                account=row.account,
                currency=row.currency,
                client=row.client,
                contract=row.contract,
                milestone=row.milestone,
                invoice="",
                date=found[-1].date if found else as_of,
                due=due,
                amount=amount,
                settled=amounts.ZERO * amount,
                open=amount,
                days=overdue(due, as_of),
            )
            less = amounts.negative(amount)
            yield moved
            yield replace(moved, kind="uninvoiced", amount=less, open=less)
