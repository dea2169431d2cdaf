"""What happened to a milestone, as a directive: events and reminders. Writes nothing."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from beancount.core.data import Custom
from beancount.parser.grammar import ValueType

from beancount_milestones.documents.reminders import reminders
from beancount_milestones.fava.crediting import plan_credit
from beancount_milestones.fava.entries import PLACE
from beancount_milestones.fava.form import (
    Plan,
    date_of,
    doubt_number,
    in_figures,
    invoice_of,
    number_of,
    read_date,
)
from beancount_milestones.parties import MOST_LEVELS
from beancount_milestones.reports import next_credit_number, next_number, status
from beancount_milestones.reports.invoices import numbered
from beancount_milestones.reports.reminding import reminded

if TYPE_CHECKING:
    import datetime

    from beancount_milestones.model import Milestone, State
    from beancount_milestones.reports import Books

#: Says that a reminder was sent.
REMINDER: Final = "reminder"
#: How far something is, as a part: one third has no end in figures.
_FRACTION: Final = re.compile(r"\d{1,15} ?/ ?\d{1,15}", re.ASCII)
#: The fields of each of them, besides the date.
FIELDS: Final = {
    "delivered": (),
    "rejected": (),
    "progress": ("percent", "invoice", "due"),
    "completed": ("invoice", "due"),
    "reopened": (),
    "invoiced": ("invoice", "percent", "due"),
    "credited": ("invoice", "amount", "then"),
    "cancelled": (),
    "waived": (),
    REMINDER: ("level",),
}


def plan_event(books: Books, made: Plan, milestone: Milestone, date: datetime.date) -> None:
    """Put into the plan the directive that says what happened, or what is wrong with it."""
    asked = made.asked
    key = (asked.contract, asked.milestone)
    row = next(row for row in status(books) if (row.contract, row.milestone) == key)
    made.title = f"{row.client}, {made.title}"
    made.owed, made.currency = row.amount, row.currency
    contract = books.register.contracts[asked.contract]
    sell = contract.side == "sell"
    if "invoice" in FIELDS[asked.action] and sell:
        # A supplier's has a number of theirs.
        made.next = next_number(books, date)
    for name in FIELDS[asked.action]:
        made.fields[name] = asked.value(name)
    if asked.action == "invoiced":
        made.fields["invoice"] = asked.values.get("invoice", made.next).strip()
        if "percent" not in asked.values:
            made.fields["percent"] = _percent_to_bill(
                milestone.state_at(read_date(made.fields["date"]) or date)
            )
    if asked.action == "credited" and sell:
        usual = next_credit_number(books, date)
        made.fields["invoice"] = asked.values.get("invoice", usual).strip()
    day = read_date(made.fields["date"])
    if "due" in made.fields and day:
        # Without a date of its own an invoice of that day is due by the terms.
        made.due = contract.due(day)
    doubt_number(books, made, contract)
    if asked.action == REMINDER:
        _plan_reminder(books, made)
    elif asked.action == "credited":
        _plan_event(made, *plan_credit(books, made, milestone))
    else:
        _plan_event(made)


def _percent_to_bill(state: State) -> str:
    """What is earned, in figures: what is earned later on that day is not on this invoice too.

    Nothing where it is all, or has no end in figures. What is billed as far as it is earned is
    billed in advance.
    """
    if state.earned == state.whole:
        return ""
    if state.earned <= state.billed:
        return "100"
    return in_figures(state.earned / state.whole * 100)


# ---------------------------------------------------------------- events


def _plan_event(made: Plan, *more: ValueType) -> None:
    asked = made.asked
    date = date_of(made, "date", "The date")
    values = [ValueType(text, str) for text in (asked.contract, asked.milestone, asked.action)]
    values += more
    if asked.action == "progress" and not made.fields["percent"]:
        made.problems.append("How much is done? Give it in percent, from 0 to 100")
    elif made.fields.get("percent"):
        far = _how_far(made)
        if far:
            values.append(far)
    meta = invoice_of(made)
    if made.fields.get("due"):
        due = date_of(made, "due", "The due date")
        meta["due"] = due
        if date and due and due < date:
            made.problems.append("It is due before the day of the invoice: give a later due date")
    if date and not made.problems:
        # Fava writes what it finds here, less the place.
        made.entry = Custom({**PLACE, **meta}, date, "milestone", values)


def _how_far(made: Plan) -> ValueType | None:
    """How far it is, as the ledger has it; None where it cannot be read."""
    text = made.fields["percent"]
    if _FRACTION.fullmatch(text):
        return ValueType(text, str)
    number = number_of(made, "percent")
    if number is None:
        return None
    if 0 < number < 1 and text.endswith("%"):
        # A bare number below 1 would be taken for a mistake.
        return ValueType(f"{number:f}%", str)
    return ValueType(number, Decimal)


def _plan_reminder(books: Books, made: Plan) -> None:
    """That a reminder was sent: of an invoice, the next level if no other is said.

    The letter is about all that is due of the client, so the others of it are written too.
    """
    date = date_of(made, "date", "The date")
    number = made.asked.value("settles")
    made.fields["settles"] = number
    open_ = {one.number: one.date for one in numbered(books) if one.open > 0}
    if number not in open_:
        made.problems.append(f"'{number}' is not an invoice with something open")
    elif date and date < open_[number]:
        made.problems.append(f"'{number}' is of {open_[number]}: no reminder of it is before that")
    level = made.fields["level"] or str(reminded(books, number) + 1)
    made.fields["level"] = level
    if not level.isdecimal() or not 0 < int(level[:4]) <= MOST_LEVELS:
        made.problems.append(f"The level '{level}' is not a number like 1, 2 or 3")
    if date and not made.problems:
        levels = {number: int(level)} | {
            name: due
            for name, due in _levels_with(books.on(min(date, books.as_of)), number).items()
            if name in open_ and name != number
        }
        first, *others = (
            Custom({**PLACE, "lineno": line}, date, "reminder", _reminded(name, due))
            for line, (name, due) in enumerate(levels.items())
        )
        made.entry = first
        made.more += others


def _reminded(number: str, level: int) -> list[ValueType]:
    return [ValueType(number, str), ValueType(Decimal(level), Decimal)]


def _levels_with(books: Books, number: str) -> dict[str, int]:
    """The levels of all that the letters about an invoice remind of."""
    letters = [letter.due for letter in reminders(books)]
    return {
        line.number: line.level
        for due in letters
        if number in {line.number for line in due}
        for line in due
    }
