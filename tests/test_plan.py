"""A plan in CSV, snippets for editors, and what bean-format does: all as lines of a ledger."""

import csv
import datetime
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from beancount import loader
from beancount.core import data
from click.testing import CliRunner, Result
from hypothesis import example, given
from hypothesis import strategies as st

from beancount_milestones import cli
from beancount_milestones.reading.shares import read_share
from beancount_milestones.reports.plan import PlanError, as_contract, read_plan
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
        '  milestone-mockups: "30% 2026-02-01 The \\"first\\" mock-ups, on paper"\n'
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
    said = " ".join(result.stderr.split())
    assert said.endswith("no milestone 'finals' in contract 'acme-brand'; did you mean 'final'?")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no column 'id': a plan has id, title, share, target, done"),
        ("name,share\na,50%\n", "there is no column 'id': a plan has id, title, share, target"),
        ("id,title\na,b\n", "there is no column 'share'"),
        ("id,share\n", "there are no milestones in it"),
        ("id,share\na b,50%\n", "line 2: 'a b' is not a milestone id"),
        ("id,share\na,half\n", "line 2: cannot read the share 'half'"),
        ("id,share\na,50%\na,50%\n", "line 3: the milestone 'a' is there twice"),
        ("id,title,share\n,A,50%\n", "line 2: the id is empty; give the milestone one, such as"),
        # The share is read alone.
        ("id,title,share\na,USD pricing page,300\n", "or 'rest'; did you mean '300%'?"),
        ("id,title,share\na,A,\n", "line 2: cannot read the share ''; begin with a percentage"),
        ("id,share\na,50% Logo\n", "line 2: share is the share alone, not '50% Logo'; use the"),
        ("id,share\na,50% 2026-02-01\n", "line 2: share is the share alone, not '50% 2026-02-01'"),
        # Dates are those of a ledger.
        ("id,share,target\na,50%,soon\n", "line 2: target: 'soon' is not a date; write it as"),
        ("id,share,target\na,50%,2026-W05-1\n", "line 2: target: '2026-W05-1' is not a date"),
        ("id,share,done\na,50%,20260201\n", "line 2: done: '20260201' is not a date"),
        ("id,share,done\na,50%,2026-02-30\n", "line 2: done: there is no date 2026-02-30"),
        ("id,share,done\na,50%,2026-02-01 00:00\n", "line 2: done: '2026-02-01 00:00' is not a"),
        # Columns.
        ("id,share,taget\n", "the column 'taget' means nothing in a plan; did you mean 'target'?"),
        ("id,share,Target date\n", "the column 'target date' means nothing in a plan; did you"),
        ("id;Titel;share\n", "the column 'titel' means nothing in a plan; did you mean 'title'?"),
        ("id,share,Share\n", "the column 'share' is there twice; leave one of them out"),
        ("id,title,share\na,Logo, final,50%\n", "line 2: it has more cells than the table has"),
        # Cells.
        ('id,share,title\na,50%,"Logo\nb,rest,\n', "line 2: unexpected end of data; put a cell"),
        (f"id,share,title\na,50%,\n\nb,rest,{'x' * 131073}\n", "line 4: field larger than"),
        (f"id,share,{'x' * 131073}\na,50%,\n", "line 1: field larger than field limit"),
    ],
)
def test_a_table_that_is_not_a_plan(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "plan.csv"
    path.write_text(text, encoding="utf-8")
    result = run("import", path)

    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    "text",
    [
        "ID;Titel der Rechnung;Title;Share;Remarks;;\na;x;Logo, red;100%;fine;;y\n",
        "sep=;\nid;title;share\n\na;Logo, red;100%\n",
        '"Sep=|"\nid|title|share\na|Logo, red|100%\n',
        'id\ttitle\tshare\r\na\t"Logo,\nred"\t100%\r\n',
        'id, title, share, notes, notes\na, "Logo, red", 100%\n,,,in all,\n',
        ';;\nid;"title";share\na;  Logo, \u00a0red;100%\n',
    ],
)
def test_tables_as_spreadsheets_write_them(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.csv"
    path.write_text(text, encoding="utf-8-sig", newline="")
    result = run("import", path)

    assert result.stderr == ""
    assert '  milestone-a: "100% Logo, red"\n' in result.stdout


@pytest.mark.parametrize("date", ["2026-2-1", "2026/02/01", "2026-02-01", " 2026/2/01 "])
def test_a_date_of_a_plan_is_one_of_a_ledger(date: str) -> None:
    (planned,) = read_plan(f"id,share,target,done\na,50%,{date},{date}\n")

    assert planned.target == planned.done == datetime.date(2026, 2, 1)


IN_A_TITLE = r"line 3: the ledger would take the date in the title '.* put it between other words"


@pytest.mark.parametrize("title", ["Report for 2026-05-01", "24.12.2025 party"])
def test_a_date_in_a_title_is_no_target(title: str) -> None:
    plan = f"id,title,share,target\na,Start,1/2,\nb,{title},rest,"

    with pytest.raises(PlanError, match=IN_A_TITLE):
        as_contract(read_plan(plan), "acme", datetime.date.min)
    text = as_contract(read_plan(f"{plan}2026-06-01"), "acme", datetime.date.min)
    assert f'"rest 2026-06-01 {title}"' in text


@pytest.mark.parametrize("title", ["2026-05-01 kick-off party", "2026-05-01"])
@pytest.mark.parametrize("target", ["", "2026-06-01"])
def test_a_title_that_begins_with_a_date_says_two_targets(title: str, target: str) -> None:
    plan = read_plan(f"id,title,share,target\na,Start,1/2,\nb,{title},rest,{target}")

    with pytest.raises(PlanError, match=IN_A_TITLE):
        as_contract(plan, "acme", datetime.date.min)


SHARES = ["30%", "+33.3333 %", "1 / 3", "3,000.00 USD", "300USD", "rest", "0%"]
WORDS = st.sampled_from(["2026-05-01", "24.12.2025", "300", "USD", "%", "rest", '"', "\\", "n"])
TITLES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.lists(WORDS).map(" ".join),
)


