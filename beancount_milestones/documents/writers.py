"""What an invoice can be written as, by the ending of the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, Protocol

from beancount_milestones.documents import einvoice, mail
from beancount_milestones.documents.html import invoice_html
from beancount_milestones.documents.pdf import to_pdf
from beancount_milestones.documents.plain import to_json
from beancount_milestones.documents.text import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beancount_milestones.documents.layout import Layout
    from beancount_milestones.documents.model import InvoiceDocument

Syntax = Literal["cii", "ubl"]

#: Where invoices follow EN 16931: the European Union and its neighbours.
_EN_16931: Final = re.compile(
    "AT|BE|BG|CH|CY|CZ|DE|DK|EE|ES|FI|FR|GB|GR|HR|HU|IE|IS|IT|LI|LT|LU|LV|MT|NL|NO|PL|PT|RO|SE|SI|SK"
)


class Writer(Protocol):
    """Makes the content of a file; the syntax is that of an e-invoice.

    Raises `einvoice.IncompleteError`, `html.TemplateError` and `extras.MissingExtraError`.
    """

    def __call__(self, document: InvoiceDocument, layout: Layout, syntax: Syntax, /) -> bytes:
        """Return the content."""


def xml(document: InvoiceDocument, _layout: Layout, syntax: Syntax) -> bytes:
    """Return the e-invoice."""
    return einvoice.ubl(document) if syntax == "ubl" else einvoice.cii(document)


def _page(document: InvoiceDocument, layout: Layout) -> str:
    if document.side == "buy":
        # The supplier has sent it; on our paper it would be the wrong way round.
        raise einvoice.IncompleteError(document.number, einvoice.missing(document))
    return invoice_html(document, layout)


def html(document: InvoiceDocument, layout: Layout, _syntax: Syntax) -> bytes:
    """Return the page."""
    return _page(document, layout).encode()


def pdf(document: InvoiceDocument, layout: Layout, _syntax: Syntax) -> bytes:
    """Return the page as PDF, with the e-invoice inside where the ledger says all it needs."""
    inside = None if einvoice.missing(document) else einvoice.cii(document)
    return to_pdf(_page(document, layout), document.date, inside)


def eml(document: InvoiceDocument, layout: Layout, syntax: Syntax) -> bytes:
    """Return a draft of an e-mail with the PDF; in UBL, which no PDF carries, with both."""
    attached = [
        mail.Attachment(
            mail.file_name(document.number, "pdf"),
            "application/pdf",
            pdf(document, layout, syntax),
        )
    ]
    if syntax == "ubl":
        name = mail.file_name(document.number, "xml")
        attached.append(mail.Attachment(name, "application/xml", einvoice.ubl(document)))
    return mail.of_invoice(document, attached)


WRITERS: Final[dict[str, Writer]] = {
    ".pdf": pdf,
    ".html": html,
    ".xml": xml,
    ".eml": eml,
    ".json": lambda document, _layout, _syntax: to_json(document),
    ".txt": lambda document, _layout, _syntax: (to_text(document) + "\n").encode(),
}


def remarks(ending: str, document: InvoiceDocument, layout: Layout) -> Iterator[str]:
    """Yield what a file lacks that is written all the same, a sentence each."""
    if ending in {".html", ".pdf", ".eml"}:
        yield from layout.missing(document.seller, document.client)
    if ending == ".eml":
        yield from mail.missing(document.seller, document.client)
    country = document.seller.country
    if ending in {".pdf", ".eml"} and (not country or _EN_16931.fullmatch(country)):
        for sentence in einvoice.missing(document):
            yield f"no e-invoice is inside: {sentence}"
