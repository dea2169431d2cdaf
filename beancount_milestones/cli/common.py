"""What every command does alike: its options, loading the ledger, and printing rows."""

from __future__ import annotations

import datetime
import gc
import re
import sys
import threading
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click
from beancount import loader
from beancount.utils import encryption

from beancount_milestones import amounts
from beancount_milestones.cli.several import UnknownNameError
from beancount_milestones.errors import did_you_mean, position
from beancount_milestones.model import Register, of_register
from beancount_milestones.output import padded, to_csv, to_json, with_decimals
from beancount_milestones.reading import PLUGIN_LINE_MISSING, needs_plugin
from beancount_milestones.reports import Books, Scope, today
from beancount_milestones.reports.discounts import discounts

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

    from beancount.core.data import Directive

    Report = Callable[..., None]
    Loaded = tuple[list[Directive], list[Any], dict[str, Any]]

Row = TypeVar("Row")


class HasSide(Protocol):
    """A row of one side: "sell" for what a client owes, "buy" for what we owe."""

    @property
    def side(self) -> str:
        """The side."""


Sided = TypeVar("Sided", bound=HasSide)

PLUGIN = "beancount_milestones"
#: A table to read, or rows for a machine.
FORMATS = ("table", "csv", "json")
#: The ledger that is read from standard input.
STDIN = "-"
#: Seconds after which a person is told why nothing happens.
PATIENCE = 1.0


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
            self.fail(f"'{value}' is not a date; write it as 2026-03-31", param, ctx)