@given(share=st.sampled_from(SHARES), title=TITLES, target=st.dates() | st.none())
@example(share="99%", title="Backup to D:\\", target=None)
@example(share="99%", title=r"C:\new\reports", target=None)
@example(share="300 USD", title="USD pricing page", target=datetime.date(2026, 5, 1))
def test_the_ledger_reads_what_the_plan_says(
    share: str, title: str, target: datetime.date | None
) -> None:
    table = io.StringIO()
    other = "1/2" if share == "rest" else "rest"
    csv.writer(table).writerows([["id", "title", "share", "target"], ["a", title, share, target]])
    csv.writer(table).writerow(["b", "", other])
    try:
        text = as_contract(read_plan(table.getvalue()), "acme", datetime.date(2026, 1, 1))
    except PlanError as error:
        assert "would take the date in the title" in str(error)  # noqa: PT017 - or nothing is wrong
        assert target is None or re.match(r"\d{4}[-/]\d", title.strip())
        return
    entries, errors, _ = loader.load_string(text)

    assert not [error for error in errors if "Invalid reference" not in error.message]
    (contract,) = [entry for entry in entries if isinstance(entry, data.Transaction)]
    read = read_share(contract.meta["milestone-a"])
    said = " ".join(title.split()) or None
    assert read == read_share(share)._replace(target=target, title=said)


@pytest.mark.parametrize(
    ("shares", "total"),
    [
        (("1/3", "rest"), "1,000.00 USD"),
        # What the shares say: their currency, and what they make.
        (("50 EUR", "rest"), "1,000.00 EUR"),
        (("1,000.00 EUR", "rest"), "10,000.00 EUR"),
        (("50%", "4,000 EUR", "rest"), "10,000.00 EUR"),
        (("1,000 JPY", "234 JPY"), "1,234 JPY"),
        (("30%", "50.505 KWD"), "72.150 KWD"),
        (("0.00000001 BTC", "rest"), "1,000.00000000 BTC"),
        (("0 EUR", "100%"), "1,000.00 EUR"),
    ],
)
def test_the_amount_to_begin_with_fits_the_shares(
    load: Load, shares: tuple[str, ...], total: str
) -> None:
    rows = "".join(f'm{number},"{share}"\n' for number, share in enumerate(shares))
    text = as_contract(read_plan(f"id,share\n{rows}"), "acme", datetime.date(2026, 2, 1))
    opens = "2026-01-01 open Assets:Receivable\n2026-01-01 open Income:Work\n"

    assert f"  Assets:Receivable   {total}\n" in text
    assert load(f'plugin "beancount_milestones"\n{opens}{text}\n').messages == []


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        (("50%", "40%"), "the shares make 90% of the total of 1,000.00 USD, tax included: 10% ("),
        (("60%", "70%", "10 EUR"), "the shares make 131% of the total of 1,000.00 EUR"),
        (("100%", "rest"), "nothing is left for the rest (milestone-m1)"),
        (("rest", "rest"), "only one share can be 'rest', not 2 (m0, m1)"),
        (("50 EUR", "50 USD"), "milestone-m1 is in USD, but the contract is in EUR; write it"),
        (("-50 EUR", "rest"), "milestone-m0: -50 EUR has the other sign than the total of"),
        # No total in cents makes both.
        (("1/7", "100 EUR"), "the shares make 99.9976% of the total of 116.67 EUR"),
        (("50 EUR-", "rest"), "syntax error, unexpected MINUS"),
    ],
)
def test_a_contract_that_the_ledger_would_refuse_is_not_printed(
    tmp_path: Path, shares: tuple[str, ...], said: str
) -> None:
    path = tmp_path / "plan.csv"
    rows = "".join(f"m{number},{share}\n" for number, share in enumerate(shares))
    path.write_text(f"id,share\n{rows}", encoding="utf-8")
    result = run("import", path)

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in " ".join(result.stderr.split())


