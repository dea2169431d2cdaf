"""The register of invoices and credit notes: one row for each number."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from beancount_milestones import amounts, postings
from beancount_milestones.amounts import ZERO
from beancount_milestones.errors import position
from beancount_milestones.reading.settings import Roots
from beancount_milestones.receivables import Key, fold, role_of
from beancount_milestones.reports.open_items import overdue
from beancount_milestones.reports.slices import Charge, Slice, charges, slices

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Sequence
    from decimal import Decimal

    from beancount.core.data import Directive, Transaction

    from beancount_milestones.parties import Reminder
    from beancount_milestones.receivables import Account, Credit, Item, Match
    from beancount_milestones.reports.books import Books

Kind = Literal["invoice", "credit note", "other"]
Status = Literal["open", "overdue", "paid", "credited", "written-off"]


@dataclass(frozen=True, slots=True)
class Billed:
    """What one number charges of one milestone on one account."""

    slice: Slice
    charge: Charge


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """A number of an invoice or a credit note, as of a day. Credit notes are negative.

    ``gross = net + tax``; what the client owes on it is ``gross - held``. ``paid`` is what has
    settled it, of any kind, less what was returned. ``open`` is what is left.
    """

    number: str
    kind: Kind
    date: datetime.date
    #: The earliest due date where its milestones have different ones.
    due: datetime.date | None
    client: str
    #: The ids of its contracts, in the order written.
    contracts: tuple[str, ...]
    #: One that it is owed on, and the currency.
    account: Account
    net: Decimal
    tax: Decimal
    held: Decimal
    paid: Decimal
    open: Decimal
    status: Status
    #: Days overdue.
    days: int | None
    #: The level of the last reminder sent.
    reminders: int
    #: The directive or the transaction that it comes from.
    entry: Directive
    side: Literal["sell", "buy"]
    billed: tuple[Billed, ...] = field(default=(), repr=False)
    items: tuple[Item, ...] = field(default=(), repr=False)

    @property
    def gross(self) -> Decimal:
        """The net amount and the tax."""
        return amounts.add((self.net, self.tax))

    @property
    def currency(self) -> str:
        """The currency of the amounts."""
        return self.account.currency


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice as people and machines read it: flat."""

    invoice: str
    kind: str
    date: datetime.date
    due: datetime.date | None
    client: str
    #: The ids of its contracts, separated by commas.
    contracts: str
    currency: str
    net: Decimal
    tax: Decimal
    gross: Decimal
    held: Decimal
    paid: Decimal
    open: Decimal
    status: str
    days: int | None
    reminders: int
    file: str
    line: int
    side: str


def invoices(books: Books) -> list[InvoiceRow]:
    """Return a row for each number in scope, by date and number."""
    return [_row(found) for found in numbered(books)]


def numbered(books: Books) -> list[Invoice]:
    """Return the invoices and credit notes in scope, by date and number.

    One number has one row; a number that two clients owe, or that is in two currencies, has one
    for each. Invoices written by hand are invoices like any other.
    """
    return [found for found in books.once(_every) if _is_asked(books, found)]


class _Key(NamedTuple):
    """What has a row of its own."""

    number: str
    client: str
    currency: str


def _every(books: Books) -> list[Invoice]:
    roots = Roots.of(books.options)
    charged = _charged(books, roots)
    items: dict[_Key, list[Item]] = defaultdict(list)
    for item in books.open_items().items:
        if item.number and item.invoiced:
            items[_Key(item.number, fold(item.client), item.account.currency)].append(item)
    found = [_of_contracts(books, key, billed, items[key]) for key, billed in charged.items()]
    found += [_by_hand(books, key, items[key]) for key in items.keys() - charged.keys()]
    found += _credit_notes(books)
    return sorted(found, key=lambda one: (one.date, one.number, one.client, one.currency))


def _charged(books: Books, roots: Roots) -> dict[_Key, list[tuple[str, Billed]]]:
    """What each number charges, with the client's name."""
    found: dict[_Key, list[tuple[str, Billed]]] = defaultdict(list)
    for part in slices(books.register, books.as_of):
        if not part.step.number:
            continue
        for charge in charges(part, books.register.taxes, roots):
            client = books.owner(part.contract, charge.account)
            key = _Key(part.step.number, fold(client), charge.account.currency)
            found[key].append((client, Billed(part, charge)))
    return found


