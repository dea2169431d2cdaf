"""One report over several ledgers: the rows of each, with the ledger that they are from.

Each ledger is loaded by itself: the same command in a process of its own, which is told the one
ledger that it is about. What goes wrong with one is told, and the others go on.
"""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from beancount_milestones.output import to_csv, to_json, to_table

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The column that every row begins with.
LEDGER: Final = "ledger"
#: The command for the ledger that comes first, with what is wrong in one line.
_MAIN: Final = """
import sys
import click
from beancount_milestones.cli import main
from beancount_milestones.cli.several import UNKNOWN, Only, UnknownNameError
try:
    main(sys.argv[2:], standalone_mode=False, obj=Only(sys.argv[1]))
except UnknownNameError as unknown:
    click.echo(unknown.format_message())
    sys.exit(UNKNOWN + unknown.code)
except click.ClickException as wrong:
    click.echo(wrong.format_message(), err=True)
    sys.exit(wrong.exit_code)
"""
#: Of one ledger that does not know a name; added to the exit code that it has without that.
UNKNOWN: Final = 4


class Only(NamedTuple):
    """Of the ledgers that the command names, the one that this process is about."""

    ledger: str


class UnknownNameError(click.UsageError):
    """A name that a ledger does not know; of several ledgers, another one may."""

    def __init__(self, message: str, code: int) -> None:
        """Take the sentence, and the exit code of the ledger without it."""
        super().__init__(message)
        self.code = code


class Told(NamedTuple):
    """What the command has printed for one ledger, and its exit code."""

    ledger: str
    text: str
    errors: str
    code: int
    #: What it says where it does not know a name.
    unknown: str = ""


def run(args: Sequence[str], ledgers: Sequence[str], jobs: int) -> list[Told]:
    """Run a command for each ledger, so many at a time; return what it says, in their order.

    ``args`` are as written, with all ledgers.
    """

    def of(ledger: str) -> Told:
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-c", _MAIN, ledger, *args],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        code = done.returncode
        if code < 0:
            ended = f"{done.stderr}the report was ended by signal {-code}"
            return Told(ledger, "", ended, 1)
        if code >= UNKNOWN:
            return Told(ledger, "", done.stderr, code - UNKNOWN, done.stdout.strip())
        return Told(ledger, done.stdout, done.stderr, code)

    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(of, ledgers))


def is_unknown(found: Sequence[Told]) -> bool:
    """Return whether a name is known to none of the ledgers that can be read."""
    read = [told for told in found if told.code != click.UsageError.exit_code]
    return bool(read) and all(told.unknown for told in read)


def printed(form: str) -> str:
    """Return the format in which the command prints one of several ledgers."""
    return "csv" if form == "table" else form


def merged(form: str, found: Sequence[Told], title: str, *, says_nothing: bool) -> str:
    """Return the rows of all ledgers as the format says; each begins with its ledger.

    The command has printed them as `printed` says. A table that has none is empty, unless it
    ``says_nothing``.
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
    return to_table(title, rows) if rows or says_nothing else ""
