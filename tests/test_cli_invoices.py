"""The register of invoices, and what is open, from the command line."""

import csv
import io
from pathlib import Path

import pytest
from click.testing import CliRunner

from beancount_milestones import cli
from tests.receivables import ACME, HEAD, TWO_BILLS, paid


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "books.beancount"
    path.write_text(HEAD + ACME + TWO_BILLS + paid("2026-03-05", "400.00", "^INV-1"))
    return path


def run(*args: str | Path) -> str:
    result = CliRunner().invoke(cli.main, [*map(str, args), "--as-of", "2026-03-31"])
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def test_invoices(book: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run("invoices", book, "--format", "csv"))))

    assert [(r["invoice"], r["gross"], r["paid"], r["open"], r["status"]) for r in rows] == [
        ("INV-1", "1000.00", "400.00", "600.00", "overdue"),
        ("INV-2", "2000.00", "0.00", "2000.00", "open"),
    ]
    table = run("invoices", book)
    assert "INV-1" in table
    assert "overdue" in table


@pytest.mark.parametrize(
    "command", ["invoices", "outstanding", "status", "statement", "statement --open"]
)
def test_a_discount_is_said_as_long_as_it_can_be_taken(command: str, tmp_path: Path) -> None:
    path = tmp_path / "books.beancount"
    terms = ACME.replace("  milestone-one", '  terms: "2/10 net 30"\n  milestone-one')
    path.write_text(HEAD + terms + TWO_BILLS)

    def said(date: str) -> str:
        name, *options = command.split()
        client = ["Acme"] if name == "statement" else []
        asked = [name, str(path), *client, *options, "--as-of", date]
        return CliRunner().invoke(cli.main, asked).stdout

    # INV-1 is of 1 February, INV-2 of 1 March.
    assert said("2026-02-11").endswith("\n\nINV-1: 2% off if paid by 2026-02-11\n")
    assert "off if paid" not in said("2026-02-12")
    assert "INV-2: 2% off if paid by 2026-03-11\n" in said("2026-03-01")


def test_what_is_open_of_a_client(book: Path) -> None:
    rows = list(
        csv.DictReader(io.StringIO(run("statement", book, "Acme", "--open", "--format", "csv")))
    )

    assert [(r["invoice"], r["charged"], r["balance"]) for r in rows] == [
        ("INV-1", "600.00", "600.00"),
        ("INV-2", "2000.00", "2600.00"),
    ]
