"""Drafts of e-mails (.eml): a mail program opens them, and a person sends them. We never do."""

from __future__ import annotations

import datetime
import hashlib
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.documents.wanted import add
from beancount_milestones.documents.words import day, figure, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from beancount_milestones.documents.model import InvoiceDocument
    from beancount_milestones.parties import Party


class Attachment(NamedTuple):
    """A file that goes with an e-mail."""

    name: str
    #: As ``application/pdf``.
    type: str
    content: bytes


def draft(  # noqa: PLR0913 - the parts of an e-mail
    *,
    sender: Party,
    to: Party,
    subject: str,
    text: str,
    date: datetime.date,
    attachments: Iterable[Attachment] = (),
) -> bytes:
    """Return a draft. The same parts give the same bytes.

    An address that is missing, or that cannot be one, is left out: whoever sends it fills it in.
    """
    message = EmailMessage(policy=SMTP)
    # Mail programs open what is not sent yet as a draft.
    message["X-Unsent"] = "1"
    for header, party in (("From", sender), ("To", to)):
        address = _address(party)
        if address:
            message[header] = address
    message["Subject"] = _line(subject)
    noon = datetime.datetime.combine(date, datetime.time(12), datetime.UTC)
    message["Date"] = format_datetime(noon)
    message.set_content(text)
    digest = hashlib.sha256(text.encode())
    for attached in attachments:
        main, _, sub = attached.type.partition("/")
        message.add_attachment(
            attached.content, maintype=main, subtype=sub, filename=_line(attached.name)
        )
        digest.update(attached.content)
    if message.is_multipart():
        message.set_boundary(f"=_{digest.hexdigest()[:32]}")
    return message.as_bytes()


def of_invoice(document: InvoiceDocument, attachments: Iterable[Attachment] = ()) -> bytes:
    """Return the draft that sends an invoice or a credit note to its client."""
    language = document.language
    is_credit = document.kind == "credit note"
    owed = document.gross if document.is_payable else document.owed
    owed = amounts.negative(owed) if is_credit else document.open
    mail = "mail of a credit note" if is_credit else "mail"
    if not is_credit and document.open <= 0:
        mail = "mail of what is settled"
    text = say(
        language,
        mail,
        client=document.client.name,
        number=document.number,
        date=day(language, document.date),
        title=document.title or document.number,
        amount=f"{figure(language, owed, document.places)} {document.currency}",
        due=day(language, document.due or document.date),
        seller=document.seller.name,
    )
    subject = "subject of a credit note" if is_credit else "subject"
    return draft(
        sender=document.seller,
        to=document.client,
        subject=say(language, subject, number=document.number),
        text=text,
        date=document.date,
        attachments=attachments,
    )


def missing(seller: Party, client: Party) -> list[str]:
    """Return what a draft lacks, a sentence each: it is made all the same.

    Not what a party lacks that nothing is known of: that is said already.
    """
    parties = (("seller", seller), ("client", client))
    return [
        add(kind, party, "e-mail address", 'email: "NAME@EXAMPLE.COM"')
        for kind, party in parties
        if party.name and not _address(party)
    ]


def file_name(number: str, ending: str = "") -> str:
    """Return a name for the file of an invoice: a number may have slashes."""
    return number.replace("/", "-") + (f".{ending}" if ending else "")


def _address(party: Party) -> Address | None:
    try:
        return Address(_line(party.name), addr_spec=_line(party.email)) if party.email else None
    except (HeaderParseError, ValueError, IndexError):
        return None


def _line(text: str) -> str:
    """A header is one line."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
