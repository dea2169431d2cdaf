"""The command `application`: the cover and the sheet of a pay application."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from beancount_milestones import cli
from tests.receivables import HEAD, WITHHELD

BRIDGE = """
2026-01-01 * "Acme" "Footbridge"
  contract: "acme"
  retention: Assets:Retention
  milestone-piles: "40%"
  milestone-deck: "rest"
  Assets:Receivable   90,000.00 USD
  Assets:Retention    10,000.00 USD
  Income:Design
2026-01-31 custom "contract" "acme" "progress"
  invoice: "PA-1"
  milestone-piles: 50
2026-02-28 custom "contract" "acme" "progress"
  invoice: "PA-2"
  milestone-piles: 100
  milestone-deck: 6,000.00 USD
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "books.beancount"
    path.write_text(HEAD + BRIDGE, encoding="utf-8")
    return path


def run(book: Path, *args: str) -> Result:
    return CliRunner().invoke(cli.main, ["application", str(book), *args])


def squeezed(result: Result) -> list[str]:
    assert (result.exit_code, result.stderr) == (0, "")
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


# 20,000 and then 26,000 of 100,000; 10% of each is held.
COVER = [
    "1. Contract sum 100,000.00 USD",
    "2. Net change orders 0.00 USD",
    "3. Contract sum to date 100,000.00 USD",
    "4. Completed to date 46,000.00 USD",
    "5. Retention 4,600.00 USD",
    "6. Earned less retention 41,400.00 USD",
    "7. Previous applications 18,000.00 USD",
    "8. Current 23,400.00 USD",
    "9. Balance to finish 58,600.00 USD",
    "Due 23,400.00 USD",
]


def test_cover_and_sheet(book: Path) -> None:
    lines = squeezed(run(book, "PA-2"))

    start = lines.index(COVER[0])
    assert lines[start : start + len(COVER)] == COVER
    assert lines[-3:] == [
        "piles piles 40,000.00 20,000.00 20,000.00 40,000.00 100.00 4,000.00 USD",
        "deck deck 60,000.00 6,000.00 6,000.00 10.00 54,000.00 600.00 USD",
        "Total 100,000.00 20,000.00 26,000.00 46,000.00 54,000.00 4,600.00 USD",
    ]
    assert COVER[-1] == squeezed(run(book, "PA-2", "--cover"))[-1]


def test_tax_withheld_is_a_line_of_the_cover(tmp_path: Path) -> None:
    book = tmp_path / "books.beancount"
    book.write_text(HEAD + WITHHELD, encoding="utf-8")
    page = tmp_path / "PA-2.html"

    assert squeezed(run(book, "PA-2", "--cover"))[-3:] == [
        "Tax 126.00 USD",
        "Less tax withheld 90.00 USD",
        "Due 606.00 USD",
    ]
    run(book, "PA-2", "-o", str(page))
    shown = " ".join(re.sub(r"<[^>]+>", " ", page.read_text(encoding="utf-8")).split())
    assert "Tax withheld \u221290.00 USD Due 606.00 USD" in shown


def test_for_machines(book: Path) -> None:
    sheet = list(csv.DictReader(io.StringIO(run(book, "PA-2", "--format", "csv").stdout)))
    (cover,) = json.loads(run(book, "PA-2", "--cover", "--format", "json").stdout)

    assert [(row["milestone"], row["previous"], row["this"]) for row in sheet] == [
        ("piles", "20000.00", "20000.00"),
        ("deck", "0.00", "6000.00"),
    ]
    assert (cover["number"], cover["earned"], cover["due"]) == ("PA-2", "41400.00", "23400.00")


def test_a_number_that_bills_nothing_is_bad_usage(book: Path) -> None:
    result = run(book, "PA-3")

    assert result.exit_code == 2
    assert "nothing is billed on 'PA-3'" in result.stderr
    assert "did you mean 'PA-" in result.stderr
