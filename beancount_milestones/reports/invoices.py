"""The register of invoices and credit notes: one row for each number."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.amounts import ZERO
from beancount_milestones.errors import position
from beancount_milestones.receivables import Key
from beancount_milestones.reports.books import cached
from beancount_milestones.reports.invoice import Billed, Invoice, invoice, kind_of, owed_of, total
from beancount_milestones.reports.invoices_by_hand import by_hand, credit_notes, written
from beancount_milestones.reports.open_items import earliest
from beancount_milestones.reports.slices import charges, slices, taken_back
from beancount_milestones.reports.whose import InvoiceKey

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from beancount.core.data import Directive

    from beancount_milestones.receivables import Item
    from beancount_milestones.reports.books import Books

__all__ = [
    "Billed",
    "Invoice",
    "InvoiceRow",
    "TakenBack",
    "credited",
    "invoices",
    "numbered",
    "registered",
]


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
    return [found for found in registered(books) if _is_asked(books, found)]


@cached
def registered(books: Books) -> list[Invoice]:
    """Return the invoices and credit notes of everybody, whatever is asked about."""
    charged = _charged(books)
    items: dict[InvoiceKey, list[Item]] = defaultdict(list)
    for item in books.open_items().items:
        if item.number and item.invoiced:
            items[InvoiceKey(item.number, books.whose(item.client, item.account))].append(item)
    found = [_of_contracts(books, key, billed, items[key]) for key, billed in charged.items()]
    found += [by_hand(books, key.number, items[key]) for key in items.keys() - charged.keys()]
    found += credit_notes(books)
    return sorted(found, key=lambda one: (one.date, one.number, one.client, one.currency))


def _charged(books: Books) -> dict[InvoiceKey, list[tuple[str, Billed]]]:
    """What each number charges, with the client's name."""
    found: dict[InvoiceKey, list[tuple[str, Billed]]] = defaultdict(list)
    for part in slices(books.register, books.as_of):
        if not part.step.number:
            continue
        for charge in charges(part, books.roles):
            client = books.owner(part.contract, charge.account)
            key = InvoiceKey(part.step.number, books.whose(client, charge.account))
            found[key].append((client, Billed(part, charge)))
    return found


def _of_contracts(
    books: Books, key: InvoiceKey, charged: Sequence[tuple[str, Billed]], items: Sequence[Item]
) -> Invoice:
    billed = tuple(part for _, part in charged)
    first = billed[0].slice
    sums = total(
        [
            *((part.charge.net, part.charge.tax, part.charge.held) for part in billed),
            # What somebody has written on that number by hand.
            *(written(books, item) for item in items if not item.milestone),
        ]
    )
    dues = [part.slice.step.due for part in billed if part.slice.high > part.slice.low]
    due = earliest(item.due for item in items if item.open) or earliest(
        (*(item.due for item in items), *dues)
    )
    kind = kind_of(sums, takes_back=first.step.event == "credited")
    asks = items and owed_of(sums) > 0
    return invoice(
        books,
        number=key.number,
        kind=kind,
        date=first.step.date,
        due=due,
        client=charged[0][0],
        contracts=tuple(dict.fromkeys(part.slice.contract.id for part in billed)),
        account=billed[0].charge.account,
        sums=sums,
        entry=first.step.entry,
        side=first.contract.side,
        billed=billed,
        items=tuple(items),
        left=_unused(books, billed, key),
        covered=kind == "invoice" and not asks and _in_force(books, billed, key),
    )


def _in_force(books: Books, billed: Iterable[Billed], key: InvoiceKey) -> bool:
    """Whether some of an invoice has not been taken back."""
    return any(
        one.number == key.number
        for part in billed
        for one in part.slice.milestone.state_at(books.as_of).invoices
    )


def _unused(books: Books, billed: Iterable[Billed], key: InvoiceKey) -> Decimal:
    """What is unapplied of what a number takes back of one client."""
    names = {Key(part.slice.contract.id, part.slice.milestone.id) for part in billed}
    rests = [(rest.credit, rest.amount) for rest in books.open_items().unapplied]
    return amounts.add(
        amount
        for credit, amount in rests
        if credit.milestone in names
        and (credit.number, books.whose(credit.client, credit.account)) == key
    )


class TakenBack(NamedTuple):
    """What a credit note takes back of an invoice."""

    date: datetime.date
    #: Empty for a credit note without a number.
    number: str
    amount: Decimal
    entry: Directive


def credited(books: Books, found: Invoice) -> list[TakenBack]:
    """Return what the credit notes of contracts take back of an invoice, by date.

    They settle nothing: what they take back is owed no more.
    """
    notes: dict[tuple[datetime.date, str], TakenBack] = {}
    for billing, part in taken_back(books.register, books.as_of):
        if billing.number != found.number:
            continue
        for charge in charges(part, books.roles):
            client = books.owner(part.contract, charge.account)
            if books.whose(client, charge.account) == found.whose:
                key = (part.step.date, part.step.number or "")
                note = notes.get(key) or TakenBack(*key, ZERO, part.step.entry)
                less = amounts.take(note.amount, charge.owed)
                notes[key] = note._replace(amount=less)
    return [notes[key] for key in sorted(notes)]


def _is_asked(books: Books, found: Invoice) -> bool:
    names = found.contracts or ("",)
    return any(books.asks(found.client, Key(name, ""), found.account) for name in names)


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
