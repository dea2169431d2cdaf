"""The commands aging, contracts and reconcile; filters, standard input, colours, completion."""

import csv
import io
import json
import sys
import threading
from dataclasses import fields, replace
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from beancount_milestones import cli, reports
from beancount_milestones.cli import common
from beancount_milestones.reports import Aged, Books, InvoiceRow, Reconciled, Standing
from tests.receivables import ACME, BOLT, HEAD, TWO_BILLS, paid
from tests.support import Command, terminal

LEDGER = "\n".join([HEAD, ACME, BOLT, TWO_BILLS, paid("2026-03-05", "1050.00", "^INV-1")])
ROWS = {"aging": Aged, "contracts": Standing, "reconcile": Reconciled, "invoices": InvoiceRow}
FILTERED = ("status", "unbilled", "outstanding", *ROWS)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "main.beancount"
    path.write_text(LEDGER, encoding="utf-8")
    return path


def at(command: str, book: Path | str, *more: str, text: str | bytes | None = None) -> Result:
    args = [command, str(book), "--as-of", "2026-04-10", *more]
    return CliRunner().invoke(cli.main, args, input=text)


def rows(*args: str | Path) -> list[dict[str, str]]:
    command, book, *more = args
    result = at(str(command), book, "--format", "json", *map(str, more))
    assert result.exit_code == 0, result.stderr
    found: list[dict[str, str]] = json.loads(result.stdout)
    return found


@pytest.mark.parametrize("command", ROWS)
def test_csv_and_json_have_the_fields_of_the_row(command: str, book: Path) -> None:
    expected = [field.name for field in fields(ROWS[command])]
    found = rows(command, book)
    lines = list(csv.DictReader(io.StringIO(at(command, book, "--format", "csv").stdout)))

    assert found
    assert all(list(row) == expected for row in (*found, *lines))
    assert lines == [{k: "" if v is None else str(v) for k, v in row.items()} for row in found]


def squeezed(result: Result) -> list[str]:
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


def test_aging_as_a_table(book: Path) -> None:
    assert squeezed(at("aging", book)) == [
        "Aging as of 2026-04-10",
        "Client 1-30 less unapplied Total",
        "Acme 2,000.00 50.00 1,950.00 USD",
        "Total 2,000.00 50.00 1,950.00 USD",
    ]


def test_contracts_as_a_table(book: Path) -> None:
    assert squeezed(at("contracts", book)) == [
        "Contracts as of 2026-04-10",
        "Client Contract Value Total Earned % Billed Paid Outstanding Remaining",
        "Acme acme 6,000.00 6,000.00 3,000.00 50.00 3,000.00 1,000.00 2,000.00 3,000.00 USD",
        "Bolt bolt 6,000.00 6,000.00 6,000.00 USD",
        "Total 12,000.00 12,000.00 3,000.00 3,000.00 1,000.00 2,000.00 9,000.00 USD",
    ]


def test_positions_of_contracts_are_not_offset(book: Path) -> None:
    """What is earned ahead of its invoice, and what is invoiced ahead of the work; buying too."""
    bridges = "  unbilled: Assets:Unbilled\n  deferred: Liabilities:Deferred\n"
    acme, bolt = (
        text.replace(f'contract: "{name}"\n', f'contract: "{name}"\n{bridges}')
        for name, text in (("acme", ACME), ("bolt", BOLT))
    )
    sub = """
2026-01-01 * "Sub" "Piles"
  contract: "sub"
  milestone-one: "100%"
  Expenses:CardFees  1,000.00 USD
  Liabilities:VAT
2026-02-01 custom "milestone" "sub" "one" "progress" 30
2026-02-01 custom "milestone" "acme" "one" "completed"
2026-02-01 custom "milestone" "bolt" "two" "invoiced"
"""
    book.write_text(f"{HEAD}\n{acme}\n{bolt}\n{sub}", encoding="utf-8")

    assert squeezed(at("contracts", book))[-5:] == [
        "Total 12,000.00 12,000.00 1,000.00 2,000.00 2,000.00 9,000.00 USD",
        "Total to pay 1,000.00 1,000.00 300.00 700.00 USD",
        "Contract assets 1,000.00 USD",
        "Contract liabilities -2,000.00 USD",
        "Accrued 300.00 USD",
    ]


