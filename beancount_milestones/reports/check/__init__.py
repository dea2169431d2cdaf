"""What a careful bookkeeper looks at: facts about the business, not errors of the ledger.

milestones  late, not invoiced yet, proposals
payments    overdue, to be matched, unapplied, booked to the wrong account
numbering   gaps and dates of invoice numbers, due dates
by_hand     numbers and dates by hand, which no load refuses
balances    retentions and deposits
setup       other plugins, papers that are missing
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beancount_milestones.reports.check.balances import deposits, retentions
from beancount_milestones.reports.check.by_hand import by_hand
from beancount_milestones.reports.check.findings import FINDING_COLUMNS, KINDS, Finding
from beancount_milestones.reports.check.milestones import late, waiting
from beancount_milestones.reports.check.numbering import due_dates, dues_of_nothing, numbers
from beancount_milestones.reports.check.payments import (
    bank_accounts,
    booked_to_income,
    overdue,
    unapplied_credits,
)
from beancount_milestones.reports.check.setup import plugin_order, waivers

if TYPE_CHECKING:
    from beancount_milestones.reports.books import Books

__all__ = ["FINDING_COLUMNS", "KINDS", "UNBILLED_DAYS", "Finding", "check"]

#: Days after which what is earned should be invoiced.
UNBILLED_DAYS: Final = 30


def check(books: Books, unbilled_days: int = UNBILLED_DAYS) -> list[Finding]:
    """Return what there is to look at, by kind, the oldest first."""
    found = [
        *late(books),
        *overdue(books),
        *waiting(books, unbilled_days),
        *numbers(books),
        *by_hand(books),
        *due_dates(books),
        *dues_of_nothing(books),
        *unapplied_credits(books),
        *booked_to_income(books),
        *bank_accounts(books),
        *retentions(books),
        *deposits(books),
        *waivers(books),
        *plugin_order(books),
    ]
    names = ("date", "client", "contract", "milestone", "message")
    return sorted(found, key=lambda f: (KINDS.index(f.kind), *(getattr(f, n) for n in names)))
