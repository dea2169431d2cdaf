"""Reports: pure functions from the register, the entries and an as-of date to frozen rows.

books   what every report looks at
status  where every milestone stands: status, unbilled, outstanding
items   what is open on every receivable account
aging   how old what is outstanding is
contracts  where every contract stands
reconcile  what explains the balance of every receivable account
clients whose an item or a payment is
forecast  expected cash, by what is owed and planned and by how clients pay
statement  what one client owed, was charged, has paid and owes
changes  what differs between two days
check   what a careful bookkeeper looks at
"""

from beancount_milestones.reports.aging import AGES, Aged, aging
from beancount_milestones.reports.books import EVERYTHING, Books, Scope, today
from beancount_milestones.reports.changes import CHANGE_COLUMNS, Change, changes
from beancount_milestones.reports.check import FINDING_COLUMNS, Finding, check
from beancount_milestones.reports.contracts import Standing, contracts
from beancount_milestones.reports.forecast import FORECAST_COLUMNS, Expected, forecast
from beancount_milestones.reports.items import OpenItem, items
from beancount_milestones.reports.reconcile import Reconciled, reconcile
from beancount_milestones.reports.statement import (
    STATEMENT_COLUMNS,
    Entry,
    UnknownClientError,
    statement,
)
from beancount_milestones.reports.status import (
    AMOUNTS,
    COLUMNS,
    DATES,
    Listed,
    Row,
    lists,
    outstanding,
    status,
    totals,
    unbilled,
)

__all__ = [
    "AGES",
    "AMOUNTS",
    "CHANGE_COLUMNS",
    "COLUMNS",
    "DATES",
    "EVERYTHING",
    "FINDING_COLUMNS",
    "FORECAST_COLUMNS",
    "STATEMENT_COLUMNS",
    "Aged",
    "Books",
    "Change",
    "Entry",
    "Expected",
    "Finding",
    "Listed",
    "OpenItem",
    "Reconciled",
    "Row",
    "Scope",
    "Standing",
    "UnknownClientError",
    "aging",
    "changes",
    "check",
    "contracts",
    "forecast",
    "items",
    "lists",
    "outstanding",
    "reconcile",
    "statement",
    "status",
    "today",
    "totals",
    "unbilled",
]
