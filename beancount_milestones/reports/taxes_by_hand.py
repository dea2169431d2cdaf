"""Which tax a transaction by hand takes off which of the items that it settles.

A tax is taken off those that have it, in proportion: a credit note on a book at 7% and a site at
19% takes nothing at 19% off the book. Where none of them has it, as what is taken off each says.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.amounts import ZERO
from beancount_milestones.receivables import Credit
from beancount_milestones.reports.taxes_owed import NOTHING, Owed
from beancount_milestones.reports.written import written_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from decimal import Decimal

    from beancount.core.data import Transaction

    from beancount_milestones.receivables import Account, Item
    from beancount_milestones.reports.bills import Bill
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.written import TaxKey

#: What a client gives, and what goes back: a discount or a write-off gives nothing.
CONSIDERATION: Final = frozenset(
    {"payment", "withholding", "fee", "set-off", "transfer", "returned"}
)

#: A transaction, the currency that it is owed in, and whether it takes off or owes again.
_Key = tuple[int, str, bool]


class _Move(NamedTuple):
    """What a transaction settles of an item, or has left of a credit; below zero, owes again."""

    of: Item | Credit
    entry: Transaction
    account: Account
    kind: str
    amount: Decimal

    @property
    def key(self) -> _Key:
        """The transaction, and whether it takes something off or owes it again."""
        return id(self.entry), self.account.currency, self.amount > 0


@dataclass(slots=True)
class _Piece:
    """All that a transaction moves of one item, or of what is left of one credit."""

    move: _Move
    #: With what is paid beside it: a discount is one of all that the payment settles.
    amount: Decimal = ZERO
    #: What is owed no more, as the movements have it.
    less: Decimal = ZERO


class ByHand:
    """What transactions by hand take off each item, and what is left of each credit."""

    def __init__(self, books: Books, owed: Iterable[tuple[Bill, Owed]]) -> None:
        """Share their taxes out, by what is owed on each bill."""
        self._books = books
        self._owed = _Known(owed)
        self._of: dict[int, list[tuple[Transaction, Owed]]] = defaultdict(list)
        moves = [
            (move, self.takes_off(move.entry, move.account, move.kind)) for move in _moves(books)
        ]
        found: dict[_Key, dict[int, _Piece]] = {
            move.key: {} for move, takes_off in moves if takes_off
        }
        for move, takes_off in moves:
            # What is left of the money settles nothing yet.
            if move.key in found and (takes_off or not isinstance(move.of, Credit)):
                piece = found[move.key].setdefault(id(move.of), _Piece(move))
                piece.amount = amounts.add((piece.amount, move.amount))
                if takes_off:
                    piece.less = amounts.add((piece.less, move.amount))
        for pieces in found.values():
            self._share_out(list(pieces.values()))

    def off(self, item: Item) -> Sequence[tuple[Transaction, Owed]]:
        """Return what transactions take off an item, or owe again."""
        return self._of[id(item)]

    def left(self, credit: Credit) -> Owed:
        """Return what is left of a credit that takes something off."""
        return reduce(Owed.plus, (owed for _, owed in self._of[id(credit)]), NOTHING)

    def takes_off(self, entry: Transaction, account: Account, kind: str) -> bool:
        """Return whether something of a transaction is in what that takes off.

        It says which tax then: what is only not paid is a part of all taxes.
        """
        if kind in CONSIDERATION:
            return False
        taxes = written_for(self._books, entry, account).taxes()
        # Tax that is moved to where it is due once it is paid stands on both sides.
        says = len({number > 0 for number in taxes.values() if number}) == 1
        return says or kind == "credit note"

    def _share_out(self, pieces: Sequence[_Piece]) -> None:
        move = pieces[0].move
        written = written_for(self._books, move.entry, move.account).taxes()
        shared: list[dict[TaxKey, Decimal]] = [{} for _ in pieces]
        for tax, number in written.items():
            totals = amounts.running_totals(self._shares(tax, number, pieces))
            cut = amounts.cut(number, totals, amounts.decimals(number))
            for taxes, part in zip(shared, cut, strict=True):
                taxes[tax] = part
        for piece, taxes in zip(pieces, shared, strict=True):
            off = Owed(amounts.negative(piece.less), taxes)
            self._of[id(piece.move.of)].append((move.entry, off))

    def _shares(self, tax: TaxKey, number: Decimal, pieces: Sequence[_Piece]) -> list[Fraction]:
        """The share of each in a tax: as much of it as each has in what was settled."""
        less = [Fraction(piece.less) for piece in pieces]
        # What nobody knows has the same as the whole.
        usual = abs(Fraction(number) / sum(less))
        has = [
            Fraction(piece.amount) * self._owed.rate(piece.move.of, tax, usual) for piece in pieces
        ]
        weights = has if any(has) else less
        whole = sum(weights)
        return [weight / whole for weight in weights]


def _moves(books: Books) -> Iterator[_Move]:
    found = books.open_items()
    for item in found.items:
        for moved in item.movements:
            if moved.entry:
                yield _Move(item, moved.entry, item.account, moved.kind, moved.amount)
    rests = ((rest.credit, *part) for rest in found.unapplied for part in rest.parts)
    gone = (take for refund in found.refunds for take in refund.takes)
    for credit, kind, amount in chain(rests, gone):
        if credit.entry:
            yield _Move(credit, credit.entry, credit.account, kind, amount)


class _Known:
    """What is owed on bills, by their items and by the names that credits have for them."""

    def __init__(self, owed: Iterable[tuple[Bill, Owed]]) -> None:
        self._by_item: dict[int, Owed] = {}
        self._by_name: dict[tuple[Account, str], dict[int, Owed]] = defaultdict(dict)
        for bill, whole in owed:
            if bill.items:
                self._by_item |= dict.fromkeys(map(id, bill.items), whole)
                for name in {bill.number, *_names(bill)}:
                    self._by_name[bill.account, name][id(bill)] = whole

    def rate(self, of: Item | Credit, tax: TaxKey, usual: Fraction) -> Fraction:
        """Return what there is of a tax in each unit of an item, or of what a credit names."""
        if isinstance(of, Credit):
            named: dict[int, Owed] = {}
            for name in of.named:
                named |= self._by_name[of.account, name]
            whole = reduce(Owed.plus, named.values(), NOTHING)
        else:
            whole = self._by_item.get(id(of), NOTHING)
        if whole.amount <= 0:
            return usual
        return abs(Fraction(whole.taxes.get(tax, ZERO))) / Fraction(whole.amount)


def _names(bill: Bill) -> Iterator[str]:
    for share in bill.shares:
        if share.milestone:
            yield from (share.milestone.link, share.milestone.contract)
