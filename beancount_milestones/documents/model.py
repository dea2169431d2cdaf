"""An invoice as it is sent. Frozen data; amounts are exact, and of credit notes negative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.reports.invoice import is_payable

if TYPE_CHECKING:
    import datetime
    from decimal import Decimal

    from beancount_milestones.parties import Party, Side, TaxRate
    from beancount_milestones.reports.discounts import Discount


class RateSum(NamedTuple):
    """Net amount and tax of one rate; None is a rate that the ledger does not say."""

    rate: TaxRate | None
    net: Decimal
    tax: Decimal


class RateNet(NamedTuple):
    """The net amount of one rate; None is a rate that the ledger does not say."""

    rate: TaxRate | None
    net: Decimal


class TaxIn(NamedTuple):
    """The tax in another currency than that of the invoice."""

    currency: str
    tax: Decimal


class Order(NamedTuple):
    """The client's order number for the work of a contract."""

    contract: str
    number: str


class Reference(NamedTuple):
    """Another invoice or credit note that this one refers to."""

    number: str
    date: datetime.date
    net: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        """The net amount and the tax."""
        return amounts.add((self.net, self.tax))


class Drawn(NamedTuple):
    """What an invoice draws of a deposit: below zero, and above it on a credit note."""

    #: The invoice of the deposit; empty where none has a number.
    number: str
    date: datetime.date | None
    rates: tuple[RateSum, ...]

    @property
    def net(self) -> Decimal:
        """The net amount of all rates."""
        return amounts.add(part.net for part in self.rates)

    @property
    def tax(self) -> Decimal:
        """The tax in it, which the invoice of the deposit has charged."""
        return amounts.add(part.tax for part in self.rates)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """A milestone on an invoice. All amounts are net of tax, before deposits and what is held."""

    contract: str
    #: Empty for an invoice that no contract explains.
    milestone: str
    title: str
    #: Whether a change order added it.
    change: bool = False
    #: Whether it bills a deposit: nothing is delivered for it yet.
    deposit: bool = False
    scheduled: Decimal
    #: Billed before.
    before: Decimal
    this: Decimal
    #: In percent, what is billed to date; None where it is all or nothing in one go.
    percent: Decimal | None = None
    #: The net amounts of ``this`` by rate.
    rates: tuple[RateNet, ...]
    #: The first and the last day on which something of it was done, since it was billed before.
    done: tuple[datetime.date, datetime.date] | None = None

    @property
    def remaining(self) -> Decimal:
        """What is still to be billed."""
        return amounts.take(self.scheduled, amounts.add((self.before, self.this)))


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDocument:
    """An invoice or a credit note as of its own date; only what is paid is as of another day."""

    number: str
    kind: Literal["invoice", "credit note", "other"]
    date: datetime.date
    due: datetime.date | None
    #: While something is open.
    discount: Discount | None
    #: The first and the last day of what was done; None where nothing was, as for a deposit.
    period: tuple[datetime.date, datetime.date] | None
    currency: str
    #: The decimals of the currency in this ledger, at least.
    places: int
    seller: Party
    client: Party
    #: The client as the ledger names it.
    payer: str
    #: Ids of the contracts, and what the first of them is about.
    contracts: tuple[str, ...]
    title: str
    #: The client's order number, where all contracts have that one.
    order: str
    #: Else each order number, with its contract.
    orders: tuple[Order, ...] = ()
    lines: tuple[DocumentLine, ...]
    drawn: tuple[Drawn, ...]
    #: Net and tax by rate, after the deposits drawn.
    rates: tuple[RateSum, ...]
    #: Invoices and credit notes of its contracts before this one.
    earlier: tuple[Reference, ...]
    #: What a credit note takes back.
    takes_back: tuple[Reference, ...]
    net: Decimal
    tax: Decimal
    #: The tax as it is booked, where that is in other currencies (Directive 2006/112, art. 230).
    tax_in: tuple[TaxIn, ...]
    #: Held back until later, or withheld by the client.
    held: Decimal
    #: How much of that is tax that the client withholds.
    withheld: Decimal
    #: Money received, less what went back.
    received: Decimal
    #: What of that is for the invoice itself, not for what was charged on its number since.
    prepaid: Decimal
    #: Settled in another way: a set-off, a discount, a credit note.
    settled: Decimal
    open: Decimal
    side: Side

    @property
    def gross(self) -> Decimal:
        """The net amount and the tax."""
        return amounts.add((self.net, self.tax))

    @property
    def retained(self) -> Decimal:
        """What is held back to be paid later."""
        return amounts.take(self.held, self.withheld)

    @property
    def held_as(self) -> Literal["held back", "released", "no longer held"]:
        """What becomes of what is retained. What a credit note takes back of it is not due."""
        if self.retained > 0:
            return "held back"
        return "released" if self.is_payable else "no longer held"

    @property
    def work(self) -> Decimal:
        """What its lines charge, net of tax, before deposits."""
        return amounts.add(line.this for line in self.lines)

    @property
    def language(self) -> str:
        """The language that it is written in: the client's, else the seller's, else English."""
        return self.client.language or self.seller.language or "en"

    @property
    def owed(self) -> Decimal:
        """What the client owes on it, before payments."""
        return amounts.take(self.gross, self.held)

    @property
    def is_payable(self) -> bool:
        """Whether the client is to pay it."""
        return is_payable(self.kind, self.owed)

    @property
    def credited(self) -> Decimal:
        """What credit notes have taken back of an invoice."""
        if not self.is_payable:
            return amounts.ZERO
        return amounts.take(self.owed, amounts.add((self.received, self.settled, self.open)))
