"""The words: contract, milestone, leg, state, invoice, register.

Frozen data, filled by `reading`, booked by `booking`, and looked at by everything else. Fractions
are of the whole milestone, from 0 to 1; amounts are exact decimals in the currency of their
posting.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from beancount_milestones import amounts, cache, legs
from beancount_milestones.parties import Party, Reminder, Side, TaxRate, fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from beancount.core.data import Custom, Directive, Transaction

    from beancount_milestones.legs import Part

NOTHING = legs.NOTHING
WHOLE = legs.WHOLE


def days_after(date: dt.date, days: int) -> dt.date:
    """Return the date some days later; the last date there is, where that lies beyond it."""
    try:
        return dt.date.fromordinal(date.toordinal() + days)
    except (OverflowError, ValueError):
        return dt.date.max


class Terms(NamedTuple):
    """Payment terms: days after the invoice, or after the end of the invoice's month."""

    days: int
    end_of_month: bool = False
    #: Percent off, if paid within so many days: "2/10 net 30".
    discount: tuple[Decimal, int] | None = None

    def due(self, date: dt.date) -> dt.date:
        """Return the due date of an invoice of that date."""
        if self.end_of_month:
            from calendar import monthrange  # noqa: PLC0415 - few terms need it

            date = date.replace(day=monthrange(date.year, date.month)[1])
        return days_after(date, self.days)

    def discount_until(self, date: dt.date) -> dt.date | None:
        """Return the last day of the discount of an invoice of that date."""
        return days_after(date, self.discount[1]) if self.discount else None


class Invoice(NamedTuple):
    """A slice of a milestone that is billed: from the fraction ``low`` to ``high``."""

    number: str | None
    date: dt.date
    #: None where it waits for the payment of another invoice.
    due: dt.date | None
    low: Fraction
    high: Fraction
    #: The number of an invoice of ours: it is due by the terms from the day that is settled.
    due_on: str | None = None


class State(NamedTuple):
    """Where a milestone stands: two fractions, and how it came there."""

    earned: Fraction = NOTHING
    billed: Fraction = NOTHING
    #: What 100 percent means: less than 1 once cancelled.
    whole: Fraction = WHOLE
    #: The last `progress`.
    progress: Fraction = NOTHING
    delivered: dt.date | None = None
    completed: dt.date | None = None
    #: Whether it is completed because nobody refused what was delivered.
    accepted: bool = False
    cancelled: dt.date | None = None
    #: Since when what is not billed has fallen away.
    waived: dt.date | None = None
    #: What a waiver changed: earned, the whole, and whether a credit note held the books.
    forgone: tuple[Fraction, Fraction, bool] | None = None
    #: A credit note holds the books at the billed fraction until more is earned or invoiced.
    credited: bool = False
    #: The invoices in force, oldest first.
    invoices: tuple[Invoice, ...] = ()

    # Written out, as nearly every step does these two: `_replace` looks for each field by its name.

    def done(self, date: dt.date) -> State:
        """Return it with all of it earned, and completed on that day."""
        return State(
            self.whole,
            self.billed,
            self.whole,
            self.progress,
            self.delivered,
            date,
            self.accepted,
            self.cancelled,
            self.waived,
            self.forgone,
            self.credited,
            self.invoices,
        )

    def billed_by(self, invoice: Invoice) -> State:
        """Return it with one more invoice in force."""
        return State(
            self.earned,
            invoice.high,
            self.whole,
            self.progress,
            self.delivered,
            self.completed,
            self.accepted,
            self.cancelled,
            self.waived,
            self.forgone,
            credited=False,
            invoices=(*self.invoices, invoice),
        )

    @property
    def left(self) -> Fraction:
        """The fraction that it will ever reach: all, but what has fallen away."""
        return max(self.earned, self.billed) if self.cancelled or self.waived else WHOLE

    @property
    def booked(self) -> Fraction:
        """The fraction that is in the books where the two sides move together."""
        if self.credited or self.earned is self.billed or not self.earned:
            return self.billed
        return max(self.earned, self.billed) if self.billed else self.earned


#: Where every milestone begins.
BEGINNING: Final = State()


class Step(NamedTuple):
    """One event of a milestone, and the state that it led to."""

    date: dt.date
    event: str
    entry: Custom
    state: State
    #: The number on the directive: of the invoice or of the credit note.
    number: str | None = None
    #: The due date: of the invoice, or as the directive gives it.
    due: dt.date | None = None
    #: The numbers that a credit note takes back.
    taken_back: tuple[str, ...] = ()
    #: The number of an invoice of ours that has to be settled first.
    due_on: str | None = None


