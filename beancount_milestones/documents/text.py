"""An invoice as text, for the terminal of whoever sends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beancount_milestones import amounts
from beancount_milestones.documents.sentences import exemptions
from beancount_milestones.documents.words import ENGLISH, figure, percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from beancount_milestones.documents.model import InvoiceDocument
    from beancount_milestones.parties import Party

_HEADINGS: Final = ("Milestone", "Contract amount", "Billed before", "This invoice", "Remaining")


def to_text(document: InvoiceDocument) -> str:
    """Return a readable invoice, line by line."""
    return "\n".join(
        [
            *_head(document),
            "",
            *_lines(document),
            "",
            *_earlier(document),
            *_sums(document),
            *_foot(document),
        ]
    )


def _head(document: InvoiceDocument) -> Iterator[str]:
    yield f"{document.kind.capitalize()} {document.number} of {document.date}"
    if document.title:
        yield document.title
    yield ""
    parties = [document.seller, document.client]
    if document.side == "buy":
        parties.reverse()
    yield from _party("From", parties[0])
    yield from _party("To", parties[1])
    if document.contracts:
        yield f"For    {', '.join(document.contracts)}"
    if document.order:
        yield f"Order  {document.order}"
    for order in document.orders:
        yield f"Order  {order.number} ({order.contract})"
    if document.period:
        first, last = document.period
        yield f"Done   {first}" + (f" to {last}" if last != first else "")


def _party(label: str, party: Party) -> Iterator[str]:
    said = (party.name, *party.address, party.country, party.vat_id)
    yield f"{label:<7}{', '.join(filter(None, said)) or 'not described'}"


def _amount(document: InvoiceDocument, number: Decimal) -> str:
    return figure(ENGLISH, number, document.places)


def _lines(document: InvoiceDocument) -> Iterator[str]:
    rows: list[Sequence[str]] = [_HEADINGS]
    for line in document.lines:
        share = "" if line.percent is None else f", {percent(ENGLISH, line.percent)}% to date"
        change = " (change order)" if line.change else ""
        figures = (line.scheduled, line.before, line.this, line.remaining)
        # Milestones of two contracts may have one title.
        whose = f"{line.contract}: " if line.contract and document.contracts[1:] else ""
        what = f"{whose}{line.title}{change}{share}"
        rows.append((what, *(_amount(document, number) for number in figures)))
    for drawn in document.drawn:
        number = f" {drawn.number}" if drawn.number else ""
        tax = f", with {_amount(document, drawn.tax)} of tax" if drawn.tax else ""
        rows.append((f"Deposit{number}{tax}", "", "", _amount(document, drawn.net), ""))
    yield from _table(rows)


def _earlier(document: InvoiceDocument) -> Iterator[str]:
    if document.earlier:
        rows: list[Sequence[str]] = [("Earlier invoices", "Net", "Tax", "Gross")]
        rows += [
            (
                f"{one.number} of {one.date}",
                *(_amount(document, number) for number in (one.net, one.tax, one.gross)),
            )
            for one in document.earlier
        ]
        yield from _table(rows)
        yield ""


def _sums(document: InvoiceDocument) -> Iterator[str]:
    rows: list[tuple[str, Decimal]] = [("Net", document.net)]
    for part in document.rates:
        rate = f" {percent(ENGLISH, part.rate.rate)}%" if part.rate else ""
        if part.rate or part.tax:
            rows.append((f"Tax{rate} on {_amount(document, part.net)}", part.tax))
    rows += [(f"Tax in {one.currency}", one.tax) for one in document.tax_in]
    rows.append(("Gross", document.gross))
    for label, number in (
        (document.held_as.capitalize(), document.retained),
        ("Tax withheld", document.withheld),
        ("Received", document.received),
        ("Settled otherwise" if document.settled > 0 else "Charged since", document.settled),
        ("Credited" if document.credited > 0 else "Charged since", document.credited),
    ):
        if number:
            rows.append((label, amounts.negative(number)))
    if not document.is_payable:
        rows.append(("Unapplied", document.open))
    else:
        due = f" by {document.due}" if document.due and document.open > 0 else ""
        rows.append((f"Amount due{due}", document.open))
    yield from _table([(label, _amount(document, number)) for label, number in rows])
    yield f"All amounts in {document.currency}."


def _foot(document: InvoiceDocument) -> Iterator[str]:
    if document.discount:
        share, until = document.discount
        yield f"{percent(ENGLISH, share)}% off if paid by {until}."
    if document.takes_back:
        yield f"Takes back {', '.join(one.number for one in document.takes_back)}."
    yield from exemptions(document, ENGLISH)
    seller = document.seller
    pay = ", ".join(filter(None, (seller.iban, seller.bic, seller.payment)))
    if pay and document.open > 0:
        yield f"To pay: {pay}"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns as wide as what is in them, all but the first to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = (f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True))
        yield "  ".join((f"{first:<{widths[0]}}", *cells)).rstrip()
