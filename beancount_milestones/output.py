"""Rows as JSON, as CSV, or as a table for people."""

from __future__ import annotations

import csv
import datetime
import io
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: Wide enough that nothing is folded where no person watches.
_PIPE_WIDTH = 250


def to_json(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return an array of objects: amounts as text, dates as ISO 8601, nothing as null."""
    return json.dumps([dict(row) for row in rows], default=_text, indent=2, ensure_ascii=False)


def to_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return a header and a line per row; nothing is an empty field."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_text(row[column]) for column in columns] for row in rows)
    return text.getvalue().rstrip("\n")


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


def to_table(
    title: str,
    rows: Sequence[Mapping[str, Any]],
    totals: Sequence[Mapping[str, Any]],
) -> str:
    """Return a table: a line per row, numbers to the right, then a line per total.

    All rows have the same keys, which are the headings.
    """
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    if not rows:
        return f"{title}: nothing"
    for heading, value in rows[0].items():
        right = isinstance(value, Decimal | int)
        table.add_column(heading, justify="right" if right else "left", no_wrap=right)
    for row in rows:
        table.add_row(*map(shown, row.values()))
    table.add_section()
    for total in totals:
        table.add_row(*(shown(total.get(heading)) for heading in rows[0]), style="bold")
    return _rendered(table)


def _rendered(table: Table) -> str:
    console = Console()
    if not console.is_terminal:
        console = Console(width=_PIPE_WIDTH)
    with console.capture() as capture:
        console.print(table)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())
