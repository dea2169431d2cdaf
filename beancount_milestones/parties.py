"""Who is who: seller, clients, taxes and reminders, as the ledger says them. Frozen data.

And when two names are those of one client.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    import datetime
    from decimal import Decimal

    from beancount.core.data import Custom

#: Whether the client owes us, or we owe a supplier.
Side = Literal["sell", "buy"]
#: No reminder has a higher level.
MOST_LEVELS: Final = 100


#: The dot that `casefold` leaves of a Turkish capital I, and the small letter that has none.
_TURKISH = str.maketrans({"\N{COMBINING DOT ABOVE}": None, "\N{LATIN SMALL LETTER DOTLESS I}": "i"})


@lru_cache(maxsize=65536)
def _fold(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).casefold().translate(_TURKISH)
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def fold(name: str | None) -> str:
    """Return the name of a client as people read it, for comparing; empty for none.

    Unicode normalised, without case, and with runs of spaces as one.
    """
    return _fold(name) if name else ""


def spaced(name: str | None) -> str:
    """Return a name as it is printed: without spaces at its ends, and runs of them as one."""
    return " ".join(filter(None, (name or "").split(" ")))


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
    #: Where in the ledger all this is said, as one would write it. No document shows it.
    source: str = ""


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
