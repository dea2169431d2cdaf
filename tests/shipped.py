"""The ledgers that we ship."""

import re
from pathlib import Path

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