def test_invoices_as_a_table(book: Path) -> None:
    note = '2026-04-01 custom "milestone" "acme" "two" "credited" 50\n  invoice: "CN-1"\n'
    book.write_text(LEDGER + note, encoding="utf-8")

    assert squeezed(at("invoices", book)) == [
        "Invoices as of 2026-04-10",
        "Invoice Kind Date Due Client Contracts Net Tax Gross Held Paid Open Status Days",
        (
            "INV-1 invoice 2026-02-01 2026-03-03 Acme acme"
            " 1,000.00 0.00 1,000.00 0.00 1,000.00 0.00 USD paid"
        ),
        (
            "INV-2 invoice 2026-03-01 2026-03-31 Acme acme"
            " 2,000.00 0.00 2,000.00 0.00 0.00 1,000.00 USD overdue 10"
        ),
        (
            "CN-1 credit note 2026-04-01 Acme acme -1,000.00 0.00 -1,000.00 0.00 0.00 0.00"
            " USD credited"
        ),
        "Total 2,000.00 2,000.00 1,000.00 1,000.00 USD",
    ]


def test_reconcile_as_tables(book: Path) -> None:
    line = LEDGER.splitlines().index('2026-03-05 * "Acme" "Paid" ^INV-1') + 1

    assert squeezed(at("reconcile", book)) == [
        "Receivable accounts as of 2026-04-10",
        "Account Invoiced less unapplied = Balance",
        "Assets:Receivable 2,000.00 50.00 1,950.00 USD",
        "Total 2,000.00 50.00 1,950.00 USD",
        "",
        "Unapplied credits",
        "Account Date Payee Narration Links Where Unapplied",
        f"Assets:Receivable 2026-03-05 Acme Paid INV-1 {book}:{line} 50.00 USD",
    ]


def test_no_credits_no_second_table(book: Path) -> None:
    book.write_text(f"{HEAD}\n{ACME}\n{TWO_BILLS}", encoding="utf-8")

    assert squeezed(at("reconcile", book)) == [
        "Receivable accounts as of 2026-04-10",
        "Account Invoiced = Balance",
        "Assets:Receivable 3,000.00 3,000.00 USD",
        "Total 3,000.00 3,000.00 USD",
    ]


