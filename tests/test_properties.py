"""Laws that hold for every contract, whatever happens to it.

Ledgers are made up as text and go through Beancount's parser, its booking and our plugin. What has
to come out is worked out here a second time, from the text's own figures.
"""

import datetime as dt
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from beancount import loader
from beancount.core import data, interpolate
from beancount.core.amount import Amount
from beancount.parser import booking, parser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beancount_milestones import milestones, postings
from beancount_milestones.amounts import MOST_DECIMALS, rounded
from beancount_milestones.model import Contract, Milestone, Register

START = dt.date(2026, 1, 10)
CONTRACT = "acme-brand"
WIDE = Context(prec=200)

# Decimal places of the currencies, as people know them.
PLACES = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3, "BTC": 8}

BRIDGES = {
    "simple": ("", ""),
    "unbilled": ("Assets:Unbilled", ""),
    "deferred": ("", "Liabilities:Deferred"),
    "both": ("Assets:Unbilled", "Liabilities:Deferred"),
    "one account": ("Assets:Net", "Assets:Net"),
}

OPENS = """
2020-01-01 commodity BTC
  precision: 8
2020-01-01 open Assets:Receivable
2020-01-01 open Assets:Receivable:Acme
2020-01-01 open Assets:Retention
2020-01-01 open Assets:Unbilled
2020-01-01 open Assets:Net
2020-01-01 open Liabilities:Deferred
2020-01-01 open Liabilities:VAT
2020-01-01 open Liabilities:Levy
2020-01-01 open Liabilities:Deposit
2020-01-01 open Income:Design
2020-01-01 open Income:Licences
2020-01-01 open Income:Hosting
2020-01-01 open Expenses:Discount
"""


# ---------------------------------------------------------------- contracts, made up


@dataclass
class Order:
    """A contract transaction: its text, and what it says."""

    text: str
    ids: list[str]
    # Empty where the milestones stand on postings.
    shares: list[Fraction] = field(default_factory=list)


@dataclass
class Event:
    """A directive, and the milestones that it moves with the fractions that they come to."""

    date: dt.date
    text: str


@dataclass
class Case:
    """A ledger with one contract."""

    head: str
    orders: list[Order]
    events: list[Event]
    # By milestone, what every event that moves it leads to.
    fractions: dict[str, list[tuple[Fraction, Fraction]]]
    simple: dict[str, list[bool]]
    bridges: tuple[str, str]

    @property
    def text(self) -> str:
        return "\n".join(
            [self.head, *(o.text for o in self.orders), *(e.text for e in self.events)]
        )


def written(number: Decimal) -> str:
    return f"{number:,f}"


@st.composite
def amounts(draw: st.DrawFn, places: int) -> Decimal:
    """A positive amount with at most those decimals."""
    used = draw(st.integers(0, places))
    units = draw(st.one_of(st.integers(1, 200), st.integers(1, 10**7)))
    return Decimal(units).scaleb(-used)


@st.composite
def legs(draw: st.DrawFn, currency: str) -> tuple[list[str], Decimal]:
    """Postings of a contract, the last one to be filled in by Beancount; and their total."""
    places = PLACES[currency]
    number = amounts(places)
    debits = [("Assets:Receivable:Acme", draw(number))]
    debits += [
        (account, draw(number))
        for account in ("Assets:Receivable", "Assets:Retention", "Liabilities:Deposit")
        if draw(st.integers(0, 3)) == 0
    ]
    if draw(st.integers(0, 5)) == 0:
        debits.append(("Expenses:Discount", draw(number)))
    lines = [f"{account}  {written(amount)} {currency}" for account, amount in debits]
    total = sum((amount for _, amount in debits), Decimal())
    if draw(st.integers(0, 3)) == 0:
        foreign = draw(st.sampled_from([c for c in PLACES if c != currency]))
        units = draw(amounts(PLACES[foreign]))
        rate = Decimal(draw(st.integers(1, 99999))).scaleb(-draw(st.integers(0, 5)))
        lines[0] = f"Assets:Receivable:Acme  {written(units)} {foreign} @ {rate:f} {currency}"
        total += units * rate - debits[0][1]
    rest = total
    for account in ("Liabilities:VAT", "Liabilities:Levy", "Income:Licences", "Income:Hosting"):
        if draw(st.integers(0, 2)) == 0:
            part = (rest / draw(st.integers(2, 9))).quantize(Decimal(1).scaleb(-places))
            lines.append(f"{account}  {written(-part)} {currency}")
            rest -= part
    lines.append("Income:Design")
    return lines, total


