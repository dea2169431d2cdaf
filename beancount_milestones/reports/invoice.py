"""The words of the register of invoices: an invoice or credit note, and what it bills."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from beancount_milestones import amounts
from beancount_milestones.amounts import ZERO
from beancount_milestones.reports.open_items import overdue
from beancount_milestones.reports.reminding import reminded
from beancount_milestones.reports.whose import InvoiceKey, Whose

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable
    from decimal import Decimal

    from beancount.core.data import Directive

    from beancount_milestones.parties import Side
    from beancount_milestones.receivables import Account, Item, Match
    from beancount_milestones.reports.books import Books
    from beancount_milestones.reports.slices import Charge, Slice

Kind = Literal["invoice", "credit note", "other"]
Status = Literal["open", "overdue", "paid", "credited", "written-off"]


@dataclass(frozen=True, slots=True)
class Billed:
    """What one number charges of one milestone on one account."""

    slice: Slice
    charge: Charge


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """A number of an invoice or a credit note, as of a day. Credit notes are negative.

    ``gross = net + tax``; what the client owes on it is ``gross - held``. ``paid`` is what has
    settled it, of any kind, less what was returned. ``open`` is what is left.
    """

    number: str
    kind: Kind
    date: datetime.date
    #: The earliest due date where its milestones have different ones.
    due: datetime.date | None
    client: str
    #: The ids of its contracts, in the order written.
    contracts: tuple[str, ...]
    #: One that it is owed on, and the currency.
    account: Account
    net: Decimal
    tax: Decimal
    held: Decimal
    paid: Decimal
    open: Decimal
    status: Status
    #: Days overdue.
    days: int | None
    #: The level of the last reminder sent.
    reminders: int
    #: The directive or the transaction that it comes from.
    entry: Directive
    side: Side
    billed: tuple[Billed, ...] = field(default=(), repr=False)
    items: tuple[Item, ...] = field(default=(), repr=False)

    @property
    def gross(self) -> Decimal:
        """The net amount and the tax."""
        return amounts.add((self.net, self.tax))

    @property
    def is_payable(self) -> bool:
        """Whether it is to be paid."""
        return is_payable(self.kind, owed_of((self.net, self.tax, self.held)))

    @property
    def whose(self) -> Whose:
        """Who owes it, or is owed."""
        return Whose.of(self.side, self.client, self.account.currency)

    @property
    def key(self) -> InvoiceKey:
        """What it is known by."""
        return InvoiceKey(self.number, self.whose)

    @property
    def currency(self) -> str:
        """The currency of the amounts."""
        return self.account.currency


def kind_of(sums: tuple[Decimal, Decimal, Decimal], *, takes_back: bool) -> Kind:
    """Return what a bill of contracts is, by its net, tax and held.

    What it charges says so, and not what is held back of it or released; where it charges nothing,
    what is owed on it, or whether it takes something back.
    """
    decides = amounts.add(sums[:2]) or owed_of(sums)
    return "credit note" if decides < 0 or (not decides and takes_back) else "invoice"


def owed_of(sums: tuple[Decimal, Decimal, Decimal]) -> Decimal:
    """Return what is owed of net, tax and held, before payments."""
    net, tax, held = sums
    return amounts.take(amounts.add((net, tax)), held)


def is_payable(kind: Kind, owed: Decimal) -> bool:
    """Return whether a bill is to be paid: what is below zero is the credit of the client.

    An invoice may hold back more than it charges, a credit note may release more than it takes.
    """
    return owed > 0 or not (owed or kind == "credit note")


def invoice(  # noqa: PLR0913 - the fields of a row
    books: Books,
    *,
    number: str,
    kind: Kind,
    sums: tuple[Decimal, Decimal, Decimal],
    due: datetime.date | None,
    items: tuple[Item, ...] = (),
    left: Decimal = ZERO,
    covered: bool = False,
    **fields: Any,  # noqa: ANN401 - the other fields, as they are
) -> Invoice:
    """Return an invoice or credit note: what is paid, what is open, and the status are worked out.

    ``sums`` are net, tax and held; ``left`` is what is unapplied of what it takes back. ``covered``
    says that nothing was owed on it at once, and nobody has taken it back.
    """
    matches = [match for item in items for match in item.matches if match.credit.entry]
    raised = amounts.add(item.raised for item in items)
    paid = amounts.take(amounts.add(match.amount for match in matches), raised)
    open_ = amounts.take(amounts.add(item.open for item in items), left)
    payable = is_payable(kind, owed_of(sums))
    due = due if payable else None
    days = overdue(due, books.as_of) if open_ > 0 else None
    status: Status = "open"
    if open_ > 0:
        status = "overdue" if days else "open"
    elif not open_:
        status = "paid" if covered else _settled(paid, matches, payable=payable)
    return Invoice(
        number=number,
        kind=kind,
        due=due,
        net=sums[0],
        tax=sums[1],
        held=sums[2],
        paid=paid,
        open=open_,
        status=status,
        days=days,
        reminders=reminded(books, number),
        items=items,
        **fields,
    )


def _settled(paid: Decimal, matches: Iterable[Match], *, payable: bool) -> Status:
    """How an invoice came to have nothing open."""
    if not payable:
        return "credited"
    if any(match.kind == "payment" for match in matches):
        return "paid"
    if any(match.kind == "write-off" for match in matches):
        return "written-off"
    return "paid" if paid else "credited"


def total(sums: Iterable[tuple[Decimal, ...]]) -> tuple[Decimal, Decimal, Decimal]:
    """Return the sums of net, tax and held."""
    net, tax, held = (amounts.add(column) for column in zip(*sums, strict=True))
    return net, tax, held