class Milestone(NamedTuple):
    """A part of a contract that is done, accepted and billed by itself."""

    contract: str
    id: str
    #: By date.
    parts: tuple[Part, ...]
    #: By date.
    steps: tuple[Step, ...] = ()

    @property
    def entry(self) -> Transaction:
        """The transaction that first names the milestone."""
        return self.parts[0].entry

    def parts_at(self, date: dt.date) -> tuple[Part, ...]:
        """Return what the contract and its change orders had given by the end of that day."""
        if self.parts[-1].entry.date <= date:
            return self.parts
        return tuple(part for part in self.parts if part.entry.date <= date)

    def title_at(self, date: dt.date) -> str:
        """Return its title by the end of that day: the last that was said, else the id."""
        return self.title_by(self.parts_at(date))

    def title_by(self, parts: tuple[Part, ...]) -> str:
        """Return its title by these of its parts: the last that was said, else the id."""
        for part in parts[::-1]:
            if part.title:
                return part.title
        return self.id

    def steps_at(self, date: dt.date) -> tuple[Step, ...]:
        """Return what had happened by the end of that day."""
        if not self.steps or self.steps[-1].date <= date:
            return self.steps
        return tuple(step for step in self.steps if step.date <= date)

    def moves(self, date: dt.date) -> Iterator[tuple[Step, Fraction]]:
        """Yield the steps that billed or took back, each with the fraction billed before it."""
        before = NOTHING
        for step in self.steps_at(date):
            if not legs.equal(step.state.billed, before):
                yield step, before
            before = step.state.billed

    def target_at(self, date: dt.date) -> dt.date | None:
        """Return its target by the end of that day: the last that was said."""
        targets = (part.target for part in reversed(self.parts_at(date)) if part.target)
        return next(targets, None)

    def first_target_at(self, date: dt.date) -> dt.date | None:
        """Return the target that was said first, by the end of that day."""
        return next((part.target for part in self.parts_at(date) if part.target), None)

    def has_earned_side(self, date: dt.date) -> bool:
        """Return whether it is work: a deposit or the release of a retention is not."""
        return any(leg.earned for part in self.parts_at(date) for leg in part.legs)

    def since(self, date: dt.date, holds: Callable[[State], bool]) -> Step | None:
        """Return the step since which something has held without a break, up to that day."""
        since = None
        for step in reversed(self.steps_at(date)):
            if not holds(step.state):
                break
            since = step
        return since

    def state_at(self, date: dt.date) -> State:
        """Return where the milestone stood at the end of that day."""
        steps = self.steps_at(date)
        return steps[-1].state if steps else BEGINNING


