"""The commands forecast, statement, changes and check: formats, exit codes, the demo ledger."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from beancount_milestones import cli, reports
from tests.receivables import ACME, HEAD, TWO_BILLS, paid

LEDGER = HEAD + ACME + TWO_BILLS + paid("2026-03-05", "250.00", "^INV-1")
COMMANDS = {
    "forecast": ((), reports.FORECAST_COLUMNS),
    "statement": (("acme",), reports.STATEMENT_COLUMNS),
    "changes": (("--since", "2026-02-28"), reports.CHANGE_COLUMNS),
    "check": ((), reports.FINDING_COLUMNS),
}


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "main.beancount"
    path.write_text(LEDGER, encoding="utf-8")
    return path


def at(command: str, book: Path, *more: str) -> Result:
    args = [command, str(book), "--as-of", "2026-03-31", *COMMANDS[command][0], *more]
    return CliRunner().invoke(cli.main, args)


@pytest.mark.parametrize("command", COMMANDS)
def test_csv_and_json_have_the_columns_and_say_the_same(command: str, book: Path) -> None:
    columns = list(COMMANDS[command][1])
    as_csv = list(csv.DictReader(io.StringIO(at(command, book, "--format", "csv").stdout)))
    as_json = json.loads(at(command, book, "--format", "json").stdout)

    assert as_csv
    assert all(list(row) == columns for row in (*as_csv, *as_json))
    assert as_csv == [
        {key: "" if value is None else str(value) for key, value in row.items()} for row in as_json
    ]


def test_forecast_as_a_table(book: Path) -> None:
    # Acme pays 2 days late: 2,000 due on 2026-03-31.
    assert at("forecast", book).stdout.splitlines() == [
        "Expected cash as of 2026-03-31",
        "Month    Outstanding   Planned  Expected",
        "2026-03       750.00              750.00  USD",
        "2026-04     2,000.00            2,000.00  USD",
        "undated               3,000.00  3,000.00  USD",
        "Total       2,750.00  3,000.00  5,750.00  USD",
        "",
        "What it is made of",
        "Date        Client  Contract  Milestone  Invoice  Kind         Habit      Amount",
        "2026-03-31  Acme    acme      one        INV-1    outstanding  +2 days    750.00  USD",
        "2026-04-02  Acme    acme      two        INV-2    outstanding  +2 days  2,000.00  USD",
        "undated     Acme    acme      three               planned      +2 days  3,000.00  USD",
    ]


def test_forecast_of_nothing(tmp_path: Path) -> None:
    book = tmp_path / "main.beancount"
    book.write_text(HEAD, encoding="utf-8")

    assert at("forecast", book).stdout == "Expected cash as of 2026-03-31: nothing\n"


def test_statement_as_a_table(book: Path) -> None:
    assert at("statement", book, "--from", "2026-03-01").stdout.splitlines() == [
        "Statement of account for Acme as of 2026-03-31",
        "Date                 Invoice  What for    Due          Charged  Settled   Balance",
        "2026-03-01  opening                                                      1,000.00  USD",
        "2026-03-01  invoice  INV-2    Brand: Two  2026-03-31  2,000.00           3,000.00  USD",
        "2026-03-05  payment  INV-1    Paid                               250.00  2,750.00  USD",
        "2026-03-31  closing                                                      2,750.00  USD",
    ]


def test_a_client_without_anything_on_the_accounts(tmp_path: Path) -> None:
    buying = """
2026-01-02 * "Acme" "Print"
  contract: "print"
  milestone-one: "100%"
  Equity:Opening-Balances  100.00 USD
  Income:Design
"""
    book = tmp_path / "main.beancount"
    book.write_text(HEAD + buying, encoding="utf-8")

    assert at("statement", book).stdout == (
        "Statement of account for acme as of 2026-03-31: nothing\n"
    )


def test_bad_usage(book: Path) -> None:
    unknown = CliRunner().invoke(cli.main, ["statement", str(book), "Acne"])
    assert (unknown.exit_code, unknown.stdout) == (2, "")
    assert "did you mean 'Acme'?" in unknown.stderr

    backwards = at("statement", book, "--from", "2026-04-01")
    assert (backwards.exit_code, backwards.stdout) == (2, "")
    assert "--from 2026-04-01 is after the end of the period, 2026-03-31" in backwards.stderr

    later = at("changes", book, "--since", "2026-04-01")
    assert (later.exit_code, later.stdout) == (2, "")
    assert "--since 2026-04-01 is after the day to look at, 2026-03-31" in later.stderr

    assert CliRunner().invoke(cli.main, ["changes", str(book)]).exit_code == 2
    assert at("check", book, "--fail-on", "lateness").exit_code == 2


def test_changes_as_a_table(book: Path) -> None:
    assert at("changes", book).stdout.splitlines() == [
        "Changes from 2026-02-28 to 2026-03-31",
        (
            "Date        Client  Contract  Milestone  Change     From         To           Invoice"
            "    Amount"
        ),
        (
            "2026-03-01  Acme    acme      two        completed  planned      outstanding  INV-2  "
            "  2,000.00  USD"
        ),
        (
            "2026-03-01  Acme    acme      two        invoiced   planned      outstanding  INV-2  "
            "  2,000.00  USD"
        ),
        (
            "2026-03-04  Acme    acme      one        overdue    outstanding  overdue      INV-1  "
            "    750.00  USD"
        ),
        (
            "2026-03-05  Acme    acme      one        paid       outstanding  overdue      INV-1  "
            "    250.00  USD"
        ),
    ]


def test_where_nothing_has_changed_nothing_is_printed(book: Path) -> None:
    result = at("changes", book, "--since", "2026-03-31")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert at("changes", book, "--since", "2026-03-31", "--format", "json").stdout == "[]\n"


def test_check_as_a_table_and_its_exit_code(book: Path) -> None:
    line = 1 + LEDGER.splitlines().index('2026-02-01 custom "milestone" "acme" "one" "completed"')
    result = at("check", book)

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "Needs attention as of 2026-03-31",
        (
            "Kind     Since       Client  Contract  Milestone"
            "  What                                           Where"
        ),
        (
            "overdue  2026-03-03  Acme    acme      one      "
            f"  invoice INV-1: 750.00 USD overdue for 28 days  main.beancount:{line}"
        ),
    ]
    assert at("check", book, "--fail-on", "overdue").exit_code == 1
    assert at("check", book, "--fail-on", "any").exit_code == 1
    assert at("check", book, "--fail-on", "late", "--fail-on", "number").exit_code == 0


@pytest.mark.parametrize("command", ["forecast", "changes", "check"])
def test_reports_may_be_narrowed(command: str, tmp_path: Path) -> None:
    bolt = (LEDGER[len(HEAD) :]).replace('"Acme"', '"Bolt"').replace('"acme"', '"bolt"')
    by_hand = """
