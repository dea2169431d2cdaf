"""What a sheet of paper takes from outside the model: templates, the logo, a code to scan."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from beancount_milestones.documents.wanted import add

if TYPE_CHECKING:
    from beancount_milestones.parties import Party
    from beancount_milestones.reports import Books

#: How pictures that browsers show begin, with their types.
_PICTURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"RIFF", "webp"),
    (b"<svg", "svg+xml"),
    (b"<?xml", "svg+xml"),
)
#: Countries that print on Letter; all others on A4.
_LETTER: Final = frozenset({"US", "CA", "MX", "PH", "CO", "CL", "VE", "GT", "CR", "PR", "DO"})


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the pictures and templates of a ledger are."""

    #: The folder of the top ledger file.
    folder: Path
    #: The user's own templates, if any.
    templates: Path | None

    @classmethod
    def of(cls, books: Books) -> Layout:
        """Return the layout of a ledger."""
        folder = Path(books.options["filename"]).parent
        own = books.register.templates
        return cls(folder, folder / own if own else None)

    def logo(self, seller: Party) -> str:
        """Return the seller's logo as a data URI, or nothing where there is none to show."""
        found = self._picture(seller)
        if not found:
            return ""
        kind, content = found
        return f"data:image/{kind};base64,{b64encode(content).decode()}"

    def missing(self, seller: Party, client: Party) -> list[str]:
        """Return what a sheet lacks, a sentence each: it is made all the same."""
        found = []
        if not seller.name:
            found.append('the ledger has no seller: add 2026-01-01 custom "seller" "NAME"')
        elif not seller.address:
            found.append(add("seller", seller, "address", 'address: "STREET, TOWN"'))
        if client.name and not client.address:
            found.append(add("client", client, "address", 'address: "STREET, TOWN"'))
        if seller.logo and not self._picture(seller):
            found.append(
                f"the logo is left out: '{self.folder / seller.logo}' is not a picture"
                " (PNG, JPEG, GIF, WebP or SVG) that can be read"
            )
        return found

    def _picture(self, seller: Party) -> tuple[str, bytes] | None:
        if not seller.logo:
            return None
        try:
            content = (self.folder / seller.logo).read_bytes()
        except (OSError, ValueError):
            return None
        head = content.lstrip()
        kind = next((kind for start, kind in _PICTURES if head.startswith(start)), None)
        return (kind, content) if kind else None


def paper(seller: Party, client: Party) -> str:
    """Return the size of paper that the seller's country uses, or else the client's."""
    return "Letter" if (seller.country or client.country) in _LETTER else "A4"
