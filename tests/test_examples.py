"""Every example says what its accounts hold, what is open and what the reports say: they agree."""

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from beancount import loader
from beancount.core import data

from beancount_milestones import reports
from beancount_milestones.receivables import OpenItems
from tests.receivables import books, label, settle
from tests.support import Loaded

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.beancount"))

#: What a claim may begin with; after `column` kinds the name is followed by a column.
OF_ACCOUNTS = ("balance", "open", "unapplied")
OF_REPORTS = ("contract", "invoice", "aging")
BEGINNING = re.compile(rf";+ *({'|'.join((*OF_ACCOUNTS, *OF_REPORTS, 'status'))})\b +\d")
DATED = r"; (?P<kind>{kinds}) (?P<date>\d{{4}}-\d\d-\d\d) +(?P<name>\S.*?)"
NUMBER = r" +(?P<value>-?[\d,]+(\.\d+)?) (?P<currency>[A-Z]{3})"
CLAIMS = (
    re.compile(DATED.format(kinds="|".join(OF_ACCOUNTS)) + NUMBER),
    re.compile(DATED.format(kinds="|".join(OF_REPORTS)) + r" (?P<column>[a-z_\d]+)" + NUMBER),
    re.compile(DATED.format(kinds="status") + r" +(?P<value>[a-z-]+)"),
)


class Claim(NamedTuple):
    """What a comment line says that there is at the end of a day.

    The balance of an account; what is open of an invoice, or what is unapplied of a client; the
    status of a milestone; a column of a contract, of an invoice, or of a client's aging.
    """

    kind: str
    date: dt.date
    name: str
    column: str
    value: Decimal | str
    currency: str


def claims(path: Path) -> Iterator[Claim]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if not BEGINNING.match(line):
            continue
        found = [match.groupdict() for pattern in CLAIMS if (match := pattern.fullmatch(line))]
        assert len(found) == 1, f"{path.name}: cannot be read: {line}"
        (said,) = found
        number = said["value"].replace(",", "")
        yield Claim(
            said["kind"],
            dt.date.fromisoformat(said["date"]),
            said["name"],
            said.get("column", ""),
            said["value"] if said["kind"] == "status" else Decimal(number),
            said.get("currency", ""),
        )


def held(entries: data.Directives, claim: Claim) -> Decimal:
    """What the books say: the sum of the postings up to that day."""
    return sum(
        (
            posting.units.number
            for entry in entries
            if isinstance(entry, data.Transaction) and entry.date <= claim.date
            for posting in entry.postings
            if posting.account == claim.name
            and posting.units is not None
            and posting.units.number is not None
            and posting.units.currency == claim.currency
        ),
        Decimal(),
    )


def open_of(items: OpenItems, claim: Claim) -> Decimal:
    """What is open of the items of that name: a number, else what else they are known by."""
    named = [
        item
        for item in items.items
        if claim.name in {label(item), item.account.name if not item.number else ""}
        and item.account.currency == claim.currency
    ]
    assert named, f"no item {claim.name} on {claim.date}"
    return sum((item.open for item in named), Decimal())


def unapplied(items: OpenItems, claim: Claim) -> Decimal:
    return sum(
        (
            rest.amount
            for rest in items.unapplied
            if (rest.credit.payee, rest.credit.account.currency) == (claim.name, claim.currency)
        ),
        Decimal(),
    )


def status(loaded: Loaded, claim: Claim) -> str:
    """The status of a milestone, on whatever accounts it is owed."""
    rows = reports.status(books(loaded, claim.date.isoformat()))
    (word,) = {row.status for row in rows if f"{row.contract}/{row.milestone}" == claim.name}
    return word


def reported(loaded: Loaded, claim: Claim) -> Decimal:
    """The column of a contract, of an invoice, or of a client's aging."""
    that_day = books(loaded, claim.date.isoformat())
    row: reports.Standing | reports.InvoiceRow | reports.Aged
    if claim.kind == "contract":
        row = {row.contract: row for row in reports.contracts(that_day)}[claim.name]
    elif claim.kind == "invoice":
        row = {row.invoice: row for row in reports.invoices(that_day)}[claim.name]
    else:
        row = {row.client: row for row in reports.aging(that_day)}[claim.name]
    assert row.currency == claim.currency
    value = getattr(row, claim.column)
    assert isinstance(value, Decimal)
    return value


def found(loaded: Loaded, claim: Claim) -> Decimal | str:
    if claim.kind == "balance":
        return held(loaded.entries, claim)
    if claim.kind == "status":
        return status(loaded, claim)
    if claim.kind in OF_REPORTS:
        return reported(loaded, claim)
    items = settle(loaded, claim.date.isoformat())
    return open_of(items, claim) if claim.kind == "open" else unapplied(items, claim)


def named(entries: data.Directives) -> set[str]:
    """The accounts and the payees."""
    accounts = {entry.account for entry in entries if isinstance(entry, data.Open)}
    return accounts | {
        entry.payee for entry in entries if isinstance(entry, data.Transaction) and entry.payee
    }


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 32


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_example(path: Path) -> None:
    loaded = Loaded(*loader.load_file(str(path)))
    assert loaded.messages == []

    said = list(claims(path))
    assert len([claim for claim in said if claim.kind == "balance"]) >= 3
    named_by_account = [claim for claim in said if claim.kind in {"balance", "unapplied"}]
    assert {claim.name for claim in named_by_account} <= named(loaded.entries)
    assert [claim._replace(value=found(loaded, claim)) for claim in said] == said


@pytest.mark.parametrize(
    "name",
    [
        *("payments", "payments-early-and-returned", "invoices-by-hand"),
        *("opening-balances", "foreign-currency"),
    ],
)
def test_an_example_of_payments_says_what_is_open(name: str) -> None:
    (path,) = (path for path in EXAMPLES if path.stem == name)
    assert len([claim for claim in claims(path) if claim.kind == "open"]) >= 5