2026-03-01 * "Acme" "Hosting"
  Assets:Receivable  60.00 USD
  Income:Fees
2026-03-02 * "Acme" "Ahead" ^acme
  Assets:Bank  90000.00 USD
  Assets:Receivable
"""
    book = tmp_path / "main.beancount"
    book.write_text(
        LEDGER + bolt.replace("INV-", "B-").replace("brand-2026", "x") + by_hand, encoding="utf-8"
    )

    def seen(*more: str) -> list[str]:
        rows = json.loads(at(command, book, "--format", "json", *more).stdout)
        return [f"{row['client']} {row['contract']}" for row in rows]

    # What belongs to no contract is the client's, and no contract's.
    assert set(seen("--client", "bolt")) == {"Bolt bolt"}
    assert set(seen("--contract", "bolt")) == {"Bolt bolt"}
    assert set(seen("--client", "Acme")) == {row for row in seen() if "Acme" in row}


@pytest.mark.parametrize("command", COMMANDS)
def test_ledger_errors_and_help(command: str, book: Path) -> None:
    good = at(command, book)
    book.write_text(
        LEDGER + '2026-03-07 custom "milestone" "acme" "for" "completed"\n', encoding="utf-8"
    )
    wrong = at(command, book)

    assert (good.exit_code, wrong.exit_code) == (0, 1)
    assert wrong.stdout == good.stdout
    assert "no milestone 'for' in contract 'acme'" in wrong.stderr
    assert f"bean-milestones {command} books.beancount" in at(command, book, "--help").stdout


# ---------------------------------------------------------------- the demo ledger


def demo(root: Path, *args: str) -> list[str]:
    more = ["--as-of", "2026-03-31"]
    result = CliRunner().invoke(
        cli.main, [args[0], str(root / "ledger" / "main.beancount"), *args[1:], *more]
    )
    assert (result.exit_code, result.stderr) == (0, "")
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


def test_the_forecast_of_the_demo(root: Path) -> None:
    lines = demo(root, "forecast")

    # What is outstanding and unbilled are the totals of those commands.
    assert "Total 27,820.00 13,560.00 59,556.00 -50.00 100,886.00 GBP" in lines
    # Due on 2026-03-22, and Castell pays 26 days late.
    assert (
        "2026-04-17 Castell Brewing castell-rebrand identity INV-2026-005 outstanding +26 days"
        " 3,000.00 GBP"
    ) in lines


def test_the_statement_of_the_demo(root: Path) -> None:
    lines = demo(root, "statement", "castell brewing", "--from", "2026-01-01")

    assert lines[2:] == [
        "2026-01-01 opening 8,500.00 GBP",
        "2026-02-20 invoice INV-2026-005 Rebrand: Identity 2026-03-22 3,000.00 11,500.00 GBP",
        "2026-03-31 closing 11,500.00 GBP",
    ]


def test_the_changes_of_the_demo(root: Path) -> None:
    lines = demo(root, "changes", "--since", "2026-03-24")

    assert lines[2:] == [
        "2026-03-25 Harbour Hotels harbour-spa concept delivered planned delivered 5,760.00 GBP",
        (
            "2026-03-27 Sable Analytics sable-research fieldwork paid outstanding in-progress"
            " INV-2026-006 3,024.00 GBP"
        ),
        (
            "2026-03-27 Tideline Outfitters tideline-teasers final completed planned unbilled"
            " 4,500.00 USD"
        ),
        # Billed in advance, and half of 8,640 is done.
        (
            "2026-03-31 Lumen Energy Co-op lumen-meeting planning progress outstanding outstanding"
            " INV-2026-008 4,320.00 GBP"
        ),
    ]


def test_the_check_of_the_demo(root: Path) -> None:
    kinds = [line.split()[0] for line in demo(root, "check")[2:]]

    assert kinds == ["late", "overdue", "overdue", "overdue", "unbilled", "unapplied"]