def _of_contracts(
    books: Books, key: _Key, charged: Sequence[tuple[str, Billed]], items: Sequence[Item]
) -> Invoice:
    billed = tuple(part for _, part in charged)
    first = billed[0].slice
    sums = _total((part.charge.net, part.charge.tax, part.charge.held) for part in billed)
    owed = amounts.add(part.charge.owed for part in billed)
    dues = [part.slice.step.due for part in billed if part.slice.high > part.slice.low]
    due = min((item.due for item in items if item.open), default=None) or min(
        filter(None, dues), default=None
    )
    is_credit = owed < 0 or (not owed and first.step.event == "credited")
    return _invoice(
        books,
        number=key.number,
        kind="credit note" if is_credit else "invoice",
        date=first.step.date,
        due=None if is_credit else due,
        client=charged[0][0],
        contracts=tuple(dict.fromkeys(part.slice.contract.id for part in billed)),
        account=billed[0].charge.account,
        sums=sums,
        entry=first.step.entry,
        side=first.contract.side,
        billed=billed,
        items=tuple(items),
        left=_unused(books, billed, key) if is_credit else ZERO,
    )


def _by_hand(books: Books, key: _Key, items: Sequence[Item]) -> Invoice:
    """An invoice that no contract explains: debits with a number."""
    roots = Roots.of(books.options)
    sums = [_written(books, item.debits[0].entry, item.account, _owed(item)) for item in items]
    first = min(items, key=lambda item: item.date)
    entry = first.debits[0].entry
    credited = {
        postings.root(posting) for posting in entry.postings if postings.number(posting) < 0
    }
    charged_for = {roots.income, roots.equity, roots.liabilities}
    return _invoice(
        books,
        number=key.number,
        kind="invoice" if credited & charged_for else "other",
        date=first.date,
        due=min((item.due for item in items if item.open), default=first.due),
        client=first.client,
        contracts=(),
        account=first.account,
        sums=_total(sums),
        entry=entry,
        side=books.side_of(first.account),
        items=tuple(items),
    )


def _credit_notes(books: Books) -> Iterator[Invoice]:
    """The credit notes that are written by hand: credits against income with a number."""
    found = books.open_items()
    credits_: dict[int, Credit] = {}
    unused: dict[int, Decimal] = {}
    for item in found.items:
        credits_ |= {id(match.credit): match.credit for match in item.matches}
    for rest in found.unapplied:
        credits_[id(rest.credit)] = rest.credit
        unused[id(rest.credit)] = rest.amount
    for name, credit in credits_.items():
        if credit.entry and credit.number and credit.kind == "credit note":
            less = amounts.negative(credit.amount)
            yield _invoice(
                books,
                number=credit.number,
                kind="credit note",
                date=credit.date,
                due=None,
                client=credit.client,
                contracts=(),
                account=credit.account,
                sums=_written(books, credit.entry, credit.account, less),
                entry=credit.entry,
                side=books.side_of(credit.account),
                left=unused.get(name, ZERO),
            )


def _invoice(  # noqa: PLR0913 - the fields of a row
    books: Books,
    *,
    number: str,
    kind: Kind,
    sums: tuple[Decimal, Decimal, Decimal],
    due: datetime.date | None,
    items: tuple[Item, ...] = (),
    left: Decimal = ZERO,
    **fields: Any,  # noqa: ANN401 - the other fields, as they are
) -> Invoice:
    """Work out what is paid, what is open, and the status."""
    matches = [match for item in items for match in item.matches if match.credit.entry]
    raised = amounts.add(item.raised for item in items)
    paid = amounts.take(amounts.add(match.amount for match in matches), raised)
    open_ = amounts.add(item.open for item in items)
    if kind == "credit note":
        open_ = amounts.negative(left)
    days = overdue(due, books.as_of) if open_ > 0 else None
    status: Status = "open"
    if open_ > 0:
        status = "overdue" if days else "open"
    elif not open_:
        status = _settled(kind, paid, matches)
    return Invoice(
        number=number,
        kind=kind,
        due=due,
        net=sums[0],
        tax=sums[1],
        held=sums[2],
        paid=paid,
        open=open_,
        status=status,
        days=days,
        reminders=max((r.level for r in _reminders(books, number)), default=0),
        items=items,
        **fields,
    )


