"""What an invoice charges of one milestone: work, deposits and tax by rate, and what is left."""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.amounts import ZERO
from beancount_milestones.documents import rates
from beancount_milestones.documents.mixing import Charged, Mix, exact_sums, explains, mixed
from beancount_milestones.documents.model import DocumentLine, RateNet, RateSum
from beancount_milestones.model import NOTHING, WHOLE
from beancount_milestones.parties import fold
from beancount_milestones.reports import drawing as priced
from beancount_milestones.reports.prices import currencies, price, summed
from beancount_milestones.reports.slices import portions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from beancount_milestones.documents.rates import Shares
    from beancount_milestones.legs import Leg, Part
    from beancount_milestones.model import Contract, Milestone, State, Step
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
    #: Whether it is work, which draws deposits; else it bills them.
    works: bool
    #: Work or deposit that is billed: net, as on the invoice.
    work: Decimal
    #: By account, what it draws of deposits or bills of them, by rate.
    deposits: Mapping[str, tuple[RateNet, ...]]
    #: By account.
    taxes: dict[str, Decimal]
    #: By currency, where the tax is booked in another one.
    tax_in: dict[str, Decimal]
    #: How the work of the milestone is shared among the rates, or the deposit.
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
        every = legs_of(books, part.contract)
        left = part.milestone.state_at(part.step.date).left
        here = [(leg, part.turned(leg.weight(amount))) for leg, amount in part.legs]
        portion = portions(part, books.roles)[charge.account]
        places = max(map(amounts.decimals, (charge.net, charge.tax, charge.owed)))

        def scaled(number: Decimal) -> Decimal:
            if portion.factor != 1:
                return amounts.fraction_of(number, portion.factor, places)
            # A weight at a price has more decimals than what is charged.
            return amounts.at_most(number, places)

        tax_in = rates.summed(
            (currency, amounts.negative(part.turned(tax)))
            for (_, currency), tax in portion.taxes.items()
            if currency != charge.account.currency
        )
        worked = _Worked(books, billed, places)
        scheduled, before, after = map(worked.up_to, (left, part.low, part.high))
        deposits = {a: amounts.take(n, before.deposits[a]) for a, n in after.deposits.items()}
        works = part.milestone.has_earned_side(part.step.date)
        used = amounts.add(deposits.values()) if works else ZERO
        mix = every.mix(part.milestone, part.step.date, charge.account.currency)
        booked = every.taxes(here)
        taxes = {account: scaled(tax) for account, tax in booked.items()}
        if taxes:
            # The cents are tax: they cannot be on an account that has none here.
            most = max(booked, key=lambda account: abs(booked[account]))
            rest = amounts.take(charge.tax, amounts.add(taxes.values()))
            taxes[most] = amounts.add((taxes[most], rest))
        return cls(
            billed=billed,
            works=works,
            work=amounts.take(charge.net, used),
            deposits={
                account: rates.cut(net, mix.drawn.get(account, mix.work), places)
                for account, net in deposits.items()
            },
            taxes=taxes,
            tax_in=tax_in,
            shares=mix.work,
            scheduled=scheduled.work,
            before=before.work,
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
        return self.works or any((self.scheduled, self.before, self.work))

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
            rates=self.worked(),
            done=_done(self.billed, date) if works else None,
        )

    def worked(self) -> tuple[RateNet, ...]:
        """Return the work or the deposit that it bills, by rate."""
        return rates.cut(self.work, self.shares, self.places)

    def drawn(self, account: str) -> tuple[RateSum, ...]:
        """Return what it draws of the deposits on an account, by rate."""
        return tuple(
            RateSum(rate, net, rates.tax_on(net, rate, self.places))
            for rate, net in (self.deposits.get(account, ()) if self.works else ())
            if net
        )


class _UpTo(NamedTuple):
    """The work of a milestone up to a fraction of it, and what it draws or bills of deposits."""

    work: Decimal
    #: By account.
    deposits: Mapping[str, Decimal]


#: A number, with its price.
_Priced = tuple[Decimal, Fraction]


class _ComesTo(NamedTuple):
    """What parts of a milestone bill net of tax, and have on deposits, in the ledger's signs."""

    nets: list[_Priced]
    #: By account.
    deposits: Mapping[str, list[_Priced]]
    #: Whether it is work, which draws the deposits.
    works: bool