@st.composite
def shares(draw: st.DrawFn, total: Decimal, currency: str) -> list[tuple[str, Fraction]]:
    """Shares as text, with what they mean."""
    count = draw(st.one_of(st.integers(1, 5), st.integers(1, 40)))
    if draw(st.integers(0, 3)) == 0:
        return [(f"1/{count}", Fraction(1, count))] * count
    left = Fraction(1)
    found = []
    for index in range(count - 1):
        most = left / (count - index)
        part = most * draw(st.integers(0, 100)) / 100
        kind = draw(st.sampled_from(["percent", "fraction", "amount"]))
        if kind == "percent":
            part = Fraction(int(part * 10**6), 10**6)
            text = f"{Decimal(part.numerator) / Decimal(part.denominator) * 100:f}%"
        elif kind == "fraction":
            part = Fraction(int(part * 997), 997)
            text = f"{part.numerator}/{part.denominator}"
        else:
            places = PLACES[currency]
            units = int(part * Fraction(total) * 10**places)
            part = Fraction(units, 10**places) / Fraction(total)
            text = f"{written(Decimal(units).scaleb(-places))} {currency}"
        left -= part
        found.append((text, part))
    found.insert(draw(st.integers(0, len(found))), ("rest", left))
    return found


def order_text(head: str, keys: Iterable[str], lines: Iterable[str]) -> str:
    return "\n".join([head, *(f"  {key}" for key in keys), *(f"  {line}" for line in lines)])


@st.composite
def by_share(draw: st.DrawFn, currency: str, keys: list[str], date: dt.date, prefix: str) -> Order:
    lines, total = draw(legs(currency))
    cut = draw(shares(total, currency))
    ids = [f"{prefix}{number}" for number in range(len(cut))]
    said = [f'milestone-{name}: "{text}"' for name, (text, _) in zip(ids, cut, strict=True)]
    text = order_text(f'{date} * "Acme" "Brand"', [f'contract: "{CONTRACT}"', *keys, *said], lines)
    return Order(text, ids, [share for _, share in cut])


@st.composite
def by_posting(
    draw: st.DrawFn, currency: str, keys: list[str], date: dt.date, prefix: str
) -> Order:
    """Income marked by milestone; tax and receivables shared out to balance it."""
    number = amounts(PLACES[currency])
    ids = [f"{prefix}{index}" for index in range(draw(st.integers(1, 8)))]
    lines: list[str] = []
    total = Decimal()
    for name in ids:
        for account in draw(
            st.lists(st.sampled_from(["Income:Design", "Income:Licences"]), min_size=1, max_size=3)
        ):
            amount = draw(number)
            total += amount
            lines += [f"{account}  {written(-amount)} {currency}", f'  milestone: "{name}"']
    if draw(st.booleans()):
        name = f"{prefix}alone"
        ids.append(name)
        amount = draw(number)
        mark = f'  milestone: "{name}"'
        lines += [f"Assets:Retention  {written(amount)} {currency}", mark]
        lines += [f"Income:Hosting  {written(-amount)} {currency}", mark]
    if draw(st.booleans()):
        tax = draw(number)
        lines.append(f"Liabilities:VAT  {written(-tax)} {currency}")
        total += tax
    foreign = draw(st.sampled_from([*PLACES, *[currency] * 8]))
    if foreign != currency:
        rate = Decimal(draw(st.integers(1, 9999))).scaleb(-4)
        units = (total / rate).quantize(Decimal(1).scaleb(-PLACES[foreign]), ROUND_HALF_UP)
        used = re.findall(rf"\.(\d+) {currency}", "\n".join(lines))
        tolerated = Decimal("0.5").scaleb(-min(map(len, used))) if used else Decimal()
        if units and abs(units * rate - total) <= tolerated:
            lines.append(f"Assets:Receivable  {written(units)} {foreign} @ {rate:f} {currency}")
            total = Decimal()
    if total:
        lines.append("Assets:Receivable")
    text = order_text(f'{date} * "Acme" "Brand"', [f'contract: "{CONTRACT}"', *keys], lines)
    return Order(text, ids)