# ---------------------------------------------------------------- beside a ledger

ACME = """\
plugin "beancount_milestones"
2020-01-01 open Assets:Receivable:Acme
2020-01-01 open Income:Design
2026-01-10 * "Acme" "Brand"
  contract: "acme"
  acceptance: 14
  milestone-a: "60% A"
  milestone-b: "rest B"
  Assets:Receivable:Acme  1,000.00 USD
  Income:Design
"""
#: Begins on line 11.
ADDED = """\
2026-02-10 * "Acme" "More"
  contract: "acme"
  milestone-c: "100% C"
  Assets:Receivable:Acme  100.00 USD
  Income:Design
"""
PROPOSED = ADDED.replace("*", "!")
RAISED = ADDED.replace("milestone-c", "milestone-a")
BROKEN = ADDED.replace("100% C", "half")
BROKEN_MARK = ADDED.replace("  milestone-c", "  milestonec").replace(
    "  Income:Design", '  Income:Design\n    milestone: "c"\n    target: "soon"'
)


def on(date: str, event: str) -> str:
    return f'{date} custom "milestone" "acme" "a" {event}\n'


@pytest.fixture
def beside(tmp_path: Path) -> Callable[..., Result]:
    """Import a row beside a ledger."""

    def imported(ledger: str, row: str, *more: str) -> Result:
        book = tmp_path / "books.beancount"
        book.write_text(ledger, encoding="utf-8")
        path = tmp_path / "acme.csv"
        path.write_text(f"id,share,done\n{row}\n", encoding="utf-8")
        return run("import", path, book, *more)

    return imported


@pytest.mark.parametrize(
    ("more", "row", "said"),
    [
        (
            on("2026-02-01", '"cancelled"'),
            "a,60%,2026-02-03",
            "milestone 'a': it was cancelled on 2026-02-01, so it cannot be completed; use",
        ),
        (
            on("2026-02-01", '"waived"'),
            "a,60%,2026-02-03",
            "milestone 'a': it was waived on 2026-02-01, so it cannot be completed; use",
        ),
        (
            "",
            "a,60%,2026-01-02",
            "milestone 'a' of contract 'acme' only exists from 2026-01-10 (books.beancount:4), but",
        ),
        (
            ADDED,
            "c,100%,2026-02-09",
            "milestone 'c' of contract 'acme' only exists from 2026-02-10 (books.beancount:11)",
        ),
        (
            PROPOSED,
            "c,100%,2026-02-12",
            "milestone 'c' of contract 'acme' is only proposed; flag its transaction '*' and give",
        ),
        (
            on("2026-02-01", '"progress" 50'),
            "a,60%,2026-01-20",
            "with 'a' completed on 2026-01-20, books.beancount:11 is wrong: milestone 'a': it was",
        ),
        (
            RAISED,
            "a,60%,2026-01-20",
            "with 'a' completed on 2026-01-20, books.beancount:11 is wrong: milestone 'a' began on",
        ),
        # It was taken back since.
        (
            on("2026-01-20", '"completed"') + on("2026-02-01", '"reopened"'),
            "a,60%,2026-01-20",
            "milestone 'a': it was already completed on 2026-01-20; leave this out, or take that",
        ),
        ("", "d,60%,", "no milestone 'd' in contract 'acme'; add it with a change order"),
        (BROKEN, "c,60%,", "milestone 'c' of contract 'acme' is in a change order with an error"),
        (BROKEN_MARK, "c,60%,", "milestone 'c' of contract 'acme' is in a change order with an"),
    ],
)
def test_what_the_ledger_would_refuse_is_not_printed(
    beside: Callable[..., Result], more: str, row: str, said: str
) -> None:
    result = beside(ACME + more, f"b,40%,2026-01-20\n{row}")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert f"acme.csv': line 3: {said}" in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("more", "done"),
    [
        (on("2026-01-20", '"completed"') + on("2026-02-01", '"reopened"'), "2026-02-20"),
        # It will be accepted after the day that the command looks at.
        (on("2026-03-25", '"delivered"'), "2026-03-28"),
        (on("2026-02-01", '"progress" 50') + on("2026-02-01", '"cancelled"'), "2026-02-01"),
    ],
)
def test_what_stands_otherwise_on_the_day_is_lacking(
    beside: Callable[..., Result], more: str, done: str
) -> None:
    assert beside(ACME + more, f"a,60%,{done}").stdout == on(done, '"completed"')


