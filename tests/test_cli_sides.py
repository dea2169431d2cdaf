"""Totals of the tables: what clients owe and what we owe are never one sum."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from beancount_milestones import cli

#: We are owed 1,000 of 3,000, and owe 600 of 1,500. A third job is only offered to us.
BOTH = """
plugin "beancount_milestones"
plugin "beancount.plugins.auto_accounts"

2026-01-05 * "Acme" "Fit-out"
  contract: "acme"
  milestone-one: "1/3"
  milestone-two: "2/3 2026-06-30"
  Assets:Receivable  3,000.00 USD
  Income:Work

2026-01-05 * "Volt" "Wiring"
  contract: "volt"
  milestone-one: "40%"
  milestone-two: "60% 2026-06-30"
  Expenses:Work  1,500.00 USD
  Liabilities:Payable

2026-01-06 ! "Volt" "Alarm"
  contract: "alarm"
  milestone-all: "100%"
  Expenses:Work  700.00 USD
  Liabilities:Payable

2026-02-01 custom "milestone" "acme" "one" "completed"
  invoice: "A-1"
2026-02-01 custom "milestone" "volt" "one" "completed"
  invoice: "V-1"
"""


def lines(tmp_path: Path, *args: str) -> list[str]:
    book = tmp_path / "main.beancount"
    book.write_text(BOTH, encoding="utf-8")
    result = CliRunner().invoke(cli.main, [args[0], str(book), "--as-of", "2026-02-15"])
    assert (result.exit_code, result.stderr) == (0, "")
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("outstanding", ["Total 1,000.00 1,000.00 USD", "Total to pay 600.00 600.00 USD"]),
        ("aging", ["Total 1,000.00 1,000.00 USD", "Total to pay 600.00 600.00 USD"]),
        (
            "invoices",
            ["Total 1,000.00 1,000.00 1,000.00 USD", "Total to pay 600.00 600.00 600.00 USD"],
        ),
        ("reconcile", ["Total 1,000.00 1,000.00 USD", "Total to pay 600.00 600.00 USD"]),
        (
            "status",
            [
                "Total 3,000.00 1,000.00 2,000.00 USD",
                "Total to pay 1,500.00 600.00 900.00 USD",
                "Proposed to pay 700.00 700.00 USD",
            ],
        ),
    ],
)
def test_each_side_has_its_total(tmp_path: Path, command: str, expected: list[str]) -> None:
    totals = [line for line in lines(tmp_path, command) if line.startswith(("Total", "Proposed"))]
    assert totals == expected


def test_what_is_to_be_paid_is_a_forecast_of_its_own(tmp_path: Path) -> None:
    found = lines(tmp_path, "forecast")
    assert [line for line in found if line.startswith(("Expected", "Total"))] == [
        "Expected cash as of 2026-02-15",
        "Total 1,000.00 2,000.00 3,000.00 USD",
        "Expected to pay as of 2026-02-15",
        "Total 600.00 900.00 1,500.00 USD",
    ]
