"""The tax in payments: each has its part of the tax of what it settles.

Worked out of the running total paid, so that what is paid in full has all of its tax; a returned
payment gives it back. What clients hold back is not received yet: its tax comes with the release
(§ 13 (1) no. 1 b UStG, VAT Notice 731), unless the release has a tax of its own. What is credited
once it was paid keeps its tax until the money is given back (§ 17 (1) UStG).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from beancount_milestones import amounts, postings
from beancount_milestones.amounts import ZERO
from beancount_milestones.receivables import Key
from beancount_milestones.reports.invoices import numbered
from beancount_milestones.reports.slices import portions, slices, waiting

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from beancount.core.data import Transaction

    from beancount_milestones.model import Contract
    from beancount_milestones.receivables import Account, Credit, Item, Kind
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.invoices import Invoice
    from beancount_milestones.reports.slices import Portion, Slice

#: An account of a tax, and the currency.
TaxKey = tuple[str, str]
#: What a client gives, and what goes back: a discount or a write-off gives nothing.
_CONSIDERATION: Final = frozenset(
    {"payment", "withholding", "fee", "set-off", "transfer", "returned"}
)


class Paid(NamedTuple):
    """The tax in something that was paid, in the sign of the ledger."""

    entry: Transaction
    client: str
    contracts: tuple[str, ...]
    invoice: str
    tax: TaxKey
    amount: Decimal


@dataclass(slots=True, kw_only=True)
class _Bill:
    """Something that is owed, with the tax in it: an invoice, a credit note, or one without number.

    Of a credit note, what is owed is below zero.
    """

    number: str
    client: str
    date: datetime.date
    owed: Decimal
    items: tuple[Item, ...]
    #: By contract and account: owed, held back, and taxes.
    of_contracts: dict[tuple[str, Account], list[Portion]] = field(default_factory=dict)
    by_hand: list[dict[TaxKey, Decimal]] = field(default_factory=list)
    #: The transaction, where it is by hand.
    entry: Transaction | None = None
    #: The numbers that a credit note takes back.
    taken_back: frozenset[str] = frozenset()

    @property
    def contracts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for name, _ in self.of_contracts))


def taxes_paid(books: Books) -> Iterator[Paid]:
    """Yield the tax in everything that was paid up to the as-of date."""
    bills = sorted(_bills(books), key=lambda bill: bill.date)
    held: dict[tuple[str, Account], _Held] = defaultdict(_Held)
    for bill in bills:
        registered = books.register.contracts
        at_once = (
            _received(books, held[key], registered[key[0]], some)
            for key, some in bill.of_contracts.items()
        )
        charged = _sums([*bill.by_hand, *at_once])
        total = ZERO
        for entry, number, amount in _given(books, bill) if bill.owed else ():
            low, total = total, amounts.add((total, amount))
            for tax, whole in charged.items():
                places = max(books.register.places(tax[1]), amounts.decimals(whole))
                below, above = (_part(whole, paid, bill.owed, places) for paid in (low, total))
                moved = amounts.take(above, below)
                yield Paid(entry, bill.client, bill.contracts, number, tax, moved)


def _part(tax: Decimal, paid: Decimal, owed: Decimal, places: int) -> Decimal:
    """The tax in what is paid. What is beyond the bill, as for interest on it, has none of it."""
    share = Fraction(paid) / Fraction(owed)
    return amounts.fraction_of(tax, max(min(share, Fraction(1)), Fraction(-1)), places)


def _sums(found: Iterable[dict[TaxKey, Decimal]]) -> dict[TaxKey, Decimal]:
    sums: dict[TaxKey, list[Decimal]] = defaultdict(list)
    for some in found:
        for tax, amount in some.items():
            sums[tax].append(amount)
    return {tax: amounts.add(every) for tax, every in sums.items()}


# ---------------------------------------------------------------- what is owed


def _bills(books: Books) -> Iterator[_Bill]:
    for one in numbered(books):
        yield _of_number(books, one)
    yield from _without_number(books)


def _of_number(books: Books, one: Invoice) -> _Bill:
    bill = _Bill(
        number=one.number,
        client=one.client,
        date=one.date,
        owed=amounts.take(one.gross, one.held),
        items=one.items,
    )
    for billed in one.billed:
        key = (billed.slice.contract.id, billed.charge.account)
        portion = portions(billed.slice, books.roles)[billed.charge.account]
        bill.of_contracts.setdefault(key, []).append(portion)
    bill.taken_back = frozenset(
        number for billed in one.billed for number in billed.slice.step.taken_back
    )
    for item in one.items:
        if not item.milestone:
            bill.by_hand.append(_taxes_on(books, item.debits[0].entry, item.account, item.charged))
    if not (one.billed or one.items):
        bill.entry = cast("Transaction", one.entry)
        bill.by_hand.append(_taxes_on(books, bill.entry, one.account, bill.owed))
    return bill


def _without_number(books: Books) -> Iterator[_Bill]:
    """What is owed without a number: the rest of a milestone, and debits by hand."""
    items: dict[tuple[Key, Account], list[Item]] = defaultdict(list)
    for item in books.open_items().items:
        if item.number or not books.asks(item.client, item.milestone, item.account):
            continue
        if item.milestone:
            items[item.milestone, item.account].append(item)
        else:
            entry = item.debits[0].entry
            taxes = _taxes_on(books, entry, item.account, item.charged)
            yield _Bill(
                number="",
                client=item.client,
                date=item.date,
                owed=item.charged,
                items=(item,),
                by_hand=[taxes],
            )
    found: dict[tuple[Key, Account], list[Portion]] = defaultdict(list)
    for part in _unnumbered(books):
        key = Key(part.contract.id, part.milestone.id)
        for account, portion in portions(part, books.roles).items():
            if (key, account) in items:
                found[key, account].append(portion)
    for (key, account), some in items.items():
        yield _Bill(
            number="",
            client=some[0].client,
            date=min(item.date for item in some),
            owed=amounts.add(item.charged for item in some),
            items=tuple(some),
            of_contracts={(key.contract, account): found[key, account]},
        )


def _unnumbered(books: Books) -> Iterator[Slice]:
    """What was billed without a number, and what waits for its invoice."""
    for part in slices(books.register, books.as_of):
        if not part.step.number:
            yield part
    for contract, milestone in books.register.milestones():
        yield from waiting(contract, milestone, books.as_of)


def _taxes_on(
    books: Books, entry: Transaction, account: Account, owed: Decimal
) -> dict[TaxKey, Decimal]:
    """The tax in what a transaction by hand books on an account; others have their share."""
    taxes = []
    every = []
    accounts = books.register.receivables() | books.register.payables()
    for posting in entry.postings:
        number, currency = postings.number(posting), postings.currency(posting)
        if posting.account in books.roles.taxes:
            taxes.append({(posting.account, currency): number})
        elif posting.account in accounts and currency == account.currency:
            every.append(number)
    whole = amounts.add(every)
    share = abs(Fraction(owed) / Fraction(whole)) if whole else Fraction(1)
    return {
        tax: amounts.fraction_of(number, share, amounts.decimals(number))
        for tax, number in _sums(taxes).items()
    }


# ---------------------------------------------------------------- what is held back


@dataclass(slots=True)
class _Held:
    """What is held back of a contract on an account so far, and the tax that comes with it."""

    amount: Decimal = ZERO
    taxes: dict[TaxKey, Decimal] = field(default_factory=dict)


def _received(
    books: Books, held: _Held, contract: Contract, portions: Iterable[Portion]
) -> dict[TaxKey, Decimal]:
    """The tax of what is owed at once: less what is held back of it, and what is released.

    Notes the rest as held.
    """
    some = list(portions)
    taxes = _sums(portion.taxes for portion in some)
    now = amounts.add(portion.held for portion in some)
    if not now or _is_taxed_apart(books, contract):
        return taxes
    owed = amounts.add(portion.owed for portion in some)
    whole = amounts.add((owed, now))
    before, held.amount = held.amount, amounts.add((held.amount, now))
    moved: dict[TaxKey, Decimal] = {}
    if whole and (now > 0) == (whole > 0):
        # Held back of this bill, or no longer held since a credit note takes it back.
        share = min(Fraction(now) / Fraction(whole), Fraction(1))
        moved = {tax: _share_of(books, tax, n, share) for tax, n in taxes.items()}
    elif before:
        share = min(Fraction(-now) / Fraction(before), Fraction(1))
        moved = {
            tax: amounts.negative(_share_of(books, tax, n, share)) for tax, n in held.taxes.items()
        }
    held.taxes = _sums([held.taxes, moved])
    return _sums([taxes, {tax: amounts.negative(n) for tax, n in moved.items()}])


def _share_of(books: Books, tax: TaxKey, number: Decimal, share: Fraction) -> Decimal:
    places = max(books.register.places(tax[1]), amounts.decimals(number))
    return amounts.fraction_of(number, share, places)


def _is_taxed_apart(books: Books, contract: Contract) -> bool:
    """Whether what is held back has its own tax, charged when it is released."""
    return any(
        {"held", "tax"} <= {books.roles.of(contract, leg) for leg in part.legs}
        and not any(leg.earned for leg in part.legs)
        for milestone in contract.milestones.values()
        for part in milestone.parts_at(books.as_of)
    )


# ---------------------------------------------------------------- what is given


def _given(books: Books, bill: _Bill) -> list[tuple[Transaction, str, Decimal]]:
    """What was given for a bill, for which number, and what went back: the oldest first."""
    found = [
        (moved.entry, bill.number, moved.amount)
        for item in bill.items
        for moved in item.movements
        if moved.entry and moved.kind in _CONSIDERATION
    ]
    if bill.owed < 0:
        found += _kept(books, bill) if bill.taken_back else _given_back(books, bill)
    return sorted(found, key=lambda given: given[0].date)


def _given_back(books: Books, bill: _Bill) -> Iterator[tuple[Transaction, str, Decimal]]:
    """The refunds of a credit note by hand."""
    for refund in books.open_items().refunds:
        for credit, _, amount in refund.takes:
            if credit.entry is bill.entry:
                yield refund.entry, bill.number, amounts.negative(amount)


def _kept(books: Books, bill: _Bill) -> Iterator[tuple[Transaction, str, Decimal]]:
    """What was paid of the invoices that a credit note takes back, until it is given back."""
    settled = _settled(books)
    for credit, kind, amount, named, back in _not_used(books):
        names = {*settled[id(credit)], *named}
        numbers = bill.taken_back if bill.number in names else bill.taken_back & names
        if numbers and credit.entry and kind in _CONSIDERATION:
            yield credit.entry, min(numbers), amount
            if back:
                yield back, bill.number, amounts.negative(amount)


def _settled(books: Books) -> dict[int, set[str | None]]:
    """The numbers that each credit settles something of."""
    found: dict[int, set[str | None]] = defaultdict(set)
    for item in books.open_items().items:
        for match in item.matches:
            found[id(match.credit)].add(item.number)
    return found


def _not_used(
    books: Books,
) -> Iterator[tuple[Credit, Kind, Decimal, Iterable[str], Transaction | None]]:
    """What is paid and settles nothing: its kind, what it names, and what gives it back."""
    found = books.open_items()
    for rest in found.unapplied:
        for kind, amount in rest.parts:
            yield rest.credit, kind, amount, rest.named, None
    for refund in found.refunds:
        for credit, kind, amount in refund.takes:
            yield credit, kind, amount, refund.entry.links or (), refund.entry
