"""Change ledgers that we ship or make up at random, and look for one that breaks a law.

python -m tools.fuzz MINUTES [SEED]

What it finds is made as small as it gets and written to `tests/found`, where the tests read it.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import tempfile
import time
import traceback
from pathlib import Path
from shutil import copy
from typing import TYPE_CHECKING, Any

from beancount import loader
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests import laws
from tests.changed import changed, pieces_of

if TYPE_CHECKING:
    import datetime

FOUND = Path(__file__).resolve().parent.parent / "tests" / "found"
#: Ledgers for each seed.
EXAMPLES = 20


def main() -> int:
    """Look until the time is over. Returns how many ledgers broke a law."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("minutes", type=float)
    parser.add_argument("seed", type=int, nargs="?", default=random.randrange(10**9))  # noqa: S311
    said = parser.parse_args()
    loader.initialize(use_cache=False)
    end = time.monotonic() + 60 * said.minutes
    found = rounds = 0
    while time.monotonic() < end:
        found += one_round(said.seed + rounds)
        rounds += 1
    print(f"seeds {said.seed} to {said.seed + rounds - 1}, {EXAMPLES} ledgers each: {found} found")
    return found


def one_round(number: int) -> int:
    """Look at the ledgers of a seed. Returns whether one of them broke a law."""
    last: list[tuple[Path, str, datetime.date, str, str]] = []

    @seed(number)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(changed(), st.sampled_from(laws.COMMANDS), st.sampled_from(laws.FORMATS))
    def holds(found: tuple[Path, str, datetime.date], command: str, form: str) -> None:
        last[:] = [(*found, command, form)]
        check(*last[0])

    try:
        holds()
    except Exception:  # noqa: BLE001 - whatever breaks is what is looked for
        # Hypothesis ends with the fewest changes; what they do not need goes too.
        path, text, *rest = last[0]
        text, problem = smaller(path, text, *rest)
        name = hashlib.sha256(text.encode()).hexdigest()[:8]
        head = f"; {path.name}, seed {number}: {rest[1]} {rest[2]}\n; as of {rest[0]}\n"
        FOUND.mkdir(exist_ok=True)
        (FOUND / f"{name}.beancount").write_text(head + text, encoding="utf-8")
        print(f"tests/found/{name}.beancount\n{problem}", file=sys.stderr)
        return 1
    return 0


def check(path: Path, text: str, date: datetime.date, command: str, form: str) -> None:
    """Check all laws on a day, and a command."""
    with tempfile.TemporaryDirectory() as folder:
        for beside in path.parent.glob("*.yaml"):
            copy(beside, folder)
        ledger = Path(folder) / "main.beancount"
        ledger.write_text(text, encoding="utf-8")
        books = laws.hold(ledger, date)
        if books:
            laws.answers(ledger, command, form, books)


def smaller(path: Path, text: str, *rest: Any) -> tuple[str, str]:  # noqa: ANN401 - handed on
    """Return what is left of a ledger that breaks a law, without what it can do without."""
    pieces, problem = pieces_of(text), ""
    for piece in [*pieces, ""]:
        fewer = [other for other in pieces if other is not piece]
        try:
            check(path, "\n".join(fewer), *rest)
        except Exception as found:  # noqa: BLE001 - as above
            pieces = fewer
            problem = "".join(traceback.format_exception(found, limit=-4, chain=False))
    return "\n".join(pieces), problem


if __name__ == "__main__":
    sys.exit(main())
