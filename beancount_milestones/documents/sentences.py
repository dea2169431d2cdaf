"""What an invoice says beside its figures: exemptions from tax, a discount, what it takes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beancount_milestones.documents.einvoice.terms import exemption
from beancount_milestones.documents.words import day, percent, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beancount_milestones.documents.model import InvoiceDocument


def sentences(document: InvoiceDocument) -> Iterator[str]:
    """Yield what people read below the sums, in the language of the document."""
    language = document.language
    if document.takes_back:
        names = ", ".join(
            say(language, "reference", number=one.number, date=day(language, one.date))
            for one in document.takes_back
        )
        yield say(language, "takes back", numbers=names)
    if document.discount:
        share, until = document.discount
        yield say(language, "discount", percent=percent(language, share), date=day(language, until))
    yield from exemptions(document, language)


def exemptions(document: InvoiceDocument, language: str) -> Iterator[str]:
    """Yield why there is no tax, in a language: each reason once."""
    reasons = (exemption(part.rate, language)[1] for part in document.rates if part.rate)
    yield from dict.fromkeys(filter(None, reasons))
