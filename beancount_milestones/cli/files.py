"""Files that commands write, each whole or not at all."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from beancount_milestones.cli.common import Date
from beancount_milestones.reports import today

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

#: The argument of a command about one ledger.
LEDGER = click.argument(
    "ledger", type=click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True)
)
#: Documents are as of their own day; only what is paid is as of this one.
AS_OF = click.option(
    "--as-of",
    type=Date(),
    default=today,
    metavar="DATE",
    help="What is paid by this day.  [default: today]",
)


def ending_of(path: Path, known: Iterable[str]) -> str:
    """Return the ending of a file; one that nothing is written for is bad usage."""
    ending = path.suffix.lower()
    if ending not in known:
        message = f"cannot write '{path}': the ending is one of {', '.join(known)}"
        raise click.UsageError(message)
    return ending


def save(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; one that cannot be written is bad usage."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as problem:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        message = f"cannot write '{path}': {problem.strerror or problem}"
        raise click.UsageError(message) from problem
