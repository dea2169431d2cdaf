"""Every example says what its accounts hold, and the books agree."""

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from beancount import loader
from beancount.core import data

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.beancount"))

CLAIM = re.compile(
    r"; balance (?P<date>\d{4}-\d\d-\d\d)  (?P<account>\S+) +(?P<number>-?[\d,]+(\.\d+)?)"
    r" (?P<currency>[A-Z]{3})"
)


class Claim(NamedTuple):
    """What a comment line says an account holds at the end of a day."""

    date: dt.date
    account: str
    number: Decimal
    currency: str


def claims(path: Path) -> Iterator[Claim]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if not re.match(r";+ *balance\b", line):
            continue
        match = CLAIM.fullmatch(line)
        assert match, f"{path.name}: not a balance line: {line}"
        yield Claim(
            dt.date.fromisoformat(match["date"]),
            match["account"],
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
            if posting.account == claim.account
            and posting.units is not None
            and posting.units.number is not None
            and posting.units.currency == claim.currency
        ),
        Decimal(),
    )


def opened(entries: data.Directives) -> set[str]:
    return {entry.account for entry in entries if isinstance(entry, data.Open)}


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 14


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_example(path: Path) -> None:
    entries, errors, _ = loader.load_file(str(path))
    assert [error.message for error in errors] == []

    said = list(claims(path))
    assert len(said) >= 3
    assert {claim.account for claim in said} <= opened(entries)
    assert [claim._replace(number=held(entries, claim)) for claim in said] == said
