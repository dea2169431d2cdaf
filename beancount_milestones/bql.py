"""The tables `milestones`, `open_items` and `invoices` for bean-query and for Fava's query page.

    SELECT contract, milestone, status, outstanding FROM #milestones
    SELECT account, sum(open) FROM #open_items GROUP BY account

beanquery has no public way to add a table: this file is the only one that knows its private list.
Where that has changed, the tables are missing, with one warning, and nothing else.
"""

from __future__ import annotations

import datetime
import warnings
from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from beancount.core.data import Directive

    from beancount_milestones.reports import Books

#: The names of the tables.
NAMES: Final = ("milestones", "open_items", "invoices")


class _Report(NamedTuple):
    """What a table shows, as of today."""

    rows: Callable[[Books], Sequence[object]]
    columns: Mapping[str, type]


def register() -> None:
    """Add the tables to beanquery, where they are missing."""
    try:
        _register()
    except (ImportError, AttributeError, TypeError) as problem:
        *names, last = (f"#{name}" for name in NAMES)
        warnings.warn(
            f"the query tables {', '.join(names)} and {last} are missing: this beanquery is not"
            f" known ({problem})",
            stacklevel=2,
        )


def _register() -> None:
    from beanquery.query_compile import EvalColumn  # noqa: PLC0415 - only where it is in use
    from beanquery.sources import beancount as source  # noqa: PLC0415
    from beanquery.tables import Table  # noqa: PLC0415

    known = {table.name for table in source._TABLES}  # noqa: SLF001 - see above
    if known.issuperset(NAMES):
        return

    class Column(EvalColumn):  # type: ignore[misc]
        """A column that is a field of the row."""

        def __init__(self, name: str, dtype: type) -> None:
            super().__init__(dtype)
            self.name = name

        def __call__(self, row: object) -> Any:  # noqa: ANN401 - of the column's type
            return getattr(row, self.name)

    class Reported(Table):  # type: ignore[misc]
        """The rows of a report, as of today."""

        report: ClassVar[_Report]

        def __init__(self, entries: Sequence[Directive], options: dict[str, Any]) -> None:
            self.entries = entries
            self.options = options

        def __iter__(self) -> Iterator[object]:
            return iter(_rows(self.report, self.entries, self.options))

    tables = []
    for name, report in _reports().items():
        columns = {column: Column(column, dtype) for column, dtype in report.columns.items()}
        members = {"name": name, "report": report, "columns": columns}
        tables.append(type(name, (Reported,), members))
    source._TABLES.extend(tables)  # noqa: SLF001


def _reports() -> dict[str, _Report]:
    from beancount_milestones.reports import (  # noqa: PLC0415
        InvoiceRow,
        OpenItem,
        Row,
        invoices,
        items,
        status,
    )

    reports = (
        _Report(status, _columns(Row)),
        _Report(items, _columns(OpenItem)),
        _Report(invoices, _columns(InvoiceRow)),
    )
    return dict(zip(NAMES, reports, strict=True))


#: The types of a row's fields, as they are annotated.
_TYPES: Final = {
    "str": str,
    "int": int,
    "bool": bool,
    "int | None": int,
    "Decimal": Decimal,
    "datetime.date": datetime.date,
    "datetime.date | None": datetime.date,
}


def _columns(row: Any) -> dict[str, type]:  # noqa: ANN401 - a dataclass
    """Return the columns of a row and their types."""
    return {field.name: _TYPES[str(field.type)] for field in fields(row)}


def _rows(
    report: _Report, entries: Sequence[Directive], options: dict[str, Any]
) -> Sequence[object]:
    from beancount_milestones.model import of_register  # noqa: PLC0415 - as above
    from beancount_milestones.receivables import unfiltered  # noqa: PLC0415
    from beancount_milestones.reports import Books, today  # noqa: PLC0415

    found = of_register(options)
    if found is None:
        return []
    # Fava hands over filtered entries.
    return report.rows(Books(found, unfiltered(found, entries), options, today()))
