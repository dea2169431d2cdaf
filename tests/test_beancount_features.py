"""What Beancount itself offers in a ledger, around contracts and directives."""

import datetime as dt
from pathlib import Path

from beancount.core import data

from tests.support import Load

OPENS = """\
2020-01-01 open Assets:Bank
2020-01-01 open Assets:Receivable
2020-01-01 open Income:Design
"""
ORDER = """\
2026-01-10 * "Acme" "Brand"
  contract: "brand"
  acceptance: 14
  milestone-one: "50%"
  milestone-two: "rest"
  Assets:Receivable  1,200.00 USD
  Income:Design
"""
DONE = """\
2026-02-01 custom "milestone" "brand" "one" "completed"
  invoice: "INV-1"
"""
DELIVERED = '2026-02-20 custom "milestone" "brand" "two" "delivered"\n'
BOOKS = 'plugin "beancount_milestones"\n' + OPENS + ORDER + DONE + DELIVERED


def test_a_pushed_tag_is_on_what_the_plugin_books(load: Load) -> None:
    loaded = load(BOOKS.replace(ORDER, f"pushtag #rebrand\n{ORDER}poptag #rebrand\n"))

    assert loaded.messages == []
    assert [entry.tags for entry in loaded.transactions] == [{"rebrand"}] * 3


def test_pushed_metadata_is_read_like_written(load: Load) -> None:
    pushed = 'pushmeta terms: "net 30"\n' + ORDER + "popmeta terms:\n"
    loaded = load(BOOKS.replace(ORDER, pushed))

    assert loaded.messages == []
    assert loaded.transactions[1].meta["due"] == dt.date(2026, 3, 3)


def test_line_ends_of_another_system(load: Load) -> None:
    expected, loaded = (load(text) for text in (BOOKS, BOOKS.replace("\n", "\r\n")))

    assert loaded.messages == []
    assert loaded.transactions == expected.transactions


def test_a_byte_order_mark_costs_the_first_line_only(load: Load) -> None:
    loaded = load("\ufeff; Our books\n" + BOOKS)

    assert len(loaded.transactions) == 3
    assert not any("milestone" in message for message in loaded.messages)


def test_a_folder_of_documents_is_found_by_the_accounts_of_a_contract(
    load: Load, tmp_path: Path
) -> None:
    scans = tmp_path / "scans" / "Assets" / "Receivable"
    scans.mkdir(parents=True)
    (scans / "2026-02-01.INV-1.pdf").write_bytes(b"")
    loaded = load('option "documents" "scans"\n' + BOOKS)

    assert loaded.messages == []
    (found,) = (entry for entry in loaded.entries if isinstance(entry, data.Document))
    assert (found.account, found.date) == ("Assets:Receivable", dt.date(2026, 2, 1))


def test_an_account_that_closes_before_an_acceptance_is_told_where_it_was_delivered(
    load: Load,
) -> None:
    loaded = load(BOOKS + "2026-03-01 close Assets:Receivable\n")
    line = BOOKS[: BOOKS.index(DELIVERED)].count("\n") + 1

    assert loaded.messages
    assert set(loaded.messages) == {"Invalid reference to inactive account 'Assets:Receivable'"}
    assert {error.source["lineno"] for error in loaded.errors} == {line}
