"""Ledgers that we ship or that are made up, changed in a few places, as by people and accidents.

Every feature is in one of them; so each change meets every feature.
"""

import datetime
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hypothesis import strategies as st

from tests.receivables import HEAD
from tests.shipped import ROOT, included, top_files
from tests.strategies import CONTRACTS, Block, anything

SEEDS = [
    *top_files(ROOT / "examples"),
    *sorted((ROOT / "tests" / "golden").glob("*/input.beancount")),
    *sorted((ROOT / "tests" / "bad").glob("[!_]*.beancount")),
]
#: What a word may become.
WORDS = (
    *('"acme"', '"one"', '"INV-1"', '""', '"rest"', '"30%"', '"1/3"', '"1/0"', '"-5%"', "100.00"),
    *('"9999.99 USD"', '"net 30"', '"2/10 net 30"', "TRUE", "NULL", "0", "-1", "0.5", "101", ""),
    *("10000/3", "1.00 USD", "2026-02-01", "9999-12-31", '"waived"', '"cancelled"', '"reopened"'),
    *("Assets:Receivable", "Assets:Nowhere", "Income:Work", "-0.01", "0.001", "!", "*"),
)
EVENTS = (
    *("delivered", "rejected", "progress", "completed", "completed", "reopened", "invoiced"),
    *("credited", "cancelled", "waived"),
)
#: No day beyond it gets another one after it.
LAST_YEAR = 9000
CHANGES = ("event", "event", "payment", "drop", "move", "copy", "word")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_CONTRACT = re.compile(r'^\s+contract: "([^"]+)"', re.MULTILINE)
_MILESTONE = re.compile(r'^\s+milestone-([\w-]+):|^\s+milestone: "([^"]+)"', re.MULTILINE)
_INVOICE = re.compile(r'^\s+invoice: "([^"]+)"', re.MULTILINE)
_ACCOUNT = re.compile(r"\b[A-Z][\w-]+(?::[A-Z0-9][\w-]*)+")
_AMOUNT = re.compile(r"-?[\d,]+\.\d+ [A-Z]{3}\b")


@dataclass(frozen=True)
class Seed:
    """A ledger in pieces: each is a directive with what belongs to it."""

    pieces: tuple[str, ...]
    contracts: tuple[tuple[str, tuple[str, ...]], ...]
    names: tuple[str, ...]
    accounts: tuple[str, ...]
    amounts: tuple[str, ...]
    dates: tuple[datetime.date, ...]


@cache
def seed(path: Path) -> Seed:
    files = [path, *sorted(included(path))]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    text = re.sub(r"^(?:include.*|\s*;.*)\n", "", text, flags=re.MULTILINE)
    if 'plugin "beancount_milestones"' not in text:
        text = f'plugin "beancount_milestones"\n{text}'
    return seed_of(text)


def seed_of(text: str) -> Seed:
    pieces = pieces_of(text)
    contracts: dict[str, list[str]] = {}
    for piece in pieces:
        for name in _CONTRACT.findall(piece):
            found = ["".join(pair) for pair in _MILESTONE.findall(piece)]
            contracts.setdefault(name, []).extend(found or ["start", "end", "final"])
    dates = {found for found in map(day, _DATE.findall(text)) if found and found.year > 2000}
    return Seed(
        tuple(pieces),
        tuple((name, tuple(found)) for name, found in contracts.items()) or (("acme", ("one",)),),
        tuple({*_INVOICE.findall(text), *contracts, "INV-1"}),
        tuple(sorted({*_ACCOUNT.findall(text), "Assets:Bank"})),
        tuple(sorted({*_AMOUNT.findall(text), "100.00 USD"})),
        tuple(sorted(dates)) or (datetime.date(2026, 1, 1),),
    )


def pieces_of(text: str) -> list[str]:
    return re.split(r"\n(?=\S)", text)


def day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def near(known: Seed) -> st.SearchStrategy[datetime.date]:
    """A day of the ledger, or one shortly before or after it."""
    days = st.integers(-3, 40).map(lambda number: datetime.timedelta(days=number))
    usual = [date for date in known.dates if date.year < LAST_YEAR] or list(known.dates[:1])
    return st.builds(lambda date, days: date + days, st.sampled_from(usual), days)


@st.composite
def event(draw: st.DrawFn, known: Seed) -> str:
    name, milestones = draw(st.sampled_from(known.contracts))
    what = draw(st.sampled_from(EVENTS))
    share = draw(st.sampled_from(["", "", " 20", " 70", " 100", ' "1/3"']))
    share = (share or " 40") if what == "progress" else share
    share = share if what in {"progress", "invoiced", "credited"} else ""
    whole = draw(st.integers(0, 4)) == 0
    words = (
        f'"contract" "{name}"'
        if whole
        else f'"milestone" "{name}" "{draw(st.sampled_from(milestones))}"'
    )
    lines = [f'{draw(near(known))} custom {words} "{what}"{share}']
    if draw(st.booleans()) and what in {"progress", "completed", "invoiced", "credited"}:
        lines.append(f'  invoice: "{draw(st.sampled_from([*known.names, "N-1", "N-2"]))}"')
    return "\n".join(lines)


@st.composite
def payment(draw: st.DrawFn, known: Seed) -> str:
    amount = draw(st.sampled_from(known.amounts))
    links = draw(st.lists(st.sampled_from(known.names), max_size=2, unique=True))
    account = st.sampled_from(known.accounts)
    text = " ".join("^" + re.sub(r"[^\w./-]", "-", link) for link in links)
    payee = draw(st.sampled_from(['"Acme" ', '"Somebody" ', ""]))
    return (
        f'{draw(near(known))} * {payee}"Money" {text}\n'
        f"  {draw(account)}  {amount}\n  {draw(account)}"
    )


def made_up(blocks: list[Block]) -> tuple[Path, Seed]:
    """A ledger that nobody has written, under the name of where it is from."""
    text = "\n".join([HEAD, *CONTRACTS, *(block.text for block in blocks)])
    return ROOT / "tests" / "strategies.py", seed_of(text)


def shipped(path: Path) -> tuple[Path, Seed]:
    return path, seed(path)


@st.composite
def changed(draw: st.DrawFn) -> tuple[Path, str, datetime.date]:
    """A ledger that we ship or that is made up, what has become of it, and a day to look at it."""
    path, known = draw(st.sampled_from(SEEDS).map(shipped) | anything.map(made_up))
    pieces = list(known.pieces)
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(pieces) - 1))
        change = draw(st.sampled_from(CHANGES))
        if change == "event":
            pieces.append(draw(event(known)))
        elif change == "payment":
            pieces.append(draw(payment(known)))
        elif change == "drop":
            pieces[at] = ""
        elif change in {"move", "copy"}:
            moved = re.sub(r"^\d{4}-\d\d-\d\d", str(draw(near(known))), pieces[at])
            pieces[at : at + (change == "move")] = [moved]
        else:
            pieces[at] = reworded(
                pieces[at], draw(st.integers(0, 30)), draw(st.sampled_from(WORDS))
            )
    return path, "\n".join([*pieces, ""]), draw(near(known))


def reworded(piece: str, number: int, word: str) -> str:
    """Put another word in the place of one: not of a plugin, an option or an account's opening."""
    words = list(re.finditer(r'"[^"\n]*"|\S+', piece))
    if not re.match(r"\d", piece) or " open " in piece:
        return piece
    found = words[number % len(words)]
    return piece[: found.start()] + word + piece[found.end() :]
