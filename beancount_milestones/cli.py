"""The command `bean-milestones`: a thin door to the reports."""

from __future__ import annotations

import datetime
import re
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from beancount import loader
from beancount.utils import encryption

from beancount_milestones import reports
from beancount_milestones.contract import Register, of_register
from beancount_milestones.errors import position
from beancount_milestones.output import to_csv, to_json, to_table
from beancount_milestones.reading import PLUGIN_LINE_MISSING, needs_plugin
from beancount_milestones.reports import AMOUNTS, COLUMNS, Books, Listed, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Report = Callable[..., None]


class _Date(click.ParamType):  # type: ignore[type-arg,unused-ignore]
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
            return _date(value)
        except ValueError:
            self.fail(f"'{value}' is no date; write it as 2026-03-31", param, ctx)


def _date(text: str) -> datetime.date:
    found = re.fullmatch(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", text, re.ASCII)
    if not found:
        raise ValueError(text)
    year, month, day = map(int, found.groups())
    return datetime.date(year, month, day)


def _report(function: Report) -> Report:
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
            type=_Date(),
            default=datetime.date.today,
            metavar="DATE",
            help="The day to look at, as 2026-03-31.  [default: today]",
        ),
        click.argument("ledger", type=click.Path(exists=True, dir_okay=False, readable=True)),
    ):
        function = decorate(function)
    return function


@click.group()
@click.version_option(package_name="beancount-milestones")
def main() -> None:
    """Answer questions about contracts, milestones and receivables in a Beancount LEDGER."""


@main.command()
@_report
def status(ledger: str, as_of: datetime.date, form: str) -> None:
    r"""Every milestone: where it stands, what is billed, paid and still to come.

    \b
    Example:
      bean-milestones status books.beancount --as-of 2026-03-31
    """
    books, code = _load(ledger, as_of)
    rows = reports.status(books)
    if form == "table":
        click.echo(_table("Milestones", books, [(row, {}) for row in rows], _STATUS))
    else:
        _echo(form, COLUMNS, [asdict(row) for row in rows])
    sys.exit(code)


@main.command()
@_report
def unbilled(ledger: str, as_of: datetime.date, form: str) -> None:
    r"""What is earned and not billed, the longest waiting first.

    \b
    Example:
      bean-milestones unbilled books.beancount --format csv
    """
    books, code = _load(ledger, as_of)
    _list("Unbilled", books, reports.unbilled(books), _UNBILLED, form)
    sys.exit(code)


@main.command()
@_report
def outstanding(ledger: str, as_of: datetime.date, form: str) -> None:
    r"""What is billed and not paid, the oldest due date first.

    The table ends with the receivable accounts: all open items, those that no contract explains
    too, less what clients have paid and no item takes, are the balance of the account.

    \b
    Example:
      bean-milestones outstanding books.beancount --as-of 2026-03-31
    """
    books, code = _load(ledger, as_of)
    _list("Outstanding", books, reports.outstanding(books), _OUTSTANDING, form)
    if form == "table":
        accounts = [b for b in reports.balances(books) if b.items or b.unapplied]
        rows = [{heading: getattr(b, of) for heading, of in _BALANCES.items()} for b in accounts]
        if rows:
            click.echo("\n" + to_table("Receivable accounts", rows))
    sys.exit(code)


#: The headings of the tables for people, and the columns under them.
_STATUS = {
    "Client": "client",
    "Contract": "contract",
    "Milestone": "milestone",
    "Status": "status",
    "Due": "due",
    "Amount": "amount",
    "Paid": "paid",
    "Outstanding": "outstanding",
    "Unbilled": "unbilled",
    "Remaining": "remaining",
    "Retention": "retention",
    "": "currency",
}
_UNBILLED = {
    "Client": "client",
    "Contract": "contract",
    "Milestone": "milestone",
    "Title": "title",
    "Days": "days",
    "Unbilled": "unbilled",
    "": "currency",
}
_OUTSTANDING = {
    "Client": "client",
    "Contract": "contract",
    "Milestone": "milestone",
    "Invoice": "invoice",
    "Due": "due",
    "Overdue": "days",
    "Billed": "billed",
    "Paid": "paid",
    "Outstanding": "outstanding",
    "": "currency",
}
_BALANCES = {
    "Account": "account",
    "Open items": "items",
    "less unapplied": "unapplied",
    "= Balance": "balance",
    "": "currency",
}
#: What a narrow terminal can do without, in this order.
_SPARE = (
    "Title",
    "Retention",
    "Remaining",
    "Billed",
    "Client",
    "Paid",
    "Amount",
    "Due",
    "Invoice",
)


def _load(ledger: str, as_of: datetime.date) -> tuple[Books, int]:
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
    turned_on = register is not None or any(name == __package__ for name, _ in options["plugin"])
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


def _list(
    title: str, books: Books, listed: Sequence[Listed], headings: Mapping[str, str], form: str
) -> None:
    if form == "table":
        rows = [(item.row, {"days": item.days}) for item in listed]
        click.echo(_table(title, books, rows, headings))
    else:
        _echo(
            form,
            (*COLUMNS, "days"),
            [asdict(item.row) | {"days": item.days} for item in listed],
        )


def _echo(form: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    click.echo(to_json(rows) if form == "json" else to_csv(columns, rows))


def _table(
    title: str,
    books: Books,
    rows: Sequence[tuple[Row, dict[str, Any]]],
    headings: Mapping[str, str],
) -> str:
    """Return the rows, each with what it has besides, under the headings for people."""
    people = []
    for row, more in rows:
        values = asdict(row) | more
        if row.late:
            values["status"] += ", late"
        people.append(
            # A table is easier to read where nothing is blank.
            {heading: values[column] or None for heading, column in headings.items()}
        )
    firm = [row for row, _ in rows if row.status != "proposed"]
    proposed = [row for row, _ in rows if row.status == "proposed"]
    totals = [*_totals("Total", firm, headings), *_totals("Proposed", proposed, headings)]
    return to_table(f"{title} as of {books.as_of}", people, totals, _SPARE)


def _totals(
    label: str, rows: Sequence[Row], headings: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a line of totals for each currency."""
    sums = {
        heading: reports.totals(rows, column)
        for heading, column in headings.items()
        if column in AMOUNTS
    }
    for currency in sorted({row.currency for row in rows}):
        amounts = {heading: found.get(currency) for heading, found in sums.items()}
        yield label, {**amounts, "": currency}
