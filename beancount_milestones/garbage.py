"""The garbage collector, held back while much is made that stays."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def no_garbage() -> Iterator[None]:
    """Hold back the garbage collector, which would walk the whole ledger again and again.

    All that is made here stays, so there is nothing to collect.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if not gc.get_freeze_count():
                # What was made counts as old now; else the next collection would walk all of it.
                gc.freeze()
                gc.unfreeze()
            gc.enable()