def test_an_account_that_does_not_add_up_is_told(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reconcile = reports.reconcile

    def wrong(books: Books) -> list[Reconciled]:
        account, *rest = reconcile(books)
        assert account.balance is not None
        return [replace(account, difference=account.balance), *rest]

    monkeypatch.setattr(reports, "reconcile", wrong)
    result = at("reconcile", book)

    assert result.exit_code == 1
    assert "Difference" in result.stdout
    told = "Assets:Receivable does not add up: 1,950.00 USD are not explained\n"
    assert result.stderr == told


# ---------------------------------------------------------------- filters


@pytest.mark.parametrize("option", [("--client", "BOLT"), ("--contract", "bolt")])
def test_a_client_or_a_contract(option: tuple[str, str], book: Path) -> None:
    for command in ("status", "contracts"):
        assert {row["contract"] for row in rows(command, book, *option)} == {"bolt"}
        assert len({row["contract"] for row in rows(command, book)}) == 2
    assert rows("aging", book, *option) == []
    assert rows("outstanding", book, *option) == []
    # A whole account all the same.
    assert rows("reconcile", book, *option) == rows("reconcile", book)


@pytest.mark.parametrize("command", FILTERED)
def test_names_that_nobody_has(command: str, book: Path) -> None:
    for option, name, near in (
        ("--client", "Acmee", "no client 'Acmee' by 2026-04-10; did you mean 'Acme'?"),
        ("--client", " ", "no client ' ' by 2026-04-10"),
        ("--contract", "blot", "no contract 'blot'; did you mean 'bolt'?"),
        ("--contract", "xyz", "no contract 'xyz'"),
    ):
        result = at(command, book, option, name)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.endswith(f"Error: {near}\n")


def test_a_client_without_a_contract_is_known_by_what_is_on_the_account(book: Path) -> None:
    book.write_text(LEDGER + paid("2026-03-06", "1.00", payee="Carl"), encoding="utf-8")

    (row,) = rows("aging", book, "--client", "carl")
    assert (row["client"], row["unapplied"], row["total"]) == ("Carl", "1.00", "-1.00")


# ---------------------------------------------------------------- standard input


def test_a_dash_is_standard_input(book: Path) -> None:
    piped = at("status", "-", text=LEDGER)

    assert (piped.exit_code, piped.stderr) == (0, "")
    assert piped.stdout == at("status", book).stdout


def test_standard_input_that_is_no_text() -> None:
    result = at("status", "-", text=b"\xff\xfe")

    assert result.exit_code == 2
    assert "cannot read standard input: it is not UTF-8 text" in result.stderr


# ---------------------------------------------------------------- in a terminal


def test_a_long_load_is_told_only_in_a_terminal(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(common, "PATIENCE", 0.0)
    said: list[str] = []
    monkeypatch.setattr(click, "echo", lambda note, **_: said.append(note))
    told = common._told  # noqa: SLF001 - a terminal of our own

    def tell(ledger: str, *, terminal: bool) -> None:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
        with told(ledger):
            for thread in threading.enumerate():
                if isinstance(thread, threading.Timer):
                    thread.join()

    tell(str(book), terminal=False)
    assert said == []
    tell(str(book), terminal=True)
    tell("-", terminal=True)
    assert said == [f"Loading {book} ...", "Loading standard input ..."]


@pytest.mark.parametrize(
    ("command", "colour"),
    [("status", "\x1b[31m"), ("outstanding", "\x1b[31m"), ("aging", "\x1b[33m")],
)
def test_colours_in_a_terminal(
    command: str, colour: str, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown() -> str:
        return terminal(120, command, book, "--as-of", "2026-04-10")

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert colour in shown()
    monkeypatch.setenv("NO_COLOR", "1")
    assert colour not in shown()
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in at(command, book).stdout


@pytest.mark.parametrize(
    ("heading", "value", "colour"),
    [
        ("1-30", 1, "yellow"),
        ("Over 90", 1, "red"),
        ("Client", "Acme", ""),
        ("Position", 1, "cyan"),
        ("Position", -1, "magenta"),
        ("Position", None, ""),
        ("Contract", "acme", ""),
    ],
)
def test_what_stands_out(heading: str, value: object, colour: str) -> None:
    aging, contracts = (
        import_module(f"beancount_milestones.cli.{name}") for name in ("aging", "contracts")
    )
    found = {
        module._TABLE.colour(heading, {heading: value})  # noqa: SLF001
        for module in (aging, contracts)
    }
    assert found - {""} == {colour} - {""}


# ---------------------------------------------------------------- completion and help


def test_the_shell_completes_commands_and_options(
    bean_milestones: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_BEAN_MILESTONES_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "bean-milestones rec")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert bean_milestones().stdout == "plain,reconcile\n"
    monkeypatch.setenv("COMP_WORDS", "bean-milestones aging --cl")
    monkeypatch.setenv("COMP_CWORD", "2")
    assert bean_milestones().stdout == "plain,--client\n"


@pytest.mark.parametrize("command", ROWS)
def test_help_has_an_example(command: str) -> None:
    result = CliRunner().invoke(cli.main, [command, "--help"])

    assert f"bean-milestones {command} books.beancount --" in result.stdout
    assert "--client NAME" in result.stdout
