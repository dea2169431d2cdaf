"""A pay application: the cover of nine lines and the continuation sheet, as on G702 and G703.

All amounts are net of tax, in a currency that is owed. The four ties that reviewers check hold
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
from beancount_milestones.receivables import GROSS
from beancount_milestones.reports.drawing import drawn, on_deposit, work
from beancount_milestones.reports.prices import currencies, places_of, summed, worth
from beancount_milestones.reports.sequence import when_billed
from beancount_milestones.reports.slices import Slice, slices

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Sequence

    from beancount_milestones.legs import Leg, Part
    from beancount_milestones.model import Contract, Milestone
    from beancount_milestones.receivables import Role
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
    #: 2. Net change by change orders, less what was cancelled or waived.
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
    #: What the client withholds of it as tax.
    withheld: Decimal
    #: What the client owes on it: current + deposits + tax - withheld.
    due: Decimal
    lines: tuple[ApplicationLine, ...]


#: The columns of the sheet that its last line adds up.
_SUMMED: Final = ("scheduled", "previous", "this", "to_date", "balance", "retention")


def sheet_totals(found: Application) -> dict[str, Decimal]:
    """Return the last line of the continuation sheet: the sums of its columns of amounts."""
    return {name: amounts.add(getattr(line, name) for line in found.lines) for name in _SUMMED}


def applications(books: Books, number: str) -> list[Application]:
    """Return the pay application of a number: one for each contract and currency that it bills.

    As of the day of the application, whatever the as-of date of the books, which only has to be
    on or after it. Raises `UnknownApplicationError`.
    """
    every = list(slices(books.register, books.as_of))
    here = [part for part in every if part.step.number == number]
    if not here:
        known = sorted({part.step.number for part in every if part.step.number})
        message = f"nothing is billed on '{number}' by {books.as_of}{did_you_mean(number, known)}"
        raise UnknownApplicationError(message)
    billed = dict.fromkeys(
        (part.contract.id, currency)
        for part in here
        for piece, _ in part.parts
        for currency in currencies(part.contract, piece)
    )
    return [
        _application(books, number, [part for part in every if part.contract.id == name], currency)
        for name, currency in billed
    ]


def _application(books: Books, number: str, every: Sequence[Slice], currency: str) -> Application:
    numbered = [part for part in every if part.step.number == number]
    first = min(numbered, key=lambda part: when_billed(books, part.step))
    contract, date = first.contract, first.step.date
    sheet = _Sheet(books, contract, date, currency)
    before: dict[str, list[Slice]] = defaultdict(list)
    here: dict[str, list[Slice]] = defaultdict(list)
    for part in every:
        if part.step.number == number:
            here[part.milestone.id].append(part)
        elif when_billed(books, part.step) < when_billed(books, first.step):
            before[part.milestone.id].append(part)
    lines = tuple(
        sheet.line(milestone, before[milestone.id], here[milestone.id])
        for milestone in contract.milestones.values()
        if sheet.is_on(milestone)
    )
    parts = [part for some in here.values() for part in some]
    earlier = [part for some in before.values() for part in some]
    value = sheet.value()
    total = amounts.add(line.scheduled for line in lines)
    completed = amounts.add(line.to_date for line in lines)
    retention = amounts.add(line.retention for line in lines)
    earned = amounts.take(completed, retention)
    previous = amounts.take(
        amounts.add(line.previous for line in lines), sheet.sum_of(earlier, "held")
    )
    current = amounts.take(earned, previous)
    deposits, withheld = sheet.deposits(earlier, parts), sheet.sum_of(parts, "withheld")
    owed = sheet.sum_of(parts, "owed")
    # What the client owes is exact in its currency; at a price, the tax takes the cent.
    tax = amounts.take(amounts.add((owed, withheld)), amounts.add((current, deposits)))
    return Application(
        number=number,
        date=date,
        contract=contract.id,
        title=contract.entry.narration or "",
        client=contract.client,
        currency=currency,
        value=value,
        changes=amounts.take(total, value),
        total=total,
        completed=completed,
        retention=retention,
        earned=earned,
        previous=previous,
        current=current,
        balance=amounts.take(total, earned),
        deposits=deposits,
        tax=tax,
        withheld=withheld,
        due=owed,
        lines=lines,
    )


class _Sheet:
    """The amounts of a contract on a day, in a currency that it is owed in."""

    def __init__(
        self, books: Books, contract: Contract, date: datetime.date, currency: str
    ) -> None:
        self._books = books
        self._contract = contract
        self._date = date
        self._currency = currency
        self._places = places_of(
            (part for m in contract.milestones.values() for part in m.parts_at(date)),
            currency,
            books.register.places(currency),
        )

    def is_on(self, milestone: Milestone) -> bool:
        """Return whether a milestone is a line: it is there, and owed in the currency."""
        parts = milestone.parts_at(self._date)
        return any(self._currency in currencies(self._contract, part) for part in parts)

    def _role(self, leg: Leg) -> Role:
        return self._books.roles.of(self._contract, leg)

    def _signed(self, role: Role, amount: Decimal) -> Decimal:
        """An amount of a role: work, tax and deposits are credits, what is kept or owed a debit."""
        debit = self._contract.side == "sell"
        return amount if (role in GROSS) == debit else amounts.negative(amount)

    def sum_of(self, slices: Iterable[Slice], role: Role) -> Decimal:
        """Return what is owed or kept back of slices."""
        return self._signed(
            role,
            self._sum(
                (found.milestone, pair)
                for found in slices
                for part, figures in found.parts
                for pair in worth(
                    self._contract,
                    part,
                    [x for x in zip(part.legs, figures, strict=True) if self._role(x[0]) == role],
                    self._currency,
                )
            ),
        )

    def deposits(self, before: Sequence[Slice], here: Sequence[Slice]) -> Decimal:
        """Return what slices bill of deposits, less what they draw, after those before them."""
        previous, to_date = (
            self._sum(
                (found.milestone, pair)
                for found in some
                for part, figures in found.parts
                for pair in self._drawn(part, figures)
            )
            for some in (before, (*before, *here))
        )
        return self._signed("net", amounts.take(to_date, previous))

    def _sum(self, found: Iterable[tuple[Milestone, tuple[Decimal, Fraction]]]) -> Decimal:
        """The sum of numbers with their prices, rounded for each milestone by itself."""
        of_milestones: dict[str, list[tuple[Decimal, Fraction]]] = defaultdict(list)
        for milestone, pair in found:
            of_milestones[milestone.id].append(pair)
        return amounts.add(map(self._summed, of_milestones.values()))

    def _summed(self, found: Iterable[tuple[Decimal, Fraction]]) -> Decimal:
        return amounts.at_most(summed(found, self._places), self._places)

    def _drawn(self, part: Part, figures: Iterable[Decimal]) -> Iterator[tuple[Decimal, Fraction]]:
        pairs = on_deposit(self._contract, zip(part.legs, figures, strict=True))
        return drawn(self._books, self._contract, part, pairs, self._currency)

    def _worked(self, part: Part, figures: Sequence[Decimal]) -> Iterator[tuple[Decimal, Fraction]]:
        return work(self._books, self._contract, part, figures, self._currency)

    def value(self) -> Decimal:
        """Return what was agreed on the first day."""
        start = self._contract.entry.date
        return self._signed(
            "net",
            self._sum(
                (milestone, pair)
                for milestone in self._contract.milestones.values()
                for part in milestone.parts_at(self._date)
                if part.entry.date == start
                for pair in self._worked(part, part.amounts)
            ),
        )

    def _work(self, parts: Iterable[tuple[Part, tuple[Decimal, ...]]]) -> Decimal:
        """The work of parts of one milestone."""
        found = (pair for part, figures in parts for pair in self._worked(part, figures))
        return self._signed("net", self._summed(found))

    def line(
        self, milestone: Milestone, before: Sequence[Slice], here: Sequence[Slice]
    ) -> ApplicationLine:
        """Return a milestone as a line of the sheet."""
        # Once it is cancelled, what is left.
        left = milestone.state_at(self._date).left
        scheduled = self._work((part, part.at(left)) for part in milestone.parts_at(self._date))
        previous, to_date = (
            self._work(pair for found in some for pair in found.parts)
            for some in (before, (*before, *here))
        )
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
            this=amounts.take(to_date, previous),
            to_date=to_date,
            percent=percent,
            balance=amounts.take(scheduled, to_date),
            retention=self.sum_of((*before, *here), "held"),
        )
