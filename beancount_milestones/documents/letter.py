"""What all documents but invoices have in common: parties, a day, a page, a covering e-mail.

An invoice has more to it (e-invoices, credit notes), and has its own writers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from beancount_milestones.documents import mail, words
from beancount_milestones.documents.html import render
from beancount_milestones.documents.pdf import to_pdf
from beancount_milestones.documents.plain import to_json

if TYPE_CHECKING:
    import datetime

    from beancount_milestones.documents.layout import Layout
    from beancount_milestones.parties import Party

#: What a letter can be written as, by the ending of the file.
ENDINGS: Final = (".pdf", ".html", ".eml", ".json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A document for a client: its model, and the words around it."""

    #: The file of its template.
    template: str
    seller: Party
    client: Party
    #: The day of the letter.
    date: datetime.date
    #: What it is, as at the foot of each page and as the name of its file.
    name: str
    #: The frozen model.
    document: object
    #: Subject and text of the e-mail that it goes with.
    subject: str
    body: str
    #: What else its template has to know.
    values: dict[str, object] = field(default_factory=dict)

    @property
    def language(self) -> str:
        """The language that it is written in."""
        return language_of(self.seller, self.client)


def language_of(seller: Party, client: Party) -> str:
    """Return the language of a letter: the client's, else the seller's, else English."""
    return words.known(client.language or seller.language or words.ENGLISH)


def covering(seller: Party, client: Party, what: str) -> str:
    """Return the text of an e-mail that has a letter attached."""
    language = language_of(seller, client)
    return words.say(
        language, "mail of a letter", client=client.name, what=what, seller=seller.name
    )


def written(letter: Letter, ending: str, layout: Layout) -> bytes:
    """Return a letter as the ending of a file says.

    Raises `html.TemplateError` and `extras.MissingExtraError`.
    """
    if ending == ".json":
        return to_json(letter.document)
    page = render(
        letter.template,
        layout,
        language=letter.language,
        seller=letter.seller,
        client=letter.client,
        made=letter.date,
        running=letter.name,
        values={"document": letter.document, **letter.values},
    )
    if ending == ".html":
        return page.encode()
    pdf = to_pdf(page, letter.date)
    if ending == ".pdf":
        return pdf
    return mail.draft(
        sender=letter.seller,
        to=letter.client,
        subject=letter.subject,
        text=letter.body,
        date=letter.date,
        attachments=[mail.Attachment(mail.file_name(letter.name, "pdf"), "application/pdf", pdf)],
    )


def remarks(letter: Letter, ending: str, layout: Layout) -> list[str]:
    """Return what a letter lacks that is written all the same, a sentence each."""
    if ending not in {".html", ".pdf", ".eml"}:
        return []
    found = layout.missing(letter.seller, letter.client)
    if ending == ".eml":
        found += mail.missing(letter.seller, letter.client)
    return found
