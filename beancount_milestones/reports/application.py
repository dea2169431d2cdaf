"""A pay application: the cover of nine lines and the continuation sheet, as on G702 and G703.

All amounts are net of tax, in the currency of the contract. The four ties that reviewers check hold
by construction: the cover is the sum of the sheet, the scheduled values are the contract sum, what
is previous is what was to date, and no line is above its scheduled value.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from beancount_milestones import amounts
from beancount_milestones.errors import did_you_mean
from beancount_milestones.reading.settings import Roots
from beancount_milestones.receivables import role_of
from beancount_milestones.reports.slices import Slice, slices

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Sequence

    from beancount_milestones.legs import Leg, Part
    from beancount_milestones.model import Contract, Milestone
    from beancount_milestones.reports.books import Books

#: All, as percentages are shown.
_ALL: Final = Decimal("100.00")


class UnknownApplicationError(Exception):
    """No contract bills anything on that number; the message names the nearest."""


@dataclass(frozen=True, slots=True)
class ApplicationLine:
    """A line of the continuation sheet: a milestone of the contract."""

    contract: str
    milestone: str
    title: str
    #: Whether a change order added it.
    change: bool
    scheduled: Decimal
    #: Billed on earlier applications, less what credit notes took back.
    previous: Decimal
    this: Decimal
    to_date: Decimal
    #: Of the scheduled value; None where that is zero, as for what is held back.
    percent: Decimal | None
    #: The scheduled value less what is billed to date.
    balance: Decimal
    #: Held back of it to date, less what was released.
    retention: Decimal


@dataclass(frozen=True, slots=True)
class Application:
    """A pay application of one contract. The numbers of the lines are those of G702."""

    number: str
    date: datetime.date
    contract: str
    title: str
    client: str
    currency: str
    #: 1. What was agreed on the first day.
    value: Decimal
    #: 2. Net change by change orders.
    changes: Decimal
    #: 3. The contract sum to date: 1 + 2.
    total: Decimal
    #: 4. Completed and billed to date, what is held back included.
    completed: Decimal
    #: 5. Held back.
    retention: Decimal
    #: 6. 4 - 5.
    earned: Decimal
    #: 7. Line 6 of the application before.
    previous: Decimal
    #: 8. 6 - 7, before deposits and tax.
    current: Decimal
    #: 9. Balance to finish, what is held back included: 3 - 6.
    balance: Decimal
    #: Deposits billed (above zero) or drawn (below zero) on this application.
    deposits: Decimal
    #: The tax of this application.
    tax: Decimal
    #: What the client owes on it: current + deposits + tax.
    due: Decimal
    lines: tuple[ApplicationLine, ...]


def applications(books: Books, number: str) -> list[Application]:
    """Return the pay application of a number: one for each contract that it bills.

    As of the day of the application, whatever the as-of date of the books, which only has to be
    on or after it. Raises `UnknownApplicationError`.
    """
    every = list(slices(books.register, books.as_of))
    here = [part for part in every if part.step.number == number]
    if not here:
        known = sorted({part.step.number for part in every if part.step.number})
        message = f"nothing is billed on '{number}' by {books.as_of}{did_you_mean(number, known)}"
        raise UnknownApplicationError(message)
    contracts = dict.fromkeys(part.contract.id for part in here)
    return [
        _application(books, number, [part for part in every if part.contract.id == name])
        for name in contracts
    ]


def _application(books: Books, number: str, every: Sequence[Slice]) -> Application:
    first = next(part for part in every if part.step.number == number)
    contract, date = first.contract, first.step.date
    sheet = _Sheet(books, contract, date)
    before: dict[str, list[Slice]] = defaultdict(list)
    here: dict[str, list[Slice]] = defaultdict(list)
    for part in every:
        if part.step.number == number:
            here[part.milestone.id].append(part)
        elif _is_earlier(part, number, date):
            before[part.milestone.id].append(part)
    lines = tuple(
        sheet.line(milestone, before[milestone.id], here[milestone.id])
        for milestone in contract.milestones.values()
        if milestone.parts_at(date)
    )
    parts = [part for some in here.values() for part in some]
    earlier = [part for some in before.values() for part in some]
    value, changes = sheet.value()
    total = amounts.add((value, changes))
    completed = amounts.add(line.to_date for line in lines)
    retention = amounts.add(line.retention for line in lines)
    earned = amounts.take(completed, retention)
    previous = amounts.take(
        amounts.add(line.previous for line in lines), sheet.sum_of(earlier, "held")
    )
    current = amounts.take(earned, previous)
    deposits, tax = sheet.deposits(parts), sheet.sum_of(parts, "tax")
    return Application(
        number=number,
        date=date,
        contract=contract.id,
        title=contract.entry.narration or "",
        client=contract.client,
        currency=sheet.currency,
        value=value,
        changes=changes,
        total=total,
        completed=completed,
        retention=retention,
        earned=earned,
        previous=previous,
        current=current,
        balance=amounts.take(total, earned),
        deposits=deposits,
        tax=tax,
        due=amounts.add((current, deposits, tax)),
        lines=lines,
    )


def _is_earlier(part: Slice, number: str, date: datetime.date) -> bool:
    """Whether it was billed before; on one day, by number."""
    return part.step.date < date or (part.step.date == date and (part.step.number or "") < number)


class _Sheet:
    """The amounts of a contract on a day."""

    def __init__(self, books: Books, contract: Contract, date: datetime.date) -> None:
        self._taxes = books.register.taxes
        self._roots = Roots.of(books.options)
        self._contract = contract
        self._date = date
        self.currency = next(iter(contract.milestones.values())).parts[0].currency

    def _amount(self, leg: Leg, amount: Decimal, role: str) -> Decimal:
        """What a leg adds to a role: work, tax and deposits are credits, what is held a debit."""
        weight = leg.weight(amount)
        debit = self._contract.side == "sell"
        return weight if (role == "held") == debit else amounts.negative(weight)

    def sum_of(self, parts: Iterable[Slice], role: str) -> Decimal:
        """Return what slices have of a role."""
        return amounts.add(
            self._amount(leg, amount, role)
            for part in parts
            for leg, amount in part.legs
            if role_of(self._contract, leg, self._taxes, self._roots) == role
        )

    def deposits(self, parts: Iterable[Slice]) -> Decimal:
        """Return what slices bill of deposits, less what they draw."""
        return amounts.add(
            self._amount(leg, amount, "net")
            for part in parts
            for leg, amount in part.legs
            if not leg.earned and leg.posting.account in self._contract.deposits
        )

    def _work(self, legs: Iterable[tuple[Leg, Decimal]]) -> Decimal:
        return amounts.add(self._amount(leg, amount, "net") for leg, amount in legs if leg.earned)

    def _scheduled(self, parts: Iterable[Part]) -> Decimal:
        return self._work(pair for part in parts for pair in part.pairs())

    def value(self) -> tuple[Decimal, Decimal]:
        """Return what was agreed on the first day, and what change orders changed."""
        start = self._contract.entry.date
        parts = [
            part for m in self._contract.milestones.values() for part in m.parts_at(self._date)
        ]
        agreed = self._scheduled(part for part in parts if part.entry.date == start)
        return agreed, self._scheduled(part for part in parts if part.entry.date > start)

    def line(
        self, milestone: Milestone, before: Sequence[Slice], here: Sequence[Slice]
    ) -> ApplicationLine:
        """Return a milestone as a line of the sheet."""
        parts = milestone.parts_at(self._date)
        scheduled = self._scheduled(parts)
        previous, this = (
            amounts.add(self._work(part.legs) for part in some) for some in (before, here)
        )
        to_date = amounts.add((previous, this))
        percent = None
        if scheduled:
            share = Fraction(to_date) / Fraction(scheduled)
            percent = amounts.fraction_of(_ALL, share, amounts.decimals(_ALL))
        return ApplicationLine(
            contract=self._contract.id,
            milestone=milestone.id,
            title=milestone.title_at(self._date),
            change=milestone.entry.date > self._contract.entry.date,
            scheduled=scheduled,
            previous=previous,
            this=this,
            to_date=to_date,
            percent=percent,
            balance=amounts.take(scheduled, to_date),
            retention=self.sum_of((*before, *here), "held"),
        )