class Contract(NamedTuple):
    """A contract with its change orders; every milestone belongs to one."""

    id: str
    #: The contract's own transaction, before its change orders.
    entry: Transaction
    client: str
    terms: Terms | None
    unbilled: str | None
    deferred: str | None
    retention: str | None
    #: The accounts that its bills are owed on.
    receivables: frozenset[str]
    #: Days after which a delivered milestone counts as accepted.
    acceptance: int | None
    #: What completes or progresses is invoiced that day.
    invoiced_on_completion: bool
    #: By id, in the order written.
    milestones: dict[str, Milestone]
    #: By id: pending milestones and changes, never billable.
    proposals: dict[str, Milestone]
    #: What is sold to a client, or what is bought: a subcontract, a supplier's schedule.
    side: Side = "sell"
    #: On the buy side, the accounts that its bills are owed on.
    payables: frozenset[str] = frozenset()
    #: The accounts that hold deposits until later milestones draw them.
    deposits: frozenset[str] = frozenset()
    #: The client's order number, printed on documents.
    order: str = ""
    #: Percent a year, printed on reminders and never booked.
    interest: Decimal | None = None
    #: What each bill of a supplier must come with, such as "waiver".
    requires: str = ""

    @property
    def owed_on(self) -> frozenset[str]:
        """The accounts that its invoices are owed on: receivables, or payables on the buy side."""
        return self.payables if self.side == "buy" else self.receivables

    def due(self, date: dt.date) -> dt.date:
        """Return when an invoice of that date is due; on its date where no terms are given."""
        return self.terms.due(date) if self.terms else date

    def done_at(self, milestone: Milestone, date: dt.date) -> dt.date | None:
        """Return when a milestone was done, by the end of that day; None where it is not.

        Done is what is completed, cancelled or waived, and what is earned and billed in full, as by
        a pay application; and where there is no work, what is billed, or was held back and is
        released: nobody has to complete it.
        """
        state = milestone.state_at(date)
        done = state.completed or state.cancelled or state.waived
        if done:
            return done
        if milestone.has_earned_side(date):
            step = milestone.since(date, lambda state: state.earned == state.billed == WHOLE)
            return step.date if step else None
        if state.billed == WHOLE:
            return state.invoices[-1].date
        return self.released_at(milestone, date)

    def is_late(self, milestone: Milestone, date: dt.date) -> bool:
        """Return whether its target is past at the end of that day, and it is not done."""
        target = milestone.target_at(date)
        return bool(target and target < date and not self.done_at(milestone, date))

    def late_since(self, milestone: Milestone, date: dt.date) -> dt.date | None:
        """Return the day since which it is late without a break, up to that day."""
        parts = milestone.parts_at(date)
        # It can only turn late, or stop to be, on one of these.
        turns = {step.date for step in milestone.steps_at(date)}
        turns |= {part.entry.date for part in parts}
        turns |= {days_after(part.target, 1) for part in parts if part.target}
        past = sorted((turn for turn in turns if turn <= date), reverse=True)
        return min(takewhile(lambda day: self.is_late(milestone, day), past), default=None)

    def left(self, milestone: Milestone, date: dt.date) -> Fraction:
        """Return the fraction of a milestone that it will ever reach, as of that day."""
        if self.released_at(milestone, date):
            return NOTHING
        return milestone.state_at(date).left

    def released_at(self, milestone: Milestone, date: dt.date) -> dt.date | None:
        """Return since when all that a milestone held back is released, up to that day.

        A credit note releases it, and nothing is held again until an invoice says so. None where
        something is still held, or nothing ever was.
        """
        step = milestone.since(date, lambda state: state.credited and not state.billed)
        return step.date if step and self.holds_back(milestone, date) else None

    def holds_back(self, milestone: Milestone, date: dt.date) -> bool:
        """Return whether it is no work, and moves what is owed to the account of the retention."""
        kept = self._kept(milestone, date) if self.retention else NOTHING
        return kept > 0 and not milestone.has_earned_side(date)

    def credited_back(self, milestones: Sequence[Milestone], date: dt.date) -> list[Fraction]:
        """Return how much of what each milestone holds back a credit note is to release.

        Of all that is held back, also by work, what no release among them is for, even one that has
        fallen away: what was written first is released first. They are as by the end of that day.
        """
        kept = []
        for milestone in milestones:
            weight = self._kept(milestone, date)
            if weight > 0 or milestone.has_earned_side(date):
                weight *= self.left(milestone, date)
            kept.append(weight)
        rest, shares = sum(kept, NOTHING), []
        for milestone, held in zip(reversed(milestones), reversed(kept), strict=True):
            back = min(max(rest, NOTHING), held) if self.holds_back(milestone, date) else NOTHING
            shares.append(back / held if back else NOTHING)
            rest -= back
        return shares[::-1]

    def _kept(self, milestone: Milestone, date: dt.date) -> Fraction:
        """What a milestone moves to the account of the retention; below zero where it releases."""
        kept = amounts.add(
            leg.weight(amount)
            for part in milestone.parts_at(date)
            for leg, amount in part.pairs()
            if leg.posting.account == self.retention
        )
        return Fraction(amounts.negative(kept) if self.side == "buy" else kept)

    def reduces(self, parts: Iterable[Part]) -> bool:
        """Return whether parts of a milestone bill less than nothing."""
        owed, owed_on = amounts.ZERO, self.owed_on
        for part in parts:
            for leg, amount in part.pairs():
                if leg.posting.account in owed_on:
                    owed = amounts.add((owed, leg.weight(amount)))
        return owed > 0 if self.side == "buy" else owed < 0

    def bridge(self, state: State) -> str | None:
        """Return the account that holds what is earned and not billed, or the reverse.

        Which one is decided by the larger fraction, never by the sign of an amount
        (IFRS 15.105, ASC 606-10-45-1). None in the simple mode.
        """
        return self.unbilled if state.earned > state.billed else self.deferred

    def earned(self, state: State) -> Fraction:
        """Return how much of a milestone counts as earned.

        In the simple mode a credit note takes both sides down to what is billed.
        """
        if state.credited and not self.is_bridged(state):
            return min(state.earned, state.billed)
        return state.earned

    def reach(self, state: State) -> Fraction:
        """Return how much of a milestone counts: what is in the books, on the larger side."""
        earned, billed = self.sides(state)
        return earned if earned is billed else max(earned, billed)

    def is_bridged(self, state: State) -> bool:
        """Return whether the two sides move apart: not so in the simple mode."""
        return bool((self.unbilled or self.deferred) and self.bridge(state))

    def waiting_since(self, milestone: Milestone, date: dt.date) -> Step | None:
        """Return the step since which something is in the books and waits for its invoice."""
        return milestone.since(date, lambda state: self.sides(state)[1] > state.billed)

    def sides(self, state: State) -> tuple[Fraction, Fraction]:
        """Return how much of the earned and of the billed side is in the books."""
        if self.is_bridged(state):
            return state.earned, state.billed
        booked = state.booked
        return booked, booked


