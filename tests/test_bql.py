"""The table `milestones` in bean-query and on Fava's query page."""

import datetime
import subprocess
import sys
import warnings
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import beanquery
import pytest
from beancount import loader
from fava.core import FavaLedger

from beancount_milestones import bql
from beancount_milestones.reports import COLUMNS, OpenItem
from tests.support import Load

LEDGER = """
plugin "beancount_milestones"
2020-01-01 open Assets:Bank
2020-01-01 open Assets:Receivable
2020-01-01 open Income:Design

2020-01-10 * "Acme" "Logo"
  contract: "logo"
  milestone-first: "30% 2020-02-01 First"
  milestone-last:  "rest 2020-03-01"
  Assets:Receivable  1,000.00 USD
  Income:Design

2020-02-03 custom "milestone" "logo" "first" "completed"
  invoice: "A-1"

2020-02-10 * "Acme" "Part payment"
  Assets:Bank  100.00 USD
  Assets:Receivable
"""


@pytest.fixture
def ledger(tmp_path: Path, load: Load) -> Path:
    load(LEDGER)
    return tmp_path / "main.beancount"


def test_the_table_has_the_columns_of_the_status(ledger: Path) -> None:
    connection = beanquery.connect(f"beancount:{ledger}")
    cursor = connection.execute("SELECT * FROM #milestones")
    assert tuple(column.name for column in cursor.description) == COLUMNS
    first, last = cursor.fetchall()
    row = dict(zip(COLUMNS, first, strict=True))
    assert row["contract"] == "logo"
    assert row["status"] == "overdue"
    assert row["late"] is False
    assert row["due"] == datetime.date(2020, 2, 3)
    assert row["outstanding"] == Decimal("200.00")
    assert dict(zip(COLUMNS, last, strict=True))["late"] is True


def test_the_table_can_be_summed_and_filtered(ledger: Path) -> None:
    connection = beanquery.connect(f"beancount:{ledger}")
    query = "SELECT client, sum(remaining) AS s FROM #milestones WHERE late GROUP BY client"
    assert connection.execute(query).fetchall() == [("Acme", Decimal("700.00"))]


def test_open_items_have_the_columns_of_the_report_and_sum_to_the_balance(load: Load) -> None:
    too_much = """
2020-03-01 * "Acme" "Too much" ^A-1
  Assets:Bank  250.00 USD
  Assets:Receivable
"""
    ledger = load(LEDGER + too_much)
    connection = beanquery.connect(f"beancount:{ledger.options['filename']}")
    cursor = connection.execute("SELECT * FROM #open_items")
    columns = tuple(column.name for column in cursor.description)
    assert columns == tuple(field.name for field in fields(OpenItem))
    (row,) = [dict(zip(columns, values, strict=True)) for values in cursor.fetchall()]
    # The first payment names nothing: the second one settles its bill before.
    assert row["kind"] == "unapplied"
    assert row["date"] == datetime.date(2020, 2, 10)
    assert (row["amount"], row["open"]) == (Decimal("-100.00"), Decimal("-50.00"))
    assert (row["due"], row["days"]) == (None, None)


def test_the_command_bean_query_has_the_table(ledger: Path) -> None:
    command = [Path(sys.executable).parent / "bean-query", ledger]
    result = subprocess.run(
        [*command, "SELECT milestone, status FROM #milestones"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "first  overdue" in result.stdout
    assert result.stderr == ""


def test_the_table_is_there_when_the_ledger_comes_from_the_cache(ledger: Path) -> None:
    """A cached ledger imports the package, and runs no plugin."""
    script = (
        "import sys, beanquery; from beancount import loader\n"
        "loader.PICKLE_CACHE_THRESHOLD = 0; loader.initialize(use_cache=True)\n"
        "connection = beanquery.connect('beancount:' + sys.argv[1])\n"
        "print(connection.execute('SELECT count(*) AS n FROM #milestones').fetchall())\n"
        "print(connection.execute('SELECT sum(open) AS n FROM #open_items').fetchall())\n"
        "print('beancount_milestones.booking' in sys.modules)\n"
    )
    cache = ledger.with_name(f".{ledger.name}.picklecache")
    for cached in (False, True):
        assert cache.exists() is cached
        result = subprocess.run(
            [sys.executable, "-c", script, ledger],
            capture_output=True,
            text=True,
            check=True,
            env={"BEANCOUNT_LOAD_CACHE_FILENAME": str(cache)},
        )
        assert result.stdout.startswith("[(2,)]\n[(Decimal('200.00'),)]\n"), result.stderr


def test_the_table_is_on_favas_query_page_whatever_is_filtered(ledger: Path) -> None:
    fava = FavaLedger(str(ledger))
    for account in ("", "Assets:Bank"):
        entries = fava.get_filtered(account, "", "").entries_with_all_prices
        query = "SELECT paid FROM #milestones WHERE milestone = 'first'"
        table: Any = fava.query_shell.execute_query_serialised(entries, query)
        assert table.rows == [(Decimal("100.00"),)]
        query = "SELECT kind, invoice, open FROM #open_items"
        table = fava.query_shell.execute_query_serialised(entries, query)
        assert table.rows == [("invoiced", "A-1", Decimal("200.00"))]


def test_a_ledger_without_the_plugin_has_an_empty_table(tmp_path: Path) -> None:
    path = tmp_path / "other.beancount"
    path.write_text("2020-01-01 open Assets:Bank\n")
    connection = beanquery.connect(f"beancount:{path}")
    assert connection.execute("SELECT * FROM #milestones").fetchall() == []


def test_the_table_is_added_once(ledger: Path) -> None:
    loader.load_file(str(ledger))
    bql.register()
    from beanquery.sources import beancount as source  # noqa: PLC0415 - private, and only here

    names = [table.name for table in source._TABLES]  # noqa: SLF001 - the list that we add to
    assert [names.count(name) for name in bql.NAMES] == [1, 1, 1]


def test_another_beanquery_loses_the_table_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, load: Load
) -> None:
    monkeypatch.setitem(sys.modules, "beanquery.sources.beancount", ModuleType("other"))
    monkeypatch.setattr("beanquery.sources.beancount", ModuleType("other"))
    with pytest.warns(
        UserWarning, match="the query tables #milestones, #open_items and #invoices are missing"
    ):
        assert load(LEDGER).messages == []


def test_a_process_without_beanquery_does_not_import_it(
    monkeypatch: pytest.MonkeyPatch, load: Load
) -> None:
    monkeypatch.delitem(sys.modules, "beanquery")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load(LEDGER).messages == []
    assert "beanquery" not in sys.modules
