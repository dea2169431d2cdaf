"""Golden ledgers: what a ledger becomes, written down.

Each folder of `tests/golden` is one rule:

    input.beancount     the ledger; it may include other files of the folder
    expected.beancount  its transactions with metadata `contract`, after the load
    errors.txt          one line for each error, `file:line: message`; no file, no errors

`pytest --update-golden` writes the last two. Read the difference before you commit it.
"""

from pathlib import Path

import pytest
from beancount import loader
from beancount.core import data
from beancount.ops import validation
from beancount.parser import printer

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path.parent for path in GOLDEN.glob("*/input.beancount"))


def render(entries: data.Directives) -> str:
    """Print the transactions of contracts, with all metadata that users see."""
    found = [
        entry
        for entry in entries
        if isinstance(entry, data.Transaction) and "contract" in entry.meta
    ]
    return "\n".join(printer.format_entry(entry) for entry in found)


def render_errors(errors: list[data.BeancountError]) -> str:
    """Print one line for each error."""
    return "".join(
        f"{error.source['filename']}:{error.source['lineno']}: {' '.join(error.message.split())}\n"
        for error in errors
    )


def outcome(case: Path) -> dict[str, str]:
    """Load a case. Return its expected files as they should be."""
    entries, errors, options = loader.load_file(str(case / "input.beancount"))
    broken_types = validation.validate_data_types(entries, options)
    assert not broken_types, broken_types
    folder = f"{case}/"
    return {
        "expected.beancount": render(entries).replace(folder, ""),
        "errors.txt": render_errors(errors).replace(folder, ""),
    }


def compare(case: Path, *, update: bool) -> None:
    """Compare a case with its expected files, or write them."""
    results = outcome(case)
    if update:
        (case / "expected.beancount").write_text(results["expected.beancount"], encoding="utf-8")
        if results["errors.txt"]:
            (case / "errors.txt").write_text(results["errors.txt"], encoding="utf-8")
        else:
            (case / "errors.txt").unlink(missing_ok=True)
    expected = {"expected.beancount": None, "errors.txt": ""} | {
        name: (case / name).read_text(encoding="utf-8")
        for name in results
        if (case / name).exists()
    }
    assert expected["expected.beancount"] is not None, (
        f"{case.name} has no expected.beancount: write it, or run pytest --update-golden"
    )
    assert results["errors.txt"] == expected["errors.txt"]
    assert results["expected.beancount"] == expected["expected.beancount"]


def test_there_are_cases() -> None:
    folders = sorted(path for path in GOLDEN.iterdir() if path.is_dir())

    assert CASES
    assert folders == CASES, "a folder without an input.beancount"


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_golden(case: Path, pytestconfig: pytest.Config) -> None:
    compare(case, update=pytestconfig.getoption("--update-golden"))


def test_missing_expectation_fails(tmp_path: Path) -> None:
    (tmp_path / "input.beancount").write_text("2020-01-01 open Assets:Cash\n", encoding="utf-8")

    with pytest.raises(AssertionError, match="--update-golden"):
        compare(tmp_path, update=False)


def test_update_writes_expectations(tmp_path: Path) -> None:
    (tmp_path / "input.beancount").write_text(
        '2020-01-01 * "A payment"\n  contract: "x"\n  Assets:Cash  1 USD\n  Income:Work\n',
        encoding="utf-8",
    )

    compare(tmp_path, update=True)
    compare(tmp_path, update=False)

    expected = (tmp_path / "expected.beancount").read_text(encoding="utf-8")
    errors = (tmp_path / "errors.txt").read_text(encoding="utf-8")
    assert 'contract: "x"' in expected
    assert errors.startswith("input.beancount:1: Invalid reference to unknown account")
