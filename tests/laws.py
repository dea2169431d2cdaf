"""Laws that hold for every ledger on every day, whatever is written in it."""

import datetime
import inspect
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from beancount import loader
from beancount.core import data
from click.testing import CliRunner

from beancount_milestones import cli, export, postings, reports
from beancount_milestones.documents.making import invoice_documents
from beancount_milestones.model import Register, of_register
from beancount_milestones.receivables import open_items
from beancount_milestones.reports import Books, invoices, status
from beancount_milestones.reports.revenue import revenue
from beancount_milestones.reports.rollforward import rollforward
from beancount_milestones.reports.taxes import taxes
from tests import receivables
from tests.receivables import settle
from tests.support import Loaded

#: All commands that look at a ledger.
COMMANDS = tuple(name for name in cli.COMMANDS if name != "import")
FORMATS = ("table", "csv", "json")
ENDINGS = ("json", "html", "xml", "eml")
#: Exit codes: all is well; the ledger has mistakes; what is asked for is not there.
USUAL = {0, 1, 2}


def hold(path: Path, date: datetime.date) -> Books | None:
    """Load a ledger, and check all laws on a day. Returns its books, if the plugin is on."""
    loaded = Loaded(*loader.load_file(str(path)))
    register = of_register(loaded.options)
    if register is None and "beancount_milestones" not in dict(loaded.options["plugin"]):
        # Its plugin line is gone: what Beancount then does with our directives is its own.
        return None
    assert not [m for m in loaded.messages if "Traceback" in m], loaded.messages
    assert register is not None
    generated_transactions_balance(loaded, register)
    settle(loaded, str(date))
    books = Books(register, loaded.entries, loaded.options, date)
    rows_add_up(books)
    reports_answer(books)
    month_end_agrees(loaded, date)
    papers_add_up(books)
    if not loaded.errors:
        printed_books_are_the_same(loaded, register)
    return books


def generated_transactions_balance(loaded: Loaded, register: Register) -> None:
    for entry in generated(loaded, register):
        assert sum(map(postings.weight, entry.postings), Decimal()) == 0, entry


def generated(loaded: Loaded, register: Register) -> Iterator[data.Transaction]:
    """The transactions that the plugin has made."""
    made = {id(entry) for entry in register.entries}
    for entry in loaded.transactions:
        if id(entry) in made and "event" in entry.meta and "milestone" in entry.meta:
            yield entry


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


# ---------------------------------------------------------------- month-end


def month_end_agrees(loaded: Loaded, date: datetime.date) -> None:
    """What month-end reports say is what the ledger has, and periods follow each other."""
    before, since = (date - datetime.timedelta(days=days) for days in (90, 30))
    periods_follow(loaded, [before, since, date])
    rolled_agrees(loaded, str(date), str(since))
    tax_agrees(loaded, str(date))
    revenue_agrees(loaded, str(date))


def periods_follow(loaded: Loaded, starts: list[datetime.date]) -> None:
    """Row by row, a period opens as the one before it closed."""
    for start, last in pairwise(starts):
        before = rollforward(receivables.books(loaded, str(start - datetime.timedelta(days=1))))
        rows = rollforward(receivables.books(loaded, str(last)), start)
        closed = {(r.account, r.currency, r.contract): r.closing for r in before}
        opened = {(r.account, r.currency, r.contract): r.opening for r in rows}
        nothing = dict.fromkeys([*opened, *closed], Decimal())
        assert nothing | opened == nothing | closed


def rolled_agrees(loaded: Loaded, date: str, start: str) -> None:
    at = receivables.books(loaded, date)
    rows = rollforward(at, receivables.day(start))
    closing: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in rows:
        assert row.closing == row.opening + row.added - row.taken
        assert min(row.added, row.taken) >= 0
        closing[row.account, row.currency] += row.closing
    held: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    used = {row.account for row in rows}
    for entry in loaded.transactions:
        for posting in entry.postings:
            if posting.account in used and entry.date <= receivables.day(date):
                held[posting.account, postings.currency(posting)] += postings.number(posting)
    nothing = dict.fromkeys([*closing, *held], Decimal())
    assert nothing | closing == nothing | held


