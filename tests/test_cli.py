"""The command (section 6 of the manual): formats, errors, exit codes, and how the tables read."""

import csv
import io
import json
import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
from beancount import loader
from click.testing import CliRunner, Result

from beancount_milestones import cli
from tests.receivables import ACME, HEAD, TWO_BILLS, billed, paid
from tests.support import Command, terminal

HEADER = (
    "contract,milestone,title,client,status,late,target,delivered,completed,invoiced,invoice,due,"
    "currency,amount,billed,paid,outstanding,unbilled,remaining,retention,account,side"
)
COLUMNS = HEADER.split(",")

REPORTS = ("status", "unbilled", "outstanding")

LEDGER = "\n".join(
    [
        HEAD,
        ACME.replace('"rest Three"', '"rest 2026-02-20 Three, with ""quotes"""'.replace('""', "'")),
        TWO_BILLS,
        billed("2026-03-02 three delivered"),
        paid("2026-03-05", "250.00", "^INV-1"),
        '2026-03-06 custom "milestone" "acme" "three" "progress" 50\n',
    ]
)

Run = Callable[..., Result]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "main.beancount"
    path.write_text(LEDGER, encoding="utf-8")
    return path


def write(folder: Path, text: str, name: str = "main.beancount") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def run(*args: str | Path, width: int | None = None) -> Result:
    """Run the command in this process."""
    env = {"COLUMNS": str(width)} if width else {}
    return CliRunner().invoke(cli.main, [str(arg) for arg in args], env=env)


def at(command: str, book: Path, *more: str) -> Result:
    return run(command, book, "--as-of", "2026-03-31", *more)


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# ---------------------------------------------------------------- formats


@pytest.mark.parametrize("command", REPORTS)
def test_columns_of_csv_and_json(command: str, book: Path) -> None:
    more = {"status": [], "unbilled": ["days"], "outstanding": ["days", "matches"]}
    expected = [*COLUMNS, *more[command]]

    as_csv = at(command, book, "--format", "csv")
    as_json = at(command, book, "--format", "json")

    assert as_csv.stdout.splitlines()[0].split(",") == expected
    rows = json.loads(as_json.stdout)
    assert rows
    assert all(list(row) == expected for row in rows)
    assert (as_csv.exit_code, as_json.exit_code) == (0, 0)


def test_outstanding_tells_what_has_settled_some_of_it(book: Path) -> None:
    """INV-1 bills 1,000.00; the payment of 250.00 names it."""
    (row, *_) = read_csv(at("outstanding", book, "--format", "csv").stdout)
    assert (row["invoice"], row["outstanding"]) == ("INV-1", "750.00")
    assert row["matches"] == "2026-03-05 payment 250.00 (link)"

    table = at("outstanding", book).stdout
    assert "Payments applied" in table
    (line,) = [line for line in table.splitlines() if "payment" in line]
    assert line.split()[2:] == ["2026-03-05", "payment", "link", "250.00", "USD"]


def test_status_as_csv(book: Path) -> None:
    result = at("status", book, "--format", "csv")

    assert [line.split(",") for line in result.stdout.splitlines()[1:3]] == [
        [
            *("acme", "one", "One", "Acme", "overdue", "false", "", "", "2026-02-01"),
            *("2026-02-01", "INV-1", "2026-03-03", "USD", "1000.00", "1000.00", "250.00"),
            *("750.00", "0.00", "0.00", "0.00", "Assets:Receivable", "sell"),
        ],
        [
            *("acme", "two", "Two", "Acme", "outstanding", "false", "", "", "2026-03-01"),
            *("2026-03-01", "INV-2", "2026-03-31", "USD", "2000.00", "2000.00", "0.00"),
            *("2000.00", "0.00", "0.00", "0.00", "Assets:Receivable", "sell"),
        ],
    ]
    assert result.stdout.splitlines()[3] == (
        "acme,three,\"Three, with 'quotes'\",Acme,unbilled,true,2026-02-20,2026-03-02,,,,,USD,"
        "3000.00,0.00,0.00,0.00,1500.00,1500.00,0.00,Assets:Receivable,sell"
    )
    assert "\r" not in result.stdout