@pytest.mark.parametrize("done", ["", "2026-01-15", "2026-03-01", "2026-04-15"])
@pytest.mark.parametrize(
    "more",
    [
        on("2026-01-15", '"completed"'),
        on("2026-01-15", '"delivered"'),
        on("2026-01-15", '"completed"').replace('"milestone"', '"contract"').replace(' "a"', ""),
        PROPOSED + on("2026-01-15", '"completed"'),
    ],
)
def test_what_is_completed_lacks_nothing(
    beside: Callable[..., Result], more: str, done: str
) -> None:
    result = beside(ACME + more, f"a,60%,{done}")

    assert (result.exit_code, result.output) == (0, "")


def test_what_is_completed_by_then_lacks_nothing(beside: Callable[..., Result]) -> None:
    result = beside(ACME + on("2026-04-15", '"completed"'), "a,60%,2026-04-20")

    assert (result.exit_code, result.output) == (0, "")


def test_a_proposal_that_is_not_done_lacks_nothing(beside: Callable[..., Result]) -> None:
    result = beside(ACME.replace("*", "!"), "a,60%,")

    assert (result.exit_code, result.output) == (0, "")


# ---------------------------------------------------------------- the id of the contract


@pytest.mark.parametrize(
    ("stem", "name"),
    [("B\u00fcro M\u00fcller", "Buro-Muller"), ("2026 \u6771\u4eac", "2026"), ("a.b_c", "a.b_c")],
)
def test_the_name_of_a_file_is_made_an_id(tmp_path: Path, stem: str, name: str) -> None:
    path = tmp_path / f"{stem}.csv"
    path.write_text("id,share\na,100%\n", encoding="utf-8")

    assert f'  contract: "{name}"\n' in run("import", path).stdout


def test_what_is_no_id(tmp_path: Path) -> None:
    path = tmp_path / "\u6771\u4eac.csv"
    path.write_text("id,share\na,100%\n", encoding="utf-8")
    nameless = run("import", path)
    given = run("import", path, "--contract", "acme brand")

    assert nameless.exit_code == given.exit_code == 2
    assert "makes no contract id; give one with --contract" in " ".join(nameless.stderr.split())
    assert "'acme brand' is not a contract id: use letters, digits" in given.stderr


def test_a_contract_that_the_ledger_does_not_have(beside: Callable[..., Result]) -> None:
    near = beside(ACME, "a,100%,", "--contract", "acne")
    new = beside(ACME, "a,100%,", "--contract", "bolt")
    lost = beside(f"{ACME}2026-02-01 what\n", "a,100%,", "--contract", "bolt")

    assert near.stderr == "no contract 'acne' in the ledger; did you mean 'acme'?\n"
    assert new.stderr == "no contract 'bolt' in the ledger; this is a new one\n"
    assert (
        "'bolt' in the ledger; its transaction may not have loaded, see the errors" in lost.stderr
    )
    assert '  contract: "acne"' in near.stdout
    assert [near.exit_code, new.exit_code, lost.exit_code] == [0, 0, 1]


@pytest.mark.parametrize(
    "wrong", [("60%", "50%"), ("plugin", ";"), ("Design\n", "Design  -9 USD\n")]
)
def test_a_contract_with_an_error_is_not_printed_again(
    beside: Callable[..., Result], wrong: tuple[str, str]
) -> None:
    result = beside(ACME.replace("rest B", "40%").replace(*wrong), "a,100%,")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "contract 'acme' is in the ledger, but with an error; correct that first" in (
        result.stderr
    )


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