# ---------------------------------------------------------------- events, made up


@dataclass(frozen=True)
class Model:
    """The event table of the manual, once more: what may happen next, and what it leads to."""

    earned: Fraction = Fraction(0)
    billed: Fraction = Fraction(0)
    whole: Fraction = Fraction(1)
    progress: Fraction = Fraction(0)
    delivered: bool = False
    completed: bool = False
    cancelled: bool = False
    credited: bool = False

    def moves(self) -> list[str]:
        found = ["invoiced"] if self.billed < self.whole else []
        if self.billed:
            found.append("credited")
        if self.completed or self.cancelled:
            found.append("reopened")
        elif self.delivered:
            found.append("rejected")
        if not self.completed and self.whole:
            found.append("completed")
        if not self.completed and not self.cancelled:
            found += ["delivered", "progress", "progress", "cancelled"]
        return found

    def after(self, move: str, part: Fraction | None = None) -> "Model":
        changed: dict[str, Any]
        if move == "delivered":
            changed = {"delivered": True}
        elif move == "rejected":
            changed = {"delivered": False}
        elif move == "progress":
            changed = {"earned": part, "progress": part}
        elif move == "completed":
            changed = {"earned": self.whole, "completed": True}
        elif move == "reopened" and self.completed:
            changed = {"earned": self.progress, "completed": False, "delivered": False}
        elif move == "reopened":
            changed = {"whole": Fraction(1), "cancelled": False, "delivered": False}
        elif move == "cancelled":
            changed = {"whole": max(self.earned, self.billed), "cancelled": True}
        elif move == "invoiced":
            whole = self.earned or self.whole
            changed = {"billed": whole if part is None else part * self.whole, "credited": False}
        else:
            changed = {"billed": (part or 0) * self.whole, "credited": True}
        after = replace(self, **changed)
        return replace(after, credited=False) if after.earned > self.earned else after

    def invoicing(self) -> "Model":
        return replace(self, billed=self.earned, credited=False)