def test_status_as_json(book: Path) -> None:
    rows = json.loads(at("status", book, "--format", "json").stdout)

    assert rows[2] == {
        "contract": "acme",
        "milestone": "three",
        "title": "Three, with 'quotes'",
        "client": "Acme",
        "status": "unbilled",
        "late": True,
        "target": "2026-02-20",
        "delivered": "2026-03-02",
        "completed": None,
        "invoiced": None,
        "invoice": "",
        "due": None,
        "currency": "USD",
        "amount": "3000.00",
        "billed": "0.00",
        "paid": "0.00",
        "outstanding": "0.00",
        "unbilled": "1500.00",
        "remaining": "1500.00",
        "retention": "0.00",
        "account": "Assets:Receivable",
        "side": "sell",
    }


@pytest.mark.parametrize("command", REPORTS)
def test_csv_and_json_say_the_same(command: str, book: Path) -> None:
    from_csv = read_csv(at(command, book, "--format", "csv").stdout)
    from_json = json.loads(at(command, book, "--format", "json").stdout)

    def text(value: object) -> str:
        return {"None": "", "True": "true", "False": "false"}.get(str(value), str(value))

    assert from_csv == [{key: text(value) for key, value in row.items()} for row in from_json]


def test_days_in_the_lists(book: Path) -> None:
    outstanding = json.loads(at("outstanding", book, "--format", "json").stdout)
    unbilled = json.loads(at("unbilled", book, "--format", "json").stdout)

    assert [(row["milestone"], row["days"]) for row in outstanding] == [("one", 28), ("two", None)]
    assert [(row["milestone"], row["days"]) for row in unbilled] == [("three", 25)]


def test_amounts_are_exact(tmp_path: Path) -> None:
    book = write(
        tmp_path,
        HEAD
        + """
2026-01-01 * "Acme" "Much, and little"
  contract: "acme"
  milestone-all: "100%"
  Assets:Receivable  123456789012345678.123456789 USD
  Income:Design
""",
    )
    (row,) = json.loads(at("status", book, "--format", "json").stdout)

    assert row["amount"] == row["remaining"] == "123456789012345678.123456789"
    assert row["paid"] == "0.00"


# ---------------------------------------------------------------- the day that you look


def test_as_of_says_the_day(book: Path) -> None:
    rows = read_csv(run("status", book, "--as-of", "2026-02-28", "--format", "csv").stdout)

    assert [row["status"] for row in rows] == ["outstanding", "planned", "planned"]


@pytest.mark.parametrize("text", ["2026/03/31", "2026-3-31", "2026/3/31"])
def test_as_of_as_beancount_writes_it(text: str, book: Path) -> None:
    assert run("status", book, "--as-of", text).stdout == at("status", book).stdout


def test_as_of_is_today_unless_said(book: Path) -> None:
    assert run("status", book).stdout.startswith(f"Milestones as of {date.today()}")  # noqa: DTZ011


@pytest.mark.parametrize("command", REPORTS)
@pytest.mark.parametrize(
    "text", ["2026-02-30", "20260331", "2026-W13-2", "26-03-31", "tomorrow", "", "2026-03-31T00:00"]
)
def test_a_bad_date_is_bad_usage(text: str, command: str, book: Path) -> None:
    result = run(command, book, "--as-of", text)

    assert result.exit_code == 2
    assert f"'{text}' is not a date; write it as 2026-03-31" in result.stderr
    assert result.stdout == ""


# ---------------------------------------------------------------- ledgers that cannot be read


@pytest.mark.parametrize("command", REPORTS)
def test_a_missing_ledger_is_bad_usage(command: str, tmp_path: Path) -> None:
    result = run(command, tmp_path / "none.beancount")

    assert result.exit_code == 2
    assert "does not exist" in result.stderr


