"""Who is who: seller, clients, taxes and reminders, as the ledger says them. Frozen data."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import datetime
    from decimal import Decimal

    from beancount.core.data import Custom


class Party(NamedTuple):
    """A seller or a client on a day; empty where the ledger does not say."""

    #: The name on documents; that of the directive where no other is given.
    name: str = ""
    #: The address, line by line.
    address: tuple[str, ...] = ()
    #: ISO 3166, two letters.
    country: str = ""
    vat_id: str = ""
    tax_id: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    iban: str = ""
    bic: str = ""
    #: How to pay, as a text.
    payment: str = ""
    #: The path of a picture, relative to the top ledger file.
    logo: str = ""
    #: ISO 639, two letters.
    language: str = ""
    note: str = ""


class TaxRate(NamedTuple):
    """What the `open` of a tax account says: category (EN 16931, BT-151), rate and reason."""

    #: One of S, Z, E, AE, K, G and O.
    category: str
    #: In percent.
    rate: Decimal
    #: Why nothing is charged, for documents.
    reason: str = ""


class Reminder(NamedTuple):
    """A reminder that was sent: ``custom "reminder" NUMBER [LEVEL]``."""

    date: datetime.date
    #: The number of the invoice.
    number: str
    level: int
    entry: Custom
