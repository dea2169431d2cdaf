"""What an invoice can be written as, by the ending of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, Protocol

from beancount_milestones.documents.einvoice import cii, missing, ubl
from beancount_milestones.documents.mail import Attachment, file_name, of_invoice
from beancount_milestones.documents.plain import to_json
from beancount_milestones.documents.text import to_text

if TYPE_CHECKING:
    from beancount_milestones.documents.model import InvoiceDocument

Syntax = Literal["cii", "ubl"]


class Writer(Protocol):
    """Makes the content of a file; the syntax is that of an e-invoice."""

    def __call__(self, document: InvoiceDocument, syntax: Syntax, /) -> bytes:
        """Return the content."""


def xml(document: InvoiceDocument, syntax: Syntax) -> bytes:
    """Return the e-invoice. Raises `einvoice.IncompleteError`."""
    return ubl(document) if syntax == "ubl" else cii(document)


def eml(document: InvoiceDocument, syntax: Syntax) -> bytes:
    """Return a draft of an e-mail, with the e-invoice where the ledger says all that it needs."""
    attached = []
    if not missing(document):
        name = file_name(document.number, "xml")
        attached.append(Attachment(name, "application/xml", xml(document, syntax)))
    return of_invoice(document, attached)


WRITERS: Final[dict[str, Writer]] = {
    ".txt": lambda document, _syntax: (to_text(document) + "\n").encode(),
    ".json": lambda document, _syntax: to_json(document),
    ".xml": xml,
    ".eml": eml,
}
