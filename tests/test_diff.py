"""What two versions of a ledger say differently, and a closed month that must not change."""

import csv
import io
import subprocess
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner, Result

from beancount_milestones import cli
from tests.receivables import ACME, BOLT, HEAD, TWO_BILLS, billed, paid

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


OPEN = "  Assets:Receivable  -400.00 USD\n"


@pytest.mark.parametrize(
    ("was", "is_"),
    [
        # On the posting, on the transaction, and both numbers or links.
        (f'{OPEN}    settles: "INV-1"\n', f'{OPEN}    settles: "INV-2"\n'),
        (f'  settles: "INV-1"\n{OPEN}', f'  settles: "INV-2"\n{OPEN}'),
        (f'{OPEN}    settles: "INV-1"\n', OPEN),
        (f'  contract: "acme"\n  milestone: "one"\n{OPEN}', f'  contract: "acme"\n{OPEN}'),
        (f'  contract: "acme"\n{OPEN}', f'  contract: "bolt"\n{OPEN}'),
        (
            f'  contract: "acme"\n{OPEN}    milestone: "one"\n',
            f'  contract: "acme"\n{OPEN}    milestone: "two"\n',
        ),
        (f"  ^INV-1\n{OPEN}", f"  ^INV-2\n{OPEN}"),
        (f"  ^INV-1\n{OPEN}", f'  invoice: "INV-1"\n{OPEN}'),
        (f'  ^INV-1\n  invoice: "CN-1"\n{OPEN}', f'  ^INV-2\n  invoice: "CN-1"\n{OPEN}'),
    ],
)
def test_what_an_entry_by_hand_pays_is_part_of_it(tmp_path: Path, was: str, is_: str) -> None:
    head = HEAD + ACME + BOLT + TWO_BILLS + '2026-03-05 * "Acme" "Paid"\n'
    bank = "  Assets:Bank  400.00 USD\n"
    old = write(tmp_path / "old.beancount", head + was + bank)
    new = write(tmp_path / "new.beancount", head + is_ + bank)

    assert run(old, new, "--until", "2026-03-04").exit_code == 0
    assert run(old, new, "--until", "2026-03-05").exit_code == 1
    assert {row[1:3] for row in rows(old, new)} == {("removed", "by hand"), ("added", "by hand")}
    assert rows(old, old) == []


def test_what_it_pays_is_shown(tmp_path: Path) -> None:
    old = write(tmp_path / "old.beancount", LEDGER)
    said = paid("2026-03-05", "400.00", keys=('settles: "INV-2"', 'milestone: "two"')).replace(
        '"Paid"', '"Paid"\n  contract: "acme"\n  settles: "INV-1"'
    )
    new = write(tmp_path / "new.beancount", LEDGER + said)

    result = run(old, new, "--format", "csv")
    shown = [
        (row["contract"], row["milestone"], row["invoice"])
        for row in csv.DictReader(io.StringIO(result.stdout))
    ]
    assert shown == [("acme", "", "INV-1"), ("acme", "two", "INV-2")]


def test_an_event_of_its_own_is_no_event_of_ours(tmp_path: Path) -> None:
    old = write(tmp_path / "old.beancount", LEDGER)
    fair = paid("2026-03-06", "10.00").replace(
        '"Paid"', '"Paid"\n  event: "Fair in Berlin"\n  contract: "acme"'
    )
    new = write(tmp_path / "new.beancount", LEDGER + fair)

    assert {row[2] for row in rows(old, new)} == {"by hand"}


def test_what_falls_away_without_being_booked(tmp_path: Path) -> None:
    old = write(tmp_path / "old.beancount", LEDGER)
    cancelled = LEDGER + billed("2026-03-06 three cancelled")
    new = write(tmp_path / "new.beancount", cancelled)
    back = write(tmp_path / "back.beancount", cancelled + billed("2026-03-07 three reopened"))
    less = write(tmp_path / "less.beancount", LEDGER + billed("2026-03-06 three waived"))
    same = write(tmp_path / "same.beancount", LEDGER + billed("2026-03-06 three delivered"))

    def row(date: str, what: str, amount: str) -> tuple[str, ...]:
        return (date, "added", what, "three", "", "Assets:Receivable", amount)

    assert rows(old, new) == [row("2026-03-06", "cancelled", "-3000.00")]
    assert rows(new, back) == [row("2026-03-07", "reopened", "3000.00")]
    assert rows(old, less) == [row("2026-03-06", "waived", "-3000.00")]
    # To hand something over changes no money.
    assert rows(old, same) == []
    assert run(old, new, "--until", "2026-03-06").exit_code == 1


def test_what_falls_away_of_what_we_owe_has_the_sign_of_the_ledger(tmp_path: Path) -> None:
    bought = """
        2026-01-02 * "Sub" "Piles"
          contract: "sub"
          milestone-all: "100%"
          milestone-none: "0%"
          Expenses:CardFees  700.00 USD
          Liabilities:Deferred
    """
    head = LEDGER + dedent(bought)
    old = write(tmp_path / "old.beancount", head)
    ends = '2026-03-06 custom "contract" "sub" "cancelled"\n'
    new = write(tmp_path / "new.beancount", head + ends)

    assert [row[2:] for row in rows(old, new)] == [
        ("cancelled", "all", "", "Liabilities:Deferred", "700.00")
    ]


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
        ("2026-01-01", "removed", "agreed", "one", "brand-2026", "Assets:Receivable", "1000.00"),
        ("2026-01-01", "removed", "agreed", "three", "brand-2026", "Assets:Receivable", "3000.00"),
        ("2026-01-01", "added", "agreed", "one", "brand-2026", "Assets:Receivable", "1100.00"),
        ("2026-01-01", "added", "agreed", "three", "brand-2026", "Assets:Receivable", "2900.00"),
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


def test_an_absolute_include_is_that_of_the_revision(repository: Path) -> None:
    inner = repository.parent / "years" / "2026.beancount"
    inner.parent.mkdir()
    more = repository.parent / "more.beancount"
    write(more, "")
    write(repository, f'include "{inner}"\n{LEDGER}')
    write(inner, f'include "{more}"\n')
    (repository.parent / "again.beancount").symlink_to("books.beancount")
    git(repository.parent, "add", ".")
    git(repository.parent, "commit", "--quiet", "-m", "Absolute")
    write(more, paid("2026-02-10", "50.00"))

    broken = run("HEAD:", repository, "--until", "2026-02-28")
    assert broken.exit_code == 1
    assert broken.stdout.count("by hand") == 2


def test_what_a_revision_cannot_have_read_is_refused(repository: Path, tmp_path: Path) -> None:
    # By another name, which is not found in the text.
    other = tmp_path.parent / f"{tmp_path.name}-again"
    other.symlink_to(tmp_path)
    write(repository, f'include "{other}/more.beancount"\n{LEDGER}')
    git(repository.parent, "commit", "--quiet", "--all", "-m", "Absolute")

    result = run("HEAD:", repository, "--until", "2026-02-28")
    assert result.exit_code == 2
    assert (
        f"revision 'HEAD' reads {other}/more.beancount as it is today; name it by a path relative"
        " to the file that reads it"
    ) in result.stderr


def test_links_that_lead_out_of_the_revision_are_no_part_of_it(repository: Path) -> None:
    (repository.parent / "link.beancount").symlink_to(repository.parent / "more.beancount")
    git(repository.parent, "add", ".")
    git(repository.parent, "commit", "--quiet", "-m", "Link")

    assert rows("HEAD:", repository) == []
    assert run("HEAD:link.beancount", repository).exit_code == 2


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
