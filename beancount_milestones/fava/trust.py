"""Whether a request comes from this page, and whether the ledger is still as it was shown."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def from_this_page(headers: Mapping[str, str], host: str) -> bool:
    """Return whether a request was sent by a page of this very Fava.

    Browsers say where a request comes from, and pages cannot change what they say. What says
    neither is no browser, or one that is too old to be trusted.
    """
    site, origin = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    if site not in {None, "same-origin"}:
        return False
    if origin is not None:
        return urlsplit(origin).netloc.casefold() == host.casefold()
    return site is not None


def digest(texts: Iterable[str | bytes]) -> str:
    """Return a fingerprint of texts."""
    found = hashlib.sha256()
    for text in texts:
        part = text.encode() if isinstance(text, str) else text
        found.update(len(part).to_bytes(8) + part)
    return found.hexdigest()


def digest_of_files(files: Iterable[str]) -> str:
    """Return a fingerprint of the ledger: of each of its files that can be read."""
    paths = (Path(name) for name in sorted(files))
    return digest(path.read_bytes() if path.is_file() else b"" for path in paths)
