"""What each step of a milestone bills: a slice of its legs, by client and account.

An invoice bills a fraction of a milestone. Its amounts are that fraction of the milestone's legs,
on whatever day the books took them: in the simple mode a milestone that is completed first and
invoiced later is booked at completion, and its invoice still says what it bills. Over the life of
a milestone the slices add up to what the ledger holds for it, leg by leg.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from beancount_milestones import amounts, postings
from beancount_milestones.amounts import ZERO
from beancount_milestones.model import BEGINNING, NOTHING, WHOLE
from beancount_milestones.receivables import KEPT, Account
from beancount_milestones.reports.prices import places_of
from beancount_milestones.reports.sharing import EVERYONE, Sharing, first_of

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from beancount_milestones.legs import Leg, Part
    from beancount_milestones.model import Contract, Milestone, Register, Step
    from beancount_milestones.receivables import Role, Roles
    from beancount_milestones.reports.sharing import Share


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


def taken_back(register: Register, as_of: datetime.date) -> Iterator[tuple[Step, Slice]]:
    """Yield what is taken back of each invoice, with the step that billed it, in written order."""
    for contract, milestone in register.milestones():
        billing: dict[Fraction, Step] = {}
        invoices = BEGINNING.invoices
        for step, before in milestone.moves(as_of):
            # Of what begins at one fraction, only the last is in force.
            billing[before] = step
            for one in invoices:
                if one.high > step.state.billed:
                    low, high = one.high, max(one.low, step.state.billed)
                    part = Slice.of((contract, milestone), step, step.date, low, high)
                    yield billing[one.low], part
            invoices = step.state.invoices


#: What something had come to before a slice, and has come to with it.
_Running = tuple["Decimal", "Decimal"]
_Of = TypeVar("_Of")


class _Sums(NamedTuple, Generic[_Of]):
    """What the accounts of a slice share: tax, what is kept back, and withheld as tax of that."""

    tax: _Of
    held: _Of
    withheld: _Of


def charges(found: Slice, roles: Roles) -> list[Charge]:
    """Return what a slice charges on each account that it is owed on.

    Amounts in another currency than the account's are taken at the price of the contract. How
    several accounts share a slice, `Sharing` says.
    """
    owed = _owed(found, roles)
    running: dict[frozenset[str], _Sums[list[_Running]]] = defaultdict(lambda: _Sums([], [], []))
    for (leg, amount), before in zip(found.legs, found.before, strict=True):
        role = roles.of(found.contract, leg)
        if role == "tax" or role in KEPT:
            marks = (before, amounts.add((before, amount)))
            low, high = (found.turned(leg.weight(mark)) for mark in marks)
            if role == "tax":
                running[EVERYONE].tax.append((amounts.negative(low), amounts.negative(high)))
            else:
                sums = running[roles.kept_by(found.contract, leg.posting.account)]
                sums.held.append((low, high))
                if role == "withheld":
                    sums.withheld.append((low, high))
    parts = [
        (owed.sharing.among(names), _Sums(*map(_sums, sums))) for names, sums in running.items()
    ]

    def places(currency: str) -> int:
        parts = (part for part, _ in found.parts)
        return places_of(parts, currency, amounts.minor_unit(currency))

    return [
        _charge(
            account,
            (owed.owed[account], owed.weights[account], places(account.currency)),
            [(shares[account], sums) for shares, sums in parts],
        )
        for account in owed.owed
    ]


def _sums(pairs: Sequence[_Running]) -> _Running:
    low, high = zip(*pairs, strict=True) if pairs else ((), ())
    return amounts.add(low), amounts.add(high)


class _Owed(NamedTuple):
    """What a slice is owed on each account, and how these share the rest."""

    #: In the currency of the account.
    owed: Mapping[Account, Decimal]
    weights: Mapping[Account, Decimal]
    sharing: Sharing


def _owed(found: Slice, roles: Roles) -> _Owed:
    owed: dict[Account, Decimal] = {}
    weights: dict[Account, Decimal] = {}
    kept: dict[frozenset[str], Decimal] = {}
    for leg, amount in found.legs:
        role = roles.of(found.contract, leg)
        weight = found.turned(leg.weight(amount))
        if role == "owed":
            account = Account(leg.posting.account, leg.currency)
            owed[account] = amounts.add((owed.get(account, ZERO), found.turned(amount)))
            weights[account] = amounts.add((weights.get(account, ZERO), weight))
        elif role in KEPT and weight:
            names = roles.kept_by(found.contract, leg.posting.account)
            kept[names] = amounts.add((kept.get(names, ZERO), weight))
    # A deposit covers it, or all of it is held back: it is an invoice all the same.
    for names in [names for names in kept if names] or [found.contract.owed_on]:
        if not any(account.name in names for account in owed):
            currency = postings.weight_currency(found.legs[0][0].posting)
            for name in first_of(found.contract, names):
                owed[Account(name, currency)] = weights[Account(name, currency)] = ZERO
    return _Owed(owed, weights, Sharing.of(weights, kept))


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
    #: What it is charged of each weight, in the currency of the account.
    factor: Fraction = WHOLE


def portions(found: Slice, roles: Roles) -> dict[Account, Portion]:
    """Return the portion of each account, shared as its charges are."""
    owed = _owed(found, roles)
    parts = []
    for leg, amount in found.legs:
        role = roles.of(found.contract, leg)
        names = roles.kept_by(found.contract, leg.posting.account) if role in KEPT else EVERYONE
        parts.append((leg, amount, role, owed.sharing.among(names)))
    return {account: _portion(found, owed, account, parts) for account in owed.owed}


def _portion(
    found: Slice,
    owed: _Owed,
    account: Account,
    parts: Iterable[tuple[Leg, Decimal, Role, Mapping[Account, Share]]],
) -> Portion:
    held = withheld = ZERO
    taxes: dict[tuple[str, str], Decimal] = {}
    for leg, amount, role, shares in parts:
        share = shares[account]
        if leg.posting.account == found.contract.retention:
            part = amounts.between(found.turned(leg.weight(amount)), share)
            held = amounts.add((held, part))
        elif role == "withheld":
            part = amounts.between(found.turned(leg.weight(amount)), share)
            withheld = amounts.add((withheld, part))
        elif role == "tax":
            key = (leg.posting.account, leg.currency)
            taxes[key] = amounts.add((taxes.get(key, ZERO), amounts.between(amount, share)))
    low, high = owed.sharing.among(EVERYONE)[account]
    factor = (high - low) * _rate(owed.owed[account], owed.weights[account])
    return Portion(owed.owed[account], owed.weights[account], held, withheld, taxes, factor)


def _rate(owed: Decimal, weight: Decimal) -> Fraction:
    """What one of a weight is in the currency of an account."""
    return Fraction(owed) / Fraction(weight) if weight else WHOLE


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
    parts: Sequence[tuple[Share, _Sums[_Running]]],
) -> Charge:
    """The tax and what is kept back between two running totals, in the account's currency.

    ``amount`` is what is owed, in that currency and as a weight, and its decimals. Of ``parts``,
    with the share of each, each total is rounded, so that the invoices of a milestone add up.
    """
    owed, weight, places = amount
    rate = _rate(owed, weight)

    def part(number: Decimal, share: Share) -> Decimal:
        # A weight at a price has more decimals than the currency of the account.
        if rate == WHOLE:
            number = amounts.at_most(number, places)
            if share == (NOTHING, WHOLE):
                return number
        return amounts.between(number, (share[0] * rate, share[1] * rate), places)

    def sum_of(found: Iterable[tuple[Share, _Running]]) -> Decimal:
        return amounts.add(
            amounts.take(part(high, share), part(low, share)) for share, (low, high) in found
        )

    tax = sum_of((share, sums.tax) for share, sums in parts)
    held = sum_of((share, sums.held) for share, sums in parts)
    withheld = sum_of((share, sums.withheld) for share, sums in parts)
    return Charge(account, amounts.take(amounts.add((owed, held)), tax), tax, held, withheld)