def test_no_ledger_and_an_unknown_format_are_bad_usage(book: Path) -> None:
    assert run("status").exit_code == 2
    assert run("status", book, "--format", "xml").exit_code == 2
    assert run("statuses", book).exit_code == 2


def test_a_statement_of_nobody_lacks_the_client(book: Path) -> None:
    nobody = run("statement", book)
    assert nobody.exit_code == 2
    assert "Missing argument 'CLIENT'" in nobody.stderr
    assert "Missing argument 'LEDGER...'" in run("statement").stderr


def test_a_folder_is_bad_usage(tmp_path: Path) -> None:
    result = run("status", tmp_path)

    assert result.exit_code == 2
    assert "is a directory" in result.stderr


def test_an_included_folder_is_bad_usage(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    result = run("status", write(tmp_path, 'include "more"\n'))

    assert result.exit_code == 2
    assert f"cannot read '{tmp_path / 'more'}': Is a directory" in result.stderr


def test_a_ledger_that_may_not_be_read_is_bad_usage(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: str) -> None:
        raise OSError("out of order")  # noqa: EM101, TRY003 - not ours

    monkeypatch.setattr(loader, "load_file", refuse)
    result = run("status", book)

    assert result.exit_code == 2
    assert f"cannot read '{book}': out of order" in result.stderr


@pytest.mark.parametrize("text", ["Café", "caf\u00e9 \u00ff"])
def test_a_ledger_that_is_not_utf_8_is_bad_usage(text: str, tmp_path: Path) -> None:
    book = tmp_path / "main.beancount"
    book.write_bytes(f'{HEAD}\n2026-01-01 * "{text}" "x"\n'.encode("latin-1"))
    result = run("status", book)

    assert result.exit_code == 2
    assert "it is not UTF-8 text" in result.stderr
    assert result.stdout == ""


def test_what_beancount_reads_all_the_same_is_read(tmp_path: Path) -> None:
    book = tmp_path / "main.beancount"
    book.write_bytes(f"; caf\u00e9\n{LEDGER}".encode("latin-1"))

    assert at("status", book).exit_code == 0


def test_an_encrypted_ledger_may_have_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encrypted = tmp_path / "main.beancount.gpg"
    encrypted.write_bytes(b"\xff\xfe")
    found = loader.load_file(str(write(tmp_path, LEDGER + "2026-01-01 open Nowhere:A\n", "x")))
    monkeypatch.setattr(loader, "load_file", lambda _: found)

    assert at("status", encrypted).exit_code == 1


# ---------------------------------------------------------------- errors in the ledger


@pytest.mark.parametrize("command", REPORTS)
@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_ledger_errors_go_to_stderr_and_the_report_is_still_printed(
    command: str, form: str, tmp_path: Path, book: Path
) -> None:
    wrong = write(
        tmp_path, LEDGER + '2026-03-07 custom "milestone" "acme" "for" "completed"\n', "w"
    )
    good, result = at(command, book, "--format", form), at(command, wrong, "--format", form)

    assert (good.exit_code, result.exit_code) == (0, 1)
    assert result.stdout == good.stdout
    assert good.stderr == ""
    line = len(LEDGER.splitlines()) + 1
    assert result.stderr.startswith(f"{wrong}:{line}: no milestone 'for' in contract 'acme'")


def test_errors_of_other_plugins_may_lack_anything(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Odd:
        """An error without a place."""

        source = None
        message = "something is odd"

    entries, _, options = loader.load_file(str(book))
    monkeypatch.setattr(loader, "load_file", lambda _: (entries, [Odd()], options))
    result = at("status", book)

    assert (result.exit_code, result.stderr) == (1, "<unknown>:0: something is odd\n")


# ---------------------------------------------------------------- the plugin line


WITHOUT = LEDGER.replace("plugin ", "; plugin ")


@pytest.mark.parametrize("command", REPORTS)
def test_without_the_plugin_line_it_says_so_first(command: str, tmp_path: Path) -> None:
    result = at(command, write(tmp_path, WITHOUT))

    assert result.exit_code == 1
    assert 'plugin "beancount_milestones"' in result.stderr.splitlines()[0]


@pytest.mark.parametrize(
    "args",
    [
        ["invoice", "INV-1"],
        ["statement", "Acme"],
        ["schedule", "acme-brand"],
        ["application", "INV-1"],
        ["print"],
        ["status", "--contract", "acme-brand"],
        ["status", "--client", "Acme"],
    ],
)
def test_what_is_asked_for_by_name_is_not_missed_without_the_plugin_line(
    args: list[str], tmp_path: Path
) -> None:
    command, *rest = args
    result = run(command, write(tmp_path, WITHOUT), *rest)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1
    assert "the plugin is not turned on" in result.stderr


def test_a_plugin_line_in_an_included_file_does_not_count(tmp_path: Path) -> None:
    write(tmp_path, LEDGER, "more.beancount")
    result = at("status", write(tmp_path, 'include "more.beancount"\n'))

    assert result.exit_code == 1
    assert "Beancount reads no plugin lines elsewhere" in result.stderr
    assert result.stdout == "Milestones as of 2026-03-31: nothing\n"


def test_a_plugin_that_fails_is_not_missing(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries, _, options = loader.load_file(str(write(book.parent, WITHOUT, "without")))
    options = options | {"plugin": [("beancount_milestones", None)]}
    monkeypatch.setattr(loader, "load_file", lambda _: (entries, [], options))

    assert "plugin" not in at("status", book).stderr


@pytest.mark.parametrize("command", REPORTS)
@pytest.mark.parametrize("head", [HEAD, HEAD.replace("plugin ", "; plugin "), ""])
def test_a_ledger_without_contracts(head: str, command: str, tmp_path: Path) -> None:
    book = write(tmp_path, head)

    table = at(command, book)
    assert (table.exit_code, table.stderr) == (0, "This ledger has no contracts yet.\n")
    assert table.stdout.endswith(" as of 2026-03-31: nothing\n")
    assert json.loads(at(command, book, "--format", "json").stdout) == []
    assert at(command, book, "--format", "csv").stdout.splitlines()[1:] == []


# ---------------------------------------------------------------- tables


def squeezed(text: str) -> list[str]:
    """The lines of a table, with one space between columns and none for what is blank."""
    return [re.sub(" +", " ", line) for line in text.splitlines()]


def test_status_as_a_table(book: Path) -> None:
    shown = at("status", book).stdout

    assert squeezed(shown) == [
        "Milestones as of 2026-03-31",
        "Client Contract Milestone Status Due Amount Paid Outstanding Unbilled Remaining",
        "Acme acme one overdue 2026-03-03 1,000.00 250.00 750.00 USD",
        "Acme acme two outstanding 2026-03-31 2,000.00 2,000.00 USD",
        "Acme acme three unbilled, late 3,000.00 1,500.00 1,500.00 USD",
        "Total 6,000.00 250.00 2,750.00 1,500.00 1,500.00 USD",
    ]
    # Numbers stand to the right, under each other.
    assert len({line.index(".00 ") for line in shown.splitlines()[2:]}) == 1


def test_proposals_have_totals_of_their_own(tmp_path: Path) -> None:
    proposal = ACME.replace("2026-01-01 *", "2026-02-01 !").replace('"acme"', '"next"')
    shown = at("status", write(tmp_path, LEDGER + proposal)).stdout

    assert squeezed(shown)[-2:] == [
        "Total 6,000.00 250.00 2,750.00 1,500.00 1,500.00 USD",
        "Proposed 6,000.00 6,000.00 USD",
    ]


def test_outstanding_ends_with_the_receivable_accounts(book: Path) -> None:
    book.write_text(LEDGER + paid("2026-03-07", "800.00", "^INV-1"), encoding="utf-8")

    # INV-1 is 1,000: 250 and 800 are 50 too much. 1,500 of the third milestone wait for a bill.
    assert at("outstanding", book).stdout.splitlines() == [
        "Outstanding as of 2026-03-31",
        "Client  Contract  Milestone  Invoice  Due           Billed  Outstanding",
        "Acme    acme      two        INV-2    2026-03-31  2,000.00     2,000.00  USD",
        "Total                                             2,000.00     2,000.00  USD",
        "",
        "Receivable accounts",
        "Account            Open items  less unapplied  = Balance",
        "Assets:Receivable    3,500.00           50.00   3,450.00  USD",
    ]


def test_accounts_where_nothing_is_open_are_left_out(tmp_path: Path) -> None:
    book = write(tmp_path, HEAD + ACME)

    assert at("outstanding", book).stdout == "Outstanding as of 2026-03-31: nothing\n"


def test_unbilled_as_a_table(book: Path) -> None:
    assert at("unbilled", book).stdout.splitlines() == [
        "Unbilled as of 2026-03-31",
        "Client  Contract  Milestone  Title                 Days  Unbilled",
        "Acme    acme      three      Three, with 'quotes'    25  1,500.00  USD",
        "Total                                                    1,500.00  USD",
    ]


@pytest.mark.parametrize("client", ["[bold]Acme[/bold]", "[/x]", ":smile:", "Café 東京", "a\nb"])
def test_text_is_shown_as_it_is(client: str, tmp_path: Path) -> None:
    book = write(tmp_path, HEAD + ACME.replace('"Acme"', f'"{client}"') + TWO_BILLS)
    result = at("status", book)

    assert result.exit_code == 0
    assert client.split("\n", maxsplit=1)[0] in result.stdout


# ---------------------------------------------------------------- in a terminal


def in_terminal(width: int, *args: str | Path) -> str:
    """Run the command in a terminal of that width; what it shows, without colours."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", terminal(width, *args))
    return "\n".join(line.rstrip() for line in text.splitlines())


def test_a_wide_terminal_shows_what_a_pipe_gets(book: Path) -> None:
    shown = in_terminal(120, "status", book, "--as-of", "2026-03-31")

    assert shown == at("status", book).stdout.rstrip("\n")


def test_80_columns_leave_out_what_one_can_do_without(book: Path) -> None:
    shown = in_terminal(80, "status", book, "--as-of", "2026-03-31").splitlines()

    assert max(map(len, shown)) <= 80
    assert shown[1:3] == [
        "Contract  Milestone  Status          Due         Outstanding  Unbilled",
        "acme      one        overdue         2026-03-03       750.00            USD",
    ]
    assert shown[-1] == "Not shown for want of width: Remaining, Client, Paid, Amount."


@pytest.mark.parametrize("command", REPORTS)
def test_any_width(command: str, book: Path) -> None:
    for width in (20, 60, 100):
        shown = in_terminal(width, command, book, "--as-of", "2026-03-31")
        assert "acme" in shown


# ---------------------------------------------------------------- help


@pytest.mark.parametrize("command", REPORTS)
def test_help_has_an_example(command: str) -> None:
    result = run(command, "--help")

    assert result.exit_code == 0
    assert f"bean-milestones {command} books.beancount --" in result.stdout


def test_help_names_the_commands() -> None:
    result = run("--help")

    assert result.exit_code == 0
    assert all(command in result.stdout for command in cli.COMMANDS)


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_help_of_every_command_has_an_example_on_a_line_of_its_own(command: str) -> None:
    help_text = run(command, "--help").stdout

    assert "\\b" not in help_text
    assert re.search(rf"  Example:\n    bean-milestones {command} .*books\.beancount", help_text)


def test_the_installed_command(book: Path, bean_milestones: Command) -> None:
    args: Sequence[str | Path] = ("status", book, "--as-of", "2026-03-31", "--format", "csv")
    result = bean_milestones(*args)

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == at("status", book, "--format", "csv").stdout
    assert bean_milestones("--version").stdout.startswith("bean-milestones, version ")
