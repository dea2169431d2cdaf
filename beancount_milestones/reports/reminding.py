"""Reminders of invoices: which were sent, and when the next one is due."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from beancount_milestones.model import days_after

if TYPE_CHECKING:
    import datetime

    from beancount_milestones.parties import Reminder
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.invoice import Invoice


class Next(NamedTuple):
    """The next reminder of an invoice."""

    level: int
    #: From this day on.
    date: datetime.date


def reminded(books: Books, number: str) -> int:
    """Return the level of the last reminder of a number by the as-of date; 0 for none."""
    return max((reminder.level for reminder in sent(books, number)), default=0)


def sent(books: Books, number: str) -> list[Reminder]:
    """Return the reminders of a number by the as-of date."""
    return [
        reminder
        for reminder in books.register.reminders
        if reminder.number == number and reminder.date <= books.as_of
    ]


def next_reminder(books: Books, found: Invoice) -> Next | None:
    """Return the next reminder of an invoice; None where there is none, or it is never due.

    Each level so many days after the due date. Where the one before it was sent on that day or
    later, it is due as many days after that as lie between the two: a client has time to answer.
    """
    days = books.register.reminder_days
    level = found.reminders
    if not found.due or level >= len(days):
        return None
    date = days_after(found.due, days[level])
    if level:
        last = max(reminder.date for reminder in sent(books, found.number))
        if last >= date:
            date = days_after(last, days[level] - days[level - 1])
    return Next(level + 1, date)
