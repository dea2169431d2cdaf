"""Reports: pure functions from the register, the entries and an as-of date to frozen rows.

books   what every report looks at
positions  a milestone on an account on a day
status  where every milestone stands: status, unbilled, outstanding
open_items  what is open on every receivable account
aging   how old what is outstanding is
contracts  where every contract stands
prices  what a part of a contract comes to where it is owed
drawing  what drawn deposits come to there, and the work that draws them
slices  what each step of a milestone bills
sharing  how those who owe a bill share its tax, and what is kept back of it
whose   whose money it is, and what an invoice is known by
invoice  an invoice or credit note: what is paid of it, and what it is
invoices  invoices and credit notes, by number
invoices_by_hand  those that no contract explains
written  what a transaction by hand has beside what it charges
reconcile  what explains the balance of every receivable account
forecast  expected cash, by what is owed and planned and by how clients pay
statement  what one client owed, was charged, has paid and owes
rollforward  what each account of a contract held, got and gave in a period
taxes   the tax of a period, booked or paid
bills   what is billed or taken back with which taxes, for the tax that is paid
taxes_owed  the tax in what is owed on each bill
taxes_taken_off  what makes it smaller: credit notes of directives, and reductions
taxes_by_hand  which tax a transaction by hand takes off which invoice
taxes_paid  the tax in what was paid of it
revenue  recognised, and still to be recognised, by month
plan    a plan of milestones from a table, as lines for the ledger
withheld  tax that clients have withheld, by year
changes  what differs between two days
diff    what another version of the ledger says differently
check   what a careful bookkeeper looks at
numbering  which numbers of invoices are in use, and which is next
dues    what is due, and how much of it is still asked for
overview  four figures, and what there is to do today
cash    what came in, is due and is planned, by month
clients  where every client stands
timeline  when milestones are, and were, to be reached
contract_detail  all that is known of one contract
"""

from beancount_milestones.reports.aging import AGES, Aged, aged, aging
from beancount_milestones.reports.books import EVERYTHING, Books, Scope, today
from beancount_milestones.reports.cash import FLOWS, Cash, Received, by_month, received
from beancount_milestones.reports.changes import CHANGE_COLUMNS, Change, changes
from beancount_milestones.reports.check import FINDING_COLUMNS, Finding, check
from beancount_milestones.reports.clients import Balance, balances
from beancount_milestones.reports.contract_detail import Proof, Story, story
from beancount_milestones.reports.contracts import Standing, contracts
from beancount_milestones.reports.diff import Difference, diff
from beancount_milestones.reports.forecast import FORECAST_COLUMNS, Expected, forecast
from beancount_milestones.reports.invoices import InvoiceRow, invoices
from beancount_milestones.reports.numbering import next_credit_number, next_number
from beancount_milestones.reports.open_items import OpenItem, items
from beancount_milestones.reports.overview import Figures, Placed, Todo, figures, todo
from beancount_milestones.reports.reconcile import Reconciled, reconcile
from beancount_milestones.reports.statement import (
    STATEMENT_COLUMNS,
    StatementLine,
    SupplierError,
    UnknownClientError,
    is_supplier,
    open_statement,
    statement,
)
from beancount_milestones.reports.status import (
    AMOUNTS,
    COLUMNS,
    DATES,
    Listed,
    Row,
    outstanding,
    status,
    totals,
    unbilled,
)
from beancount_milestones.reports.timeline import Lane, Mark, timeline

__all__ = [
    "AGES",
    "AMOUNTS",
    "CHANGE_COLUMNS",
    "COLUMNS",
    "DATES",
    "EVERYTHING",
    "FINDING_COLUMNS",
    "FLOWS",
    "FORECAST_COLUMNS",
    "STATEMENT_COLUMNS",
    "Aged",
    "Balance",
    "Books",
    "Cash",
    "Change",
    "Difference",
    "Expected",
    "Figures",
    "Finding",
    "InvoiceRow",
    "Lane",
    "Listed",
    "Mark",
    "OpenItem",
    "Placed",
    "Proof",
    "Received",
    "Reconciled",
    "Row",
    "Scope",
    "Standing",
    "StatementLine",
    "Story",
    "SupplierError",
    "Todo",
    "UnknownClientError",
    "aged",
    "aging",
    "balances",
    "by_month",
    "changes",
    "check",
    "contracts",
    "diff",
    "figures",
    "forecast",
    "invoices",
    "is_supplier",
    "items",
    "next_credit_number",
    "next_number",
    "open_statement",
    "outstanding",
    "received",
    "reconcile",
    "statement",
    "status",
    "story",
    "timeline",
    "today",
    "todo",
    "totals",
    "unbilled",
]
