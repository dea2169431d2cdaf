"""The command `application`."""

from __future__ import annotations

import sys
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

import click

from beancount_milestones.cli.common import echo, load, plain_report
from beancount_milestones.cli.files import save_letter, writes
from beancount_milestones.cli.reporting import Report
from beancount_milestones.cli.several import UnknownNameError
from beancount_milestones.documents.application import application_letter
from beancount_milestones.output import padded, to_table
from beancount_milestones.reports.application import (
    Application,
    ApplicationLine,
    UnknownApplicationError,
    applications,
    sheet_totals,
)

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable
    from pathlib import Path

    from beancount_milestones.reports import Books


@click.command(cls=Report)
@plain_report
@click.argument("number")
@writes()
@click.option("--cover", is_flag=True, help="The cover, in CSV and JSON too; else its lines.")
def application(  # noqa: PLR0913, PLR0917 - its options
    ledger: str,
    as_of: datetime.date,
    form: str,
    number: str,
    cover: bool,  # noqa: FBT001 - an option
    output: Path | None,
) -> None:
    """A pay application: cover and sheet.

    By its NUMBER, as of its own day: the nine lines of the cover, and the continuation sheet with
    a line for each milestone. Amounts are net of tax.

    \b
    Example:
      bean-milestones application books.beancount PA-3
    """
    books, code = load(ledger, as_of, named=True)
    try:
        found = applications(books, number)
    except UnknownApplicationError as unknown:
        raise UnknownNameError(str(unknown), code) from unknown
    if output:
        for one in found:
            path = output
            if len(found) > 1:
                # A number of several contracts, or in several currencies, is a paper for each.
                alike = [other for other in found if other.contract == one.contract]
                own = f"{one.contract}-{one.currency}" if len(alike) > 1 else one.contract
                path = output.with_stem(f"{output.stem}-{own}")
            save_letter(path, application_letter(books, one), books)
    elif form == "table":
        tables = [_cover(books, one) for one in found]
        if not cover:
            tables = [part for one in found for part in (_cover(books, one), _sheet(books, one))]
        click.echo("\n\n".join(tables))
    elif cover:
        echo(form, books, _COVER_COLUMNS, _covers(found))
    else:
        echo(form, books, _COLUMNS, _lines(found))
    sys.exit(code)


#: The columns for machines: of the cover, and of the sheet.
_COVER_COLUMNS: Final = tuple(f.name for f in fields(Application) if f.name != "lines")
_COLUMNS: Final = ("number", "date", *(f.name for f in fields(ApplicationLine)), "currency")

#: The lines of the cover, and their fields.
_LINES: Final = {
    "1. Contract sum": "value",
    "2. Net change orders": "changes",
    "3. Contract sum to date": "total",
    "4. Completed to date": "completed",
    "5. Retention": "retention",
    "6. Earned less retention": "earned",
    "7. Previous applications": "previous",
    "8. Current": "current",
    "9. Balance to finish": "balance",
    "Deposits": "deposits",
    "Tax": "tax",
    "Less tax withheld": "withheld",
    "Due": "due",
}
#: The columns of the sheet for people, and the fields of a line.
_SHEET: Final = {
    "Milestone": "milestone",
    "Title": "title",
    "Scheduled": "scheduled",
    "Previous": "previous",
    "This period": "this",
    "To date": "to_date",
    "%": "percent",
    "Balance": "balance",
    "Retention": "retention",
}


def _covers(found: Iterable[Application]) -> list[dict[str, Any]]:
    return [{name: getattr(one, name) for name in _COVER_COLUMNS} for one in found]


def _lines(found: Iterable[Application]) -> list[dict[str, Any]]:
    """The lines of the sheets, each with the number, the day and the currency."""
    return [
        {"number": one.number, "date": one.date}
        | {field.name: getattr(line, field.name) for field in fields(ApplicationLine)}
        | {"currency": one.currency}
        for one in found
        for line in one.lines
    ]


def _cover(books: Books, one: Application) -> str:
    shown = padded(_covers([one])[0], books.register.places)
    rows = [
        {"Line": label, "Amount": shown[name], "": one.currency}
        for label, name in _LINES.items()
        if label[0].isdigit() or shown[name]
    ]
    title = f"Pay application {one.number} of {one.date}: {one.title or one.contract}, {one.client}"
    return to_table(title, rows)


def _sheet(books: Books, one: Application) -> str:
    lines = [padded(line, books.register.places) for line in _lines([one])]
    rows = [
        {label: line[name] or None for label, name in _SHEET.items()} | {"": one.currency}
        for line in lines
    ]
    sums = padded(sheet_totals(one) | {"currency": one.currency}, books.register.places)
    total = {label: sums.get(name) for label, name in _SHEET.items()} | {"": one.currency}
    return to_table("Continuation sheet", rows, [("Total", total)], ("Title", "Balance"))
