"""Whether a request comes from this page, and whether the ledger is still as it was shown."""

from __future__ import annotations

import hashlib
import re
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

#: Browsers show what has these headers in no frame of another site: no click can be stolen.
UNFRAMED: Final = {
    "X-Frame-Options": "SAMEORIGIN",
    "Content-Security-Policy": "frame-ancestors 'self'",
}
#: Where a browser says that a frame asks.
_FRAMES: Final = frozenset({"frame", "iframe", "embed", "object", "fencedframe"})
#: A name that the domain name system may know, as all names do that have a dot in them.
_NAMES: Final = re.compile(r"(?:[\w-]+\.)+[a-z][\w-]*", re.ASCII | re.IGNORECASE)


def from_this_page(
    headers: Mapping[str, str], host: str, scheme: str, names: Container[str] = ()
) -> bool:
    """Return whether a request was sent by a page of this very Fava.

    Takes the headers, the host and the scheme that were asked, and the names that this Fava is
    known by. Browsers say where a request comes from, and pages cannot change what they say. What
    says neither is not a browser, or too old to be trusted.
    """
    if headers.get("Sec-Fetch-Dest") not in {None, "document"} or not is_ours(host, names):
        return False
    site, origin = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    if site not in {None, "same-origin"}:
        return False
    if origin is None:
        return site is not None
    said = urlsplit(origin)
    if said.netloc.casefold() != host.casefold():
        return False
    # Behind a proxy the page may be on https though we are asked by http, and never the reverse.
    return said.scheme in {headers.get("X-Forwarded-Proto", scheme), "https"}


def is_ours(host: str, names: Container[str]) -> bool:
    """Return whether a host is one that no stranger can give a meaning to.

    A page of a stranger can let a name of its own point to this machine, and then ask as if it was
    a page of ours. It cannot do so with an address, or with a name that has no dot.
    """
    name = urlsplit(f"//{host}").hostname or ""
    if name in names or "." not in name or name.endswith(".localhost"):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def in_frame(headers: Mapping[str, str]) -> bool:
    """Return whether it is a frame that asks."""
    return headers.get("Sec-Fetch-Dest") in _FRAMES


def names_in(text: str) -> frozenset[str]:
    """Return the host names of a text; none where anything else is in it."""
    names = text.split()
    return frozenset(names) if all(map(_NAMES.fullmatch, names)) else frozenset()


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
