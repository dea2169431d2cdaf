"""Reports: pure functions from the register, the entries and an as-of date to frozen rows.

books   what every report looks at
status  where every milestone stands: status, unbilled, outstanding
items   what is open on every receivable account
aging   how old what is outstanding is
contracts  where every contract stands
reconcile  what explains the balance of every receivable account
clients whose an item or a payment is
forecast
"""

from beancount_milestones.reports.aging import AGES, Aged, aging
from beancount_milestones.reports.books import EVERYTHING, Books, Scope
from beancount_milestones.reports.contracts import Standing, contracts
from beancount_milestones.reports.items import OpenItem, items
from beancount_milestones.reports.reconcile import Reconciled, reconcile
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
    "COLUMNS",
    "DATES",
    "EVERYTHING",
    "Aged",
    "Books",
    "Listed",
    "OpenItem",
    "Reconciled",
    "Row",
    "Scope",
    "Standing",
    "aging",
    "contracts",
    "items",
    "lists",
    "outstanding",
    "reconcile",
    "status",
    "totals",
    "unbilled",
]
