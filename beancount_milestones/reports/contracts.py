"""Every contract: value, work in progress, invoices."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.receivables import GROSS, Role
from beancount_milestones.reports.drawing import drawn, on_deposit, work_price
from beancount_milestones.reports.positions import of_contracts
from beancount_milestones.reports.prices import summed, worth

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from beancount_milestones.legs import Leg, Part
    from beancount_milestones.model import Contract, State
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.positions import Position

#: All, as percentages are shown.
_ALL: Final = Decimal("100.00")
_WITHHELD: Final = frozenset[Role]({"withheld"})


@dataclass(frozen=True, slots=True)
class Standing:
    """A contract in one currency, as of a day.

    ``total = value + changes - cancelled``, with tax and with what is held back (line 3 of G702).
    ``billed``, ``paid``, ``outstanding`` and ``retention`` are sums of the columns of `status`, so
    ``billed`` is net of what is held (line 6), and ``remaining`` has it (line 9).

    ``position`` is net of tax (IFRS 15.47, 15.105): above zero a contract asset, work that is not
    billed yet; below zero a contract liability, invoices ahead of the work, or a deposit that is
    not drawn. With bridge accounts it is what the contract has on these and on its deposit
    accounts; where it is owed in another currency, that at its own prices.
    """

    contract: str
    #: The narration of the contract.
    title: str
    client: str
    currency: str
    #: What was agreed on the first day.
    value: Decimal
    #: What later transactions have added or taken away.
    changes: Decimal
    #: What has fallen away.
    cancelled: Decimal
    total: Decimal
    #: The work done, what is held back included; a deposit counts when it is billed. In the simple
    #: mode no more than is billed, once a credit note took some of it back.
    earned: Decimal
    billed: Decimal
    paid: Decimal
    outstanding: Decimal
    #: Withheld less released.
    retention: Decimal
    #: Neither earned nor billed, with what is held back and not released.
    remaining: Decimal
    #: How much of the work is done, from 0 to 100, reductions included; None where there is none.
    percent: Decimal | None
    position: Decimal
    #: What is proposed and not agreed; in none of the other amounts.
    proposed: Decimal
    side: str


def contracts(books: Books) -> list[Standing]:
    """Return a row for every contract and currency, in the order written.

    Each is whole, whoever of several clients is asked about.
    """
    return [standing for _, standing in books.once(_standings).values()]


def _standings(books: Books) -> Mapping[tuple[str, str], tuple[Sequence[Position], Standing]]:
    """The row of each contract and currency, with the positions that it is made of.

    What these are made of is all that it is made of: with the same ones, it is the same.
    """
    found: dict[tuple[str, str], list[Position]] = {}
    for position in of_contracts(books):
        found.setdefault((position.contract.id, position.currency), []).append(position)
    before = books.near(_standings) or {}
    made = {}
    for key, some in found.items():
        known = before.get(key)
        stays = known and len(some) == len(known[0]) and all(map(operator.is_, some, known[0]))
        made[key] = known if known and stays else (some, _standing(books, some))
    return made


def _standing(books: Books, found: Sequence[Position]) -> Standing:
    contract, currency = found[0].contract, found[0].currency

    def sum_of(column: Callable[[Position], Decimal], *, proposed: bool = False) -> Decimal:
        return amounts.add(column(p) for p in found if p.proposed == proposed)

    work = _Work(books, contract, currency)
    value, changes, total = work.value(), work.changes(), work.total()
    return Standing(
        contract=contract.id,
        title=contract.entry.narration or "",
        client=books.clients.called(contract.client),
        currency=currency,
        value=value,
        changes=changes,
        cancelled=amounts.take(amounts.add((value, changes)), total),
        total=total,
        earned=work.earned(),
        billed=sum_of(lambda p: p.billed),
        paid=sum_of(lambda p: p.paid),
        outstanding=sum_of(lambda p: p.outstanding),
        retention=sum_of(lambda p: p.retention),
        remaining=amounts.take(total, amounts.add((sum_of(lambda p: p.reached), work.withheld()))),
        percent=work.percent(),
        position=work.position(),
        proposed=sum_of(lambda p: p.amount, proposed=True),
        side=contract.side,
    )


class _Of(NamedTuple):
    """A part of a milestone, where that stands, and what one of its work comes to."""

    part: Part
    state: State
    price: Fraction
    #: Whether the milestone is work.
    works: bool
    #: Whether it only moves what is owed to what is held back, or the reverse.
    moves: bool


class _Work:
    """The amounts of a contract in one currency, as of the day of the books."""

    def __init__(self, books: Books, contract: Contract, currency: str) -> None:
        self._books = books
        self._contract = contract
        self._currency = currency
        self._as_of: datetime.date = books.as_of
        self._places = books.register.places(currency)
        self._roles: dict[int, Role] = {}
        # All of it is asked for again and again.
        self._parts = list(self._every())

    def value(self) -> Decimal:
        """Return what was agreed on the first day."""
        first = self._contract.entry.date
        whole = ((one, one.part.amounts) for one in self._parts if one.part.entry.date == first)
        return self._gross(whole)

    def changes(self) -> Decimal:
        """Return what later transactions changed."""
        whole = self._gross((one, one.part.amounts) for one in self._parts)
        return amounts.take(whole, self.value())

    def total(self) -> Decimal:
        """Return what the contract will ever come to."""
        return self._gross((one, one.part.at(one.state.left)) for one in self._parts)

    def withheld(self) -> Decimal:
        """Return what the client has kept as tax: nobody owes it any more."""
        return amounts.add(
            self._of(one.part, one.part.at(self._contract.reach(one.state)), _WITHHELD)
            for one in self._parts
        )

    def earned(self) -> Decimal:
        """Return the work done; what is not work counts when it is billed."""
        earned = self._contract.earned
        return self._gross(
            (one, one.part.at(earned(one.state) if one.works else one.state.billed))
            for one in self._parts
        )

    def percent(self) -> Decimal | None:
        """Return how much of the work is done, before anything is rounded."""
        all_ = done = Fraction()
        for one in self._parts:
            work = (leg.weight(amount) for leg, amount in one.part.pairs() if leg.earned)
            income = Fraction(amounts.add(work)) * one.price
            all_ += income * one.state.left
            done += income * self._contract.earned(one.state)
        if not all_:
            return None
        return amounts.fraction_of(_ALL, done / all_, amounts.decimals(_ALL))

    def position(self) -> Decimal:
        """Return what is earned and not billed, net of tax, less the deposits not drawn."""
        found = (pair for one in self._parts for pair in self._ahead(one))
        return self._turned(summed(found, self._places))

    def _ahead(self, one: _Of) -> Iterator[tuple[Decimal, Fraction]]:
        contract, part, state = self._contract, one.part, one.state
        above, below = part.at(contract.earned(state)), part.at(state.billed)
        ahead = (
            leg.weight(amounts.take(low, high))
            for leg, high, low in zip(part.legs, above, below, strict=True)
            if leg.earned
        )
        yield amounts.add(ahead), one.price
        # What a deposit has paid is no longer ahead once it is billed, as with bridges.
        deposits = on_deposit(contract, zip(part.legs, below, strict=True))
        yield from drawn(self._books, contract, part, deposits, self._currency)

    def _every(self) -> Iterator[_Of]:
        contract = self._contract
        for milestone in contract.milestones.values():
            works = milestone.has_earned_side(self._as_of)
            state = milestone.state_at(self._as_of)
            for part in milestone.parts_at(self._as_of):
                price = work_price(self._books, contract, part, self._currency)
                moves = not works and self._moves(part)
                yield _Of(part, state, price, works=works, moves=moves)

    def _moves(self, part: Part) -> bool:
        """Whether a part of no work takes from what is owed what it holds back, or the reverse."""
        sums = {"owed": amounts.ZERO, "held": amounts.ZERO}
        for leg, amount in part.pairs():
            role = self._role(leg)
            if role in sums:
                sums[role] = amounts.add((sums[role], leg.weight(amount)))
        return amounts.times(sums["owed"], sums["held"]) < 0

    def _role(self, leg: Leg) -> Role:
        """What a leg is: its milestones share it."""
        known = self._roles.get(id(leg))
        if known is None:
            known = self._roles[id(leg)] = self._books.roles.of(self._contract, leg)
        return known

    def _gross(self, some: Iterable[tuple[_Of, Iterable[Decimal]]]) -> Decimal:
        """What is owed and held of parts: to hold back or to release changes nothing.

        The tax that waits with what is held back is part of the price; where it was not charged
        with the work, it comes with the release.
        """
        found: list[Decimal] = []
        moved: list[Decimal] = []
        for one, figures in some:
            (moved if one.moves else found).append(self._of(one.part, figures, GROSS))
        return amounts.add((*found, max(amounts.add(moved), amounts.ZERO)))

    def _of(self, part: Part, figures: Iterable[Decimal], roles: Collection[Role]) -> Decimal:
        """What some of the legs of a part come to: of those that are owed or kept back."""
        found = [
            pair for pair in zip(part.legs, figures, strict=True) if self._role(pair[0]) in roles
        ]
        return self._turned(
            summed(worth(self._contract, part, found, self._currency), self._places)
        )

    def _turned(self, amount: Decimal) -> Decimal:
        return amounts.negative(amount) if self._contract.side == "buy" else amount
