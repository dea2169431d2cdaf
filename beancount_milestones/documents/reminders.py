"""Reminders: one letter for all that a client has not paid, at the level that is due.

Which level is due when is in `reports.reminding`. Interest is shown, and never booked.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.documents import words
from beancount_milestones.documents.letter import Letter, language_of
from beancount_milestones.parties import fold
from beancount_milestones.reports.dues import dues
from beancount_milestones.reports.invoices import numbered
from beancount_milestones.reports.reminding import next_reminder

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from beancount_milestones.parties import Party
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.dues import Due
    from beancount_milestones.reports.invoice import Invoice

#: There are so many texts; later levels have the last one.
_TEXTS: Final = 3
#: The days of a year, for interest.
_YEAR: Final = 365


class ReminderLine(NamedTuple):
    """An overdue invoice."""

    number: str
    date: datetime.date
    due: datetime.date
    #: Since it was due.
    days: int
    #: The level that is due; 0 where its next one is not yet.
    level: int
    #: The level of the last that was sent; 0 for none.
    sent: int
    open: Decimal
    #: On what is asked for, since it was due; 0 where the contract asks for none.
    interest: Decimal
    #: Percent a year.
    rate: Decimal | None
    currency: str
    places: int


class ReminderTotal(NamedTuple):
    """An amount in a currency."""

    currency: str
    amount: Decimal
    places: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderDocument:
    """A letter for all overdue invoices of a client."""

    seller: Party
    client: Party
    #: The client as the ledger names it.
    payer: str
    date: datetime.date
    #: The highest level among its invoices.
    level: int
    lines: tuple[ReminderLine, ...]
    #: What the client has paid and is not matched yet, by currency; less than what is open.
    credits: tuple[ReminderTotal, ...]

    @property
    def due(self) -> tuple[ReminderLine, ...]:
        """The invoices that are reminded of by it."""
        return tuple(line for line in self.lines if line.level)

    @property
    def totals(self) -> tuple[ReminderTotal, ...]:
        """What is asked for, by currency: what is open, less what is to the client's credit."""
        sums: dict[tuple[str, int], list[Decimal]] = defaultdict(list)
        for line in self.lines:
            sums[line.currency, line.places].append(line.open)
        for credit in self.credits:
            sums[credit.currency, credit.places].append(amounts.negative(credit.amount))
        return tuple(
            ReminderTotal(currency, amounts.add(found), places)
            for (currency, places), found in sums.items()
        )


def reminders(
    books: Books, client: str | None = None, level: int | None = None
) -> list[ReminderDocument]:
    """Return a reminder for each client with something due at its level, in alphabetical order.

    Of all clients, or of one. With ``level``, that one for all that is overdue, whatever the days.
    What a client has paid and not yet matched is not asked for.
    """
    asked = None if client is None else fold(books.clients.resolve(client) or client)
    owed: dict[str, list[tuple[Invoice, Due]]] = defaultdict(list)
    overdue = {
        one.key: one
        for one in dues(books)
        if one.side == "sell" and one.due < books.as_of and one.asked
    }
    for found in numbered(books):
        name = found.whose.client
        # A credit note may have the same number; it is never due.
        if found.due and found.key in overdue and asked in {None, name}:
            owed[name].append((found, overdue[found.key]))
    letters = (_document(books, owed[name], level) for name in sorted(owed))
    return [letter for letter in letters if letter.level]


def _document(
    books: Books, found: Sequence[tuple[Invoice, Due]], level: int | None
) -> ReminderDocument:
    lines = tuple(_line(books, invoice, due, level) for invoice, due in found)
    payer = found[0][0].client
    credits_: dict[str, list[Decimal]] = defaultdict(list)
    for _, due in found:
        credits_[due.currency] += (due.open, amounts.negative(due.asked))
    sums = {currency: amounts.add(some) for currency, some in credits_.items()}
    return ReminderDocument(
        seller=books.register.seller_at(books.as_of),
        client=books.register.client_at(payer, books.as_of),
        payer=payer,
        date=books.as_of,
        level=max((line.level for line in lines), default=0),
        lines=lines,
        credits=tuple(
            ReminderTotal(currency, amount, books.register.places(currency))
            for currency, amount in sums.items()
            if amount
        ),
    )


