"""Every example says what its accounts hold and what is open, and the books agree."""

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from beancount import loader
from beancount.core import data

from beancount_milestones.receivables import OpenItems
from tests.receivables import label, settle
from tests.support import Loaded

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.beancount"))

CLAIM = re.compile(
    r"; (?P<kind>balance|open|unapplied) (?P<date>\d{4}-\d\d-\d\d) +(?P<name>\S.*?)"
    r" +(?P<number>-?[\d,]+(\.\d+)?) (?P<currency>[A-Z]{3})"
)


class Claim(NamedTuple):
    """What a comment line says that there is at the end of a day.

    The balance of an account, what is open of an invoice, or what is unapplied of a client.
    """

    kind: str
    date: dt.date
    name: str
    number: Decimal
    currency: str


def claims(path: Path) -> Iterator[Claim]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if not re.match(r";+ *(balance|open|unapplied)\b +\d", line):
            continue
        match = CLAIM.fullmatch(line)
        assert match, f"{path.name}: cannot be read: {line}"
        yield Claim(
            match["kind"],
            dt.date.fromisoformat(match["date"]),
            match["name"],
            Decimal(match["number"].replace(",", "")),
            match["currency"],
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


def found(loaded: Loaded, claim: Claim) -> Decimal:
    if claim.kind == "balance":
        return held(loaded.entries, claim)
    items = settle(loaded, claim.date.isoformat())
    return open_of(items, claim) if claim.kind == "open" else unapplied(items, claim)


def named(entries: data.Directives) -> set[str]:
    """The accounts and the payees."""
    accounts = {entry.account for entry in entries if isinstance(entry, data.Open)}
    return accounts | {
        entry.payee for entry in entries if isinstance(entry, data.Transaction) and entry.payee
    }


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 17


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_example(path: Path) -> None:
    loaded = Loaded(*loader.load_file(str(path)))
    assert loaded.messages == []

    said = list(claims(path))
    assert len([claim for claim in said if claim.kind == "balance"]) >= 3
    assert {claim.name for claim in said if claim.kind != "open"} <= named(loaded.entries)
    assert [claim._replace(number=found(loaded, claim)) for claim in said] == said


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
