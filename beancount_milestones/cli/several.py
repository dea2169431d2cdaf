"""One report over several ledgers: the rows of each, with the ledger that they are from.

Each ledger is loaded by itself, by the command for that one ledger in a process of its own. What
goes wrong with one is told, and the others go on.
"""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones.output import to_csv, to_json, to_table

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The column that every row begins with.
LEDGER: Final = "ledger"
#: The command, with what is wrong in one line.
_MAIN: Final = """
import sys
import click
from beancount_milestones.cli import main
try:
    main(standalone_mode=False)
except click.ClickException as wrong:
    click.echo(wrong.format_message(), err=True)
    sys.exit(wrong.exit_code)
"""


class Told(NamedTuple):
    """What the command has printed for one ledger, and its exit code."""

    ledger: str
    text: str
    errors: str
    code: int


def run(command: str, ledgers: Sequence[str], rest: Sequence[str], jobs: int) -> list[Told]:
    """Run a command for each ledger, so many at a time; return what it says, in their order."""

    def of(ledger: str) -> Told:
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-c", _MAIN, command, ledger, *rest],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        return Told(ledger, done.stdout, done.stderr, done.returncode)

    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(of, ledgers))


def merged(form: str, found: Sequence[Told], title: str) -> str:
    """Return the rows of all ledgers as the format says; each begins with its ledger.

    The command has printed CSV for a table, and else what the format says.
    """
    if form == "json":
        read = ((told.ledger, json.loads(told.text)) for told in found if told.text)
        return to_json({LEDGER: ledger, **row} for ledger, rows in read for row in rows)
    if form not in {"csv", "table"}:
        return "".join(told.text for told in found).removesuffix("\n")
    columns: list[str] = []
    rows = []
    for told in found:
        reader = csv.DictReader(io.StringIO(told.text))
        columns = columns or list(reader.fieldnames or ())
        rows += [{LEDGER: told.ledger, **row} for row in reader]
    if form == "csv":
        return to_csv([LEDGER, *columns], rows)
    return to_table(title, rows)
