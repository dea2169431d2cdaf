"""Files that commands write, each whole or not at all."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from beancount_milestones.cli.common import Date
from beancount_milestones.documents.extras import MissingExtraError
from beancount_milestones.documents.html import TemplateError
from beancount_milestones.documents.layout import Layout
from beancount_milestones.documents.letter import ENDINGS, remarks, written
from beancount_milestones.reports import today

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from beancount_milestones.documents.letter import Letter
    from beancount_milestones.reports import Books

Command = TypeVar("Command", bound="Callable[..., None]")

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
        first, *others = known
        endings = f"one of {', '.join([first, *others])}" if others else first
        message = f"cannot write '{path}': the ending is {endings}"
        raise click.UsageError(message)
    return ending


def writes(*, folder: bool = False) -> Callable[[Command], Command]:
    """Return the option -o of a command that writes a letter, or a folder of them."""
    return click.option(
        "-o",
        "--output",
        type=click.Path(file_okay=not folder, dir_okay=folder, path_type=Path),
        metavar="FOLDER" if folder else "FILE",
        help="Write drafts of e-mails into this folder."
        if folder
        else f"Write this file; its ending says how: {', '.join(ENDINGS)}.",
    )


def save_letter(path: Path, letter: Letter, books: Books) -> None:
    """Write a letter as the ending of the file says; tell what it lacks."""
    ending = ending_of(path, ENDINGS)
    layout = Layout.of(books)
    try:
        content = written(letter, ending, layout)
    except (MissingExtraError, TemplateError) as problem:
        message = f"'{path}' is not written: {problem}"
        raise click.UsageError(message) from problem
    save(path, content)
    tell(f"'{path}' is written, but:", remarks(letter, ending, layout))


def tell(head: str, sentences: Sequence[str]) -> None:
    """Say what is missing, if anything is."""
    if sentences:
        click.echo("\n  ".join([head, *sentences]), err=True)


def check_apart(paths: Iterable[tuple[str, Path]]) -> None:
    """Refuse files of several documents, each with its name, of which one would replace another."""
    taken: dict[Path, str] = {}
    for name, path in paths:
        other = taken.setdefault(path, name)
        if other != name:
            message = f"'{other}' and '{name}' would both be '{path}'; write them one by one"
            raise click.UsageError(message)


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
