"""Reports: pure functions from the register, the entries and an as-of date to frozen rows.

books   what every report looks at
status  where every milestone stands: status, unbilled, outstanding
"""

from beancount_milestones.reports.books import Books
from beancount_milestones.reports.status import (
    AMOUNTS,
    COLUMNS,
    DATES,
    Balance,
    Listed,
    Row,
    balances,
    lists,
    outstanding,
    status,
    totals,
    unbilled,
)

__all__ = [
    "AMOUNTS",
    "COLUMNS",
    "DATES",
    "Balance",
    "Books",
    "Listed",
    "Row",
    "balances",
    "lists",
    "outstanding",
    "status",
    "totals",
    "unbilled",
]
