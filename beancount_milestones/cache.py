"""Beancount keeps a loaded ledger in a file of its own: the register in it is as it was made.

That file is good as long as the ledger does not change. After a new version of ours it would bring
back old figures, or fields in other places.
"""

from __future__ import annotations

import os
import zlib


class OutdatedError(Exception):
    """What comes from Beancount's cache was made by other files than ours; it loads again."""


def made_by() -> int:
    """Return a number that is another one once any of our files is another one."""
    found = []
    for folder, _, names in os.walk(os.path.dirname(__file__)):  # noqa: PTH120 - quick to import
        for name in names:
            if name.endswith(".py"):
                file = os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118 - as above
                found.append((folder, name, file.st_size, file.st_mtime_ns))
    return zlib.crc32(repr(sorted(found)).encode())


def check(number: int) -> None:
    """Raise `OutdatedError` where something was made by other files: Beancount loads it again."""
    if number != made_by():
        message = "beancount-milestones has changed since it was written"
        raise OutdatedError(message)
