"""What no report adds up: the money of two clients, of the two sides, or in two currencies."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from beancount_milestones.parties import fold

if TYPE_CHECKING:
    from beancount_milestones.parties import Side


class Whose(NamedTuple):
    """A client who owes, or a supplier who is owed, in one currency."""

    side: Side
    #: As names are compared.
    client: str
    currency: str

    @classmethod
    def of(cls, side: Side, client: str, currency: str) -> Whose:
        """Return whose something is, however the client's name is written."""
        return cls(side, fold(client), currency)


class InvoiceKey(NamedTuple):
    """What an invoice or a credit note is known by: it has a row of its own in the register."""

    number: str
    whose: Whose
