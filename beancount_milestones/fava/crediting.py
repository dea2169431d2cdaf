"""A credit note over an amount: what it takes back of a milestone, and for how long."""

from __future__ import annotations

import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount.core.amount import Amount
from beancount.core.data import Custom
from beancount.parser.grammar import ValueType

from beancount_milestones import amounts
from beancount_milestones.fava.entries import PLACE
from beancount_milestones.fava.form import amount_of, read_date
from beancount_milestones.legs import NOTHING, WHOLE, total_of
from beancount_milestones.receivables import accounts_of, bills
from beancount_milestones.reports import status

if TYPE_CHECKING:
    from decimal import Decimal

    from beancount_milestones.fava.form import Plan
    from beancount_milestones.model import Contract, Milestone, State
    from beancount_milestones.reports import Books

#: What becomes of what a credit note takes back: it is invoiced again, or it is waived.
LATER: Final = "later"
FOR_GOOD: Final = "for good"
#: So many cents away from the proportion lies what books an amount, if anything does.
_NEAR: Final = sorted(range(-5, 6), key=abs)


class _Billed(NamedTuple):
    """What is billed of a milestone in a currency, on the day of a credit note."""

    contract: Contract
    milestone: Milestone
    currency: str
    date: datetime.date

    @property
    def state(self) -> State:
        """Where it stands."""
        return self.milestone.state_at(self.date)

    def at(self, fraction: Fraction) -> Decimal:
        """Return what a fraction of it bills: below zero for a reduction, and what is held back."""
        accounts = accounts_of(self.contract, self.milestone, self.date)
        return amounts.add(
            bills(self.contract, self.milestone, account, fraction, self.date)
            for account in accounts
            if account.currency == self.currency
        )

    def above(self, fraction: Fraction) -> Decimal:
        """Return what a credit note down to a fraction takes back, without a sign."""
        return amounts.take(self.at(self.state.billed), self.at(fraction)).copy_abs()


def plan_credit(books: Books, made: Plan, milestone: Milestone) -> list[ValueType]:
    """Put into the plan what a credit note takes back; return how far down it goes, if not to 0.

    The directive says that as an amount of the milestone's own total: retention has its part in
    what is credited. All is as of the day of the credit note.
    """
    date = read_date(made.fields["date"]) or books.as_of
    then = books if date == books.as_of else books.on(date)
    key = (milestone.contract, milestone.id)
    rows = [row for row in status(then) if (row.contract, row.milestone) == key]
    made.currency = next((row.currency for row in rows if row.billed), "")
    contract = books.register.contracts[milestone.contract]
    billed = _Billed(contract, milestone, made.currency, date)
    made.owed = billed.above(NOTHING)
    usual = FOR_GOOD if billed.state.waived == date else LATER
    for_good = (made.fields["then"] or usual) == FOR_GOOD
    made.fields["then"] = FOR_GOOD if for_good else LATER
    credit = _amount(books, made)
    if not made.owed:
        made.problems.append("Nothing of it is invoiced")
    elif later := next_move(milestone, date):
        made.problems.append(
            f"It is billed or credited again on {later}, which this would change:"
            " give that date or a later one"
        )
    elif credit is not None and not 0 < credit <= made.owed:
        most = f"{made.owed:f} {made.currency}"
        made.problems.append(f"A credit note of it is over more than 0 and at most {most}")
    if made.problems or credit is None:
        return []
    _end(made, billed.state, date)
    if billed.at(WHOLE) < 0:
        what = "what is held back" if contract.holds_back(milestone, date) else "a reduction"
        made.doubts.append(f"It takes back {what}: {credit:f} {made.currency} is owed again")
    whole = amounts.add(row.amount for row in rows if row.currency == made.currency)
    besides = amounts.take(whole.copy_abs(), made.owed)
    if for_good and besides:
        made.doubts.append(f"{besides:f} {made.currency} that is not invoiced falls away too")
    return [] if credit == made.owed else [_down_to(books, made, billed, credit)]


def next_move(milestone: Milestone, date: datetime.date) -> datetime.date | None:
    """Return the first day after a day on which a milestone is billed or credited.

    What is credited before it would change what is billed there, and that has been sent.
    """
    moves = milestone.moves(datetime.date.max)
    return next((step.date for step, _ in moves if step.date > date), None)


def _amount(books: Books, made: Plan) -> Decimal | None:
    """What is credited: all if nothing is said, None where that cannot be read."""
    if not made.fields["amount"]:
        return made.owed
    exact = max(books.register.places(made.currency), amounts.decimals(made.owed))
    return amount_of(made, "amount", made.currency, exact)


def _end(made: Plan, state: State, date: datetime.date) -> None:
    """Put into the plan what is written with it, so that what is credited falls away, or stays."""
    for_good = made.fields["then"] == FOR_GOOD
    if state.waived == date:
        # On one day what is waived comes last: this falls away by itself.
        if not for_good:
            made.problems.append(
                "It is waived on that day, so what is credited falls away for good:"
                " choose that, or another date"
            )
        return
    if not for_good:
        return
    if state.waived and state.completed and state.completed > state.waived:
        made.problems.append(
            f"It was waived on {state.waived} and completed since: choose to invoice it again later"
        )
    # It is waived once: again only after that is taken back.
    names = ["reopened", "waived"] if state.waived else ["waived"]
    for line, name in enumerate(names, 1):
        words = [ValueType(text, str) for text in (made.asked.contract, made.asked.milestone, name)]
        made.more.append(Custom({**PLACE, "lineno": line}, date, "milestone", words))


def _down_to(books: Books, made: Plan, billed: _Billed, credit: Decimal) -> ValueType:
    """The amount of the milestone's own total, down to which a part of it is taken back.

    Each leg is rounded, so cents beside the proportion may be what books exactly that.
    """
    parts = billed.milestone.parts_at(billed.date)
    total, currency = total_of(parts), parts[0].currency
    places = max(amounts.decimals(total), amounts.decimals(credit))
    left = Fraction(amounts.take(made.owed, credit)) / Fraction(billed.at(WHOLE).copy_abs())
    cent = Fraction(1, 10**places)
    middle = Fraction(amounts.fraction_of(total, left, places))
    fractions = [(middle + cents * cent) / Fraction(total) for cents in _NEAR]
    possible = [one for one in fractions if 0 <= one < billed.state.billed]
    booked, down_to = min(
        ((billed.above(one), one) for one in possible),
        key=lambda found: amounts.take(found[0], credit).copy_abs(),
    )
    if booked != credit:
        made.doubts.append(
            f"No amount books exactly that: {booked:f} {made.currency} would be credited"
        )
    number = amounts.fraction_of(total, down_to, places)
    return ValueType(
        Amount(amounts.trimmed(number, books.register.places(currency)), currency), Amount
    )
