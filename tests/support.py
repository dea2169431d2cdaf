"""Types of the shared fixtures."""

import subprocess
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
