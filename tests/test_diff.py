"""What two versions of a ledger say differently, and a closed month that must not change."""

import csv
import io
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from beancount_milestones import cli
from tests.receivables import ACME, HEAD, TWO_BILLS, paid

LEDGER = HEAD + ACME + TWO_BILLS + paid("2026-03-05", "400.00", "^INV-1")


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(cli.main, ["diff", *map(str, args)])


def rows(*args: str | Path) -> list[tuple[str, ...]]:
    result = run(*args, "--format", "csv")
    names = ("date", "change", "what", "milestone", "invoice", "account", "amount")
    found = csv.DictReader(io.StringIO(result.stdout))
    return [tuple(row[name] for name in names) for row in found]


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def git(folder: Path, *args: str) -> None:
    own = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    words = ["git", "-C", str(folder), *own, *args]
    subprocess.run(words, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A ledger that was committed, and has changed since."""
    git(tmp_path, "init", "--quiet")
    book = write(tmp_path / "books.beancount", 'include "more.beancount"\n' + LEDGER)
    write(tmp_path / "more.beancount", "")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "Books")
    write(tmp_path / "more.beancount", paid("2026-02-10", "50.00"))
    return book


def test_a_ledger_moved_to_another_file_says_the_same(tmp_path: Path) -> None:
    old = write(tmp_path / "old.beancount", LEDGER)
    new = write(tmp_path / "new.beancount", LEDGER.replace("\n2026-03-05", "\n\n\n2026-03-05"))

    result = run(old, new)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_an_entry_that_is_dated_back_is_told(tmp_path: Path) -> None:
    old = write(tmp_path / "old.beancount", LEDGER)
    new = write(tmp_path / "new.beancount", LEDGER + paid("2026-01-20", "10.00", "^INV-1"))

    assert rows(old, new) == [
        ("2026-01-20", "added", "by hand", "", "INV-1", "Assets:Bank", "10.00"),
        ("2026-01-20", "added", "by hand", "", "INV-1", "Assets:Receivable", "-10.00"),
    ]


def test_a_change_is_what_was_and_what_is(tmp_path: Path) -> None:
    old = write(tmp_path / "old.beancount", LEDGER)
    changed = LEDGER.replace("1000 USD One", "1100 USD One").replace("net 30", "net 14")
    new = write(tmp_path / "new.beancount", changed)

    found = rows(old, new)
    # 100 more of one are less of the rest.
    assert [row for row in found if row[2] == "agreed"] == [
        ("2026-01-01", "removed", "agreed", "one", "", "Assets:Receivable", "1000.00"),
        ("2026-01-01", "removed", "agreed", "three", "", "Assets:Receivable", "3000.00"),
        ("2026-01-01", "added", "agreed", "one", "", "Assets:Receivable", "1100.00"),
        ("2026-01-01", "added", "agreed", "three", "", "Assets:Receivable", "2900.00"),
    ]
    # An invoice that is due on another day is another one, though its amount is the same.
    assert (
        "2026-03-01",
        "added",
        "completed",
        "two",
        "INV-2",
        "Income:Design",
        "-2000.00",
    ) in found


def test_the_same_entry_twice_counts_twice(tmp_path: Path) -> None:
    once = paid("2026-03-05", "400.00", "^INV-1")
    old = write(tmp_path / "old.beancount", LEDGER)
    new = write(tmp_path / "new.beancount", LEDGER + once)

    assert [row[-1] for row in rows(old, new)] == ["400.00", "-400.00"]


def test_what_is_on_no_account_of_a_contract_does_not_count(tmp_path: Path) -> None:
    other = '2026-02-01 * "Café"\n  Expenses:CardFees  4.00 USD\n  Assets:Bank\n'
    old = write(tmp_path / "old.beancount", LEDGER)
    new = write(tmp_path / "new.beancount", LEDGER + other)

    assert rows(old, new) == []


def test_a_lock(tmp_path: Path) -> None:
    old = write(tmp_path / "old.beancount", LEDGER)
    new = write(tmp_path / "new.beancount", LEDGER + paid("2026-03-20", "10.00"))

    assert run(old, new, "--until", "2026-03-19").exit_code == 0
    broken = run(old, new, "--until", "2026-03-20")
    assert broken.exit_code == 1
    assert "Differences until 2026-03-20" in broken.stdout
    # Without a lock, differences are no failure.
    assert run(old, new).exit_code == 0
    assert "Differences\n" in run(old, new).stdout


def test_a_git_revision_of_the_same_file(repository: Path) -> None:
    found = rows("HEAD:", repository)

    assert [row[1:3] for row in found] == [("added", "by hand")] * 2
    back = run(repository, "HEAD:", "--format", "csv").stdout
    assert "removed" in back
    assert rows("HEAD:books.beancount", repository) == found


def test_errors_and_rows_have_the_name_of_the_revision(repository: Path) -> None:
    wrong = '2026-03-01 custom "milestone" "acme" "four" "completed"\n'
    write(repository.parent / "more.beancount", wrong + paid("2026-02-11", "5.00"))
    git(repository.parent, "commit", "--quiet", "--all", "-m", "Wrong")
    write(repository.parent / "more.beancount", "")

    result = run("HEAD:", repository, "--format", "csv")
    assert result.exit_code == 1
    assert result.stderr.startswith("HEAD:more.beancount:1: no milestone 'four'")
    assert "HEAD:more.beancount" in result.stdout


@pytest.mark.parametrize(
    ("old", "message"),
    [
        ("nothing.beancount", "cannot read 'nothing.beancount': no such file"),
        ("HEAD:none.beancount", "revision 'HEAD' has no file none.beancount"),
        ("nowhere:", "git: "),
    ],
)
def test_a_version_that_is_not_there(repository: Path, old: str, message: str) -> None:
    result = run(old, repository)

    assert result.exit_code == 2
    assert message in result.stderr


def test_two_revisions_need_a_path(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository.parent)

    assert "needs a path, as in HEAD:books.beancount" in run("HEAD:", "HEAD:").stderr
    assert rows("HEAD:books.beancount", "HEAD:books.beancount") == []


def test_without_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    assert "git is not installed" in run("HEAD:", repository).stderr
