"""Reports: pure functions from the register, the entries and an as-of date to frozen rows.

books   what every report looks at
status  where every milestone stands: status, unbilled, outstanding
"""

from beancount_milestones.reports.books import EVERYTHING, Books, Scope
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
    "EVERYTHING",
    "Balance",
    "Books",
    "Listed",
    "Row",
    "Scope",
    "balances",
    "lists",
    "outstanding",
    "status",
    "totals",
    "unbilled",
]
