"""Reports over several ledgers, month-end commands, names for editors, annotations for GitHub."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml
from click.testing import CliRunner, Result

from beancount_milestones import cli
from beancount_milestones.cli import several
from tests.monthly import LEDGER


@pytest.fixture
def one(tmp_path: Path) -> Path:
    path = tmp_path / "one.beancount"
    path.write_text(LEDGER, encoding="utf-8")
    return path


@pytest.fixture
def two(tmp_path: Path) -> Path:
    path = tmp_path / "two.beancount"
    path.write_text(LEDGER.replace("Acme", "Zebra"), encoding="utf-8")
    return path


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(cli.main, [*map(str, args), "--as-of", "2026-03-31"])


def rows(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.stdout)))


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_every_row_begins_with_its_ledger(one: Path, two: Path, jobs: str) -> None:
    result = run("status", one, two, "--format", "csv", "--jobs", jobs)

    assert result.exit_code == 0
    found = rows(result)
    assert next(iter(found[0])) == "ledger"
    assert [row["ledger"] for row in found] == sorted(row["ledger"] for row in found)
    assert {row["client"] for row in found if row["ledger"] == str(two)} == {"Zebra", "Sub"}


def test_several_ledgers_as_json_and_as_a_table(one: Path, two: Path) -> None:
    found = json.loads(run("aging", one, two, "--format", "json").stdout)
    assert {row["ledger"] for row in found} == {str(one), str(two)}
    assert next(iter(found[0])) == "ledger"
    table = run("aging", one, two).stdout
    assert table.startswith("2 ledgers\nledger ")
    assert str(two) in table


def test_the_filters_hold_for_each_ledger(one: Path, two: Path) -> None:
    result = run("contracts", one, two, "--contract", "print", "--format", "csv")
    assert {row["contract"] for row in rows(result)} == {"print"}


def test_what_is_wrong_with_one_is_told_and_the_others_go_on(
    one: Path, two: Path, tmp_path: Path
) -> None:
    two.write_text(LEDGER + "2026-01-01 open Assets:Bank\n", encoding="utf-8")
    result = run("aging", tmp_path / "none.beancount", one, two, "--format", "csv")

    assert result.exit_code == 2
    assert f"{tmp_path / 'none.beancount'}" in result.stderr
    assert "Duplicate open" in result.stderr
    assert {row["ledger"] for row in rows(result)} == {str(one), str(two)}
    assert run("aging", one, two).exit_code == 1


@pytest.mark.parametrize(
    "args",
    [
        ["statement", "one", "two", "Zebra"],
        ["status", "one", "two", "--client", "zebra"],
        ["status", "one", "two", "--contract", "stripes"],
        ["application", "one", "two", "PA-Z"],
    ],
)
def test_a_name_that_one_of_them_knows(
    one: Path, two: Path, monkeypatch: pytest.MonkeyPatch, args: list[str]
) -> None:
    monkeypatch.chdir(one.parent)
    changed = two.read_text(encoding="utf-8").replace('"brand"', '"stripes"')
    two.write_text(changed.replace('"INV-1"', '"PA-Z"'), encoding="utf-8")
    places = [{"one": one, "two": two}.get(word, word) for word in args]
    result = run(*places, "--format", "csv")

    assert (result.exit_code, result.stderr) == (0, "")
    assert {row["ledger"] for row in rows(result)} == {str(two)}
    # The errors of the other one are told all the same.
    one.write_text(LEDGER + "2026-01-01 open Assets:Bank\n", encoding="utf-8")
    result = run(*places, "--format", "csv")
    assert result.exit_code == 1
    assert result.stderr.count("Duplicate open") == len(result.stderr.splitlines()) == 1
    assert {row["ledger"] for row in rows(result)} == {str(two)}


def test_a_name_that_none_of_them_knows_is_bad_usage(one: Path, two: Path, tmp_path: Path) -> None:
    for args in (["statement", "Zebr"], ["status", "--client", "Zebr"]):
        result = run(args[0], one, two, *args[1:])
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"{one}: no client 'Zebr' by 2026-03-31\n" in result.stderr
        assert f"{two}: no client 'Zebr' by 2026-03-31; did you mean 'Zebra'?" in result.stderr
    # What is not there knows nothing; nor does it hide that the others do not.
    result = run("status", tmp_path / "none.beancount", one, "--client", "Zebra")
    assert result.exit_code == 2
    assert f"{one}: no client 'Zebra'" in result.stderr


def test_ledgers_behind_a_double_dash(one: Path, two: Path) -> None:
    words = ["status", "--as-of", "2026-03-31", "--format", "csv", "--", str(one), str(two)]
    result = CliRunner().invoke(cli.main, words)

    assert result.exit_code == 0
    assert {row["ledger"] for row in rows(result)} == {str(one), str(two)}


def test_a_ledger_that_is_called_as_a_contract_is(
    one: Path, two: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(one.parent)
    one.rename("print")
    result = run("contracts", "--contract", "print", "print", two, "--format", "csv")

    assert {(row["ledger"], row["contract"]) for row in rows(result)} == {
        ("print", "print"),
        (str(two), "print"),
    }


def test_the_process_of_one_ledger_starts_no_others(
    one: Path, two: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = run("status", one, "--format", "csv").stdout
    monkeypatch.setattr(several, "run", None)
    words = ["status", "--as-of", "2026-03-31", "--jobs", "2", "--", str(two), str(one)]
    result = CliRunner().invoke(cli.main, words, obj=several.Only(str(one)))

    assert (result.exit_code, result.stdout) == (0, alone)


def test_a_process_that_is_killed_is_told(
    one: Path, two: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], -9, "", "Loading ...\n")

    monkeypatch.setattr(subprocess, "run", killed)
    result = run("status", one, two, "--format", "csv")

    assert result.exit_code == 1
    assert result.stdout == "ledger\n"
    for ledger in (one, two):
        assert f"{ledger}: the report was ended by signal 9\n" in result.stderr


def test_news_of_several_ledgers_is_empty_where_there_is_none(one: Path, two: Path) -> None:
    result = run("changes", one, two, "--since", "2026-03-31")
    assert (result.exit_code, result.stdout) == (0, "")
    result = run("changes", one, two, "--since", "2026-03-31", "--format", "json")
    assert json.loads(result.stdout) == []
    # Something has changed; and a report that is no news.
    table = run("changes", one, two, "--since", "2026-03-01").stdout
    assert table.startswith("2 ledgers\n")
    assert run("statement", one, two, "Bolt", "--open").stdout.startswith("2 ledgers\n")
    paid = "--from=2027-01-01", "--to=2027-01-01"
    assert run("taxes", one, two, *paid).stdout == "2 ledgers: nothing\n"


def test_annotations_where_there_are_none(one: Path, two: Path) -> None:
    words = ["check", str(one), str(two), "--as-of", "2026-01-08", "--format", "github"]
    assert CliRunner().invoke(cli.main, words).stdout == ""


def test_a_document_is_of_one_ledger(one: Path, two: Path) -> None:
    result = run("statement", one, two, "Acme", "-o", "x.pdf")
    assert result.exit_code == 2
    assert "a document is of one ledger" in result.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["rollforward", "--from", "2026-02-01"], "Roll-forward from 2026-02-01 to 2026-03-31"),
        (["rollforward", "--to", "2026-02-28"], "Roll-forward to 2026-02-28"),
        (["taxes"], "Tax to 2026-03-31, booked"),
        (["taxes", "--basis", "cash"], "Tax to 2026-03-31, cash"),
        (["revenue"], "Revenue as of 2026-03-31"),
        (["withheld"], "Tax withheld as of 2026-03-31"),
    ],
)
def test_month_end_as_tables(one: Path, args: list[str], said: str) -> None:
    result = run(args[0], one, *args[1:])
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{said}\n")


@pytest.mark.parametrize("name", ["rollforward", "taxes", "revenue", "withheld"])
def test_month_end_for_machines(one: Path, name: str) -> None:
    as_csv = rows(run(name, one, "--format", "csv"))
    as_json = json.loads(run(name, one, "--format", "json").stdout)
    assert as_csv
    assert list(as_csv[0]) == list(as_json[0])
    assert [list(map(str, row.values())) for row in as_json] == [
        list(row.values()) for row in as_csv
    ]


def test_a_period_that_ends_before_it_begins(one: Path) -> None:
    result = run("rollforward", one, "--from", "2026-04-01")
    assert result.exit_code == 2
    assert "--from 2026-04-01 is after the end of the period, 2026-03-31" in result.stderr


def test_names_for_editors(one: Path) -> None:
    assert run("ids", one).stdout.split() == [
        *("brand", "print", "brand/one", "brand/two", "brand/three", "print/all"),
        *("INV-1", "S-1", "INV-2", "HAND-1"),
    ]


def test_annotations_for_github(one: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    one.write_text(LEDGER + '2026-03-01 custom "milestone" "brand" "four" "completed"\n')
    result = run("check", one, "--format", "github", "--fail-on", "late")
    lines = result.stdout.splitlines()

    assert result.exit_code == 1
    assert lines[0].startswith("::error file=one.beancount,line=")
    assert "title=ledger::no milestone 'four' in contract 'brand'" in lines[0]
    assert any(",title=late::" in line and line.startswith("::error ") for line in lines)
    assert any(line.startswith("::warning ") for line in lines)


def test_annotations_of_several_ledgers_elsewhere(one: Path, two: Path) -> None:
    lines = run("check", one, two, "--format", "github").stdout.splitlines()
    assert all(line.startswith("::warning file=/") for line in lines)
    assert {str(one), str(two)} == {line.split("=")[1].split(",")[0] for line in lines}


def test_what_would_end_an_annotation_is_escaped() -> None:
    from beancount_milestones.cli.check import annotation  # noqa: PLC0415

    assert annotation("error", "a,b:c", 3, "50%\nor more", "x") == (
        "::error file=a%2Cb%3Ac,line=3,title=x::50%25%0Aor more"
    )


# ---------------------------------------------------------------- what the page of month-end shows

WHO = "-c user.name=A -c user.email=a@example.com"
PAGE = (Path(__file__).parent.parent / "docs" / "month-end.md").read_text(encoding="utf-8")


def test_exact_decimals_in_duckdb(one: Path, two: Path, tmp_path: Path) -> None:
    """The recipe of the page; the sums are those of the report."""
    (tmp_path / "aging").mkdir()
    for book in (one, two):
        text = run("aging", book, "--format", "csv").stdout
        (tmp_path / "aging" / f"{book.stem}.csv").write_text(text, encoding="utf-8")
    (recipe,) = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
    create, select = recipe.replace("aging/*", f"{tmp_path}/aging/*").split(";")[:2]
    with duckdb.connect() as database:
        database.execute(create)
        found = database.execute(select).fetchall()

    by_hand: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows(run("aging", one, two, "--format", "csv")):
        by_hand[row["client"]] += Decimal(row["total"])
    assert {client: total for client, _, total in found} == by_hand


def in_shell(words: str, folder: Path) -> int:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["/bin/sh", "-c", words], cwd=folder, env={**os.environ, "PATH": path}, check=False
    ).returncode


def test_the_steps_of_the_workflow(tmp_path: Path) -> None:
    """What the workflow runs, on books in git, as far as it is ours or Beancount's."""
    (workflow, _) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    steps = [step.get("run", "") for step in yaml.safe_load(workflow)["jobs"]["books"]["steps"]]
    commit = f"git add . && git {WHO} commit -qm Books"
    for text in (LEDGER, LEDGER.replace(" 20.00 GBP\n  Assets:Rec", " 19.00 GBP\n  Assets:Rec")):
        (tmp_path / "books.beancount").write_text(text, encoding="utf-8")
        assert in_shell(f"git init -q && {commit}", tmp_path) == 0
    ours = [step for step in steps if step.startswith("bean-")]

    assert len(ours) == 3
    # Something is overdue by now.
    assert [in_shell(step, tmp_path) for step in ours] == [0, 1, 0]
    assert (tmp_path / "changes.txt").read_text(encoding="utf-8").startswith("Differences")


def test_the_hook_names_a_command_of_ours() -> None:
    (hook,) = yaml.safe_load((Path(__file__).parent.parent / ".pre-commit-hooks.yaml").read_text())

    assert hook["id"] == "bean-milestones-check"
    assert hook["entry"].split() == ["bean-milestones", "check"]


def test_words_complete_in_the_shell() -> None:
    environment = {**os.environ, "_BEAN_MILESTONES_COMPLETE": "bash_source"}
    done = subprocess.run(
        [Path(sys.executable).parent / "bean-milestones"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "complete -o nosort -F _bean_milestones_completion bean-milestones" in done.stdout
