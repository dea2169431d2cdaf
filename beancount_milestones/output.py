"""Rows as JSON, as CSV, or as a table for people."""

from __future__ import annotations

import csv
import datetime
import io
import json
import sys
from dataclasses import fields, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from beancount_milestones.amounts import decimals, rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    #: Takes a heading and the row; returns the colour, or nothing.
    Colour = Callable[[str, Mapping[str, Any]], str]

Row = TypeVar("Row")

#: Wide enough that nothing is ever folded where no person watches.
_WIDEST = 10_000


def to_json(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return an array of objects: amounts as text, dates as ISO 8601."""
    return json.dumps([dict(row) for row in rows], default=_text, indent=2, ensure_ascii=False)


def to_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return a header and a line per row; nothing is an empty field."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_text(row[column]) for column in columns] for row in rows)
    return text.getvalue().removesuffix("\n")


def padded(row: Mapping[str, Any], places: Callable[[str], int]) -> dict[str, Any]:
    """Return a row with its amounts in the decimals of its currency: at least so many.

    ``places`` returns those of a currency. Here, and nowhere else, zeros get decimals.
    """
    least = places(row["currency"]) if row.get("currency") else 0
    return {
        name: value if name == "percent" else at_least(value, least) for name, value in row.items()
    }


def with_decimals(row: Row, places: Callable[[str], int]) -> Row:
    """Return the same of a dataclass."""
    found = {field.name: getattr(row, field.name) for field in fields(row)}  # type: ignore[arg-type]
    changed = {
        name: value for name, value in padded(found, places).items() if value is not found[name]
    }
    return replace(row, **changed) if changed else row  # type: ignore[type-var]


def at_least(value: object, least: int) -> object:
    """Return an amount with so many decimals at least, and never a negative zero."""
    if not isinstance(value, Decimal):
        return value
    shown = rounded(value, least) if decimals(value) < least else value
    return shown or shown.copy_abs()


def _text(value: object) -> str:
    """Return a value as machines read it: exact, and without a locale."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def shown(value: object) -> str:
    """Return a value as people read it."""
    return f"{value:,f}" if isinstance(value, Decimal) else _text(value)


def plain(_heading: str, _row: Mapping[str, Any]) -> str:
    """Return no colour."""
    return ""


def to_table(
    title: str,
    rows: Sequence[Mapping[str, Any]],
    totals: Sequence[tuple[str, Mapping[str, Any]]] = (),
    spare: Sequence[str] = (),
    colour: Colour = plain,
) -> str:
    """Return a table: a line per row, numbers to the right, then a labelled line per total.

    All rows have the same keys, which are the headings. Columns without anything in them are left
    out; so are those in ``spare``, one after the other, until the table fits the terminal. Only a
    terminal gets colours, and none where the environment has ``NO_COLOR``.
    """
    if not rows:
        return f"{title}: nothing"
    console = Console(
        markup=False, emoji=False, highlight=False, force_terminal=sys.stdout.isatty()
    )
    if not console.is_terminal:
        console.width = _WIDEST
    headings = [heading for heading in rows[0] if any(shown(row[heading]) for row in rows)]
    left_out: list[str] = []
    unlimited = console.options.update(width=_WIDEST)
    table = _table(title, headings, rows, totals, colour)
    for heading in filter(headings.__contains__, spare):
        if Measurement.get(console, unlimited, table).maximum <= console.width:
            break
        left_out.append(heading)
        table = _table(title, [h for h in headings if h not in left_out], rows, totals, colour)
    # In a terminal narrower than that, lines that go on are easier to read than shreds.
    console.width = max(console.width, Measurement.get(console, unlimited, table).minimum)
    with console.capture() as capture:
        console.print(table)
    lines = [line.rstrip() for line in capture.get().splitlines()]
    if left_out:
        lines.append(f"Not shown for want of width: {', '.join(left_out)}.")
    return "\n".join(lines)


def _table(
    title: str,
    headings: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    totals: Iterable[tuple[str, Mapping[str, Any]]],
    colour: Colour,
) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for heading in headings:
        values = [row[heading] for row in rows]
        table.add_column(
            heading,
            justify="right" if _all(values, Decimal, int) else "left",
            # Text can be read in two lines, numbers and dates cannot.
            no_wrap=_all(values, Decimal, int, datetime.date),
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(Text(shown(row[heading]), colour(heading, row)) for heading in headings))
    for label, total in totals:
        texts = (shown(total.get(heading)) for heading in headings[1:])
        table.add_row(label, *texts, style="bold")
    return table


def _all(values: Iterable[object], *types: type) -> bool:
    """Whether all values that there are have one of these types."""
    return all(value is None or isinstance(value, types) for value in values)
