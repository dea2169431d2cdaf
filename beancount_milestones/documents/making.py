"""Invoices and credit notes of the ledger, by number, as documents."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, cast

from beancount.core.data import Transaction

from beancount_milestones import amounts
from beancount_milestones.amounts import ZERO
from beancount_milestones.documents import rates
from beancount_milestones.documents.deposits import drawn_from
from beancount_milestones.documents.model import (
    DocumentLine,
    Drawn,
    InvoiceDocument,
    Order,
    RateSum,
    Reference,
    TaxIn,
)
from beancount_milestones.documents.pieces import Piece
from beancount_milestones.errors import did_you_mean
from beancount_milestones.receivables import SETTLES, names_of
from beancount_milestones.reports.discounts import discount_of
from beancount_milestones.reports.invoices import numbered
from beancount_milestones.reports.invoices_by_hand import taxes_on, withheld_on, written_on
from beancount_milestones.reports.sequence import when_invoiced

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from beancount_milestones.parties import TaxRate
    from beancount_milestones.receivables import Account, Item
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.invoices import Invoice


class UnknownNumberError(Exception):
    """No invoice or credit note has that number; the message names the nearest."""


def invoice_documents(books: Books, number: str) -> list[InvoiceDocument]:
    """Return what has a number, as documents: one for each client and currency that it charges.

    As of the day of the invoice; what is paid, as of the books. Raises `UnknownNumberError`.
    """
    found = [one for one in numbered(books) if one.number == number]
    if not found:
        known = sorted({one.number for one in numbered(books)})
        message = f"no invoice '{number}' by {books.as_of}{did_you_mean(number, known)}"
        raise UnknownNumberError(message)
    return [_document(books, one) for one in found]


def _document(books: Books, now: Invoice) -> InvoiceDocument:
    """Make the document of an invoice: ``now`` says what is paid."""
    own = books.on(now.date)
    # An invoice by hand may be older than the first contract on its account.
    then = next((one for one in numbered(own) if one.key == now.key), now)
    register = books.register
    contracts = [register.contracts[name] for name in then.contracts]
    every = {contract.order for contract in contracts}
    order = every.pop() if len(every) == 1 else ""
    pieces = [Piece.of(own, billed) for billed in then.billed]
    shown = [piece for piece in pieces if piece.is_shown] or pieces
    by_hand = _by_hand(own, then)
    charged = [(part.taxes, part.withheld) for part in pieces]
    charged += [(part.taxes, part.withheld) for part in by_hand]
    lines = (*(piece.line(then.date) for piece in shown), *(hand.line for hand in by_hand))
    elsewhere = [*(piece.tax_in for piece in pieces), *(hand.tax_in for hand in by_hand)]
    booked = rates.summed(part for some in elsewhere for part in some.items())
    tax_in = tuple(TaxIn(*found) for found in booked.items())
    drawn = drawn_from(own, then, pieces)
    allowed = rates.allowed(lines, drawn, _unit(own, then, tax_in))
    received = _money(now.items)
    days = sorted(day for line in lines for day in line.done or ())
    return InvoiceDocument(
        number=then.number,
        kind=then.kind,
        date=then.date,
        # A supplier who is paid when we are knows the day only later.
        due=then.due or now.due,
        discount=discount_of(contracts, now),
        period=(days[0], days[-1]) if days else None,
        currency=then.currency,
        places=register.places(then.currency),
        seller=register.seller_at(then.date),
        client=register.client_at(then.client, then.date),
        payer=then.client,
        contracts=then.contracts,
        title=_title(then),
        order=order,
        orders=() if order else tuple(Order(c.id, c.order) for c in contracts if c.order),
        lines=lines,
        drawn=drawn,
        rates=_by_rate(own, then, _nets(lines, drawn), [taxes for taxes, _ in charged], allowed),
        earlier=tuple(_earlier(own, then)),
        takes_back=tuple(_taken_back(own, then)),
        net=then.net,
        tax=then.tax,
        tax_in=tax_in,
        held=then.held,
        withheld=amounts.add(withheld for _, withheld in charged),
        received=received,
        prepaid=_money(item for item in now.items if not _is_since(item, then)),
        settled=amounts.take(now.paid, received),
        open=_to_its_credit(books, now) if _gives_credit(then) else now.open,
        side=then.side,
    )


class _Hand(NamedTuple):
    """What a transaction by hand charges on an invoice."""

    line: DocumentLine
    #: By account.
    taxes: dict[str, Decimal]
    #: By currency, where the tax is booked in another one.
    tax_in: dict[str, Decimal]
    withheld: Decimal


def _by_hand(books: Books, found: Invoice) -> list[_Hand]:
    """What is written by hand of an invoice or a credit note, by transaction."""
    hands = [item for item in found.items if item.charged and not item.milestone]
    # One number may be on several accounts of a client.
    entries = [(item.debits[0].entry, item.account, item.charged) for item in hands]
    if not (found.billed or entries):
        owed = amounts.take(found.gross, found.held)
        entries = [(cast("Transaction", found.entry), found.account, owed)]
    return [_hand(books, found, *written) for written in entries]


def _hand(
    books: Books, found: Invoice, entry: Transaction, account: Account, owed: Decimal
) -> _Hand:
    net, tax, _ = written_on(books, entry, account, owed)
    taxes, elsewhere = taxes_on(books, entry, account, owed)
    whole = amounts.add(taxes.values())
    if whole and whole != tax:
        # Each is rounded by itself.
        parts = amounts.running_totals(Fraction(n) / Fraction(whole) for n in taxes.values())
        taxes = dict(zip(taxes, amounts.cut(tax, parts, amounts.decimals(tax)), strict=True))
    places = max(map(amounts.decimals, (net, tax)))
    known = rates.summed((books.register.taxes.get(name), n) for name, n in taxes.items())
    line = DocumentLine(
        contract="",
        milestone="",
        title=entry.narration or found.number,
        scheduled=net,
        before=ZERO,
        this=net,
        rates=rates.cut(net, rates.shares(net, known, Decimal(1).scaleb(-places)), places),
        done=(entry.date, entry.date),
    )
    return _Hand(line, taxes, elsewhere, withheld_on(books, entry, account, owed))


def _by_rate(
    books: Books,
    found: Invoice,
    nets: Mapping[TaxRate | None, Decimal],
    charged: Iterable[Mapping[str, Decimal]],
    allowed: Decimal,
) -> tuple[RateSum, ...]:
    taxes = rates.summed(part for some in charged for part in some.items())
    known = [(books.register.taxes.get(account), tax) for account, tax in taxes.items()]
    released = max(amounts.negative(found.held), amounts.ZERO)
    every = rates.by_rate(found.net, nets, known, allowed, released)
    # What has neither is retention: it has no rate.
    return tuple(part for part in every if part.rate or part.net or part.tax)


def _nets(lines: Iterable[DocumentLine], drawn: Iterable[Drawn]) -> dict[TaxRate | None, Decimal]:
    return rates.summed(
        (
            *(part for line in lines for part in line.rates),
            *((part.rate, part.net) for one in drawn for part in one.rates),
        )
    )


def _unit(books: Books, found: Invoice, tax_in: Iterable[TaxIn]) -> Decimal:
    """The unit that tax is rounded to; one of another currency may make more of this one."""
    units = [Decimal(1).scaleb(-books.register.places(found.currency))]
    for currency, tax in tax_in:
        if tax:
            price = abs(Fraction(found.tax) / Fraction(tax))
            places = books.register.places(currency)
            units.append(amounts.fraction_of(Decimal(1).scaleb(-places), price, 2 * places + 4))
    return max(units)


def _title(found: Invoice) -> str:
    entry = found.billed[0].slice.milestone.entry if found.billed else found.entry
    return getattr(entry, "narration", None) or ""


def _is_since(item: Item, then: Invoice) -> bool:
    """Whether somebody has charged it by hand later than the invoice, as interest is."""
    return not item.milestone and bool(item.charged) and item.date > then.date


def _money(items: Iterable[Item]) -> Decimal:
    """What was received in money, less what went back."""
    return amounts.add(
        moved.amount
        for item in items
        for moved in item.movements
        if moved.entry and moved.kind in {"payment", "returned"}
    )


def _gives_credit(found: Invoice) -> bool:
    return found.kind == "credit note" and not found.is_payable


def _to_its_credit(books: Books, found: Invoice) -> Decimal:
    """What a credit note leaves to the credit of its client, below zero.

    What the register has open of it: what it settles nothing with. And of an invoice that was paid,
    the payment that has nothing to settle any more: one that names it, else one without a name that
    was there. Of several credit notes the first one has it.
    """
    rests = [
        rest
        for rest in books.open_items().unapplied
        if (rest.credit.client, rest.credit.account) == (found.client, found.account)
        # A credit note is no payment: what is left of it is open on its own number.
        and rest.credit.kind != "credit note"
    ]
    rests.sort(key=lambda rest: not rest.credit.named)
    left = [rest.amount for rest in rests]
    taken = amounts.ZERO
    came = when_invoiced(books, found)
    notes = [one for one in _alike(books, found) if _gives_credit(one)]
    notes = [one for one in notes if when_invoiced(books, one) <= came]
    for note in sorted(notes, key=lambda one: when_invoiced(books, one)):
        meant = _meant(note)
        most = amounts.add((amounts.take(note.held, note.gross), note.open))
        taken = amounts.ZERO
        for index, rest in enumerate(rests):
            unnamed = not rest.credit.named and rest.credit.date <= note.date
            if unnamed or rest.credit.named & meant:
                part = min(left[index], amounts.take(most, taken))
                taken = amounts.add((taken, part))
                left[index] = amounts.take(left[index], part)
    return amounts.take(found.open, taken)


def _meant(note: Invoice) -> set[str]:
    """All names by which a payment may have paid what a credit note takes back."""
    meant = {note.number}
    for part in (one.slice for one in note.billed):
        meant |= {*part.step.taken_back, *names_of(part.milestone)}
    return meant


def _earlier(books: Books, found: Invoice) -> Iterator[Reference]:
    """Invoices and credit notes of the same contracts to the same client before this one."""
    for one in sorted(_alike(books, found), key=lambda one: when_invoiced(books, one)):
        before = when_invoiced(books, one) < when_invoiced(books, found)
        if before and set(one.contracts) & set(found.contracts):
            yield _reference(one)


def _taken_back(books: Books, found: Invoice) -> Iterator[Reference]:
    """What a credit note takes back. An invoice may release what an earlier one held back."""
    if found.kind == "credit note":
        names = _meant_by_hand(books, found)
        names |= {name for part in found.billed for name in part.slice.step.taken_back}
        yield from (_reference(one) for one in _alike(books, found) if one.number in names)


def _meant_by_hand(books: Books, found: Invoice) -> set[object]:
    """What a credit note by hand takes back: what it names, and what it settles by a name."""
    entry = found.entry
    if not isinstance(entry, Transaction):
        return set()
    metas = (entry.meta, *(posting.meta or {} for posting in entry.postings))
    settled = {
        item.number
        for item in books.open_items().items
        for match in item.matches
        if match.credit.entry is entry and match.basis == "link"
    }
    named = {*(entry.links or ()), *(meta.get(SETTLES) for meta in metas)}
    return (named | settled) - {found.number}


def _alike(books: Books, found: Invoice) -> Iterator[Invoice]:
    """The invoices and credit notes of the client in its currency."""
    for one in numbered(books):
        if one.whose == found.whose:
            yield one


def _reference(found: Invoice) -> Reference:
    return Reference(found.number, found.date, found.net, found.tax)
