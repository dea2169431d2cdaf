"""What the ledger has to say for a document to be complete: a sentence, with the line to add."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beancount_milestones.errors import quoted

if TYPE_CHECKING:
    from beancount_milestones.parties import Party


def add(kind: str, party: Party, what: str, line: str) -> str:
    """Return the sentence that asks for a key of the seller or of a client."""
    where = party.source or f'custom "{kind}" {quoted(party.name)}'
    return f"the {kind} '{party.name}' has no {what}: add {line} to {where}"