def _line(books: Books, found: Invoice, due: Due, level: int | None) -> ReminderLine:
    late = (books.as_of - due.due).days
    places = books.register.places(found.currency)
    rates = {books.register.contracts[name].interest for name in found.contracts}
    rate = rates.pop() if len(rates) == 1 else None
    interest = amounts.ZERO
    if rate:
        fraction = Fraction(rate) / 100 * late / _YEAR
        interest = amounts.fraction_of(due.asked, fraction, places)
    return ReminderLine(
        number=found.number,
        date=found.date,
        due=due.due,
        days=late,
        level=_due(books, found) if level is None else level,
        sent=found.reminders,
        open=due.open,
        interest=interest,
        rate=rate,
        currency=found.currency,
        places=places,
    )


def _due(books: Books, found: Invoice) -> int:
    """The next level of an invoice, if it is due; else 0."""
    following = next_reminder(books, found)
    return following.level if following and following.date <= books.as_of else 0


def directives(document: ReminderDocument) -> Iterator[str]:
    """Yield the lines that say in the ledger that the reminder was sent, ready to paste."""
    for line in document.due:
        yield f'{document.date} custom "reminder" "{line.number}" {line.level}'


def remarks(books: Books, documents: Sequence[ReminderDocument]) -> Iterator[str]:
    """Yield what the lines say beyond the letters: they name a number, and not who owes it."""
    sent = {(line.number, fold(one.payer)): None for one in documents for line in one.due}
    for number in dict.fromkeys(number for number, _ in sent):
        others = [
            one.client
            for one in numbered(books)
            if (one.number, one.side) == (number, "sell") and one.open > 0
            if (number, fold(one.client)) not in sent
        ]
        if others:
            yield (
                f"The line of {number} counts for everybody who owes on that number, so for"
                f" {' and '.join(dict.fromkeys(others))} too."
            )


def reminder_letter(document: ReminderDocument) -> Letter:
    """Return a reminder as a letter and as the text of an e-mail."""
    seller, client = document.seller, document.client
    language = language_of(seller, client)
    groups = _groups(language, document)
    title = words.say(language, "label reminder")
    numbers = ", ".join(line.number for line in document.due)
    return Letter(
        template="reminder.html",
        seller=seller,
        client=client,
        date=document.date,
        name=f"{title} {document.payer} {document.date}",
        document=document,
        subject=words.say(language, "subject of a reminder", numbers=numbers),
        body=words.say(
            language,
            "mail of a reminder",
            client=client.name,
            text=groups[0][0],
            lines="\n".join(_sentences(language, document, groups)),
            seller=seller.name,
        ),
        values={"title": title, "text": groups[0][0], "groups": groups},
    )


def _groups(language: str, document: ReminderDocument) -> list[tuple[str, list[ReminderLine]]]:
    """All that is overdue under the words of its own level, the firmest first.

    What was never reminded of is not threatened for. What is not due at its next level is no firmer
    than what is: a first reminder of another invoice does not repeat a threat.
    """
    mildest = min(line.level for line in document.due)
    groups: dict[int, list[ReminderLine]] = defaultdict(list)
    for line in document.lines:
        groups[min(line.level or min(max(line.sent, 1), mildest), _TEXTS)].append(line)
    return [
        (words.say(language, f"reminder {level}"), groups[level])
        for level in sorted(groups, reverse=True)
    ]


def _sentences(
    language: str, document: ReminderDocument, groups: Sequence[tuple[str, list[ReminderLine]]]
) -> Iterator[str]:
    """All that is overdue; where something is to the client's credit, that and what is left."""
    for index, (text, lines) in enumerate(groups):
        if index:
            yield f"\n{text}\n"
        for line in lines:
            yield _sentence(language, line)
    for credit in document.credits:
        yield f"{words.say(language, 'aged unapplied')}: {_amount(language, credit)}"
    for total in document.totals if document.credits else ():
        yield words.say(language, "you owe", amount=_amount(language, total))


def _amount(language: str, found: ReminderTotal) -> str:
    return f"{words.figure(language, found.amount, found.places)} {found.currency}"


def _sentence(language: str, line: ReminderLine) -> str:
    def amount(number: Decimal) -> str:
        return _amount(language, ReminderTotal(line.currency, number, line.places))

    found = words.say(
        language,
        "reminder line",
        number=line.number,
        date=words.day(language, line.date),
        due=words.day(language, line.due),
        amount=amount(line.open),
    )
    if not line.interest or line.rate is None:
        return found
    rate = words.percent(language, line.rate)
    interest = words.say(language, "reminder interest", percent=rate, amount=amount(line.interest))
    return f"{found}\n  {interest}"