def _comes_to(
    books: Books, contract: Contract, parts: Sequence[Part], fraction: Fraction, currency: str
) -> _ComesTo:
    """What parts come to up to a fraction of them, in a currency that they are owed in.

    A deposit that is drawn is worth what its own invoice was.
    """
    nets: list[_Priced] = []
    deposits: dict[str, list[_Priced]] = defaultdict(list)
    for part in parts:
        figures = part.at(fraction)
        nets += priced.billed(books, contract, part, figures, currency)
        for pair in priced.on_deposit(contract, zip(part.legs, figures, strict=True)):
            for one in priced.drawn(books, contract, part, [pair], currency):
                deposits[pair[0].posting.account].append(one)
    works = any(leg.earned for part in parts for leg in part.legs)
    return _ComesTo(nets, deposits, works)


class _Worked:
    """What a milestone comes to where it is charged."""

    def __init__(self, books: Books, billed: Billed, places: int) -> None:
        self._books = books
        self._part = billed.slice
        self._places = places
        self._currency = billed.charge.account.currency
        self._parts = self._part.milestone.parts_at(self._part.step.date)
        # Several accounts in one currency share it, as what each is charged.
        charged = {
            account: amounts.add((portion.weight, portion.held, portion.withheld))
            for account, portion in portions(self._part, books.roles).items()
            if account.currency == self._currency
        }
        whole, own = amounts.add(charged.values()), charged[billed.charge.account]
        self._share = Fraction(own) / Fraction(whole) if whole else WHOLE

    def up_to(self, fraction: Fraction) -> _UpTo:
        """Return what it comes to up to a fraction: net, as on an invoice."""
        whose = self._part.contract
        found = _comes_to(self._books, whose, self._parts, fraction, self._currency)
        # What is drawn is a debit: it is taken off the work.
        deposits = {a: amounts.negative(self._sum(some)) for a, some in found.deposits.items()}
        used = amounts.add(deposits.values()) if found.works else ZERO
        return _UpTo(amounts.take(self._sum(found.nets), used), deposits)

    def _sum(self, found: Iterable[_Priced]) -> Decimal:
        shared = ((number, at * self._share) for number, at in found)
        return self._part.turned(amounts.at_most(summed(shared, self._places), self._places))


def _percent(fraction: Fraction) -> Decimal:
    return amounts.fraction_of(ZERO + 100, fraction, _PERCENT_PLACES)


