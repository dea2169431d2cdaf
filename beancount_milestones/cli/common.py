"""What every command does alike: its options, loading the ledger, and printing rows."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from beancount import loader
from beancount.utils import encryption

from beancount_milestones.contract import Register, of_register
from beancount_milestones.errors import position
from beancount_milestones.output import to_csv, to_json
from beancount_milestones.reading import PLUGIN_LINE_MISSING, needs_plugin
from beancount_milestones.reports import Books

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Report = Callable[..., None]

PLUGIN = "beancount_milestones"


class Date(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A date, as Beancount writes it."""

    name = "date"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - a text, or the default
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> datetime.date:
        """Read the date, or stop with what would be right."""
        if isinstance(value, datetime.date):
            return value
        try:
            return read_date(value)
        except ValueError:
            self.fail(f"'{value}' is no date; write it as 2026-03-31", param, ctx)


def read_date(text: str) -> datetime.date:
    """Return a date, written as Beancount does; raises ValueError."""
    found = re.fullmatch(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", text, re.ASCII)
    if not found:
        raise ValueError(text)
    year, month, day = map(int, found.groups())
    return datetime.date(year, month, day)


def report(function: Report) -> Report:
    """Give a report its argument and the options that every report has."""
    for decorate in (
        click.option(
            "--format",
            "form",
            type=click.Choice(["table", "csv", "json"]),
            default="table",
            show_default=True,
            help="A table to read, or rows for a machine.",
        ),
        click.option(
            "--as-of",
            type=Date(),
            default=datetime.date.today,
            metavar="DATE",
            help="The day to look at, as 2026-03-31.  [default: today]",
        ),
        click.argument("ledger", type=click.Path(exists=True, dir_okay=False, readable=True)),
    ):
        function = decorate(function)
    return function


def load(ledger: str, as_of: datetime.date) -> tuple[Books, int]:
    """Load a ledger, tell its errors, and return the books with the exit code."""
    try:
        entries, errors, options = loader.load_file(ledger)
    except OSError as problem:
        message = f"cannot read '{problem.filename or ledger}': {problem.strerror or problem}"
        raise click.UsageError(message) from problem
    if errors and not _is_text(ledger):
        message = f"cannot read '{ledger}': it is not UTF-8 text; save it as UTF-8"
        raise click.UsageError(message)
    register = of_register(options)
    turned_on = register is not None or any(name == PLUGIN for name, _ in options["plugin"])
    plugin_missing = not turned_on and needs_plugin(entries)
    if plugin_missing:
        click.echo(PLUGIN_LINE_MISSING, err=True)
    elif not errors and not (register and register.contracts):
        click.echo("This ledger has no contracts yet.", err=True)
    for error in errors:
        source = position(error.source)
        click.echo(f"{source['filename']}:{source['lineno']}: {error.message}", err=True)
    code = int(bool(errors) or plugin_missing)
    return Books(register or Register({}), entries, options, as_of), code


def _is_text(ledger: str) -> bool:
    """Whether a file is one that Beancount can read."""
    if encryption.is_encrypted_file(ledger):
        return True
    try:
        Path(ledger).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return False
    return True


def echo(form: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows for a machine."""
    click.echo(to_json(rows) if form == "json" else to_csv(columns, rows))
