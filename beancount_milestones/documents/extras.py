"""Libraries that come with an extra of the package, and what to say where one is missing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class MissingExtraError(Exception):
    """A library is not installed; the message says what to install."""


@contextmanager
def needed(extra: str, module: str) -> Iterator[None]:
    """Import a library of an extra. Raises `MissingExtraError` where that is not possible."""
    try:
        yield
    except (ImportError, OSError) as problem:
        # An OSError is a library of the system that it needs.
        if isinstance(problem, ImportError) and (problem.name or "").partition(".")[0] == module:
            message = f"this needs {module}: pip install 'beancount-milestones[{extra}]'"
        else:
            message = f"{module} cannot be used here: {problem}"
        raise MissingExtraError(message) from problem