def tax_agrees(loaded: Loaded, date: str) -> None:
    """The rows of an account are what it moved; what is paid in full has paid all of its tax."""
    at = receivables.books(loaded, date)
    booked: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in taxes(at):
        assert row.tax == -row.booked
        booked[row.account, row.currency] += row.booked
    moved: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for entry in loaded.transactions:
        for posting in entry.postings:
            if posting.account in at.roles.taxes and entry.date <= receivables.day(date):
                moved[posting.account, postings.currency(posting)] += postings.number(posting)
    nothing = dict.fromkeys([*booked, *moved], Decimal())
    assert nothing | booked == nothing | moved
    # Periods add up on the cash basis too.
    until = at.as_of - datetime.timedelta(days=25)
    then = paid_taxes(at.on(until))
    since = paid_taxes(at, until + datetime.timedelta(days=1))
    whole = paid_taxes(at)
    assert {key: then[key] + since[key] for key in {*then, *since} if then[key] + since[key]} == {
        key: tax for key, tax in whole.items() if tax
    }


def paid_taxes(at: Books, start: datetime.date | None = None) -> Counter[tuple[str, str, str]]:
    """The tax in what was paid, by account, currency and invoice."""
    found: Counter[tuple[str, str, str]] = Counter()
    for row in taxes(at, start, "cash"):
        assert not start or row.date >= start
        found[row.account, row.currency, row.invoice] += row.tax  # type: ignore[assignment]
    return found


def revenue_agrees(loaded: Loaded, date: str) -> None:
    """What is recognised is the income and the expenses that the plugin has booked."""
    at = receivables.books(loaded, date)
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in revenue(at):
        found[row.contract, row.currency] += row.recognised
    earned = {at.options["name_income"], at.options["name_expenses"]}
    booked: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for entry in generated(loaded, at.register):
        if entry.date <= at.as_of:
            contract = at.register.contracts[entry.meta["contract"]]
            sign = 1 if contract.side == "buy" else -1
            for posting in entry.postings:
                if postings.root(posting) in earned:
                    key = contract.id, postings.weight_currency(posting)
                    booked[key] += sign * postings.weight(posting)
    nothing = dict.fromkeys([*found, *booked], Decimal())
    assert nothing | found == nothing | booked


# ---------------------------------------------------------------- papers


def papers_add_up(books: Books) -> None:
    """The lines of each invoice are its net amount, and so are its rates; their tax is its tax."""
    for number in {row.invoice for row in invoices(books) if row.invoice}:
        for found in invoice_documents(books, number):
            lines = sum(line.this for line in found.lines) + sum(one.net for one in found.drawn)
            assert lines == found.net == sum(part.net for part in found.rates), number
            assert sum(part.tax for part in found.rates) == found.tax, number


# ---------------------------------------------------------------- commands


def answers(path: Path, command: str, form: str, books: Books) -> None:
    """A command ends as a command should, whatever of the ledger it is asked about."""
    for asked in questions(path, command, form, books):
        result = CliRunner().invoke(cli.main, [command, *asked])
        problem = result.exception
        assert problem is None or isinstance(problem, SystemExit), (asked, problem)
        assert result.exit_code in USUAL, (asked, result.output)


def questions(path: Path, command: str, form: str, books: Books) -> Iterator[list[str]]:
    """The arguments of a command: for each client, contract or number that it can be about."""
    ledger, day = str(path), ["--as-of", str(books.as_of)]
    clients = sorted(set(books.clients.names.values()))
    numbers = sorted({row.invoice for row in invoices(books) if row.invoice})
    formed = [*day, "--format", form]
    if command == "diff":
        yield [ledger, ledger, "--format", form]
    elif command == "print":
        yield [ledger]
    elif command in {"ids", "calendar", "remind"}:
        yield [ledger, *day]
    elif command in {"statement", "schedule"}:
        for name in clients if command == "statement" else sorted(books.register.contracts):
            yield [ledger, name, *day, "-o", str(path.with_name("out.html"))]
            yield [ledger, name, *(formed if command == "statement" else day)]
    elif command == "application":
        yield from ([ledger, number, *formed] for number in numbers)
    elif command == "invoice":
        for number in numbers:
            yield [ledger, number, *day]
            for ending in ENDINGS:
                yield [ledger, number, *day, "-o", str(path.with_name(f"out.{ending}"))]
    else:
        yield [ledger, *formed]
