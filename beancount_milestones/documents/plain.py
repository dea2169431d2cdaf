"""A document as plain data: for JSON, and for whoever brings a layout of their own."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from beancount_milestones.amounts import decimals, rounded

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Numbers that are not amounts: they have no decimals of a currency.
_SHARES: Final = frozenset({"percent", "rate"})
#: What is of the ledger, and not of the document.
_INSIDE: Final = frozenset({"source"})


def as_object(document: object) -> dict[str, Any]:
    """Return the whole model as dictionaries and lists: amounts as text, dates as ISO 8601."""
    found = _plain(document, "", 0)
    assert isinstance(found, dict)  # noqa: S101 - tells the type checker
    return found


def to_json(document: object) -> bytes:
    """Return the whole model as one object of JSON."""
    return (json.dumps(as_object(document), indent=2, ensure_ascii=False) + "\n").encode()


def _plain(value: object, name: str, places: int) -> object:
    if isinstance(value, Decimal):
        least = 0 if name in _SHARES else places
        return f"{rounded(value, least) if decimals(value) < least else value:f}"
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) or hasattr(value, "_fields"):
        # Whatever has places of its own is in one currency.
        places = getattr(value, "places", places)
        return {field: _plain(getattr(value, field), field, places) for field in _names(value)}
    if isinstance(value, tuple):
        return [_plain(one, name, places) for one in value]
    return value


def _names(value: Any) -> Iterator[str]:  # noqa: ANN401 - a dataclass or a named tuple
    """What a value has, and then what follows from it."""
    own = (field.name for field in fields(value)) if is_dataclass(value) else value._fields
    yield from (name for name in own if name not in _INSIDE)
    yield from (name for name, kept in vars(type(value)).items() if isinstance(kept, property))
