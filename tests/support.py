"""Types of the shared fixtures."""

import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from beancount.core import data


class Loaded(NamedTuple):
    """What the loader returns, with the errors as anyone sees them."""

    entries: data.Directives
    errors: list[data.BeancountError]
    options: dict[str, Any]

    @property
    def messages(self) -> list[str]:
        return [error.message for error in self.errors]

    @property
    def transactions(self) -> list[data.Transaction]:
        return [entry for entry in self.entries if isinstance(entry, data.Transaction)]


class Load(Protocol):
    """Write a ledger (one text, or files by name) and load it."""

    def __call__(self, files: str | Mapping[str, str], /, top: str = ...) -> Loaded: ...


class Command(Protocol):
    """Run an installed command of this virtual environment."""

    def __call__(self, *args: str | Path) -> subprocess.CompletedProcess[str]: ...


def terminal(width: int, *args: str | Path) -> str:
    """Run our command in a terminal of that width; everything that it writes there."""
    reading, writing = pty.openpty()
    program = str(Path(sys.executable).parent / "bean-milestones")
    process = os.posix_spawn(
        program,
        [program, *map(str, args)],
        os.environ | {"COLUMNS": str(width), "TERM": "xterm"},
        file_actions=[(os.POSIX_SPAWN_DUP2, writing, 1), (os.POSIX_SPAWN_CLOSE, reading)],
    )
    os.close(writing)
    found = b""
    while True:
        try:
            chunk = os.read(reading, 4096)
        except OSError:
            break
        if not chunk:
            break
        found += chunk
    os.close(reading)
    assert os.waitpid(process, 0)[1] == 0
    return found.decode()