class Teller:
    """Makes up what happens, one thing after the other."""

    def __init__(self, draw: Callable[..., Any], *, on_completion: bool) -> None:
        self.draw = draw
        self.on_completion = on_completion
        self.day = START
        self.touched: set[str] = set()
        self.models: dict[str, Model] = {}
        self.events: list[Event] = []
        self.fractions: dict[str, list[tuple[Fraction, Fraction]]] = defaultdict(list)
        self.simple: dict[str, list[bool]] = defaultdict(list)
        self.number = 0

    def next_day(self) -> dt.date:
        self.day += dt.timedelta(days=1)
        self.touched.clear()
        return self.day

    def tell(self, name: str, move: str, *, last: bool = False) -> None:
        """Let something happen to one milestone, on a day when nothing else does to it."""
        if name in self.touched or self.draw(st.booleans()):
            self.next_day()
        before = self.models[name]
        part, said = (Fraction(1), " 100") if last else self._part(before, move)
        after = before.after(move, part)
        lines = [f'{self.day} custom "milestone" "{CONTRACT}" "{name}" "{move}"{said}']
        bills = move == "invoiced"
        if move in {"progress", "completed"} and after.earned > after.billed:
            invoice = self.draw(st.integers(0, 3))
            bills = invoice < 2
            if invoice == 0:
                lines.append("  invoice: TRUE")
            if bills or self.on_completion:
                after = after.invoicing()
            bills = invoice == 1
        if bills or (move == "credited" and self.draw(st.booleans())):
            self.number += 1
            lines.append(f'  invoice: "N-{self.number}"')
        self._happened({name: after}, "\n".join(lines))

    def tell_all(self, move: str) -> None:
        """Let something happen to the whole contract."""
        open_ones = {
            name: model
            for name, model in self.models.items()
            if not (model.completed or model.cancelled)
        }
        if not open_ones:
            return
        self.next_day()
        part, said = self._part(Model(), move)
        after = {name: model.after(move, part) for name, model in open_ones.items()}
        if self.on_completion and move != "cancelled":
            after = {
                name: model.invoicing() if model.earned > model.billed else model
                for name, model in after.items()
            }
        self._happened(after, f'{self.day} custom "contract" "{CONTRACT}" "{move}"{said}')
        self.next_day()

    def _part(self, model: Model, move: str) -> tuple[Fraction | None, str]:
        """A percentage that the event can have here, and its text; or none."""
        low, high = Fraction(0), Fraction(100)
        if move == "invoiced":
            above = model.earned or model.whole
            if above > model.billed and self.draw(st.booleans()):
                return None, ""
            low = model.billed / model.whole * 100
        elif move == "credited":
            if self.draw(st.booleans()):
                return None, ""
            high = model.billed / model.whole * 100
        elif move != "progress":
            return None, ""
        choices = [
            n
            for n in map(Decimal, ("0", "1", "12.5", "33.3333", "50", "66.67", "99.9", "100"))
            if (move == "progress" or low < Fraction(n) or move == "credited")
            and (move != "credited" or Fraction(n) < high)
        ]
        number = self.draw(st.sampled_from(choices))
        return Fraction(number) / 100, f" {number}"

    def _happened(self, after: dict[str, Model], text: str) -> None:
        for name, model in after.items():
            before = self.models[name]
            if (before.earned, before.billed) != (model.earned, model.billed):
                self.fractions[name].append((model.earned, model.billed))
                self.simple[name].append(model.credited)
            self.models[name] = model
            self.touched.add(name)
        self.events.append(Event(self.day, text))

    def finish(self) -> None:
        """Complete and invoice everything."""
        for name in self.models:
            while self.models[name].cancelled:
                self.tell(name, "reopened")
            if not self.models[name].completed:
                self.tell(name, "completed")
            if self.models[name].billed < 1:
                self.tell(name, "invoiced", last=True)


@st.composite
def cases(draw: st.DrawFn, *, finished: bool = False) -> Case:
    currency = draw(st.sampled_from(["USD", "USD", "JPY", "KWD", "BTC"]))
    unbilled, deferred = BRIDGES[draw(st.sampled_from(list(BRIDGES)))]
    on_completion = draw(st.integers(0, 4)) == 0
    keys = [
        *([f"unbilled: {unbilled}"] if unbilled else []),
        *([f"deferred: {deferred}"] if deferred else []),
        *(['invoiced: "on completion"'] if on_completion else []),
        "retention: Assets:Retention",
    ]
    make = draw(st.sampled_from([by_share, by_share, by_posting]))
    order = draw(make(currency, keys, START, "m"))
    if "  Assets:Retention" not in order.text:
        order.text = order.text.replace("  retention: Assets:Retention\n", "")
    orders = [order]
    teller = Teller(draw, on_completion=on_completion)
    teller.models |= dict.fromkeys(order.ids, Model())
    for _ in range(draw(st.integers(0, 14))):
        kind = draw(st.integers(0, 11))
        if kind == 0:
            teller.tell_all(draw(st.sampled_from(["progress", "completed", "cancelled"])))
        elif kind == 1:
            change = change_order(draw, teller, currency, len(orders))
            orders.append(change)
        else:
            name = draw(st.sampled_from(sorted(teller.models)))
            teller.tell(name, draw(st.sampled_from(teller.models[name].moves())))
    if finished:
        teller.finish()
    return Case(OPENS, orders, teller.events, teller.fractions, teller.simple, (unbilled, deferred))


