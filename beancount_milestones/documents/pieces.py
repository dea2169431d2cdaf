"""What an invoice charges of one milestone: work, deposits and tax by rate, and what is left."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from beancount_milestones import amounts
from beancount_milestones.amounts import ZERO
from beancount_milestones.documents import rates
from beancount_milestones.documents.model import DocumentLine, RateSum
from beancount_milestones.model import NOTHING, WHOLE
from beancount_milestones.reports.slices import portions

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Sequence

    from beancount_milestones.documents.rates import Shares
    from beancount_milestones.legs import Leg
    from beancount_milestones.model import Contract, Milestone
    from beancount_milestones.parties import TaxRate
    from beancount_milestones.receivables import Role
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.invoices import Billed

#: Percentages are shown with so many decimals.
_PERCENT_PLACES: Final = 2
#: Events on whose day something is done.
_DOING: Final = frozenset({"progress", "delivered", "completed"})


@dataclass(frozen=True, slots=True)
class Piece:
    """What an invoice charges of one milestone on one account."""

    billed: Billed
    #: Work or deposit that is billed, and deposits that are drawn: net, as on the invoice.
    work: Decimal
    used: Decimal
    #: By account.
    taxes: dict[str, Decimal]
    #: By currency, where the tax is booked in another one.
    tax_in: dict[str, Decimal]
    #: How the net amount of the milestone is shared among the rates.
    shares: Shares
    #: All that the milestone will ever bill, and what was billed of it before.
    scheduled: Decimal
    before: Decimal
    #: What the client withholds of it as tax.
    withheld: Decimal
    places: int

    @classmethod
    def of(cls, books: Books, billed: Billed) -> Piece:
        """Share out what is charged: to work, deposits and rates of tax."""
        part, charge = billed.slice, billed.charge
        every = Legs(books, part.contract)
        left = part.milestone.state_at(part.step.date).left
        whole, scheduled, before = (
            [
                (leg, part.turned(leg.weight(amount)))
                for piece in part.milestone.parts_at(part.step.date)
                for leg, amount in zip(piece.legs, piece.at(fraction), strict=True)
            ]
            for fraction in (WHOLE, left, part.low)
        )
        here = [(leg, part.turned(leg.weight(amount))) for leg, amount in part.legs]
        owed = every.owed(here)
        factor = Fraction(charge.owed) / Fraction(owed) if owed else Fraction(1)
        places = max(map(amounts.decimals, (charge.net, charge.tax, charge.owed)))

        def scaled(number: Decimal) -> Decimal:
            if factor != 1:
                return amounts.fraction_of(number, factor, places)
            # A weight at a price has zeros at its end.
            return amounts.trimmed(number, places)

        tax_in = rates.summed(
            (currency, amounts.negative(part.turned(tax)))
            for (_, currency), tax in portions(part, books.roles)[charge.account].taxes.items()
            if currency != charge.account.currency
        )
        _, used = every.net(here)
        used = scaled(used)
        taxes = {account: scaled(tax) for account, tax in every.taxes(here).items()}
        if taxes:
            last = next(reversed(taxes))
            rest = amounts.take(charge.tax, amounts.add(taxes.values()))
            taxes[last] = amounts.add((taxes[last], rest))
        return cls(
            billed=billed,
            work=amounts.take(charge.net, used),
            used=used,
            taxes=taxes,
            tax_in=tax_in,
            shares=every.shares(part.milestone, whole),
            scheduled=scaled(every.net(scheduled)[0]),
            before=scaled(every.net(before)[0]),
            withheld=charge.withheld,
            places=places,
        )

    @property
    def contract(self) -> Contract:
        """The contract of the milestone."""
        return self.billed.slice.contract

    @property
    def is_shown(self) -> bool:
        """Whether an invoice has a line for it: what only holds back or releases is below them."""
        works = self.billed.slice.milestone.has_earned_side(self.billed.slice.step.date)
        return works or any((self.scheduled, self.before, self.work))

    def line(self, date: datetime.date) -> DocumentLine:
        """Return the piece as a line of the invoice."""
        part = self.billed.slice
        milestone = part.milestone
        works = milestone.has_earned_side(date)
        # Once something has fallen away, a percentage is of what is left.
        left = milestone.state_at(part.step.date).left or WHOLE
        partly = bool(part.low) or part.high != left
        return DocumentLine(
            contract=part.contract.id,
            milestone=milestone.id,
            title=milestone.title_at(date),
            change=milestone.entry.date > part.contract.entry.date,
            deposit=not works and bool(self.work),
            scheduled=self.scheduled,
            before=self.before,
            this=self.work,
            percent=_percent(part.high / left) if partly else None,
            rates=rates.cut(self.work, self.shares, self.places),
            done=_done(self.billed, date) if works else None,
        )

    def drawn(self) -> tuple[RateSum, ...]:
        """Return what it draws of deposits, by rate."""
        return tuple(
            RateSum(rate, net, rates.tax_on(net, rate, self.places))
            for rate, net in rates.cut(self.used, self.shares, self.places)
            if net
        )


def _percent(fraction: Fraction) -> Decimal:
    return amounts.fraction_of(ZERO + 100, fraction, _PERCENT_PLACES)


class Legs:
    """What the legs of a contract are on an invoice."""

    def __init__(self, books: Books, contract: Contract) -> None:
        """Take the contract, and the ledger that says which accounts hold taxes."""
        self._contract = contract
        self._rates = books.register.taxes
        self._roles = books.roles

    def _role(self, leg: Leg) -> Role:
        return self._roles.of(self._contract, leg)

    def owed(self, legs: Iterable[tuple[Leg, Decimal]]) -> Decimal:
        """Return what is owed of it all."""
        return amounts.add(amount for leg, amount in legs if self._role(leg) == "owed")

    def net(self, legs: Sequence[tuple[Leg, Decimal]]) -> tuple[Decimal, Decimal]:
        """Return the work, or the deposit that is billed; and the deposits that are drawn."""
        found = [(leg, amounts.negative(n)) for leg, n in legs if self._role(leg) == "net"]
        work = amounts.add(amount for leg, amount in found if leg.earned)
        deposit = amounts.add(amount for leg, amount in found if not leg.earned)
        works = any(leg.earned for leg, _ in found)
        return (work, deposit) if works else (deposit, ZERO)

    def shares(self, milestone: Milestone, legs: Sequence[tuple[Leg, Decimal]]) -> Shares:
        """Return how the net amount of a milestone is shared among the rates.

        As that of all that its transactions say, since the cents of a small tax make much of its
        net amount; only where that cannot be, as the milestone's own amounts say.
        """
        net, taxes = amounts.add(self.net(legs)), self._by_rate(legs)
        entries = [part.entry for part in milestone.parts]
        every = [
            (leg, leg.weight(amount))
            for other in self._contract.milestones.values()
            for part in other.parts
            if any(part.entry is entry for entry in entries)
            for leg, amount in part.pairs()
        ]
        # Of tax: a net amount at a price has more decimals than anyone has rounded to.
        unit = Decimal(1).scaleb(-max(map(amounts.decimals, taxes.values()), default=0))
        whole = rates.shares(amounts.add(self.net(every)), self._by_rate(every), unit)
        return whole if rates.explains(whole, net, taxes, unit) else rates.shares(net, taxes, unit)

    def taxes(self, legs: Iterable[tuple[Leg, Decimal]]) -> dict[str, Decimal]:
        """Return the tax by account."""
        return rates.summed(
            (leg.posting.account, amounts.negative(amount))
            for leg, amount in legs
            if self._role(leg) == "tax"
        )

    def _by_rate(self, legs: Iterable[tuple[Leg, Decimal]]) -> dict[TaxRate | None, Decimal]:
        taxes = self.taxes(legs).items()
        return rates.summed((self._rates.get(account), tax) for account, tax in taxes)


def _done(billed: Billed, date: datetime.date) -> tuple[datetime.date, datetime.date] | None:
    """The first and the last day, since it was billed before, on which something was done.

    Where nothing was done since then, the last day on which anything was.
    """
    days: list[datetime.date] = []
    last = None
    fraction = NOTHING
    for step in billed.slice.milestone.steps_at(date):
        if step.event in _DOING:
            last = step.date
            days.append(last)
        if step.state.billed != fraction and step is not billed.slice.step:
            days = []
        fraction = step.state.billed
    days = days or ([last] if last else [])
    return (days[0], days[-1]) if days else None
