"""Elements and their text, written the same way every time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Characters that XML 1.0 cannot hold.
_FORBIDDEN: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Element:
    """An element with text, or with elements."""

    tag: str
    content: str | tuple[Element, ...]
    attributes: tuple[tuple[str, str], ...] = ()


def branch(tag: str, *children: Element | None) -> Element | None:
    """Return an element of those children that there are; None where there are none."""
    found = tuple(child for child in children if child)
    return Element(tag, found) if found else None


def leaf(tag: str, text: str, **attributes: str) -> Element | None:
    """Return an element with text; None where there is none."""
    return Element(tag, text, tuple(attributes.items())) if text else None


def document(root: str, namespaces: dict[str, str], *children: Element | None) -> bytes:
    """Return a whole document, in UTF-8. ``namespaces`` are by prefix; the empty one is of all."""
    names = tuple(
        (f"xmlns:{prefix}" if prefix else "xmlns", name) for prefix, name in namespaces.items()
    )
    found = Element(root, tuple(child for child in children if child), names)
    lines = ('<?xml version="1.0" encoding="UTF-8"?>', *_lines(found, ""), "")
    return "\n".join(lines).encode()


def _lines(element: Element, indent: str) -> Iterator[str]:
    attributes = "".join(f' {name}="{_text(value)}"' for name, value in element.attributes)
    start, end = f"{indent}<{element.tag}{attributes}>", f"</{element.tag}>"
    if isinstance(element.content, str):
        yield f"{start}{_text(element.content)}{end}"
    else:
        yield start
        for child in element.content:
            yield from _lines(child, indent + "  ")
        yield indent + end


def _text(text: str) -> str:
    return escape(_FORBIDDEN.sub("", text))