def change_order(draw: st.DrawFn, teller: Teller, currency: str, number: int) -> Order:
    """A new milestone, perhaps a negative one; or more or less of one that is not started."""
    date = teller.next_day()
    free = [
        name
        for name, model in teller.models.items()
        if not (model.earned or model.billed or model.cancelled or teller.fractions[name])
    ]
    name = draw(st.sampled_from([f"extra{number}", *free[:3]]))
    amount = draw(amounts(PLACES[currency])) * draw(st.sampled_from([1, -1]))
    lines = [f"Assets:Receivable:Acme  {written(amount)} {currency}", "Income:Design"]
    keys = [f'contract: "{CONTRACT}"', f'milestone-{name}: "100%"']
    teller.models.setdefault(name, Model())
    return Order(order_text(f'{date} * "Acme" "Change"', keys, lines), [name], [Fraction(1)])


# ---------------------------------------------------------------- loading


@dataclass
class Run:
    """What came of a ledger."""

    before: list[Any]
    after: list[Any]
    contract: Contract

    @property
    def generated(self) -> list[data.Transaction]:
        return [e for e in self.after if isinstance(e, data.Transaction) and "event" in e.meta]

    def of(self, name: str) -> list[data.Transaction]:
        return [entry for entry in self.generated if entry.meta["milestone"] == name]


def run(text: str) -> Run:
    parsed, errors, options = parser.parse_string(text)
    assert not errors, errors
    entries, errors = booking.book(parsed, options)
    assert not errors, errors
    after, problems = milestones(entries, options)
    register = options["milestones"]
    assert isinstance(register, Register)
    assert not problems, [problem.message for problem in problems]
    return Run(entries, after, register.contracts[CONTRACT])


def weigh(posting: data.Posting, amount: Decimal) -> Decimal:
    rate = posting.price.number if posting.price else None
    return amount if rate is None else WIDE.multiply(amount, rate)


def weight(posting: data.Posting) -> Decimal:
    return weigh(posting, postings.number(posting))


def total(numbers: Iterable[Decimal]) -> Decimal:
    with localcontext(WIDE):
        return sum(numbers, Decimal())


def sums(booked: Iterable[data.Posting]) -> dict[tuple[str, str], Decimal]:
    """What the postings put on each account, without what comes to zero."""
    found: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for posting in booked:
        found[posting.account, postings.currency(posting)].append(postings.number(posting))
    return {key: total(numbers) for key, numbers in found.items() if total(numbers)}


def half_up(number: Decimal, fraction: Fraction, places: int) -> Decimal:
    """A part of a number, rounded in the plain way."""
    with localcontext(WIDE):
        exact = number * fraction.numerator / fraction.denominator
        return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def is_earned(account: str) -> bool:
    return account.startswith(("Income:", "Expenses:"))


def expected_position(
    milestone: Milestone,
    fractions: tuple[Fraction, Fraction],
    bridges: tuple[str, str],
    *,
    credited: bool,
) -> dict[tuple[str, str], Decimal]:
    """What a milestone has in the books: section 3 of the design, in other words."""
    earned, billed = fractions
    bridge = bridges[0] if earned > billed else bridges[1]
    if not bridge:
        earned = billed = billed if credited else max(earned, billed)
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for part in milestone.parts:
        numbers = {}
        for fraction in {earned, billed}:
            numbers[fraction] = [
                amount if fraction == 1 else half_up(amount, fraction, leg.places)
                for leg, amount in part.pairs()
            ]
            others = [
                weigh(leg.posting, number)
                for index, (leg, number) in enumerate(
                    zip(part.legs, numbers[fraction], strict=True)
                )
                if index != part.absorber
            ]
            numbers[fraction][part.absorber] = -total(others)
        weights = []
        for index, leg in enumerate(part.legs):
            posting = leg.posting
            number = numbers[earned if is_earned(posting.account) else billed][index]
            key = (posting.account, leg.currency)
            found[key] = WIDE.add(found[key], number)
            weights.append(weigh(posting, number))
        if earned != billed:
            key = (bridge, part.currency)
            found[key] = WIDE.subtract(found[key], total(weights))
    return {key: number for key, number in found.items() if number}


