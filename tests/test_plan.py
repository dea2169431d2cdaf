"""A plan in CSV, snippets for editors, and what bean-format does: all as lines of a ledger."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from beancount_milestones import cli
from tests.shipped import BOOKS, ROOT
from tests.support import Load

PLAN = """\
id,title,share,target,done
mockups,"The ""first"" mock-ups, on paper",30%,2026-02-01,2026-02-03
draft,,1/5,2026/03/01,
,,,,
final,Final logo,rest,,
"""


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(cli.main, [*map(str, args), "--as-of", "2026-03-31"])


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "acme brand.csv"
    path.write_text(PLAN, encoding="utf-8-sig")
    return path


def test_a_plan_is_a_contract_to_begin_with(plan: Path, load: Load) -> None:
    result = run("import", plan)

    assert result.exit_code == 0
    assert result.stdout == (
        '2026-02-03 * "Client" "Title"\n'
        '  contract: "acme-brand"\n'
        "  milestone-mockups: \"30% 2026-02-01 The 'first' mock-ups, on paper\"\n"
        '  milestone-draft: "1/5 2026-03-01"\n'
        '  milestone-final: "rest Final logo"\n'
        "  Assets:Receivable   1,000.00 USD\n"
        "  Income:Work\n"
        '2026-02-03 custom "milestone" "acme-brand" "mockups" "completed"\n'
    )
    opens = "2026-01-01 open Assets:Receivable\n2026-01-01 open Income:Work\n"
    text = result.stdout.replace("2026-03-31", "2026-01-31")
    loaded = load(f'plugin "beancount_milestones"\n{opens}{text}')
    assert loaded.messages == []
    assert len(loaded.transactions) == 2


def test_a_contract_that_is_there_gets_what_it_lacks(plan: Path, tmp_path: Path) -> None:
    book = tmp_path / "books.beancount"
    contract = run("import", plan).stdout.replace("2026-03-31", "2026-01-31")
    opens = "2026-01-01 open Assets:Receivable\n2026-01-01 open Income:Work\n"
    book.write_text(f'plugin "beancount_milestones"\n{opens}{contract}', encoding="utf-8")
    assert run("import", plan, book, "--contract", "acme-brand").stdout == ""

    more = PLAN.replace("final,Final logo,rest,,", "final,Final logo,rest,,2026-03-20")
    plan.write_text(more, encoding="utf-8")
    assert run("import", plan, book).stdout == (
        '2026-03-20 custom "milestone" "acme-brand" "final" "completed"\n'
    )
    # Of a contract that is not there, all of it.
    assert '  contract: "other"' in run("import", plan, book, "--contract", "other").stdout
    plan.write_text(more.replace("final,", "finals,"), encoding="utf-8")
    result = run("import", plan, book)
    assert result.exit_code == 2
    assert "no milestone 'finals' in contract 'acme-brand'; did you mean 'final'?; add it" in (
        " ".join(result.stderr.split())
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,share\na,50%\n", "there is no column 'id': a plan has id, title, share, target"),
        ("id,title\na,b\n", "there is no column 'share'"),
        ("id,share\n", "there are no milestones in it"),
        ("id,share\na b,50%\n", "line 2: "),
        ("id,share\na,half\n", "line 2: "),
        ("id,share,target\na,50%,soon\n", "line 2: target: 'soon' is not a date"),
        ("id,share\na,50%\na,50%\n", "line 3: the milestone 'a' is there twice"),
    ],
)
def test_a_table_that_is_not_a_plan(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "plan.csv"
    path.write_text(text, encoding="utf-8")
    result = run("import", path)

    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())


def test_a_plan_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    path.write_bytes(b"id,share\n\xff,50%\n")

    assert "it is not UTF-8 text" in run("import", path).stderr


# ---------------------------------------------------------------- editors

EDITORS = ROOT / "docs" / "editors"
OPENS = """\
plugin "beancount_milestones"
2020-01-01 open Assets:Receivable:Acme
2020-01-01 open Income:Design
"""


def expanded(text: str) -> str:
    """A snippet with its defaults, on a day."""
    text = re.sub(r"`[^`]*`|\$\{CURRENT_YEAR\}\S*", "2026-03-31", text)
    text = re.sub(r"\$\{\d+\|([^,]*),[^}]*\}", r"\1", text)
    return re.sub(r"\$\{\d+:([^}]*)\}", r"\1", text)


def of_vim() -> dict[str, str]:
    found = re.findall(
        r'^snippet (\w+) "[^"]*"\n(.*?)^endsnippet',
        (EDITORS / "beancount.snippets").read_text(),
        re.MULTILINE | re.DOTALL,
    )
    return dict(found)


def of_emacs() -> dict[str, str]:
    return {
        path.name.removeprefix("yasnippet-"): path.read_text().partition("# --\n")[2]
        for path in EDITORS.glob("yasnippet-*")
    }


def of_code() -> dict[str, str]:
    found = json.loads((EDITORS / "beancount-milestones.code-snippets").read_text())
    return {one["prefix"]: "\n".join(one["body"]) + "\n" for one in found.values()}


@pytest.mark.parametrize("editor", [of_vim, of_emacs, of_code])
def test_the_snippets_of_an_editor_load(editor: object, load: Load) -> None:
    assert callable(editor)
    snippets = {name: expanded(text) for name, text in editor().items()}

    assert {"contract", "milestone"} <= snippets.keys()
    loaded = load(OPENS + snippets["contract"] + snippets["milestone"])
    assert loaded.messages == []
    assert len(loaded.transactions) == 2
    if "application" in snippets:
        assert load(OPENS + snippets["contract"] + snippets["application"]).messages == []


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_bean_format_changes_spaces_only(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    done = subprocess.run(
        [Path(sys.executable).parent / "bean-format", path],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    ).stdout

    assert [line.split() for line in done.splitlines()] == [
        line.split() for line in text.splitlines()
    ]
    # What is not a posting or a price stays as it is, to the letter.
    ours = re.compile(r"^\S.* custom .*$|^ +[a-z].*$", re.MULTILINE)
    assert ours.findall(done) == ours.findall(text)
