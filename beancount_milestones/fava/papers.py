"""Documents as the page serves them: the bytes that the command writes. Knows nothing of Fava."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones.documents import mail
from beancount_milestones.documents.calendar import calendar
from beancount_milestones.documents.einvoice import IncompleteError
from beancount_milestones.documents.extras import MissingExtraError
from beancount_milestones.documents.html import TemplateError
from beancount_milestones.documents.layout import Layout
from beancount_milestones.documents.letter import written
from beancount_milestones.documents.making import UnknownNumberError, invoice_documents
from beancount_milestones.documents.statement import statement_letter
from beancount_milestones.documents.writers import WRITERS
from beancount_milestones.reports import UnknownClientError

if TYPE_CHECKING:
    import datetime

    from beancount_milestones.reports import Books

#: What is served, by the ending.
TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "xml": "application/xml",
    "ics": "text/calendar; charset=utf-8",
}


class PaperError(Exception):
    """A document cannot be made; the message says why in a sentence."""


class Paper(NamedTuple):
    """A document, as a browser gets it."""

    content: bytes
    type: str
    name: str


def invoice_paper(books: Books, number: str, client: str, ending: str) -> Paper:
    """Return an invoice of a client. Raises `PaperError`."""
    if ending not in {"html", "pdf", "xml"}:
        message = f"there is no document that ends in '{ending}'"
        raise PaperError(message)
    try:
        found = [one for one in invoice_documents(books, number) if one.payer == client]
        if not found:
            message = f"'{number}' is not an invoice of '{client}'"
            raise PaperError(message)
        content = WRITERS[f".{ending}"](found[0], Layout.of(books), "cii")
    except (IncompleteError, MissingExtraError, TemplateError, UnknownNumberError) as problem:
        raise PaperError(str(problem)) from problem
    return Paper(content, TYPES[ending], mail.file_name(number, ending))


def statement_paper(
    books: Books, client: str, start: datetime.date | None, ending: str, *, only_open: bool
) -> Paper:
    """Return the statement of a client. Raises `PaperError`."""
    if ending not in {"html", "pdf"}:
        message = f"there is no document that ends in '{ending}'"
        raise PaperError(message)
    try:
        letter = statement_letter(books, client, start, only_open=only_open)
        content = written(letter, f".{ending}", Layout.of(books))
    except (MissingExtraError, TemplateError, UnknownClientError) as problem:
        raise PaperError(str(problem)) from problem
    return Paper(content, TYPES[ending], mail.file_name(letter.name, ending))


def calendar_paper(books: Books) -> Paper:
    """Return the dates as a calendar."""
    return Paper(calendar(books), TYPES["ics"], "milestones.ics")
