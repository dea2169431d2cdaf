"""Laws that hold for every ledger on every day, whatever is written in it."""

import datetime
import inspect
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from beancount import loader
from beancount.core import data
from click.testing import CliRunner

from beancount_milestones import export, postings, reports
from beancount_milestones.cli import main
from beancount_milestones.model import Register, of_register
from beancount_milestones.receivables import open_items
from beancount_milestones.reports import Books, status
from tests.receivables import settle
from tests.support import Loaded

#: Commands that need no more than a ledger and a day.
COMMANDS = (
    *("status", "unbilled", "outstanding", "invoices", "aging", "contracts", "reconcile"),
    *("forecast", "check", "print"),
)
FORMATS = ("table", "csv", "json")
#: Exit codes: all is well, or the ledger has mistakes.
USUAL = {0, 1}


def hold(path: Path, date: datetime.date) -> None:
    """Load a ledger, and check all laws on a day."""
    loaded = Loaded(*loader.load_file(str(path)))
    register = of_register(loaded.options)
    if register is None and "beancount_milestones" not in dict(loaded.options["plugin"]):
        # Its plugin line is gone: what Beancount then does with our directives is its own.
        return
    assert not [m for m in loaded.messages if "Traceback" in m], loaded.messages
    assert register is not None
    generated_transactions_balance(loaded, register)
    settle(loaded, str(date))
    books = Books(register, loaded.entries, loaded.options, date)
    rows_add_up(books)
    reports_answer(books)
    if not loaded.errors:
        printed_books_are_the_same(loaded, register)


def generated_transactions_balance(loaded: Loaded, register: Register) -> None:
    made = {id(entry) for entry in register.entries} & {id(entry) for entry in loaded.entries}
    for entry in loaded.transactions:
        if id(entry) in made and "event" in entry.meta and "milestone" in entry.meta:
            assert sum(map(postings.weight, entry.postings), Decimal()) == 0, entry


def rows_add_up(books: Books) -> None:
    for row in status(books):
        if row.amount >= 0 and row.paid <= row.amount - row.remaining:
            assert row.amount == row.paid + row.outstanding + row.unbilled + row.remaining, row


def reports_answer(books: Books) -> None:
    found = [getattr(reports, name) for name in reports.__all__]
    every = [x for x in found if inspect.isfunction(x) and needs_books_only(x)]
    for report in every:
        report(books)
    # Books of another day that know what is the same on both days, and books that do not.
    looked = books
    for days in (0, 30, 1, 400):
        day = books.as_of - datetime.timedelta(days=days)
        looked, fresh = looked.on(day), replace(books, as_of=day)
        assert looked.open_items() == open_items(books.register, books.entries, books.options, day)
        for report in every:
            assert report(looked) == report(fresh), (report, day)


def needs_books_only(report: Callable[..., Any]) -> bool:
    parameters = inspect.signature(report).parameters.values()
    return [p.name for p in parameters if p.default is p.empty] == ["books"]


def printed_books_are_the_same(loaded: Loaded, register: Register) -> None:
    """Without the plugin, the printed text has the balances of the contracts."""
    text = export.text(register, loaded.options)
    entries, _, _ = loader.load_string(text)
    printed = [e for e in entries if isinstance(e, data.Transaction)]
    assert sums(printed) == sums(
        [e for e in loaded.transactions if "event" in e.meta and "milestone" in e.meta]
    )


def sums(entries: list[data.Transaction]) -> dict[tuple[str, str], Decimal]:
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for entry in entries:
        for posting in entry.postings:
            found[posting.account, postings.currency(posting)] += postings.number(posting)
    return {key: number for key, number in found.items() if number}


def answers(path: Path, command: str, form: str, date: datetime.date) -> None:
    """A command ends as a command should."""
    options = [] if command == "print" else ["--as-of", str(date), "--format", form]
    result = CliRunner().invoke(main, [command, str(path), *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code in USUAL, result.output
