"""What each step of a milestone bills: a slice of its legs, by client and account.

An invoice bills a fraction of a milestone. Its amounts are that fraction of the milestone's legs,
on whatever day the books took them: in the simple mode a milestone that is completed first and
invoiced later is booked at completion, and its invoice still says what it bills. Over the life of
a milestone the slices add up to what the ledger holds for it, leg by leg.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from beancount_milestones import amounts, postings
from beancount_milestones.amounts import ZERO
from beancount_milestones.model import BEGINNING, NOTHING, WHOLE
from beancount_milestones.receivables import KEPT, Account
from beancount_milestones.reports.prices import places_of

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Mapping, Sequence
    from decimal import Decimal

    from beancount_milestones.legs import Leg, Part
    from beancount_milestones.model import Contract, Milestone, Register, Step
    from beancount_milestones.receivables import Roles


@dataclass(frozen=True, slots=True)
class Slice:
    """What a step bills of a milestone; of a credit note, what it takes back."""

    contract: Contract
    milestone: Milestone
    step: Step
    #: The fraction billed before the step, and after it.
    low: Fraction
    high: Fraction
    #: The parts of the milestone, with what is billed of each of their legs: in the currency of
    #: each posting, as the ledger has it.
    parts: tuple[tuple[Part, tuple[Decimal, ...]], ...]
    #: All legs of all parts, with these amounts.
    legs: tuple[tuple[Leg, Decimal], ...]
    #: What each of these legs had come to before.
    before: tuple[Decimal, ...]

    @classmethod
    def of(
        cls,
        whose: tuple[Contract, Milestone],
        step: Step,
        date: datetime.date,
        low: Fraction,
        high: Fraction,
    ) -> Slice:
        """Return what lies between two fractions of a milestone, by the end of a day."""
        contract, milestone = whose
        marks = [(part, part.at(low), part.at(high)) for part in milestone.parts_at(date)]
        parts = tuple(
            (part, tuple(map(amounts.take, above, below))) for part, below, above in marks
        )
        legs = (zip(part.legs, figures, strict=True) for part, figures in parts)
        before = chain.from_iterable(below for _, below, _ in marks)
        every = tuple(chain.from_iterable(legs))
        return cls(contract, milestone, step, low, high, parts, every, tuple(before))

    @property
    def takes_back(self) -> bool:
        """Whether it takes back what an invoice has billed."""
        return self.high < self.low

    def turned(self, amount: Decimal) -> Decimal:
        """Return an amount with the sign of the invoice: what is owed is positive on both sides."""
        return amounts.negative(amount) if self.contract.side == "buy" else amount


class Charge(NamedTuple):
    """The amounts of a slice on one account, in its currency.

    ``gross = net + tax``, and ``owed = gross - held``. A credit note has negative amounts.
    """

    account: Account
    net: Decimal
    tax: Decimal
    held: Decimal
    #: Of that, what is withheld as tax.
    withheld: Decimal

    @property
    def gross(self) -> Decimal:
        """The net amount and the tax."""
        return amounts.add((self.net, self.tax))

    @property
    def owed(self) -> Decimal:
        """What the account takes of it."""
        return amounts.take(self.gross, self.held)


def slices(register: Register, as_of: datetime.date) -> Iterator[Slice]:
    """Yield what every step up to the end of a day bills or takes back, in the order written."""
    for contract, milestone in register.milestones():
        for step, low in milestone.moves(as_of):
            yield Slice.of((contract, milestone), step, step.date, low, step.state.billed)


def taken_back(register: Register, as_of: datetime.date) -> Iterator[tuple[str, Slice]]:
    """Yield what credit notes take back of each invoice, with its number, in the order written."""
    for contract, milestone in register.milestones():
        invoices = BEGINNING.invoices
        for step in milestone.steps_at(as_of):
            for one in invoices:
                if one.number in step.taken_back and one.high > step.state.billed:
                    low, high = one.high, max(one.low, step.state.billed)
                    yield one.number, Slice.of((contract, milestone), step, step.date, low, high)
            invoices = step.state.invoices


#: What something had come to before a slice, and has come to with it.
_Running = tuple["Decimal", "Decimal"]


def charges(found: Slice, roles: Roles) -> list[Charge]:
    """Return what a slice charges on each account that it is owed on.

    Amounts in another currency than the account's are taken at the price of the contract. Where
    several accounts share a slice, tax and what is kept back are shared as what is owed is.
    """
    owed, weights = _owed(found, roles)
    tax: list[_Running] = []
    kept: list[_Running] = []
    withheld: list[_Running] = []
    for (leg, amount), before in zip(found.legs, found.before, strict=True):
        role = roles.of(found.contract, leg)
        if role == "tax" or role in KEPT:
            marks = (before, amounts.add((before, amount)))
            low, high = (found.turned(leg.weight(mark)) for mark in marks)
            if role == "tax":
                tax.append((amounts.negative(low), amounts.negative(high)))
            else:
                kept.append((low, high))
                if role == "withheld":
                    withheld.append((low, high))
    sums = (_sums(tax), _sums(kept), _sums(withheld))

    def places(currency: str) -> int:
        parts = (part for part, _ in found.parts)
        return places_of(parts, currency, amounts.minor_unit(currency))

    return [
        _charge(account, (owed[account], weights[account], places(account.currency)), share, sums)
        for account, share in _shares(weights).items()
    ]


def _sums(pairs: Sequence[_Running]) -> _Running:
    low, high = zip(*pairs, strict=True) if pairs else ((), ())
    return amounts.add(low), amounts.add(high)


def _owed(found: Slice, roles: Roles) -> tuple[dict[Account, Decimal], dict[Account, Decimal]]:
    """What a slice is owed on each account: in its currency, and as weights."""
    owed: dict[Account, Decimal] = {}
    weights: dict[Account, Decimal] = {}
    for leg, amount in found.legs:
        if roles.of(found.contract, leg) == "owed":
            account = Account(leg.posting.account, leg.currency)
            weight = found.turned(leg.weight(amount))
            owed[account] = amounts.add((owed.get(account, ZERO), found.turned(amount)))
            weights[account] = amounts.add((weights.get(account, ZERO), weight))
    if not owed and (elsewhere := _elsewhere(found)):
        # A deposit covers it, or all of it is held back: it is an invoice all the same.
        owed[elsewhere] = weights[elsewhere] = ZERO
    return owed, weights


def _elsewhere(found: Slice) -> Account | None:
    """The first account that other milestones of a contract are owed on, if there is one."""
    contract = found.contract
    every = (part for milestone in contract.milestones.values() for part in milestone.parts)
    names = (leg.posting.account for part in every for leg in part.legs)
    name = next((name for name in names if name in contract.owed_on), None)
    return Account(name, postings.weight_currency(found.legs[0][0].posting)) if name else None


class Portion(NamedTuple):
    """What a slice has on one of its accounts."""

    #: In the currency of the account.
    owed: Decimal
    #: The same, what is held back and what is withheld as tax, as weights.
    weight: Decimal
    held: Decimal
    withheld: Decimal
    #: By account and currency, in the sign of the ledger.
    taxes: Mapping[tuple[str, str], Decimal]


def portions(found: Slice, roles: Roles) -> dict[Account, Portion]:
    """Return the portion of each account: they share as what is owed is."""
    owed, weights = _owed(found, roles)
    return {
        account: _portion(found, roles, (owed[account], weights[account]), share)
        for account, share in _shares(weights).items()
    }


def _portion(
    found: Slice, roles: Roles, owed: tuple[Decimal, Decimal], share: tuple[Fraction, Fraction]
) -> Portion:
    held = withheld = ZERO
    taxes: dict[tuple[str, str], Decimal] = {}
    for leg, amount in found.legs:
        role = roles.of(found.contract, leg)
        if leg.posting.account == found.contract.retention:
            part = amounts.between(found.turned(leg.weight(amount)), share)
            held = amounts.add((held, part))
        elif role == "withheld":
            part = amounts.between(found.turned(leg.weight(amount)), share)
            withheld = amounts.add((withheld, part))
        elif role == "tax":
            key = (leg.posting.account, leg.currency)
            taxes[key] = amounts.add((taxes.get(key, ZERO), amounts.between(amount, share)))
    return Portion(*owed, held, withheld, taxes)


def in_books(register: Register, as_of: datetime.date) -> Iterator[Slice]:
    """Yield what every step bills or takes back, and what is in the books without an invoice."""
    yield from slices(register, as_of)
    for contract, milestone in register.milestones():
        yield from waiting(contract, milestone, as_of)


def waiting(contract: Contract, milestone: Milestone, as_of: datetime.date) -> Iterator[Slice]:
    """Yield what is in the books and waits for its invoice, where there is any."""
    since = contract.waiting_since(milestone, as_of)
    if since:
        state = milestone.state_at(as_of)
        reach = contract.sides(state)[1]
        yield Slice.of((contract, milestone), since, as_of, state.billed, reach)


def _charge(
    account: Account,
    amount: tuple[Decimal, Decimal, int],
    share: tuple[Fraction, Fraction],
    sums: tuple[_Running, _Running, _Running],
) -> Charge:
    """The tax and what is kept back between two running totals, in the account's currency.

    ``amount`` is what is owed, in that currency and as a weight, and its decimals. Of ``sums`` each
    total is rounded, so that the invoices of a milestone add up.
    """
    owed, weight, places = amount
    rate = Fraction(owed) / Fraction(weight) if weight else Fraction(1)

    def part(number: Decimal) -> Decimal:
        # A weight at a price has more decimals than the currency of the account.
        if rate == WHOLE:
            number = amounts.at_most(number, places)
            if share == (NOTHING, WHOLE):
                return number
        return amounts.between(number, (share[0] * rate, share[1] * rate), places)

    tax, held, withheld = (amounts.take(part(high), part(low)) for low, high in sums)
    return Charge(account, amounts.take(amounts.add((owed, held)), tax), tax, held, withheld)


def _shares(weights: Mapping[Account, Decimal]) -> dict[Account, tuple[Fraction, Fraction]]:
    """The share of each account as two running totals; the first has all where nothing is owed."""
    total = amounts.add(weights.values())
    marks = [Fraction(0)]
    for weight in weights.values():
        whole = Fraction(weight) / Fraction(total) if total else Fraction(len(marks) == 1)
        marks.append(marks[-1] + whole)
    return {account: (marks[i], marks[i + 1]) for i, account in enumerate(weights)}
