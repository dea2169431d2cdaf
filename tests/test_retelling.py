"""What more directives would do: told again, a ledger refuses what a load refuses."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
from beancount import loader
from beancount.core.data import Custom
from beancount.parser.grammar import ValueType

from beancount_milestones.errors import MilestoneError
from beancount_milestones.model import Milestone, Register, of_register
from beancount_milestones.reading.retelling import first_refused
from tests.shipped import BOOKS

#: Small ones, since each is loaded again and again.
EXAMPLES = [path for path in BOOKS if path.parent.name == "examples"]
GOLDEN = sorted((Path(__file__).parent / "golden").glob("*/input.beancount"))
#: Behind all lines of a ledger.
LINE = 10_000


def days(milestone: Milestone) -> Iterator[datetime.date]:
    """The days on which a completion may be too early, too late, or what breaks another line."""
    began = milestone.entry.date
    last = milestone.steps[-1].date if milestone.steps else began
    yield from {began - datetime.timedelta(1), began, last, last + datetime.timedelta(1)}


def completions(register: Register) -> Iterator[Custom]:
    """Completions of some milestones, on each of their days."""
    for contract in register.contracts.values():
        for milestone in [*contract.milestones.values(), *contract.proposals.values()][-2:]:
            words = (contract.id, milestone.id, "completed")
            for date in days(milestone):
                values = [ValueType(word, str) for word in words]
                yield Custom({"filename": "", "lineno": LINE}, date, "milestone", values)


@pytest.mark.parametrize(
    "path", [*EXAMPLES, *GOLDEN], ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_told_again_a_ledger_refuses_what_a_load_refuses(path: Path) -> None:
    _, errors, options = loader.load_file(str(path))
    register = of_register(options)
    if errors or register is None:
        # Another error may be hidden by what is wrong already.
        return
    for directive in completions(register):
        date, (contract, milestone, event) = directive.date, (v.value for v in directive.values)
        line = f'{date} custom "milestone" "{contract}" "{milestone}" "{event}"'
        text = "\n" * LINE + line
        sources = [(str(path.resolve()), True), (text, False)]
        # No public function of Beancount takes a file and a text.
        _, errors, _ = loader._load(sources, None, None, None)  # noqa: SLF001
        # What Beancount itself then says, of a balance, is none of ours.
        loaded = [error.message for error in errors if isinstance(error, MilestoneError)]
        told = first_refused(register, [directive])
        assert ([told[1].message] if told else []) == loaded[:1], line
