"""Data flows one way: a room knows only the rooms above it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "beancount_milestones"
#: From top to bottom. The doors (the plugin, the command, the query table, Fava) come last.
ROOMS = [
    "errors",
    "events",
    "garbage",
    "cache",
    "amounts",
    "postings",
    "parties",
    "legs",
    "model",
    "reading",
    "booking",
    "receivables",
    "reports",
    "documents",
    "export",
    "output",
    "bql",
    "__init__",
    "cli",
    "fava",
]
MODULES = sorted(PACKAGE.rglob("*.py"))


def room_of(module: Path) -> str:
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(module: Path) -> Iterator[str]:
    """The rooms that a module imports from, at load and later."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            package, _, rest = node.module.partition(".")
            if package == PACKAGE.name:
                names = [rest] if rest else [alias.name for alias in node.names]
                yield from (name.partition(".")[0] for name in names)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_knows_only_the_rooms_above_it(module: Path) -> None:
    here = ROOMS.index(room_of(module))
    below = {name for name in imported(module) if name in ROOMS and ROOMS.index(name) > here}
    assert not below


def test_every_room_stands_in_the_guide() -> None:
    guide = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    missing = {room_of(module) for module in MODULES} - {
        room for room in ROOMS if f"`{room}`" in guide or f"`{room}.py`" in guide
    }
    assert not missing


def test_only_one_file_imports_fava() -> None:
    importing = [
        module
        for module in MODULES
        if any(
            line.startswith(("from fava", "import fava"))
            for line in module.read_text().splitlines()
        )
    ]
    assert importing == [PACKAGE / "fava" / "host.py"]


def test_no_test_file_needs_another() -> None:
    tests = Path(__file__).parent
    words = re.compile(r"^ *(?:from|import) tests(?:\.test_| import .*\btest_)", re.MULTILINE)
    needing = [path.name for path in tests.glob("*.py") if words.search(path.read_text())]
    assert not needing
