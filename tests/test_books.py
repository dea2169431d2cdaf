"""The ledgers that we ship load without an error."""

import re
from pathlib import Path

import pytest

from tests.support import Command

ROOT = Path(__file__).parent.parent


def included(path: Path) -> set[Path]:
    """The files that a ledger file includes, itself only."""
    names = re.findall(r'^include\s+"([^"]+)"', path.read_text(encoding="utf-8"), re.MULTILINE)
    return {found.resolve() for name in names for found in path.parent.glob(name)}


def top_files(folder: Path) -> list[Path]:
    """The ledger files of a folder that no other one includes."""
    files = set(folder.resolve().rglob("*.beancount"))
    return sorted(files - {found for path in files for found in included(path)})


BOOKS = [*top_files(ROOT / "examples"), ROOT / "ledger" / "main.beancount"]


def test_there_are_examples() -> None:
    assert len(BOOKS) > 1


@pytest.mark.parametrize("book", BOOKS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_bean_check(book: Path, bean_check: Command) -> None:
    result = bean_check(book)

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