# ---------------------------------------------------------------- the laws

MANY = settings(max_examples=600, suppress_health_check=list(HealthCheck))
FEW = settings(MANY, max_examples=60)


@MANY
@given(cases())
def test_every_transaction_sums_to_exactly_zero(case: Case) -> None:
    for entry in run(case.text).generated:
        assert total(map(weight, entry.postings)) == 0
        assert interpolate.compute_residual(entry.postings).is_empty()


@MANY
@given(cases())
def test_the_books_are_a_function_of_two_fractions(case: Case) -> None:
    result = run(case.text)

    for name, milestone in result.contract.milestones.items():
        entries = result.of(name)
        assert len(entries) == len(case.fractions[name])
        steps = zip(case.fractions[name], case.simple[name], strict=True)
        for number, (fractions, credited) in enumerate(steps, start=1):
            booked = [posting for entry in entries[:number] for posting in entry.postings]
            assert sums(booked) == expected_position(
                milestone, fractions, case.bridges, credited=credited
            )


@MANY
@given(cases(finished=True))
def test_finished_contracts_are_in_the_books_to_the_cent(case: Case) -> None:
    result = run(case.text)

    wrote = [exactly(e) for e in result.before if isinstance(e, data.Transaction)]
    lack = abs(total(weight(posting) for entry in wrote for posting in entry.postings))
    lack += sum(map(uneven, wrote), Decimal())
    slack = {posting.account for entry in wrote for posting in takes_cents(entry, result.contract)}
    booked = sums(p for entry in result.generated for p in entry.postings)
    meant = sums(p for entry in wrote for p in entry.postings)
    for account, currency in booked.keys() | meant.keys():
        got = booked.get((account, currency), Decimal())
        want = meant.get((account, currency), Decimal())
        assert got == want or (account in slack and abs(got - want) <= lack)
    assert not {account for account, _ in booked} & set(filter(None, case.bridges))


def exactly(entry: data.Transaction) -> data.Transaction:
    """The transaction with the amount that was left out as it balances, without rounding."""
    left_out = [p for p in entry.postings if p.meta and "__automatic__" in p.meta]
    if len(left_out) != 1 or left_out[0].price is not None:
        return entry
    (posting,) = left_out
    rest = -total(weight(p) for p in entry.postings if p is not posting)
    if -int(rest.as_tuple().exponent) > MOST_DECIMALS:
        # The result of arithmetic is rounded to the minor unit first.
        rest = rounded(rest, PLACES[postings.currency(posting)])
    exact = posting._replace(units=Amount(rest, postings.currency(posting)))
    return entry._replace(postings=[exact if p is posting else p for p in entry.postings])


def takes_cents(entry: data.Transaction, contract: Contract) -> list[data.Posting]:
    """The posting that may differ from what is written; all that may, where postings are marked.

    Where something is held back, that is what is owed.
    """
    free = [posting for posting in entry.postings if posting.price is None]
    marked = [posting for posting in free if "milestone" in (posting.meta or {})]
    if marked:
        return [posting for posting in free if posting not in marked] or marked
    income = [posting for posting in free if posting.account.startswith("Income:")]
    owed = [
        posting for posting in free if contract.retention and posting.account in contract.owed_on
    ]
    return [max(owed or income or free, key=lambda posting: abs(weight(posting)))]


def uneven(entry: data.Transaction) -> Decimal:
    """What the cents of a shared posting in another currency weigh, for each marked posting.

    No number of such cents need balance a milestone; its own posting takes the difference.
    """
    marked = [posting for posting in entry.postings if "milestone" in (posting.meta or {})]
    shared = [posting for posting in entry.postings if posting not in marked and posting.price]
    return total(
        weigh(posting, Decimal(len(marked)).scaleb(-PLACES[postings.currency(posting)]))
        for posting in shared
    )


