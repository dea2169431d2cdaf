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

#: A day, the phase of an event on it, a place among the entries.
When = tuple[datetime.date, int, int]


def when_billed(books: Books, step: Step) -> When:
    """Return when a step came."""
    return step.date, events.BY_NAME[step.event].phase, _place(books, step.entry)


def when_invoiced(books: Books, invoice: Invoice) -> When:
    """Return when an invoice came: the first of what it bills."""
    steps = [when_billed(books, part.slice.step) for part in invoice.billed]
    return min(steps, default=(invoice.date, 0, _place(books, invoice.entry)))


def _place(books: Books, entry: Directive) -> int:
    return books.once(_places).get(_where(entry), 0)


def _places(books: Books) -> Mapping[tuple[str, int], int]:
    return {_where(entry): index for index, entry in enumerate(books.entries)}


def _where(entry: Directive) -> tuple[str, int]:
    # The plugin may have put another directive in the place of one that has a document.
    return where(entry.meta)
