"""Which deposits an invoice draws: the oldest first, by what earlier invoices have drawn.

They are of the same client, on the same account, in the same currency. A deposit keeps the rates
of its own invoice, so what is drawn at a rate is of the deposits at that rate. A credit note gives
back what the invoices that it takes back have drawn.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.amounts import ZERO
from beancount_milestones.documents.model import Drawn, RateSum
from beancount_milestones.documents.pieces import Piece, legs_of_client
from beancount_milestones.documents.rates import summed
from beancount_milestones.reports.invoices import Billed, registered
from beancount_milestones.reports.sequence import when_charged, when_invoiced
from beancount_milestones.reports.slices import charges, slices

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from beancount_milestones.parties import TaxRate
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.invoices import Invoice
    from beancount_milestones.reports.sequence import When


class _Source(NamedTuple):
    """The invoice of a deposit; without a number where none has one."""

    number: str
    date: datetime.date | None


#: What cutting may move among the rates: so many units, and of all so much.
_FEW: Final = 10
_NEARLY: Final = Fraction(101, 100)

#: Of deposits that nobody has billed.
_NOBODY: Final = _Source("", None)


class _PaidIn(NamedTuple):
    """What an invoice has billed of a deposit, at one rate."""

    source: _Source
    rate: TaxRate | None
    net: Decimal


class _Drawing(NamedTuple):
    """A milestone on a bill."""

    number: str
    contract: str
    milestone: str


#: What a milestone draws, at one rate.
_Use = tuple[Piece, RateSum]


def drawn_from(books: Books, found: Invoice, pieces: Sequence[Piece]) -> tuple[Drawn, ...]:
    """Return what an invoice draws of each deposit; the pieces are its milestones."""
    accounts = dict.fromkeys(a for piece in pieces for a in piece.deposits if piece.drawn(a))
    of: dict[_Source, list[RateSum]] = {}
    for account in accounts:
        for source, parts in _before(books, found, account).draw(found.number, pieces).items():
            of.setdefault(source, []).extend(parts)
    return tuple(Drawn(*source, tuple(parts)) for source, parts in of.items() if parts)


def _before(books: Books, found: Invoice, account: str) -> _Deposits:
    """The deposits on an account, as the bills before an invoice have left them."""
    own = when_invoiced(books, found)
    bills: dict[tuple[When, str], list[Billed]] = defaultdict(list)
    for when, one in sorted(_charged(books, found), key=lambda pair: pair[0]):
        if when < own and any(leg.posting.account == account for leg, _ in one.slice.legs):
            bills[when, one.slice.step.number or ""].append(one)
    deposits = _Deposits(account, fit=_fit(books, found, account))
    for (_, number), some in bills.items():
        works = []
        for piece in (Piece.of(books, one) for one in some):
            if piece.works:
                works.append(piece)
            else:
                deposits.bill(piece)
        deposits.draw(number, works)
    return deposits


class _Deposits:
    """Deposits on an account: what is billed of them and drawn, bill by bill."""

    def __init__(self, account: str, *, fit: bool) -> None:
        self._account = account
        self._fit = fit
        self._dates: dict[str, datetime.date] = {}
        self._billed: dict[tuple[str, TaxRate | None], Decimal] = {}
        self._taken: dict[tuple[_Source, TaxRate | None], Decimal] = {}
        #: The same by number and milestone, until it is given back.
        self._drawn: dict[_Drawing, dict[tuple[_Source, TaxRate | None], Decimal]] = {}

    def bill(self, piece: Piece) -> None:
        """Bill a deposit. A credit note gives back some of the deposit that it takes back."""
        step = piece.billed.slice.step
        number = (*step.taken_back, step.number or "")[0]
        self._dates.setdefault(number, step.date)
        for rate, net in piece.deposits.get(self._account, ()):
            self._billed[number, rate] = amounts.add((self._billed.get((number, rate), ZERO), net))

    def draw(self, number: str, pieces: Iterable[Piece]) -> Mapping[_Source, list[RateSum]]:
        """Draw what the milestones of a bill draw, the oldest deposit first; or give it back."""
        uses = [(piece, part) for piece in pieces for part in piece.drawn(self._account)]
        paid_in = [
            _PaidIn(_Source(name, self._dates[name]), rate, net)
            for (name, rate), net in self._billed.items()
            if net > 0
        ]
        # Where a rate has no deposit, or too little, the amounts alone say which it is.
        each = self._fit and {part.rate for _, part in uses} <= {one.rate for one in paid_in}
        before = amounts.add(self._taken.values())
        most = max(before, amounts.take(before, _net(uses)))
        is_covered = most <= amounts.add(one.net for one in paid_in)

        def pool(rate: TaxRate | None) -> TaxRate | None:
            return rate if each else None

        of: dict[_Source, list[RateSum]] = {one.source: [] for one in paid_in}
        for name in dict.fromkeys(pool(part.rate) for _, part in uses):
            paid = summed((one.source, one.net) for one in paid_in if pool(one.rate) == name)
            for group in _groups([use for use in uses if pool(use[1].rate) == name]):
                taken = _in_pool(self._taken, pool, name)
                change = amounts.negative(_net(group))
                if change > 0:
                    shared = _newly(change, paid, taken, is_covered=is_covered)
                else:
                    own = [
                        _in_pool(self._drawn.get(drawing, {}), pool, name)
                        for drawing in _taken_back(group[0][0])
                    ]
                    shared = _back(_net(group), paid, taken, own, is_covered=is_covered)
                for source, parts in _cut(group, shared):
                    of.setdefault(source, []).extend(parts)
                    for (piece, _), part in zip(group, parts, strict=True):
                        self._take(number, piece, source, part)
        return of

    def _take(self, number: str, piece: Piece, source: _Source, part: RateSum) -> None:
        key, back = (source, part.rate), part.net
        self._taken[key] = amounts.take(self._taken.get(key, ZERO), back)
        if back < 0:
            drawing = _Drawing(number, piece.contract.id, piece.billed.slice.milestone.id)
            own = self._drawn.setdefault(drawing, {})
            own[key] = amounts.take(own.get(key, ZERO), back)
        for drawing in _taken_back(piece) if back > 0 else ():
            own = self._drawn.get(drawing, {})
            less = min(own.get(key, ZERO), back)
            own[key] = amounts.take(own.get(key, ZERO), less)
            back = amounts.take(back, less)


def _net(uses: Iterable[_Use]) -> Decimal:
    return amounts.add(part.net for _, part in uses)


def _groups(uses: Sequence[_Use]) -> Iterator[Sequence[_Use]]:
    """What draws together; of what is given back, each milestone gives back its own."""
    if _net(uses) <= 0:
        yield uses
    else:
        for _, some in groupby(uses, key=lambda use: id(use[0])):
            yield list(some)


def _taken_back(piece: Piece) -> list[_Drawing]:
    """A milestone on the bills that are taken back of it, the newest first."""
    part = piece.billed.slice
    return [
        _Drawing(number, part.contract.id, part.milestone.id)
        for number in reversed(part.step.taken_back)
    ]


def _in_pool(
    sums: Mapping[tuple[_Source, TaxRate | None], Decimal],
    pool: Callable[[TaxRate | None], TaxRate | None],
    name: TaxRate | None,
) -> dict[_Source, Decimal]:
    return summed((source, net) for (source, rate), net in sums.items() if pool(rate) == name)


def _newly(
    change: Decimal,
    paid_in: Mapping[_Source, Decimal],
    taken: Mapping[_Source, Decimal],
    *,
    is_covered: bool,
) -> dict[_Source, Decimal]:
    """What is drawn of each deposit, the oldest first."""
    left = {
        source: max(amounts.take(net, taken.get(source, ZERO)), ZERO)
        for source, net in paid_in.items()
    }
    # What was drawn beyond a deposit is of the next ones.
    over = amounts.take(
        amounts.add((*taken.values(), *left.values())), amounts.add(paid_in.values())
    )
    found: dict[_Source, Decimal] = {}
    for source, net in left.items():
        less = min(over, net)
        over = amounts.take(over, less)
        found[source] = min(change, amounts.take(net, less))
        change = amounts.take(change, found[source])
    # Among rates, cents may be cut in another way than the deposit's.
    is_last = is_covered and amounts.add((over, change)) <= _few(change)
    last = list(paid_in)[-1] if is_last and paid_in else _NOBODY
    found[last] = amounts.add((found.get(last, ZERO), change))
    return found


def _back(
    change: Decimal,
    paid_in: Mapping[_Source, Decimal],
    taken: Mapping[_Source, Decimal],
    own: Iterable[Mapping[_Source, Decimal]],
    *,
    is_covered: bool,
) -> dict[_Source, Decimal]:
    """What is given back of each deposit: what it has drawn itself, else what was drawn last."""
    known = dict.fromkeys((*paid_in, *taken))
    order = [*(source for source in known if source != _NOBODY), _NOBODY]
    left = dict(taken)
    found = dict.fromkeys(order, ZERO)
    for some in (*own, taken):
        for source in reversed(order):
            part = max(min(change, some.get(source, ZERO), left.get(source, ZERO)), ZERO)
            found[source] = amounts.add((found[source], part))
            left[source] = amounts.take(left.get(source, ZERO), part)
            change = amounts.take(change, part)
    first = order[0] if is_covered and change <= _few(change) else _NOBODY
    found[first] = amounts.add((found[first], change))
    return found


def _few(amount: Decimal) -> Decimal:
    return Decimal(_FEW).scaleb(-amounts.decimals(amount))


def _cut(
    uses: Sequence[_Use], shared: Mapping[_Source, Decimal]
) -> Iterator[tuple[_Source, list[RateSum]]]:
    """What is drawn at each rate, cut as all of it is shared among the deposits."""
    here = {source: amount for source, amount in shared.items() if amount}
    whole = Fraction(amounts.add(here.values()))
    marks = amounts.running_totals(Fraction(amount) / whole for amount in here.values())
    for source, (below, above) in zip(here, pairwise(marks.fractions()), strict=True):
        yield source, [_between(part, below, above) for _, part in uses]


def _between(part: RateSum, below: Fraction, above: Fraction) -> RateSum:
    """The part of an amount between two fractions of it."""
    net, tax = (amounts.between(number, (below, above)) for number in (part.net, part.tax))
    return RateSum(part.rate, net, tax)


def _fit(books: Books, found: Invoice, account: str) -> bool:
    """Whether a client's contracts draw no more at a rate, in the end, than was agreed as deposits.

    The same for each invoice: else one deposit would be drawn twice, and another never.
    """
    paid_in: dict[TaxRate | None, Fraction] = defaultdict(Fraction)
    drawn: dict[TaxRate | None, Fraction] = defaultdict(Fraction)
    for legs in legs_of_client(books, found.client, found.side):
        for rate, net in legs.deposits(account, found.currency).items():
            paid_in[rate] += net
        for rate, used in legs.draws(account, found.currency).items():
            drawn[rate] += used
    return all(used <= paid_in[rate] * _NEARLY for rate, used in drawn.items())


def _charged(books: Books, found: Invoice) -> Iterator[tuple[When, Billed]]:
    """All that is billed to the client of an invoice in its currency, and when it came."""
    for one in registered(books):
        if one.whose == found.whose:
            when = when_invoiced(books, one)
            yield from ((when, part) for part in one.billed)
    for part in slices(books.register, books.as_of):
        if not part.step.number:
            for charge in charges(part, books.roles):
                client = books.owner(part.contract, charge.account)
                if books.whose(client, charge.account) == found.whose:
                    yield when_charged(books, part), Billed(part, charge)
