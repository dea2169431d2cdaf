"""The register of invoices, and the page of one: what it charges, what is paid, what is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from beancount_milestones.documents.einvoice import missing
from beancount_milestones.documents.making import invoice_documents
from beancount_milestones.documents.reminders import directives, reminder_letter, reminders
from beancount_milestones.documents.text import to_text
from beancount_milestones.fava.frame import Spot
from beancount_milestones.fava.lists import age_of
from beancount_milestones.fava.settled import settled
from beancount_milestones.reports.invoices import credited, numbered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from decimal import Decimal

    from beancount.core.data import Directive

    from beancount_milestones.fava.frame import View
    from beancount_milestones.fava.index import Source
    from beancount_milestones.fava.money import Sum
    from beancount_milestones.reports.invoice import Invoice

COLUMNS: Final = ("net", "tax", "gross", "paid", "open")


class Piece(NamedTuple):
    """What an invoice charges of one milestone."""

    contract: str
    title: str
    owed: Decimal


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A row of the register."""

    invoice: Invoice
    pieces: tuple[Piece, ...]
    #: How long it is overdue, from 0 to 4.
    age: int
    source: Source
    #: The place of each amount when sorted.
    ranks: Mapping[str, int]


def _spots(found: Invoice) -> Iterator[Spot]:
    account = found.account.name
    for part in found.billed:
        yield Spot(part.slice.contract.id, part.slice.milestone.id, account)
    if not found.billed:
        yield Spot("", "", account)


def _pieces(found: Invoice) -> Iterator[Piece]:
    for part in found.billed:
        title = part.slice.milestone.title_at(found.date) or part.slice.milestone.id
        yield Piece(part.slice.contract.id, title, part.charge.owed)


def invoices(view: View) -> dict[str, Any]:
    """Return the invoices and credit notes that the filters keep, the newest first."""
    every = [one for one in numbered(view.books) if one.side == "sell"]
    kept = [one for one in every if any(map(view.keep, _spots(one)))]
    kept.sort(key=lambda one: (one.date, one.number), reverse=True)
    ranks = [view.money.ranks((getattr(o, c), o.currency) for o in kept) for c in COLUMNS]
    places = [dict(zip(COLUMNS, row, strict=True)) for row in zip(*ranks, strict=True)]
    return {
        "invoices": [
            InvoiceLine(
                invoice=one,
                pieces=tuple(_pieces(one)),
                age=age_of(one.days),
                source=view.index.source(one.entry),
                ranks=place,
            )
            for one, place in zip(kept, places, strict=True)
        ],
        "totals": _sums(view, kept),
        "hidden": len(every) - len(kept),
    }


class Target(NamedTuple):
    """The milestone that a form is about, and where."""

    client: str
    contract: str
    milestone: str
    account: str
    currency: str


def _target(found: Invoice) -> Target:
    first = found.billed[0].slice
    return Target(
        found.client, first.contract.id, first.milestone.id, found.account.name, found.currency
    )


def _entries(found: Invoice) -> list[Directive]:
    """The directives that an invoice comes from, or its transaction."""
    return [part.slice.step.entry for part in found.billed] or [found.entry]


def _sums(view: View, kept: Sequence[Invoice]) -> list[Sum]:
    return view.money.sums((tuple(getattr(o, c) for c in COLUMNS), o.currency) for o in kept)


def invoice(view: View, number: str) -> dict[str, Any]:
    """Return all that is known of a number: one invoice for each client and currency."""
    found = [one for one in numbered(view.books) if one.number == number]
    if not found:
        return {"unknown": number, "what": "invoice"}
    documents = [one for one in invoice_documents(view.books, number) if one.side == "sell"]
    letters = [
        letter
        for letter in reminders(view.books)
        if any(line.number == number for line in letter.due)
    ]
    return {
        "number": number,
        # What a form of the page is about: an invoice by hand has no milestone.
        "target": next((_target(one) for one in found if one.billed), None),
        "found": [
            {
                "invoice": one,
                "pieces": tuple(_pieces(one)),
                "settled": settled(one.items),
                "credited": [
                    (note, view.index.source(note.entry)) for note in credited(view.books, one)
                ],
                "sources": [
                    view.index.source(entry)
                    for entry in {id(entry): entry for entry in _entries(one)}.values()
                ],
            }
            for one in found
        ],
        "texts": [to_text(document) for document in documents],
        # What an e-invoice lacks, by client.
        "lacking": {document.payer: missing(document) for document in reversed(documents)},
        "reminder": [
            {"body": reminder_letter(letter).body, "lines": list(directives(letter))}
            for letter in letters
        ],
    }
