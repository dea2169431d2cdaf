"""Versions of a ledger: files, and what a git revision had."""

from __future__ import annotations

import re
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Iterable


class Version(NamedTuple):
    """A version of a ledger, as a file that can be loaded."""

    path: Path
    #: What stands for the folder of its files in messages.
    folder: Path | None = None
    revision: str = ""
    #: The repository that the revision is of.
    top: Path = Path()

    def shown(self, filename: str) -> str:
        """Return a file name as the user would write it."""
        if self.folder is None or not filename.startswith(f"{self.folder}/"):
            return filename
        return f"{self.revision}:{filename.removeprefix(f'{self.folder}/')}"

    def check(self, read: Iterable[str]) -> None:
        """Raise `click.UsageError` where a file of the repository was read as it is today."""
        if self.folder is None:
            return
        folder = self.folder.resolve()
        for path in map(Path, read):
            real = path.resolve()
            if real.is_relative_to(self.top) and not real.is_relative_to(folder):
                message = (
                    f"revision '{self.revision}' reads {path} as it is today; name it by a path"
                    " relative to the file that reads it"
                )
                raise click.UsageError(message)


def version(written: str, other: str, folder: Path) -> Version:
    """Return the version that an argument names: a path, ``REV:`` or ``REV:path``.

    ``REV:`` is the file of the other argument, as that revision has it. What it had is written to
    ``folder``. Raises `click.UsageError`.
    """
    if Path(written).is_file():
        return Version(Path(written))
    revision, colon, name = written.partition(":")
    if not colon or not revision:
        message = f"cannot read '{written}': no such file; a git revision is written as HEAD~1:"
        raise click.UsageError(message)
    beside = Path(other).resolve().parent if Path(other).is_file() else Path.cwd()
    top = Path(_git(beside, "rev-parse", "--show-toplevel").decode().strip())
    if not name:
        if not Path(other).is_file():
            message = f"'{written}' needs a path, as in {revision}:books.beancount"
            raise click.UsageError(message)
        name = str(Path(other).resolve().relative_to(top))
    archive = _git(top, "archive", "--format=tar", revision)
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        files.extractall(folder, filter=_inside)  # noqa: S202 - none of it lands outside
    _include_from(folder, top)
    path = folder / name
    if not path.is_file():
        message = f"revision '{revision}' has no file {name}"
        raise click.UsageError(message)
    return Version(path, folder, revision, top)


def _inside(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
    """Leave out links that lead out of the folder: what they name is no part of the revision."""
    try:
        return tarfile.data_filter(member, folder)
    except tarfile.FilterError:
        return None


def _include_from(folder: Path, top: Path) -> None:
    """Let absolute paths of the repository lead to what was written to the folder."""
    absolute = re.compile(rb'^(include[ \t]+")%s(?=/)' % re.escape(bytes(top)), re.MULTILINE)
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            text = path.read_bytes()
            if absolute.search(text):
                path.write_bytes(absolute.sub(lambda found: found[1] + bytes(folder), text))


def _git(folder: Path, *args: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - our own words, and a revision as one argument
            ["git", "-C", str(folder), *args],  # noqa: S607 - the user's git
            capture_output=True,
            check=True,
        )
    except FileNotFoundError as missing:
        message = "git is not installed, so no revision can be read"
        raise click.UsageError(message) from missing
    except subprocess.CalledProcessError as failed:
        said = failed.stderr.decode(errors="replace").strip().splitlines()
        message = f"git: {said[-1] if said else failed}"
        raise click.UsageError(message) from failed
    return done.stdout
