"""What the ledger has to say for a document to be complete: a sentence, with the line to add."""

from __future__ import annotations

from beancount_milestones.errors import quoted


def add(kind: str, name: str, what: str, line: str) -> str:
    """Return the sentence that asks for a key of the seller or of a client."""
    return f"the {kind} '{name}' has no {what}: add {line} to custom \"{kind}\" {quoted(name)}"
