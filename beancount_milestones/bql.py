"""The table `milestones` for bean-query and for Fava's query page.

    SELECT contract, milestone, status, outstanding FROM #milestones

beanquery has no public way to add a table: this file is the only one that knows its private list.
Where that has changed, the table is missing, with one warning, and nothing else.
"""

from __future__ import annotations

import datetime
import sys
import warnings
from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from beancount.core.data import Directive

    from beancount_milestones.reports import Row

NAME: Final = "milestones"


def register() -> None:
    """Add the table, where beanquery is in use; a bean-check does not pay for it."""
    if "beanquery" not in sys.modules:
        return
    try:
        _register()
    except (ImportError, AttributeError, TypeError) as problem:
        warnings.warn(
            f"the query table #{NAME} is missing: this beanquery is not known ({problem})",
            stacklevel=2,
        )


def _register() -> None:
    from beanquery.query_compile import EvalColumn  # noqa: PLC0415 - only where it is in use
    from beanquery.sources import beancount as source  # noqa: PLC0415
    from beanquery.tables import Table  # noqa: PLC0415

    if any(table.name == NAME for table in source._TABLES):  # noqa: SLF001 - see above
        return

    class Column(EvalColumn):  # type: ignore[misc]
        """A column that is a field of the row."""

        def __init__(self, name: str, dtype: type) -> None:
            super().__init__(dtype)
            self.name = name

        def __call__(self, row: Row) -> Any:  # noqa: ANN401 - of the column's type
            return getattr(row, self.name)

    class Milestones(Table):  # type: ignore[misc]
        """A row for every milestone and receivable account, as of today."""

        name = NAME
        columns: ClassVar = {name: Column(name, dtype) for name, dtype in _columns().items()}

        def __init__(self, entries: Sequence[Directive], options: dict[str, Any]) -> None:
            self.entries = entries
            self.options = options

        def __iter__(self) -> Iterator[Row]:
            return iter(_rows(self.entries, self.options))

    source._TABLES.append(Milestones)  # noqa: SLF001


#: The types of a row's fields, as they are annotated.
_TYPES: Final = {
    "str": str,
    "bool": bool,
    "Decimal": Decimal,
    "datetime.date | None": datetime.date,
}


def _columns() -> dict[str, type]:
    """Return the columns of a row and their types."""
    from beancount_milestones.reports import Row  # noqa: PLC0415 - as above

    return {field.name: _TYPES[str(field.type)] for field in fields(Row)}


def _rows(entries: Sequence[Directive], options: dict[str, Any]) -> list[Row]:
    from beancount_milestones.contract import of_register  # noqa: PLC0415
    from beancount_milestones.reports import Books, status  # noqa: PLC0415
    from beancount_milestones.settlement import unfiltered  # noqa: PLC0415

    found = of_register(options)
    if found is None:
        return []
    # Fava hands over filtered entries.
    books = Books(
        found, unfiltered(found, entries), options, datetime.datetime.now().astimezone().date()
    )
    return status(books)
