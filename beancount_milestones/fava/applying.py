"""A pay application: how far each line of a contract is, billed in one directive."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount.core.amount import Amount
from beancount.core.data import Custom
from beancount.parser.grammar import ValueType

from beancount_milestones import amounts
from beancount_milestones.fava.entries import PLACE
from beancount_milestones.fava.form import (
    NUMBER,
    contract_of,
    date_of,
    doubt_number,
    in_figures,
    invoice_of,
    is_exact,
    too_exact,
)
from beancount_milestones.legs import NOTHING, total_of
from beancount_milestones.reading.values import plain, shown
from beancount_milestones.reports import next_number

if TYPE_CHECKING:
    import datetime

    from beancount_milestones.fava.form import Plan
    from beancount_milestones.model import Contract, Milestone, State
    from beancount_milestones.reports import Books

#: The fields of this period, with the id of the milestone.
THIS: Final = "this-"
#: All of a line, in percent.
_ALL: Final = 100


class Applied(NamedTuple):
    """A line of the form."""

    milestone: str
    title: str
    currency: str
    total: Decimal
    #: How far it was before, in percent, and what that is.
    before: str
    before_amount: Decimal
    #: How far it is then; nothing where it does not move.
    to_date: str
    to_date_amount: Decimal


def plan_application(books: Books, made: Plan) -> None:
    """Put the pay application of a contract into the plan, or what is wrong with it."""
    asked, fields = made.asked, made.fields
    made.form = "application"
    date = date_of(made, "date", "The date")
    contract = contract_of(books, made)
    if contract is None:
        return
    if contract.side == "sell":
        # A supplier's has a number of theirs.
        made.next = next_number(books, date or books.as_of)
    fields["invoice"] = asked.values.get("invoice", made.next).strip()
    meta = invoice_of(made)
    doubt_number(books, made, contract)
    day = date or books.as_of
    for milestone in contract.milestones.values():
        if milestone.parts_at(day):
            made.applied.append(_line(books, made, contract, milestone, day, meta))
    # A form that is new has no field of a line: that nothing is said is no mistake so far.
    typed = any(name.startswith(THIS) for name in asked.values)
    moves = any(key.startswith("milestone-") for key in meta)
    if typed and not moves and not made.problems:
        made.problems.append("What was done in this period? Give it in percent or as an amount")
    if date and moves and not made.problems:
        values = [ValueType(text, str) for text in (contract.id, "progress")]
        made.entry = Custom({**PLACE, **meta}, date, "contract", values)


def _line(  # noqa: PLR0913, PLR0917 - the form, and what it is about
    books: Books,
    made: Plan,
    contract: Contract,
    milestone: Milestone,
    date: datetime.date,
    meta: dict[str, object],
) -> Applied:
    """A line of the form; what it says goes into the metadata of the directive.

    The amounts of a reduction are below zero.
    """
    parts = milestone.parts_at(date)
    total, currency = total_of(parts), parts[0].currency
    if contract.reduces(parts):
        total = amounts.negative(total)
    state = milestone.state_at(date)
    places = max(amounts.decimals(total), books.register.places(currency))
    # What is billed goes on from what was billed before.
    before = state.billed if made.fields["invoice"] else state.earned
    name = f"{THIS}{milestone.id}"
    text = made.asked.values.get(name, _usual(state, before)).strip()
    made.fields[name] = text
    said: Decimal | Amount | str | None = None
    if text:
        said = _to_date(text, before, Amount(total, currency), places)
        if said is None:
            like = f"10% or {'-' if total < 0 else ''}1,250.00 {currency}"
            made.problems.append(
                f"{shown(text)} of '{milestone.id}' is not a part; write it as {like}"
            )
        elif isinstance(said, Amount) and not is_exact(said.number or amounts.ZERO, places):
            problem = too_exact(text, currency, places)
            made.problems.append(f"{milestone.id}: {problem}")
        else:
            meta[f"milestone-{milestone.id}"] = said
            if text.isdecimal() and Decimal(text) <= _ALL:
                made.doubts.append(f"{text} is taken as {text} {currency}: percent is {text}%")
    share = before if said is None else _share(said, total)
    return Applied(
        milestone.id,
        milestone.title_at(date),
        currency,
        total,
        _percent(before),
        amounts.fraction_of(total, before, places),
        "" if said is None else _percent(share),
        amounts.fraction_of(total, share, places),
    )


def _usual(state: State, before: Fraction) -> str:
    """What is earned and not billed, in percent, where it has an end in figures."""
    waiting = in_figures((state.earned - before) * 100)
    return f"{waiting}%" if state.earned > before and waiting else ""


def _share(said: Decimal | Amount | str, total: Decimal) -> Fraction:
    """How far a line is by what the directive says."""
    if isinstance(said, Amount):
        return Fraction(said.number or 0) / Fraction(total) if total else NOTHING
    return Fraction(str(said).removesuffix("%")) / 100


def _percent(share: Fraction) -> str:
    return f"{plain(round(share * 100, 2))}%"


def _to_date(
    text: str, before: Fraction, whole: Amount, places: int
) -> Decimal | Amount | str | None:
    """What a part of this period makes in all: in percent if it has an end, else as an amount."""
    total, currency = whole.number or amounts.ZERO, whole.currency
    minus = text.startswith("-")
    number = text.removeprefix("-").removesuffix("%").removesuffix(currency).strip()
    if not NUMBER.fullmatch(number):
        return None
    part = Decimal(number.replace(",", "")) * (-1 if minus else 1)
    if text.endswith("%"):
        percent = before * 100 + Fraction(part)
        figures = in_figures(percent)
        if figures:
            # A bare number below 1 would be taken for a mistake.
            return f"{figures}%" if 0 < percent < 1 else Decimal(figures)
        part = amounts.fraction_of(total, Fraction(part) / 100, places)
    elif total < 0 < part:
        return None
    so_far = amounts.fraction_of(total, before, places)
    return Amount(amounts.trimmed(amounts.add((so_far, part)), places), currency)
