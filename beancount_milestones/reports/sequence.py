"""Which bill came first: by date; on one day, in the order in which the ledger tells them."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from beancount_milestones import events
from beancount_milestones.errors import where

if TYPE_CHECKING:
    from collections.abc import Mapping

    from beancount.core.data import Directive

    from beancount_milestones.model import Step
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.invoice import Invoice
    from beancount_milestones.reports.slices import Slice

#: A day, the phase of an event on it, a place among the entries.
When = tuple[datetime.date, int, int]


def when_billed(books: Books, step: Step) -> When:
    """Return when a step came."""
    return step.date, events.BY_NAME[step.event].phase, _place(books, step.entry)


def when_charged(books: Books, part: Slice) -> When:
    """Return when a slice came: a deposit before all work of its day, which may draw it."""
    date, phase, place = when_billed(books, part.step)
    retention = part.contract.retention
    moves_retention = any(leg.posting.account == retention for leg, _ in part.legs)
    works = part.milestone.has_earned_side(date)
    return date, phase if works or moves_retention else 0, place


def when_invoiced(books: Books, invoice: Invoice) -> When:
    """Return when an invoice came: the first of what it bills."""
    parts = [when_charged(books, part.slice) for part in invoice.billed]
    return min(parts, default=(invoice.date, 0, _place(books, invoice.entry)))


def _place(books: Books, entry: Directive) -> int:
    return books.once(_places).get(_where(entry), 0)


def _places(books: Books) -> Mapping[tuple[str, int], int]:
    return {_where(entry): index for index, entry in enumerate(books.entries)}


def _where(entry: Directive) -> tuple[str, int]:
    # The plugin may have put another directive in the place of one that has a document.
    return where(entry.meta)