class Legs:
    """What the legs of a contract are on an invoice."""

    def __init__(self, books: Books, contract: Contract) -> None:
        """Take the contract, and the ledger that says which accounts hold taxes."""
        self._contract = contract
        self._books = books
        self._rates = books.register.taxes
        self._roles = books.roles
        #: By the ids of its transactions, and the currency that is owed.
        self._mixes: dict[tuple[frozenset[int], str], Mix] = {}
        #: By account and that currency.
        self._paid: dict[tuple[str, str], Mapping[TaxRate | None, Fraction]] = {}

    def _role(self, leg: Leg) -> Role:
        return self._roles.of(self._contract, leg)

    def mix(self, milestone: Milestone, date: datetime.date, currency: str) -> Mix:
        """Return how work and deposits of a milestone are shared among the rates, in a currency.

        As those of all that its transactions say, since the cents of a small tax make much of its
        net amount; only where that cannot be, as the milestone's own amounts say.
        """
        own = self._charged(milestone.parts_at(date), currency)
        entries = frozenset(id(part.entry) for part in milestone.parts)
        key = (entries, currency)
        if key not in self._mixes:
            every = (part for one in self._contract.milestones.values() for part in one.parts)
            whole = self._charged((part for part in every if id(part.entry) in entries), currency)
            self._mixes[key] = self._mixed(whole, currency)
        found = self._mixes[key]
        return found if explains(found, own) else self._mixed(own, currency)

    def _mixed(self, charged: Charged, currency: str) -> Mix:
        return mixed(charged, {a: self._paid_in(a, currency) for a in charged.used})

    def _paid_in(self, account: str, currency: str) -> Mapping[TaxRate | None, Fraction]:
        """The deposits that the contract bills; where it bills none, those of its client."""
        key = (account, currency)
        if key not in self._paid:
            own = self._contract
            self._paid[key] = self.deposits(account, currency) or exact_sums(
                part
                for other in legs_of_client(self._books, own.client, own.side)
                for part in other.deposits(account, currency).items()
            )
        return self._paid[key]

    def deposits(self, account: str, currency: str) -> Mapping[TaxRate | None, Fraction]:
        """Return what the contract bills of deposits on an account, by rate; in a currency."""
        found: list[tuple[TaxRate | None, Fraction]] = []
        for milestone in self._contract.milestones.values():
            if not milestone.has_earned_side(datetime.date.max):
                parts = milestone.parts
                on = _comes_to(self._books, self._contract, parts, WHOLE, currency).deposits
                own = _sum_of(on.get(account, ()))
                work, _, taxes, unit = self._charged(parts, currency)
                shared = rates.shares(work, taxes, unit)
                # Several taxes on one amount do not say how much is taxed.
                if dict(shared).keys() != {None} or not any(taxes.values()):
                    found += [(rate, own * share) for rate, share in shared]
        return {rate: abs(net) for rate, net in exact_sums(found).items() if net}

    def draws(self, account: str, currency: str) -> Mapping[TaxRate | None, Fraction]:
        """Return what all milestones draw of the deposits on an account in the end, by rate."""
        own = self._contract
        return exact_sums(
            (rate, abs(used) * share)
            for milestone in (own.milestones.values() if account in own.deposits else ())
            for used in [self._charged(milestone.parts, currency).used.get(account, NOTHING)]
            for rate, share in (
                self.mix(milestone, datetime.date.max, currency).drawn[account] if used else ()
            )
        )

    def _charged(self, parts: Iterable[Part], currency: str) -> Charged:
        """What parts charge of what is owed in a currency."""
        contract = self._contract
        here = [part for part in parts if currency in currencies(contract, part)]
        nets, deposits, works = _comes_to(self._books, contract, here, WHOLE, currency)
        on = deposits if works else {}
        used = {account: -_sum_of(some) for account, some in on.items()}
        taxed = [
            (leg, amount, price(contract, part, currency))
            for part in here
            for leg, amount in part.pairs()
            if self._role(leg) == "tax"
        ]
        # Of tax: a net amount at a price has more decimals than anyone has rounded to.
        unit = Decimal(1).scaleb(-max((amounts.decimals(n) for _, n, _ in taxed), default=0))
        return Charged(
            work=_sum_of(nets) - sum(used.values()),
            used=used,
            taxes=exact_sums(
                (self._rates.get(leg.posting.account), -Fraction(leg.weight(amount)) * at)
                for leg, amount, at in taxed
            ),
            unit=max(
                (abs(Fraction(leg.weight(unit)) * at) for leg, _, at in taxed),
                default=Fraction(unit),
            ),
        )

    def taxes(self, legs: Iterable[tuple[Leg, Decimal]]) -> dict[str, Decimal]:
        """Return the tax by account."""
        return rates.summed(
            (leg.posting.account, amounts.negative(amount))
            for leg, amount in legs
            if self._role(leg) == "tax"
        )


def _sum_of(found: Iterable[_Priced]) -> Fraction:
    return sum((Fraction(number) * at for number, at in found), NOTHING)


def legs_of(books: Books, contract: Contract) -> Legs:
    """Return the legs of a contract, made once."""
    return books.once(_every)[contract.id]


def legs_of_client(books: Books, client: str, side: str) -> Iterator[Legs]:
    """Yield the legs of all contracts of a client, as it is written anywhere, on a side."""
    for contract in books.register.contracts.values():
        if (fold(contract.client), contract.side) == (fold(client), side):
            yield legs_of(books, contract)


def _every(books: Books) -> Mapping[str, Legs]:
    return {contract.id: Legs(books, contract) for contract in books.register.contracts.values()}


def _done(billed: Billed, date: datetime.date) -> tuple[datetime.date, datetime.date] | None:
    """The first and the last day, since it was billed before, on which something was done.

    Where nothing was done since then, the last day on which anything was. What is taken back was
    not done, but where a credit note takes back the bill of it.
    """
    doing: list[tuple[int, Step]] = []
    last_bill = -1
    fraction = NOTHING
    for index, step in enumerate(billed.slice.milestone.steps_at(date)):
        if not billed.slice.takes_back:
            doing = [one for one in doing if _stands(one[1], step.state)]
        if step.event in _DOING:
            doing.append((index, step))
        if step.state.billed != fraction and step is not billed.slice.step:
            last_bill = index
        fraction = step.state.billed
    days = [step.date for index, step in doing if index > last_bill or index == doing[-1][0]]
    return (days[0], days[-1]) if days else None


def _stands(step: Step, state: State) -> bool:
    """Whether what was done is not taken back: refused, or opened again."""
    if step.event == "progress":
        return True
    return bool(state.completed if step.event == "completed" else state.delivered)