def read_date(text: str) -> datetime.date:
    """Return a date, written as Beancount does; raises ValueError."""
    found = re.fullmatch(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", text, re.ASCII)
    if not found:
        raise ValueError(text)
    year, month, day = map(int, found.groups())
    return datetime.date(year, month, day)


def _remember(context: click.Context, option: click.Parameter, value: str | None) -> None:
    """Keep a filter for `load`: no command needs to hand it on."""
    context.meta[f"{PLUGIN}.{option.name}"] = value


def report(function: Report, formats: Sequence[str] = FORMATS) -> Report:
    """Give a report its argument and the options that every report has.

    The filters are not handed to the report: `load` puts them into the books.
    """
    for decorate in (
        click.option(
            "--contract",
            metavar="ID",
            expose_value=False,
            callback=_remember,
            help="Only this contract.",
        ),
        click.option(
            "--client",
            metavar="NAME",
            expose_value=False,
            callback=_remember,
            help="Only this client; upper and lower case are the same.",
        ),
    ):
        function = decorate(function)
    return plain_report(function, formats)


def plain_report(function: Report, formats: Sequence[str] = FORMATS) -> Report:
    """Give a report its argument and the options of reports that cannot be narrowed."""
    for decorate in (
        click.option(
            "--format",
            "form",
            type=click.Choice(formats),
            default="table",
            show_default=True,
            help="A table to read, or rows for a machine.",
        ),
        click.option(
            "--as-of",
            type=Date(),
            default=today,
            metavar="DATE",
            help="The day to look at, as 2026-03-31.  [default: today]",
        ),
        click.option(
            "--jobs",
            type=click.IntRange(min=1),
            default=1,
            metavar="N",
            help="How many ledgers to load at a time.  [default: 1]",
        ),
        click.argument("ledgers", nargs=-1, required=True, metavar="LEDGER..."),
    ):
        function = decorate(function)
    return function


def _to_stderr(file: str, line: int, message: str) -> None:
    click.echo(f"{file}:{line}: {message}", err=True)


def load(
    ledger: str,
    as_of: datetime.date,
    tell: Callable[[str, int, str], None] = _to_stderr,
    *,
    named: bool = False,
) -> tuple[Books, int]:
    """Load a ledger, tell its errors, and return the books with the exit code.

    The books are narrowed to what `--client` and `--contract` ask for. ``tell`` takes the file, the
    line and the message of each error. With ``named`` the command asks for something by its name:
    where errors have left no contract, they say why it is not there, and the command ends.
    """
    with _told(ledger):
        entries, errors, options = _load(ledger)
        # All of it stays to the end: not even the end of the process walks it.
        gc.freeze()
    register = of_register(options)
    turned_on = register is not None or any(name == PLUGIN for name, _ in options["plugin"])
    plugin_missing = not turned_on and needs_plugin(entries)
    if plugin_missing:
        click.echo(PLUGIN_LINE_MISSING, err=True)
    elif not errors and not (register and register.contracts):
        click.echo("This ledger has no contracts yet.", err=True)
    for error in errors:
        source = position(error.source)
        tell(source["filename"], source["lineno"], error.message)
    code = int(bool(errors) or plugin_missing)
    register = register or Register({})
    if code and not register.contracts and (named or _is_narrowed()):
        sys.exit(code)
    books = Books(register, entries, options, as_of, _scope(register, code))
    client = books.scope.client
    if client is not None and not books.knows(client):
        names = sorted(set(books.clients.names.values()))
        message = f"no client '{client}' by {as_of}{did_you_mean(client, names)}"
        raise UnknownNameError(message, code)
    return books, code


def _load(ledger: str) -> Loaded:
    """Load a file, or standard input; what that includes is looked for in the working folder."""
    if ledger == STDIN:
        try:
            text = sys.stdin.buffer.read().decode("utf-8-sig")
        except UnicodeDecodeError as problem:
            raise click.UsageError(_NO_TEXT.format("standard input")) from problem
        return loader.load_string(text)
    try:
        entries, errors, options = loader.load_file(ledger)
    except OSError as problem:
        message = f"cannot read '{problem.filename or ledger}': {problem.strerror or problem}"
        raise click.UsageError(message) from problem
    if errors and not _is_text(ledger):
        raise click.UsageError(_NO_TEXT.format(f"'{ledger}'"))
    return entries, errors, options


_NO_TEXT = "cannot read {}: it is not UTF-8 text; save it as UTF-8"


@contextmanager
def _told(ledger: str) -> Iterator[None]:
    """Say what takes so long, where a person watches."""
    note = f"Loading {'standard input' if ledger == STDIN else ledger} ..."
    timer = threading.Timer(PATIENCE, partial(click.echo, note, err=True))
    if sys.stderr.isatty():
        timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _is_narrowed() -> bool:
    meta = click.get_current_context().meta
    return any(meta.get(f"{PLUGIN}.{name}") is not None for name in ("client", "contract"))


def _scope(register: Register, code: int) -> Scope:
    """Return what the filters ask for; a name that nobody has is bad usage."""
    meta = click.get_current_context().meta
    client, contract = (meta.get(f"{PLUGIN}.{name}") for name in ("client", "contract"))
    if contract is not None and contract not in register.contracts:
        message = f"no contract '{contract}'{did_you_mean(contract, register.contracts)}"
        raise UnknownNameError(message, code)
    return Scope(client, contract)


def _is_text(ledger: str) -> bool:
    """Whether a file is one that Beancount can read."""
    if encryption.is_encrypted_file(ledger):
        return True
    try:
        Path(ledger).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return False
    return True


def totals(rows: Sequence[Any], headings: Mapping[str, str]) -> list[tuple[str, dict[str, Any]]]:
    """Return a line of totals for each side and currency: of the columns under headings."""
    lines = []
    for label, of_side in by_side(rows):
        for currency in sorted({row.currency for row in of_side}):
            found = [row for row in of_side if row.currency == currency]
            total: dict[str, Any] = {
                heading: amounts.add(getattr(row, column) for row in found) or None
                for heading, column in headings.items()
            }
            lines.append((f"Total{label}", {**total, "": currency}))
    return lines


def by_side(rows: Iterable[Sided]) -> list[tuple[str, list[Sided]]]:
    """Return what clients owe and what we owe apart, each with what its label ends with.

    No total mixes the two sides.
    """
    sides: dict[str, list[Sided]] = {"sell": [], "buy": []}
    for row in rows:
        sides[row.side].append(row)
    return [("", sides["sell"]), (" to pay", sides["buy"])]


def print_discounts(books: Books, numbers: Container[str] | None = None) -> None:
    """Say which discounts may still be taken, of some numbers: they are wherever a due date is."""
    sentences = [
        f"{found.number}: {discount.percent:f}% off if paid by {discount.until}"
        for found, discount in discounts(books)
        if numbers is None or found.number in numbers
    ]
    if sentences:
        click.echo("\n" + "\n".join(sentences))


def exact(books: Books, rows: Iterable[Row]) -> list[Row]:
    """Return rows with the decimals of their currencies: those of the ledger, or more."""
    return [with_decimals(row, books.register.places) for row in rows]


def echo(
    form: str, books: Books, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]
) -> None:
    """Print rows for a machine, with the decimals of their currencies."""
    found = [padded(row, books.register.places) for row in rows]
    click.echo(to_json(found) if form == "json" else to_csv(columns, found))
