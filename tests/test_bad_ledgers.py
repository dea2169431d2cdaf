"""Everything that a person can get wrong, one mistake to a ledger.

Each file of `tests/bad` is a ledger with one mistake. A comment above a line says what the load has
to report there, to the letter, and nothing else:

    ; error: no milestone 'mockup' in contract 'acme-brand'; did you mean 'mockups'?
    2026-02-03 custom "milestone" "acme-brand" "mockup" "completed"
"""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from beancount import loader
from beancount.core.data import Custom, Directive, Directives, Posting, Transaction
from beancount.ops import validation
from beancount.parser import booking, parser
from beancount.scripts import check

from beancount_milestones.model import Register, of_register
from tests.support import Loaded
from tests.wrong import KINDS, LEDGERS

each_ledger = pytest.mark.parametrize("path", LEDGERS, ids=lambda path: path.stem)


def expected(path: Path) -> list[tuple[int, str]]:
    """What the comments of a ledger say: line number and message."""
    found = []
    for lineno, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        comment = re.fullmatch(r"\s*; error: (.*)", line)
        if comment:
            found.append((lineno + 1, comment[1]))
    return found


def loaded(path: Path) -> Loaded:
    return Loaded(*loader.load_file(str(path)))


def written(path: Path) -> Directives:
    """The entries of the file as Beancount alone reads them."""
    entries, _, options = parser.parse_file(str(path))
    booked, _ = booking.book(entries, options)
    return list(booked)


def line(entry: Directive) -> object:
    return entry.meta["lineno"]


def of_the_file(entries: Directives, path: Path) -> Directives:
    """The entries that the user wrote there; those that the plugin made have an event."""
    return [
        entry
        for entry in entries
        if entry.meta["filename"] in {str(path), Decimal(7)} and "event" not in entry.meta
    ]


def booked_by(register: Register) -> dict[object, dict[str, Decimal]]:
    """What the register has of each contract transaction: line, account, amount."""
    found: dict[object, dict[str, Decimal]] = {}
    for contract in register.contracts.values():
        for milestones in (contract.milestones, contract.proposals):
            for milestone in milestones.values():
                for part in milestone.parts:
                    amounts = found.setdefault(line(part.entry), {})
                    for leg, amount in part.pairs():
                        account = leg.posting.account
                        amounts[account] = amounts.get(account, Decimal()) + amount
    return found


def amounts_of(postings: list[Posting]) -> dict[str, Decimal]:
    amounts: dict[str, Decimal] = {}
    for posting in postings:
        assert posting.units is not None
        assert posting.units.number is not None
        before = amounts.get(posting.account, Decimal())
        amounts[posting.account] = before + posting.units.number
    return amounts


def test_there_are_enough() -> None:
    assert len(LEDGERS) >= 80
    assert 40 <= len(KINDS) <= len(LEDGERS) / 3


@each_ledger
def test_one_mistake_is_one_error_at_its_line(path: Path) -> None:
    errors = [(e.source["lineno"], " ".join(e.message.split())) for e in loaded(path).errors]

    assert errors == expected(path)
    assert len(errors) == 1
    assert {e.source["filename"] for e in loaded(path).errors} == {str(path)}


@each_ledger
def test_what_the_user_wrote_stays(path: Path) -> None:
    ledger = loaded(path)
    register = of_register(ledger.options)
    assert register is not None
    standing = booked_by(register)
    now = {line(entry): entry for entry in of_the_file(ledger.entries, path)}
    before = {line(entry): entry for entry in of_the_file(written(path), path)}

    assert now.keys() == before.keys()
    for lineno, was in before.items():
        entry = now[lineno]
        if isinstance(was, Custom):
            assert isinstance(entry, Custom)
            assert entry.values == (was.values or [])
        elif isinstance(was, Transaction) and lineno in standing:
            assert isinstance(entry, Transaction)
            accounts = [posting.account for posting in was.postings]
            assert [posting.account for posting in entry.postings] == accounts
            assert not any(amounts_of(entry.postings).values())
            assert standing[lineno] == amounts_of(was.postings)
        else:
            assert entry == was


@each_ledger
def test_what_is_wrong_does_nothing(path: Path) -> None:
    ledger = loaded(path)
    register = of_register(ledger.options)
    assert register is not None
    wrong = {e.source["lineno"] for e in ledger.errors}
    wrong |= {line(e.entry) for e in ledger.errors if isinstance(e.entry, Transaction | Custom)}

    assert not wrong & booked_by(register).keys()
    assert not wrong & {line(e) for e in ledger.transactions if "event" in e.meta}


@each_ledger
def test_bean_check_says_so_without_a_traceback(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # bean-check adds to this list, and takes nothing from it.
    monkeypatch.setattr(validation, "VALIDATIONS", list(validation.VALIDATIONS))

    with pytest.raises(SystemExit) as ended:
        check.main(["--no-cache", str(path)])

    told = capsys.readouterr().err
    assert ended.value.code == 1
    assert "Traceback" not in told
    [(lineno, message)] = expected(path)
    assert f"{path.name}:{lineno}:" in told
    assert message in " ".join(told.split())


def test_a_comment_is_about_the_next_line(tmp_path: Path) -> None:
    ledger = tmp_path / "some.beancount"
    ledger.write_text("; error: one\n2020-01-01 open Assets:A\n  ; error: two\n", encoding="utf-8")

    assert expected(ledger) == [(2, "one"), (4, "two")]