def _settled(kind: Kind, paid: Decimal, matches: Iterable[Match]) -> Status:
    """How an invoice came to have nothing open."""
    if kind == "credit note":
        return "credited"
    if any(match.kind == "payment" for match in matches):
        return "paid"
    if any(match.kind == "write-off" for match in matches):
        return "written-off"
    return "paid" if paid else "credited"


def _reminders(books: Books, number: str) -> Iterator[Reminder]:
    for reminder in books.register.reminders:
        if reminder.number == number and reminder.date <= books.as_of:
            yield reminder


def _unused(books: Books, billed: Iterable[Billed], key: _Key) -> Decimal:
    """What a credit note leaves unapplied."""
    names = {Key(part.slice.contract.id, part.slice.milestone.id) for part in billed}
    return amounts.add(
        rest.amount
        for rest in books.open_items().unapplied
        if rest.credit.milestone in names and rest.credit.number == key.number
    )


def _written(
    books: Books, entry: Transaction, account: Account, owed: Decimal
) -> tuple[Decimal, Decimal, Decimal]:
    """Net, tax and held of what a transaction by hand books on a receivable account.

    Where it books on several of them, each takes its part of the tax and of what is held.
    """
    contracts = books.register.contracts.values()
    retained = {contract.retention for contract in contracts}
    owed_on = frozenset().union(*(contract.owed_on for contract in contracts))
    all_: list[Decimal] = []
    tax: list[Decimal] = []
    held: list[Decimal] = []
    for posting in entry.postings:
        if postings.currency(posting) != account.currency:
            continue
        number = postings.number(posting)
        if posting.account in owed_on:
            all_.append(number)
        elif posting.account in retained:
            held.append(number)
        elif _is_tax(books, posting.account):
            tax.append(amounts.negative(number))
    whole = amounts.add(all_)
    share = Fraction(owed) / Fraction(whole) if whole else Fraction(1)
    places = amounts.decimals(owed)
    part = [amounts.fraction_of(amounts.add(column), share, places) for column in (tax, held)]
    return amounts.take(amounts.add((owed, part[1])), part[0]), part[0], part[1]


def _is_tax(books: Books, account: str) -> bool:
    """Whether an account is a tax account: its `open` says so, or it is one of a contract."""
    return account in books.register.taxes or account in books.once(_tax_accounts)


def _tax_accounts(books: Books) -> frozenset[str]:
    roots = Roots.of(books.options)
    return frozenset(
        leg.posting.account
        for contract, milestone in books.register.milestones()
        for part in milestone.parts
        for leg in part.legs
        if role_of(contract, leg, books.register.taxes, roots) == "tax"
    )


def _owed(item: Item) -> Decimal:
    """What an item was at first, before a payment was returned."""
    return amounts.take(item.amount, item.raised)


def _is_asked(books: Books, found: Invoice) -> bool:
    names = found.contracts or ("",)
    return any(books.asks(found.client, Key(name, ""), found.account) for name in names)


def _total(sums: Iterable[tuple[Decimal, ...]]) -> tuple[Decimal, Decimal, Decimal]:
    net, tax, held = (amounts.add(column) for column in zip(*sums, strict=True))
    return net, tax, held


def _row(found: Invoice) -> InvoiceRow:
    where = position(found.entry.meta)
    return InvoiceRow(
        invoice=found.number,
        kind=found.kind,
        date=found.date,
        due=found.due,
        client=found.client,
        contracts=", ".join(found.contracts),
        currency=found.currency,
        net=found.net,
        tax=found.tax,
        gross=found.gross,
        held=found.held,
        paid=found.paid,
        open=found.open,
        status=found.status,
        days=found.days,
        reminders=found.reminders,
        file=where["filename"],
        line=where["lineno"],
        side=found.side,
    )