@MANY
@given(cases())
def test_milestones_make_the_whole(case: Case) -> None:
    result = run(case.text)

    wrote = [exactly(e) for e in result.before if isinstance(e, data.Transaction)]
    for entry, order in zip(wrote, case.orders, strict=True):
        parts = [
            next(
                part
                for part in result.contract.milestones[name].parts
                if part.entry.meta["lineno"] == entry.meta["lineno"]
            )
            for name in order.ids
        ]
        for posting in entry.postings:
            if posting in takes_cents(entry, result.contract):
                continue
            given_out = [
                (leg, amount)
                for part in parts
                for leg, amount in part.pairs()
                if (leg.posting.meta or {})["lineno"] == (posting.meta or {})["lineno"]
            ]
            number = postings.number(posting)
            assert total(amount for _, amount in given_out) == number
            if order.shares:
                running = [sum(order.shares[:n], Fraction(0)) for n in range(len(parts) + 1)]
                places = given_out[0][0].places
                marks = [number if f == 1 else half_up(number, f, places) for f in running]
                assert [amount for _, amount in given_out] == [b - a for a, b in pairwise(marks)]


@MANY
@given(cases())
def test_billing_never_touches_income_between_two_bridges(case: Case) -> None:
    if not all(case.bridges):
        return
    result = run(case.text)

    for name in result.contract.milestones:
        before = Fraction(0)
        for entry, (earned, _) in zip(result.of(name), case.fractions[name], strict=True):
            if earned == before:
                assert not any(is_earned(posting.account) for posting in entry.postings)
            before = earned


@FEW
@given(cases())
def test_the_same_ledger_gives_the_same_books(case: Case) -> None:
    assert run(case.text).after == run(case.text).after


@FEW
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(case: Case, chance: random.Random) -> None:
    """Nothing here happens twice to one milestone on one day."""
    texts = [thing.text for things in (case.orders[1:], case.events) for thing in things]
    chance.shuffle(texts)
    shuffled = "\n".join([case.head, *texts, case.orders[0].text])

    assert without_places(run(shuffled).generated) == without_places(run(case.text).generated)


def without_places(entries: Sequence[data.Transaction]) -> list[str]:
    return sorted(
        repr(
            (
                entry.date,
                entry.narration,
                sorted(entry.links or ()),
                {k: v for k, v in entry.meta.items() if k not in {"filename", "lineno"}},
                sorted((p.account, p.units, p.price) for p in entry.postings),
            )
        )
        for entry in entries
    )


@FEW
@given(cases())
def test_what_the_user_wrote_is_not_changed(case: Case) -> None:
    parsed, _, options = parser.parse_string(case.text)
    entries, _ = booking.book(parsed, options)
    copy = deepcopy(entries)

    after, _ = milestones(entries, options)

    assert entries == copy
    assert after is not entries
    kept = [e for e in after if not (isinstance(e, data.Transaction) and "event" in e.meta)]
    assert len(kept) == len(entries)
    for new, old in zip(kept, entries, strict=True):
        if isinstance(old, data.Transaction):
            assert isinstance(new, data.Transaction)
            assert new.meta == old.meta
            assert not any(postings.number(posting) for posting in new.postings)
            assert not any(posting.price or posting.cost for posting in new.postings)
        else:
            assert new is old


@settings(FEW, max_examples=10)
@given(cases())
def test_the_loader_agrees(tmp_path_factory: pytest.TempPathFactory, case: Case) -> None:
    path = tmp_path_factory.mktemp("ledger") / "main.beancount"
    path.write_text(f'plugin "beancount_milestones"\n{case.text}\n', encoding="utf-8")

    entries, errors, _ = loader.load_file(str(path))

    assert errors == []
    found = [e for e in entries if isinstance(e, data.Transaction) and "event" in e.meta]
    assert without_places(found) == without_places(run(case.text).generated)
