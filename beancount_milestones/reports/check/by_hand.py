"""Numbers and dates that are written by hand.

What a directive cannot say is an error of the ledger. A transaction by hand may be somebody else's:
what it says wrong, on an account of a contract, is something to look at.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from beancount_milestones import postings
from beancount_milestones.errors import place
from beancount_milestones.parties import fold
from beancount_milestones.reading import values
from beancount_milestones.receivables import SETTLES, Key
from beancount_milestones.reports.check.findings import finding, why_unread
from beancount_milestones.reports.check.numbering import of_number
from beancount_milestones.reports.check.payments import why_settles
from beancount_milestones.reports.invoices import registered
from beancount_milestones.reports.invoices_by_hand import credits_by_hand
from beancount_milestones.reports.numbering import Used, by_directive

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from beancount_milestones.parties import Side
    from beancount_milestones.receivables import Line
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.check.findings import Finding, Kind
    from beancount_milestones.reports.invoice import Invoice

#: What clients owe, and what we owe.
_SIDES: Final[tuple[Side, ...]] = ("sell", "buy")


def by_hand(books: Books) -> Iterable[Finding]:
    """Return what is wrong with what is written by hand, once for each transaction."""
    made = (_twice, _names_of_ours, _early_reminders, _misread)
    return dict.fromkeys(found for make in made for found in make(books))


def _twice(books: Books) -> Iterator[Finding]:
    """Yield numbers that another day, client or spelling has already, by hand or by directive.

    Two suppliers may have the same.
    """
    alike: dict[tuple[str, str, str], list[tuple[str, Used]]] = defaultdict(list)
    for side, number, here in sorted(_numbered(books), key=lambda use: use[2].date):
        owner = fold(here.client) if side == "buy" else ""
        alike[side, owner, number.casefold()].append((number, here))
    for found in alike.values():
        firsts: dict[str, Used] = {}
        for number, here in found:
            first = firsts.setdefault(number, here)
            message = None
            if first is not here:
                message = _taken(number, here, first)
            elif len(firsts) > 1:
                other, before = found[0]
                message = (
                    f"{number} differs from {other} of {before.date} only in upper and lower case:"
                    " is it the same invoice?"
                )
            if message:
                yield from of_number(books, "number", here, message)


def _taken(number: str, here: Used, first: Used) -> str | None:
    """Why a number cannot be given again; None where it is the same invoice."""
    clients = {fold(here.client), fold(first.client)} - {""}
    if here.entry is first.entry or (here.date == first.date and len(clients) < 2):  # noqa: PLR2004 - two of them
        return None
    other = f" to {first.client}" if len(clients) > 1 else ""
    its = "the credit note's own number" if here.credit else "another one"
    return (
        f"the number {number} was already given on {first.date}{other}"
        f" ({place(first.entry.meta)}); one number is for one day and one client, so write {its}"
        " here"
    )


def _numbered(books: Books) -> Iterator[tuple[str, str, Used]]:
    """The side and the number of each invoice and credit note, by directive and by metadata."""
    for side in _SIDES:
        for number, here in by_directive(books, books.as_of, side).items():
            yield side, number, here
    again = books.once(_again)
    for line in books.lines_by_hand():
        if line.number and id(line.entry) not in again and _charges(books, line):
            client = books.clients.owner(line.account, line.entry.payee)
            here = Used(line.entry.date, line.entry, client=client, account=line.account)
            yield books.side_of(line.account), line.number, here
    for credit, entry, _ in credits_by_hand(books):
        if credit.number and credit.kind == "credit note":
            here = Used(credit.date, entry, client=credit.client, account=credit.account)
            yield books.side_of(credit.account), credit.number, here._replace(credit=True)


def _again(books: Books) -> set[int]:
    """The transactions that owe something again: it was charged before, and due before."""
    return {
        id(debit.entry)
        for item in books.open_items().items
        for debit in item.debits
        if debit.parts or debit.returned
    }


def _charges(books: Books, line: Line) -> bool:
    """Whether a line is an invoice of something, not taken over from elsewhere nor given back."""
    if line.amount < 0 or books.kinds.pays_out(line) or books.kinds.may_close(line):
        return False
    beside = {p.account for p in line.entry.postings if line.turned(postings.number(p)) < 0}
    return not beside <= books.roles.owed_on


def _names_of_ours(books: Books) -> Iterator[Finding]:
    """Yield numbers by hand that are the names of contracts and milestones."""
    contracts = books.register.contracts
    names = {Key(c.id, m.id).link for c, m in books.register.milestones()} | contracts.keys()
    for line in books.lines_by_hand():
        if line.number in names and line.amount > 0:
            message = (
                f"'{line.number}' is a contract or a milestone already, so a payment that names it"
                " pays that; give the invoice a number of its own"
            )
            yield from _at(books, line, "number", message)


def _early_reminders(books: Books) -> Iterator[Finding]:
    """Yield reminders before their invoice, where that is not taken over from earlier books."""
    firsts: dict[str, Invoice] = {}
    for one in registered(books):
        firsts.setdefault(one.number, one)
    for reminder in books.register.reminders:
        found = firsts.get(reminder.number)
        if found is None or reminder.date >= found.date:
            continue
        beside = {postings.root(posting) for posting in getattr(found.entry, "postings", ())}
        asked = books.asks(found.client, None, found.account)
        if asked and books.roles.roots.equity not in beside:
            message = (
                f"the reminder of {found.number} is dated {reminder.date}, before the invoice of"
                f" {found.date}"
            )
            yield finding("number", reminder.date, message, reminder.entry, client=found.client)


def _misread(books: Books) -> Iterator[Finding]:
    """Yield values by hand that mean nothing: numbers that are no text, due dates that are none.

    Or that are before their invoice, where that is not taken over from earlier books. What a credit
    settles is told with what is left of it.
    """
    again = books.once(_again)
    for line in books.lines_by_hand():
        number, settles, due = map(line.said, ("invoice", SETTLES, "due"))
        # TRUE is an invoice without a number.
        if number is not None and not isinstance(number, str | bool):
            message = why_unread(
                values.text_value, number, "the number of an invoice", "2026-042", "invoice"
            )
            yield from _at(books, line, "number", message)
        if line.amount > 0 and (message := why_settles(settles)):
            yield from _at(books, line, "number", message)
        if line.amount > 0 and due is not None:
            message = why_unread(values.date_value, due, "due")
            before = not message and due < line.entry.date and id(line.entry) not in again
            if before and not books.kinds.may_close(line):
                message = f"due: {due} is before the day of the invoice, {line.entry.date}"
            if message:
                yield from _at(books, line, "due", message)


def _at(books: Books, line: Line, kind: Kind, message: str) -> Iterator[Finding]:
    """Yield a finding at a line, if that is asked about."""
    client = books.clients.owner(line.account, line.entry.payee)
    if books.asks(client, None, line.account):
        yield finding(kind, line.entry.date, message, line.entry, client=client)
