"""Due dates, targets, acceptance clocks and next reminders as a calendar (.ics) of whole days.

The same ledger gives the same bytes on the same day: stamps come from the entries, and the name of
an event from what it is about, so that a calendar program moves it where it moves.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from beancount_milestones import amounts
from beancount_milestones.documents.words import ENGLISH, figure, percent
from beancount_milestones.model import days_after
from beancount_milestones.reports.discounts import offered
from beancount_milestones.reports.dues import dues
from beancount_milestones.reports.invoices import numbered
from beancount_milestones.reports.open_items import billing
from beancount_milestones.reports.positions import positions
from beancount_milestones.reports.reminding import next_reminder, sent

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from beancount.core.data import Directive

    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.dues import Due
    from beancount_milestones.reports.invoices import Invoice
    from beancount_milestones.reports.positions import Position

Kind = Literal["due", "target", "acceptance", "reminder"]
#: A line has at most so many octets (RFC 5545, 3.1).
_WIDTH: Final = 75


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """Something of one whole day."""

    date: datetime.date
    kind: Kind
    summary: str
    description: str
    #: What it is about: the same thing keeps it, whatever its date.
    about: tuple[str, ...]
    #: The day of the entry that says it.
    since: datetime.date


def events(books: Books) -> list[Event]:
    """Return what lies ahead and what is overdue, by date."""
    invoices = {one.key: one for one in numbered(books)}
    found = {event for one in positions(books) for event in _of_milestone(one)}
    for due in dues(books):
        if due.asked:
            invoice = invoices.get(due.key)
            found.update(_of_invoice(books, due, invoice) if invoice else _unnumbered(books, due))
    return sorted(found)


def _of_invoice(books: Books, due: Due, found: Invoice) -> Iterator[Event]:
    """When an invoice is due, and when to remind of it."""
    number, client = found.number, found.client
    about = (number, client, found.currency)
    yield _due(books, due, number, about, found.contracts, found.entry)
    following = next_reminder(books, found)
    if found.side == "sell" and following:
        yield Event(
            following.date,
            "reminder",
            f"Remind {client} of {number}: {_amount(books, due, due.asked)}",
            f"Reminder {following.level}, if it is not paid by then",
            about,
            max((*(reminder.date for reminder in sent(books, number)), found.entry.date)),
        )


def _unnumbered(books: Books, due: Due) -> Iterator[Event]:
    """When something is due that has no number: a reminder could not name it."""
    whose = (str(due.date), due.client, due.currency)
    first = due.items[0]
    if first.milestone:
        key = first.milestone
        name = f"{books.milestone(key).title_at(books.as_of)} ({key.contract})"
        entry = billing(books, key, None, due.date)
        yield _due(books, due, name, (*key, *whose), (key.contract,), entry)
    else:
        charge = first.debits[0].entry
        name = charge.narration or f"Charge of {due.date}"
        yield _due(books, due, name, (name, *whose), (), charge)


def _due(  # noqa: PLR0913, PLR0917 - what an event is about
    books: Books,
    due: Due,
    name: str,
    about: tuple[str, ...],
    contracts: Iterable[str],
    entry: Directive,
) -> Event:
    text = f"Invoice of {due.date}"
    discount = offered([books.register.contracts[name] for name in contracts], due.date)
    if discount:
        text += f", {percent(ENGLISH, discount.percent)}% off until {discount.until}"
    if due.asked < due.open:
        less = _amount(books, due, amounts.take(due.open, due.asked))
        text += f", less {less} that is paid and not matched yet"
    open_ = _amount(books, due, due.asked)
    summary = f"{name} is due: {open_} from {due.client}"
    if due.side == "buy":
        summary = f"Pay {name}: {open_} to {due.client}"
    return Event(due.due, "due", summary, text, about, entry.date)


def _amount(books: Books, due: Due, amount: Decimal) -> str:
    return f"{figure(ENGLISH, amount, books.register.places(due.currency))} {due.currency}"


def _of_milestone(found: Position) -> Iterator[Event]:
    """When a milestone is to be reached, or is accepted by waiting."""
    if found.proposed or found.done:
        return
    contract, milestone = found.contract, found.milestone
    name = f"{found.title or milestone.id} ({contract.id})"
    text = contract.client
    about = (contract.id, milestone.id)
    delivered = found.state.delivered
    if delivered and contract.acceptance is not None:
        date = days_after(delivered, contract.acceptance)
        yield Event(date, "acceptance", f"Accepted: {name}", text, about, delivered)
    elif found.target:
        since = milestone.parts[-1].entry.date
        yield Event(found.target, "target", f"Target: {name}", text, about, since)


def calendar(books: Books) -> bytes:
    """Return the events as iCalendar (RFC 5545)."""
    title = str(books.options.get("title") or "")
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//beancount-milestones//calendar//EN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(title)}",
    ]
    for event in events(books):
        name = hashlib.sha256("\0".join((title, event.kind, *event.about)).encode())
        lines += [
            "BEGIN:VEVENT",
            f"UID:{name.hexdigest()[:32]}@beancount-milestones",
            f"DTSTAMP:{event.since:%Y%m%d}T000000Z",
            f"DTSTART;VALUE=DATE:{event.date:%Y%m%d}",
            f"SUMMARY:{_text(event.summary)}",
            f"DESCRIPTION:{_text(event.description)}",
            f"CATEGORIES:{event.kind}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _text(text: str) -> str:
    """A text on one line, as RFC 5545 (3.3.11) has it."""
    clean = "".join(c if c.isprintable() else " " for c in text)
    for sign in "\\;,":
        clean = clean.replace(sign, f"\\{sign}")
    return clean


def _folded(line: str) -> str:
    """A line that goes on after a space where it is too long; no character is cut."""
    parts, part = [], ""
    for character in line:
        if len((part + character).encode()) > _WIDTH:
            parts.append(part)
            part = " "
        part += character
    return "\r\n".join((*parts, part))
