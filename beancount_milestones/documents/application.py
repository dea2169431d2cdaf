"""A pay application on paper: the cover of nine lines, and the continuation sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from beancount_milestones.documents import words
from beancount_milestones.documents.letter import Letter, covering, language_of
from beancount_milestones.reports.application import sheet_totals

if TYPE_CHECKING:
    from beancount_milestones.parties import Party
    from beancount_milestones.reports.application import Application
    from beancount_milestones.reports.books import Books


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationDocument:
    """A pay application with who asks for it, and of whom."""

    seller: Party
    client: Party
    #: The decimals of the currency in this ledger, at least.
    places: int
    application: Application


def application_letter(books: Books, found: Application) -> Letter:
    """Return a pay application as a letter, as of its own day."""
    seller = books.register.seller_at(found.date)
    client = books.register.client_at(found.client, found.date)
    language = language_of(seller, client)
    title = words.say(language, "label application")
    return Letter(
        template="application.html",
        seller=seller,
        client=client,
        date=found.date,
        name=f"{title} {found.number}",
        document=ApplicationDocument(
            seller=seller,
            client=client,
            places=books.register.places(found.currency),
            application=found,
        ),
        subject=words.say(language, "subject of an application", number=found.number),
        body=covering(seller, client, f"{title} {found.number}"),
        values={"title": title, "totals": sheet_totals(found)},
    )
