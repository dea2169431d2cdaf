"""Files of the ledger, written whole or not at all. Knows nothing of Fava.

A file is made beside the old one and takes its place in one step: whatever stops that in the middle
leaves the old one.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path


class WritingError(Exception):
    """A file could not be written; the message says which, and that it is as it was."""


def inserted(content: bytes, text: str, after_line: int | None) -> bytes:
    """Return a file with a text after so many of its lines, or at its end after an empty line.

    The text gets the line ends of the first line of the file; all else stays as it is.
    """
    lines = content.split(b"\n")
    newline = b"\r\n" if lines[0].endswith(b"\r") else b"\n"
    new = text.rstrip("\n").encode().replace(b"\n", newline) + newline
    if after_line is None:
        return content + newline + new
    before, after = (b"\n".join(part) for part in (lines[:after_line], lines[after_line:]))
    return (before + b"\n" if after_line else b"") + new + newline + after


def replace_file(path: Path, content: bytes) -> None:
    """Put a new content in the place of a file, with its mode; a link stays one.

    Raises `WritingError`: then the file is as it was.
    """
    target = path.resolve()
    part = ""
    try:
        handle, part = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(target, part)
        Path(part).replace(target)
    except OSError as problem:
        with contextlib.suppress(OSError):
            Path(part).unlink()
        message = f"{path} could not be written ({problem.strerror}); it is as it was"
        raise WritingError(message) from problem
