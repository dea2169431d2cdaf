"""What is owed, bill by bill, with the taxes in it and what is held back of it.

A bill is an invoice or a credit note of one client; without a number, what one directive bills, or
a transaction by hand. What is owed on a credit note is below zero.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.parties import fold
from beancount_milestones.receivables import Account, Key, holder
from beancount_milestones.reports.books import cached
from beancount_milestones.reports.invoices import numbered
from beancount_milestones.reports.invoices_by_hand import credits_by_hand
from beancount_milestones.reports.slices import Portion, in_books, portions, taken_back
from beancount_milestones.reports.whose import InvoiceKey
from beancount_milestones.reports.written import written_for

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Sequence
    from decimal import Decimal

    from beancount.core.data import Directive, Transaction

    from beancount_milestones.model import Contract, Step
    from beancount_milestones.receivables import Credit, Item
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.slices import Slice
    from beancount_milestones.reports.whose import Whose


class Holding(NamedTuple):
    """Where retention is held: the account, and whose it is."""

    account: str
    client: str


class Unnumbered(NamedTuple):
    """What a bill of contracts without a number is known by."""

    account: Account
    directive: int


#: What a bill of contracts is known by.
Name = InvoiceKey | Unnumbered


class Part(NamedTuple):
    """What a milestone has on one bill is known by."""

    milestone: Key
    number: str
    date: datetime.date
    whose: Whose

    @classmethod
    def of(cls, books: Books, milestone: Key, found: Bill | Item | Credit) -> Part:
        """Return that of a bill, of the item that it is, or of the credit."""
        whose = books.whose(found.client, found.account)
        return cls(milestone, found.number or "", found.date, whose)


class Share(NamedTuple):
    """A portion of a bill, and where something is held back of it or released."""

    portion: Portion
    holding: Holding
    #: The milestone; None by hand.
    milestone: Key | None
    #: What billed it, where it is taken back.
    of: Name | None = None


@dataclass(frozen=True, kw_only=True)
class Bill:
    """Something that is owed on an account."""

    number: str
    client: str
    account: Account
    date: datetime.date
    entry: Directive
    shares: tuple[Share, ...]
    #: What has to be settled; none of a credit note.
    items: tuple[Item, ...] = ()
    #: A credit note by hand.
    credit: Credit | None = None
    #: None by hand.
    name: Name | None = None
    contracts: tuple[str, ...] = field(init=False)
    #: In the currency of the account.
    owed: Decimal = field(init=False)

    def __post_init__(self) -> None:
        """Sum up the shares."""
        names = (share.milestone.contract for share in self.shares if share.milestone)
        object.__setattr__(self, "contracts", tuple(dict.fromkeys(names)))
        owed = amounts.add(share.portion.owed for share in self.shares)
        object.__setattr__(self, "owed", owed)


def bills(books: Books) -> list[Bill]:
    """Return every bill in scope, by date; of one day, what holds back comes before releases."""
    hands = _by_hand(books)
    found = [*_numbered(books, hands), *_without_number(books, hands), *_notes_by_hand(books)]
    return sorted(found, key=lambda bill: (bill.date, _releases(bill)))


def _releases(bill: Bill) -> bool:
    return amounts.add(share.portion.held for share in bill.shares) < 0


def _numbered(books: Books, hands: dict[int, Share]) -> Iterator[Bill]:
    for one in numbered(books):
        by_hand = [item for item in one.items if not item.milestone]
        # What is only moved is paid where it is now.
        moved = tuple(item for item in by_hand if not item.charged)
        shares = [
            share
            for billed in one.billed
            for share in _shares(books, billed.slice, billed.charge.account)
        ]
        if shares:
            is_credit = _is_credit(shares)
            own = (*(item for item in one.items if item.milestone), *moved)
            yield Bill(
                number=one.number,
                client=one.client,
                account=one.account,
                date=one.date,
                entry=one.entry,
                shares=tuple(shares),
                items=() if is_credit else own,
                name=one.key,
            )
            moved = ()
        for item in by_hand:
            if item.charged:
                yield _of_item(item, hands, moved)
                moved = ()


def _of_item(item: Item, hands: dict[int, Share], moved: tuple[Item, ...] = ()) -> Bill:
    """What a transaction by hand bills: by itself, for interest on an invoice has no tax."""
    return Bill(
        number=item.number or "",
        client=item.client,
        account=item.account,
        date=item.date,
        entry=item.debits[0].entry,
        shares=(hands[id(item)],),
        items=(item, *moved),
    )


def _is_credit(shares: Iterable[Share]) -> bool:
    """Whether they are a credit note as a whole."""
    return amounts.add(share.portion.owed for share in shares) < 0


def _apart(shares: Sequence[Share]) -> Iterator[tuple[tuple[Share, ...], bool]]:
    """The shares of a bill without a number, and whether it is a credit note.

    One that also bills something, such as what is no longer held, is two: nothing else says that
    the two belong together.
    """
    is_credit = _is_credit(shares)
    more = tuple(share for share in shares if share.portion.owed > 0)
    if not is_credit or not more:
        yield tuple(shares), is_credit
    else:
        yield tuple(share for share in shares if share.portion.owed <= 0), True
        yield more, False


def _without_number(books: Books, hands: dict[int, Share]) -> Iterator[Bill]:
    """What a directive bills without a number, what waits for its invoice, and by hand."""
    items: dict[tuple[Key, Account, datetime.date], list[Item]] = defaultdict(list)
    for item in books.open_items().items:
        if item.number or not books.asks(item.client, item.milestone, item.account):
            continue
        if item.milestone:
            items[item.milestone, item.account, item.date].append(item)
        else:
            yield _of_item(item, hands)
    found: dict[tuple[int, Account], list[Slice]] = defaultdict(list)
    for part in _unnumbered(books):
        for account in portions(part, books.roles):
            found[id(part.step.entry), account].append(part)
    for (_, account), parts in found.items():
        yield from _of_directive(books, account, parts, items)


def _of_directive(
    books: Books,
    account: Account,
    parts: Sequence[Slice],
    items: dict[tuple[Key, Account, datetime.date], list[Item]],
) -> Iterator[Bill]:
    first = parts[0]
    shares = [share for part in parts for share in _shares(books, part, account)]
    client = books.owner(first.contract, account)
    if not any(books.asks(client, share.milestone, account) for share in shares):
        return
    for some, is_credit in _apart(shares):
        keys = [] if is_credit else [share.milestone for share in some if share.milestone]
        yield Bill(
            number="",
            client=client,
            account=account,
            date=first.step.date,
            entry=first.step.entry,
            shares=some,
            name=Unnumbered(account, id(first.step.entry)),
            items=tuple(
                item
                for key in dict.fromkeys(keys)
                for item in items.get((key, account, first.step.date), ())
            ),
        )


def _unnumbered(books: Books) -> Iterator[Slice]:
    for part in in_books(books.register, books.as_of):
        if not part.step.number:
            yield part


def holding_of(books: Books, contract: Contract) -> Holding:
    """Return where a contract holds retention."""
    return Holding(contract.retention or "", fold(holder(books.register, contract)))


def _shares(books: Books, part: Slice, account: Account) -> Iterator[Share]:
    """What a slice has on an account; what it takes back, by what billed that."""
    pieces: Iterable[tuple[Step | None, Slice]] = [(None, part)]
    if part.takes_back:
        pieces = _taken_back(books)[id(part.step)]
    for billing, piece in pieces:
        yield Share(
            portions(piece, books.roles)[account],
            holding_of(books, part.contract),
            Key(part.contract.id, part.milestone.id),
            _name(books, part.contract, billing, account) if billing else None,
        )


def _name(books: Books, contract: Contract, billing: Step, account: Account) -> Name:
    if billing.number:
        return InvoiceKey(billing.number, books.whose(books.owner(contract, account), account))
    return Unnumbered(account, id(billing.entry))


@cached
def _taken_back(books: Books) -> dict[int, list[tuple[Step, Slice]]]:
    """What each step takes back, with the steps that billed it."""
    found: dict[int, list[tuple[Step, Slice]]] = defaultdict(list)
    for billing, part in taken_back(books.register, books.as_of):
        found[id(part.step)].append((billing, part))
    return found


# ---------------------------------------------------------------- by hand


def _by_hand(books: Books) -> dict[int, Share]:
    """The shares of debits that no contract explains, by item."""
    entries: dict[int, list[Item]] = defaultdict(list)
    for item in books.open_items().items:
        if not item.milestone:
            entries[id(item.debits[0].entry)].append(item)
    return {
        id(item): share
        for some in entries.values()
        for item, share in zip(
            some,
            _shared(
                books,
                some[0].debits[0].entry,
                [(item.client, item.account, item.charged) for item in some],
            ),
            strict=True,
        )
    }


def _notes_by_hand(books: Books) -> Iterator[Bill]:
    """The credit notes by hand, with a number or without."""
    for credit, entry, _ in credits_by_hand(books):
        if credit.kind == "credit note" and books.asks(credit.client, None, credit.account):
            less = amounts.negative(credit.amount)
            yield Bill(
                number=credit.number or "",
                client=credit.client,
                account=credit.account,
                date=credit.date,
                entry=entry,
                shares=tuple(_shared(books, entry, [(credit.client, credit.account, less)])),
                credit=credit,
            )


def _shared(
    books: Books, entry: Transaction, owed: Sequence[tuple[str, Account, Decimal]]
) -> Iterator[Share]:
    """What each of some amounts that are owed has of the other postings of a transaction."""
    totals: dict[str, Fraction] = defaultdict(Fraction)
    for client, account, amount in owed:
        found = written_for(books, entry, account, amount)
        marks = found.upto(amount, totals[found.weighed])
        totals[found.weighed] = marks[1]
        held_on = (p.account for p, _ in found.found if p.account in books.roles.retentions)
        portion = Portion(
            owed=amount,
            weight=amount,
            held=found.held(marks),
            withheld=found.withheld(marks),
            taxes=found.taxes(marks),
        )
        yield Share(portion, Holding(next(held_on, ""), fold(client)), None)
