"""The one way to report a mistake.

Whoever sees one raises `UnreadableError`, or says it where more can be read after it. Whoever knows
the entry reads it ``with log.at(entry)``, which gives the mistake its place.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Self

from beancount_milestones.errors import error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from beancount.core.data import Directive

    from beancount_milestones.errors import MilestoneError


class UnreadableError(Exception):
    """Something that cannot be read or done; the message says what would be right."""


class Log:
    """The mistakes of a ledger, in the order in which they were found."""

    def __init__(self) -> None:
        """Begin with none."""
        self.errors: list[MilestoneError] = []

    def at(self, entry: Directive, meta: Mapping[str, Any] | None = None) -> Place:
        """Return the place of an entry, or of metadata inside it."""
        return Place(self, partial(error, entry.meta if meta is None else meta, entry=entry))


class Place:
    """Where something is read: what is raised in its ``with`` is reported there."""

    __slots__ = ("_before", "_errors", "_placed")

    def __init__(self, log: Log, placed: Callable[[str], MilestoneError]) -> None:
        """Take the log, and what makes a message an error at this place."""
        self._errors = log.errors
        self._placed = placed
        self._before = len(log.errors)

    def say(self, message: str) -> None:
        """Report a mistake and go on."""
        self._errors.append(self._placed(message))

    @property
    def failed(self) -> bool:
        """Whether anything was reported since the place was made."""
        return len(self._errors) > self._before

    def __enter__(self) -> Self:
        """Read here."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Report an `UnreadableError`; anything else is none of ours."""
        if isinstance(problem, UnreadableError):
            self.say(str(problem))
            return True
        return False
