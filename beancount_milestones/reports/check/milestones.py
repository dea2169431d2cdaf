"""Milestones that are late or wait too long for their invoice, and proposals."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Final

from beancount_milestones.reports.check.findings import about, amount, days
from beancount_milestones.reports.positions import positions
from beancount_milestones.reports.status import unbilled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beancount_milestones.receivables import Key
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.check.findings import Finding, Kind

_WHAT: Final = {
    "late": "neither completed nor cancelled",
    "proposal": "proposed and not agreed",
}


def late(books: Books) -> Iterator[Finding]:
    """Yield milestones and proposals past their target, once each."""
    seen: set[tuple[Key, bool]] = set()
    for found in positions(books):
        target, identity = found.target, (found.key, found.proposed)
        past = found.late or found.proposed
        if past and target and target < books.as_of and identity not in seen:
            seen.add(identity)
            entry = found.milestone.parts_at(books.as_of)[-1].entry
            what = (
                "proposed and not agreed" if found.proposed else "neither completed nor cancelled"
            )
            message = f"{what}, {days((books.as_of - target).days)} past its target of {target}"
            kind: Kind = "proposal" if found.proposed else "late"
            yield about(found, kind, target, message, entry)


def waiting(books: Books, most: int) -> Iterator[Finding]:
    """Yield what has waited for its invoice for more than so many days."""
    for listed in unbilled(books):
        found, waited = listed.position, listed.days or 0
        if found and waited > most:
            owed = amount(found.unbilled, found.currency)
            message = f"{owed} earned and not invoiced for {days(waited)}"
            date = books.as_of - datetime.timedelta(days=waited)
            yield about(found, "unbilled", date, message, listed.entry)