_NONE: Final[dict[str, Any]] = {}


class Register(NamedTuple):
    """All contracts of a ledger: the one source of truth for command, query and page.

    Lives in ``options_map["milestones"]``. ``entries`` are those that the plugin left, so that a
    report can use a posting that a later filter took away.
    """

    contracts: dict[str, Contract]
    entries: tuple[Directive, ...] = ()
    #: Decimal places of currencies that the ledger gives a `precision`.
    precision: Mapping[str, int] = _NONE
    #: What the other side of a payment is, by account: `settles-as` on its `open`.
    settles_as: Mapping[str, str] = _NONE
    #: Tax accounts, and the rate that their `open` gives.
    taxes: Mapping[str, TaxRate] = _NONE
    #: The client that the `open` of a receivable account names.
    clients_by_account: Mapping[str, str] = _NONE
    #: What the ledger says of the seller, and of clients by folded name: each from its date on.
    seller: tuple[tuple[dt.date, Party], ...] = ()
    parties: Mapping[str, tuple[tuple[dt.date, Party], ...]] = _NONE
    reminders: tuple[Reminder, ...] = ()
    #: Days after the due date of each level of reminder.
    reminder_days: tuple[int, ...] = (7, 14, 28)
    #: The schedules that a contract can name, built-in and the user's own, with their titles.
    schedules: Mapping[str, str] = _NONE
    #: The folder of the user's own templates, if any.
    templates: str = ""

    def __reduce__(self) -> tuple[Callable[..., Register], tuple[int, tuple[Any, ...]]]:
        """Go into Beancount's cache with what made it."""
        return _from_cache, (cache.made_by(), tuple(self))

    def __repr__(self) -> str:
        """Fava prints every option on a page of its own: keep it short."""
        count = sum(len(contract.milestones) for contract in self.contracts.values())
        return f"<Register of {len(self.contracts)} contracts with {count} milestones>"

    def milestones(self) -> Iterator[tuple[Contract, Milestone]]:
        """Yield every milestone with its contract, in the order written."""
        for contract in self.contracts.values():
            for milestone in contract.milestones.values():
                yield contract, milestone

    def receivables(self) -> frozenset[str]:
        """Return the receivable accounts of all contracts."""
        return frozenset().union(*(c.receivables for c in self.contracts.values()))

    def payables(self) -> frozenset[str]:
        """Return the payable accounts of all contracts."""
        return frozenset().union(*(c.payables for c in self.contracts.values()))

    def places(self, currency: str) -> int:
        """Return the decimal places of a currency: the ledger's `precision`, else ISO 4217."""
        places = self.precision.get(currency)
        return amounts.minor_unit(currency) if places is None else places

    def client_of(self, account: str) -> str | None:
        """Return the client that the `open` of a receivable account names."""
        return self.clients_by_account.get(account)

    def seller_at(self, date: dt.date) -> Party:
        """Return the seller as the ledger describes it on a day."""
        return _latest(self.seller, date)

    def client_at(self, name: str, date: dt.date) -> Party:
        """Return a client as the ledger describes it on a day; else one with that name only."""
        found = _latest(self.parties.get(fold(name), ()), date)
        return found if found.name else found._replace(name=name)


def _from_cache(made_by: int, fields: tuple[Any, ...]) -> Register:
    cache.check(made_by)
    return Register._make(fields)


def _latest(versions: tuple[tuple[dt.date, Party], ...], date: dt.date) -> Party:
    found = [party for since, party in versions if since <= date]
    return found[-1] if found else Party()


def of_register(options: dict[str, Any]) -> Register | None:
    """Return the register of a loaded ledger, or None where the plugin did not run."""
    register = options.get("milestones")
    return register if isinstance(register, Register) else None
