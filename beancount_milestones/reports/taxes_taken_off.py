"""What makes the tax of a bill smaller: a credit note, or a milestone that is a reduction.

Each says itself which tax it takes off. A credit note makes what it takes back smaller from the
beginning, as it does with what is owed; a reduction does so on its own day.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING

from beancount_milestones.reports.bills import Part, Unnumbered
from beancount_milestones.reports.taxes_owed import NOTHING, Owed
from beancount_milestones.reports.whose import InvoiceKey

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from beancount_milestones.receivables import Item
    from beancount_milestones.reports.bills import Bill, Name
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.taxes_owed import Parts


class Less:
    """What is owed no more, bill by bill: each part of it is taken once."""

    def __init__(self, books: Books, every: Sequence[tuple[Bill, Parts]]) -> None:
        """Find what all credit notes take back."""
        self._books = books
        self._back: dict[Name, Owed] = defaultdict(lambda: NOTHING)
        #: With what it is a part of.
        self._reductions: dict[Part, tuple[Bill, Owed, object]] = {}
        #: How much of each reduction was taken.
        self._taken: dict[object, Fraction] = defaultdict(Fraction)
        for note, parts in every:
            for of, owed in parts.items() if note.owed < 0 else ():
                if isinstance(of, (InvoiceKey, Unnumbered)):
                    self._back[of] = self._back[of].plus(owed)
                elif of:
                    key = Part.of(books, of, note)
                    # What a number bills and takes back at once only passes on the rest of it.
                    rest = owed if owed.amount else reduce(Owed.plus, parts.values())
                    self._reductions[key] = note, rest, key
        self._notes = {bill.name for bill, _ in every if bill.name and bill.owed < 0}
        for bill, parts in reversed(every):
            if bill.name and bill.name in self._back:
                self._pass_on(bill, bill.name, parts)

    def _pass_on(self, bill: Bill, name: Name, parts: Parts) -> None:
        """Pass on what a bill takes back or reduces beyond what is left of it once it is credited.

        A credit note that is credited takes back more of what it took back.
        """
        of = next(of for of, owed in parts.items() if owed.amount < 0) if bill.owed < 0 else None
        if isinstance(of, (InvoiceKey, Unnumbered)):
            self._back[of] = self._back[of].plus(self._back[name])
            return
        rest = self.standing(bill, parts)
        for share in bill.shares if rest.amount < 0 else ():
            if share.milestone and share.portion.owed < 0:
                self._reductions[Part.of(self._books, share.milestone, bill)] = bill, rest, name

    def standing(self, bill: Bill, parts: Parts) -> Owed:
        """Return what is owed on a bill, less what credit notes of directives take back of it.

        What is taken back of a credit note is a part of that.
        """
        own = [owed for of, owed in parts.items() if of not in self._notes]
        if bill.name in self._back:
            own.append(self._back[bill.name])
        return reduce(Owed.plus, own, NOTHING)

    def reduced(self, item: Item) -> Iterator[tuple[Bill, Owed]]:
        """Yield what reductions take off an item, with the bill of each.

        One on the bill of the item itself is in what that owes.
        """
        for match in item.matches:
            credit = match.credit
            key = credit.milestone and Part.of(self._books, credit.milestone, credit)
            if key in self._reductions:
                note, owed, whole = self._reductions[key]
                if all(item is not own for own in note.items):
                    share = Fraction(match.amount) / -Fraction(owed.amount)
                    yield note, self._take(whole, owed, share)

    def _take(self, key: object, whole: Owed, share: Fraction) -> Owed:
        taken = self._taken[key]
        self._taken[key] = taken + share
        return whole.between((taken, taken + share))
