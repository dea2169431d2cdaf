"""Invoices and credit notes as XML after EN 16931, by the standard library alone.

    missing     what the ledger does not say, and has to
    currencies  the codes of ISO 4217
    terms       what the standard calls an invoice
    xml         elements and their text
    cii         the syntax of the United Nations: what Factur-X and ZUGFeRD embed in a PDF
    ubl         the syntax of OASIS

An invoice has the type 380, that of a deposit too (XRechnung forbids 386), a credit note 381. A
deposit that is drawn is a negative line for each invoice of it. What is held back is part of the
invoice, since EN 16931 knows no invoice that is due in part later: the terms of payment say how
much it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from beancount_milestones.documents.einvoice import cii as cii_
from beancount_milestones.documents.einvoice import ubl as ubl_
from beancount_milestones.documents.einvoice.missing import missing
from beancount_milestones.documents.einvoice.terms import EInvoice, einvoice

if TYPE_CHECKING:
    from beancount_milestones.documents.model import InvoiceDocument

__all__ = ["IncompleteError", "cii", "missing", "ubl"]


class IncompleteError(Exception):
    """The ledger does not say all that an e-invoice needs; ``sentences`` say what to add."""

    def __init__(self, number: str, sentences: list[str]) -> None:
        """Take the number of the invoice, and what is missing."""
        super().__init__(f"no e-invoice for '{number}': {'; '.join(sentences)}")
        self.sentences = sentences


def cii(document: InvoiceDocument) -> bytes:
    """Return a document as Cross Industry Invoice. Raises `IncompleteError`."""
    return cii_.written(_complete(document))


def ubl(document: InvoiceDocument) -> bytes:
    """Return a document as UBL 2.1, Invoice or CreditNote. Raises `IncompleteError`."""
    return ubl_.written(_complete(document))


def _complete(document: InvoiceDocument) -> EInvoice:
    sentences = missing(document)
    if sentences:
        raise IncompleteError(document.number, sentences)
    return einvoice(document)
