"""What is owed that no contract explains: debits by hand, refunds and returned payments."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import chain, groupby
from typing import TYPE_CHECKING

from beancount_milestones import amounts
from beancount_milestones.parties import fold
from beancount_milestones.receivables.carrying import total_of
from beancount_milestones.receivables.clients import folded
from beancount_milestones.receivables.debits import Debt
from beancount_milestones.receivables.items import Account, Debit
from beancount_milestones.receivables.matching import cut
from beancount_milestones.receivables.names import CONTRACT, INVOICE, LINKED, OTHER, Known, Said

if TYPE_CHECKING:
    import datetime
    from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from beancount.core.data import Transaction

    from beancount_milestones.receivables.carrying import Carrying, Parts
    from beancount_milestones.receivables.items import Credit, Kind
    from beancount_milestones.receivables.kinds import Kinds
    from beancount_milestones.receivables.lines import Line


@dataclass(slots=True, eq=False)
class Back:
    """What goes back to a client, or elsewhere, and raises no item: it takes what is unapplied."""

    line: Line
    #: The credit notes that it names; empty where it names nothing.
    notes: frozenset[str]
    left: Decimal
    takes: list[tuple[Credit, Kind, Decimal]] = field(default_factory=list)

    @property
    def account(self) -> Account:
        """The account that it is booked on."""
        return self.line.account

    @property
    def entry(self) -> Transaction:
        """The transaction that pays it."""
        return self.line.entry


#: Debts by account and name.
_ByName = dict[tuple["Account", str], list["Debt"]]


def debts_by_hand(
    lines: Sequence[Line],
    debts: Sequence[Debt],
    hands: Hands,
    notes: frozenset[str],
) -> tuple[list[Debt], list[Back]]:
    """Return the debts that no contract explains, and the money that may take credits back.

    ``notes`` are the numbers of credit notes. A debit that names a debt and gives something back
    raises that again instead: a payment that was returned, a write-off taken back. One that pays
    money out and names a credit note, or nothing, is a refund; and so is one that names a credit
    note and moves what that has left to another receivable.
    """
    others: list[Debt] = []
    backs: list[Back] = []
    naming: list[tuple[Line, Debit, list[set[str]]]] = []
    for line in lines:
        if line.milestone is not None or line.amount < 0:
            continue
        said = hands.known.said(line)
        debit = _debit(line, hands.carrying.kinds)
        names = _of_a_debt(line, said, returned=debit.returned)
        noted = notes.intersection({line.number}.union(*said.values()))
        if noted and (debit.returned or _moves_credit(line, names, noted, debts, hands)):
            backs.append(Back(line, noted, line.amount))
        elif any(names):
            naming.append((line, debit, names))
        else:
            _add(line, debit, hands, others, backs)
    by_name: _ByName = defaultdict(list)
    _file(by_name, (*debts, *others))
    for _, alike in groupby(sorted(naming, key=_turn), _turn):
        new: list[Debt] = []
        for line, debit, levels in alike:
            found = _named(line, debit, levels, by_name)
            if not found:
                _add(line, debit, hands, new, backs)
                continue
            parts = debit.parts or hands.again(line, found[0])
            if debit.returned:
                every = frozenset().union(*levels)
                parts = _up_to(parts, _most(lines, line, every, found, hands))
            others += _raise(found, line, debit, parts, hands)
        others += new
        _file(by_name, new)
    return others, backs


def _moves_credit(
    line: Line,
    names: Iterable[set[str]],
    notes: Collection[str],
    debts: Iterable[Debt],
    hands: Hands,
) -> bool:
    """Whether a debit moves what credit notes have left elsewhere, and owes no debt again."""
    others = set().union(*names).difference(notes)
    return hands.carrying.kinds.moves(line) and not any(others & debt.names for debt in debts)


def _turn(one: tuple[Line, Debit, object]) -> tuple[datetime.date, bool]:
    """When a debit looks for what it names: of one day, what may be a debt of its own first.

    So the order in the file does not decide which of two is the other's debt.
    """
    line, debit, _ = one
    return line.entry.date, debit.returned and line.number is None


def _named(line: Line, debit: Debit, levels: list[set[str]], by_name: _ByName) -> list[Debt]:
    """Return the debts that a debit names, the one that it means first."""
    named = (
        [(name != debt.number, debt) for name in names for debt in by_name[line.account, name]]
        for names in levels
    )
    found = [x for x in next(filter(None, named), ()) if x[1].invoiced or debit.returned]
    found.sort(key=lambda one: (one[0], one[1].rank))
    # An invoice is of several milestones; each is found by each of its names.
    return list({id(debt): debt for _, debt in found}.values())


def _file(by_name: _ByName, debts: Iterable[Debt]) -> None:
    """Put debts where what names them finds them."""
    for debt in debts:
        for name in debt.names:
            by_name[debt.account, name].append(debt)


def _raise(
    found: Sequence[Debt], line: Line, debit: Debit, parts: Parts, hands: Hands
) -> list[Debt]:
    """Owe debts again, part by part; return what is charged besides, as interest is.

    That is owed by the same client, whoever is the payee.
    """
    meant = found[0]
    # Money that is returned may have paid several invoices.
    again = [debt for debt in found if debit.returned or debt.number == meant.number]
    left = list(parts)
    for debt, amount in _spread(again, total_of(parts)):
        debt.raise_by(debit._replace(amount=amount, parts=tuple(cut(left, amount))))
    rest = amounts.take(line.amount, total_of(parts))
    if not rest:
        return []
    charge = other_debt(line, hands.known, rest, of=meant)
    if debit.returned:
        # What went back is paid first.
        charge = replace(charge, due=max(filter(None, (charge.due, meant.due))))
    return [charge]


def _spread(debts: Sequence[Debt], amount: Decimal) -> Iterator[tuple[Debt, Decimal]]:
    """Yield what each of some debts owes again of an amount, as payments have settled them.

    Each up to what it was, less what went back before. What is beyond that is the first one's.
    """
    rooms = []
    left = amount
    for debt in debts:
        # All of it may have been paid again since.
        rooms.append(min(amounts.take(debt.first, debt.went_back % debt.first), left))
        left = amounts.take(left, rooms[-1])
    rooms[0] = amounts.add((rooms[0], left))
    for debt, room in zip(debts, rooms, strict=True):
        if room:
            yield debt, room


def _most(
    lines: Iterable[Line],
    back: Line,
    names: frozenset[str],
    debts: Collection[Debt],
    hands: Hands,
) -> Decimal:
    """Return the most that can go back of some debts: a fee is charged besides.

    What they were, with what has moved to them and without what has moved away; or what has paid
    them by name; less what went back before. Or what they were again, as far as the client has paid
    something since that names nothing, or their contract.
    """
    date = back.entry.date
    back_before = amounts.add(debt.went_back for debt in debts)
    owed = amounts.add(n for debt in debts for n in (debt.first, debt.moved_in))
    owners = {fold(debt.client) for debt in debts}
    called: frozenset[str] = frozenset().union(*(debt.names for debt in debts))
    named, others = [], []
    for line in lines:
        by_then = line.entry.date <= date and line.account == back.account
        if line.amount < 0 and not line.milestone and by_then:
            said = set(chain.from_iterable(hands.known.said(line).values()))
            gone = (n for then, n in hands.refunded.get(line.key, ()) if then <= date)
            left = amounts.negative(amounts.add((line.amount, *gone)))
            if said & names:
                parts = hands.carrying.kinds.parts(line, amounts.negative(line.amount))
                moved = amounts.add(part for kind, part in parts if kind == "set-off")
                owed = amounts.take(owed, moved)
                named.append(amounts.take(left, moved))
            elif said & called or (not said and fold(hands.owner(line)) in owners):
                others.append(left)
    by_name = amounts.take(max(owed, amounts.add(named)), back_before)
    again = min(owed, amounts.take(amounts.add((*named, *others)), back_before))
    return max(by_name, again, amounts.ZERO)


def _up_to(parts: Parts, most: Decimal) -> Parts:
    """Some parts, up to an amount: what is beyond it is a fee, as income if there is, as money."""
    over = max(amounts.take(total_of(parts), most), amounts.ZERO)
    left = dict(parts)
    for kind in sorted(left, key=lambda kind: kind != "deduction"):
        less = min(left[kind], over)
        over = amounts.take(over, less)
        left[kind] = amounts.take(left[kind], less)
    return tuple((kind, part) for kind, part in left.items() if part)


def _debit(line: Line, kinds: Kinds) -> Debit:
    returned = kinds.pays_out(line)
    parts = kinds.parts(line, line.amount)
    gives_back = returned or any(kind == "withholding" for kind, _ in parts)
    return Debit(line.entry, line.amount, returned, parts if gives_back else ())


def _add(line: Line, debit: Debit, hands: Hands, others: list[Debt], backs: list[Back]) -> None:
    """Add what names no debt: money that goes back, or a debt of its own."""
    if debit.returned and not line.number:
        backs.append(Back(line, frozenset(), line.amount))
    else:
        others += hands.debts(line, line.amount)


def _of_a_debt(line: Line, said: Said, *, returned: bool) -> list[set[str]]:
    """The names by which a debit means another one, those that win first.

    A contract's name alone does not; any link does where money goes back. What has a number is an
    invoice of its own, whatever it is linked to: only `settles` makes it another one's.
    """
    ignored = {LINKED + CONTRACT}
    if not returned:
        ignored.add(LINKED + OTHER)
    return [
        said[level]
        for level in sorted(said.keys() - ignored)
        if level < LINKED or line.number is None
    ]


@dataclass(frozen=True, slots=True)
class Hands:
    """What says what debits by hand are, on a day."""

    known: Known
    carrying: Carrying
    settled_on: Mapping[str, datetime.date]
    as_of: datetime.date
    #: What went back of payments in refunds, with the days, by the `key` of their lines.
    refunded: Mapping[tuple[object, ...], Sequence[tuple[datetime.date, Decimal]]]

    def owner(self, line: Line) -> str:
        """Return the client whose something on a line is."""
        return self.carrying.clients.owner(line.account, line.entry.payee)

    def debts(self, line: Line, amount: Decimal, notes: Container[str] = ()) -> list[Debt]:
        """Return the debts that an amount of a debit is: what it carries on, and what it charges.

        The number of a credit note, of ``notes``, is not its own.
        """
        debt = other_debt(line, self.known, amount, notes)
        settles = self.known.said(line).get(INVOICE, ())
        own = sorted(debt.names) if debt.number != line.number else filter(None, [line.number])
        carried = self.carrying.of(line, debt.client, (*settles, *own), amount)
        if not carried:
            return [debt]
        number = carried.number
        again = total_of(carried.parts)
        rest = amounts.take(amount, again)
        due = line.due or carried.due(self.settled_on, self.as_of)
        # What is charged besides is not due before it is charged.
        later = max(filter(None, (due, debt.due)), default=None) if again else due
        shares = [(again, again, carried.parts, due), (rest, amounts.ZERO, (), later)]
        return [
            replace(
                debt,
                number=number,
                called=number,
                names=debt.names | {number},
                due=due,
                amount=share,
                raised=raised,
                debits=[Debit(line.entry, share, parts=parts)],
                matches=[],
            )
            for share, raised, parts, due in shares
            if share
        ]

    def again(self, line: Line, meant: Debt) -> Parts:
        """Return what a debit owes again that means a debt on its account, by its number."""
        said = self.known.said(line).values()
        names = [meant.number] if meant.number and any(meant.number in x for x in said) else []
        carried = self.carrying.of(line, meant.client, names, line.amount)
        return carried.parts if carried else ()


def other_debt(
    line: Line,
    known: Known,
    amount: Decimal,
    notes: Container[str] = (),
    of: Debt | None = None,
) -> Debt:
    """Return the debt that an amount of a debit by hand is.

    The number of a credit note, of ``notes``, is not its own. What belongs to the debt ``of`` is
    owed by the same client.
    """
    entry = line.entry
    links = frozenset(name for name in entry.links or () if name not in notes)
    number = known.number_of(line, notes)
    return Debt(
        account=line.account,
        client=of.client if of else entry.payee or "",
        number=number,
        called=known.called(line, notes),
        invoiced=True,
        date=entry.date,
        due=line.due or entry.date,
        amount=amount,
        names=links | {number} if number else links,
        clients=of.clients if of else folded(entry.payee),
        debits=[Debit(entry, amount)],
    )
