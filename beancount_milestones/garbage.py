"""The garbage collector, held back while much is made."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def no_garbage(*, stays: bool = False) -> Iterator[None]:
    """Hold back the garbage collector, which would walk the whole ledger again and again.

    With ``stays``, all that is made counts as old afterwards: else the next collection walks it.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if stays and not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()
            gc.enable()
