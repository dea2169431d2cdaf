"""The payment schedule of a contract, for an offer or a statement of work. Proposals too."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.amounts import ZERO
from beancount_milestones.documents import words
from beancount_milestones.documents.letter import Letter, covering, language_of
from beancount_milestones.errors import did_you_mean
from beancount_milestones.reports.prices import currencies, places_of, price, summed, worth

if TYPE_CHECKING:
    import datetime
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from beancount_milestones.legs import Leg, Part
    from beancount_milestones.model import Contract, Milestone, Terms
    from beancount_milestones.parties import Party
    from beancount_milestones.receivables import Role
    from beancount_milestones.reports.books import Books

#: Shares are shown with so many decimals.
_SHARE_PLACES: Final = 2


class UnknownContractError(Exception):
    """No contract has that id; the message names the nearest."""


class ScheduleLine(NamedTuple):
    """A milestone of the schedule."""

    milestone: str
    title: str
    target: datetime.date | None
    #: Of the total, in percent; None where that is zero.
    share: Decimal | None
    net: Decimal
    tax: Decimal
    gross: Decimal
    #: What is paid at it: less what is held back, or what was held back before.
    due: Decimal
    #: Whether a change order added it.
    change: bool
    #: Whether it is not agreed yet.
    proposed: bool
    currency: str
    #: The decimals of the currency in this ledger, at least.
    places: int


class ScheduleTotal(NamedTuple):
    """The sums of the lines in one currency."""

    currency: str
    places: int
    net: Decimal
    tax: Decimal
    gross: Decimal
    due: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleDocument:
    """The milestones of a contract with their dates and amounts."""

    seller: Party
    client: Party
    contract: str
    title: str
    date: datetime.date
    terms: Terms | None
    #: The client's order number.
    order: str
    #: Whether all of it is a proposal.
    offer: bool
    lines: tuple[ScheduleLine, ...]
    #: One for each currency.
    totals: tuple[ScheduleTotal, ...]

    @property
    def taxed(self) -> bool:
        """Whether there is any tax in it."""
        return any(line.tax for line in self.lines)

    @property
    def holds(self) -> bool:
        """Whether anything is held back, to be paid later."""
        return any(line.due != line.gross for line in self.lines)


def schedule(books: Books, name: str) -> ScheduleDocument:
    """Return the payment schedule of a contract, as of the books.

    Raises `UnknownContractError`.
    """
    contract = books.register.contracts.get(name)
    lines = tuple(_lines(books, contract)) if contract else ()
    if contract is None:
        known = sorted(books.register.contracts)
        message = f"no contract '{name}' by {books.as_of}{did_you_mean(name, known)}"
        raise UnknownContractError(message)
    if not lines:
        begins = contract.entry.date
        message = f"contract '{name}' only begins on {begins}"
        if begins <= books.as_of:
            message = f"nothing is left of contract '{name}' on {books.as_of}"
        raise UnknownContractError(message)
    totals = {name: _total(lines, name) for name in dict.fromkeys(line.currency for line in lines)}
    return ScheduleDocument(
        seller=books.register.seller_at(books.as_of),
        client=books.register.client_at(contract.client, books.as_of),
        contract=contract.id,
        title=contract.entry.narration or contract.id,
        date=books.as_of,
        terms=contract.terms,
        order=contract.order,
        offer=all(line.proposed for line in lines),
        lines=tuple(
            line._replace(share=_share(line.gross, totals[line.currency].gross)) for line in lines
        ),
        totals=tuple(totals.values()),
    )


def _total(lines: Iterable[ScheduleLine], currency: str) -> ScheduleTotal:
    own = [line for line in lines if line.currency == currency]
    sums = (
        amounts.add(getattr(line, column) for line in own)
        for column in ("net", "tax", "gross", "due")
    )
    return ScheduleTotal(currency, own[0].places, *sums)


def _lines(books: Books, contract: Contract) -> Iterator[ScheduleLine]:
    """The milestones in the order written, and then what is only proposed; what is left of them."""
    agreed, proposed = list(contract.milestones.values()), list(contract.proposals.values())
    shares = contract.credited_back(agreed + proposed, books.as_of)
    yield from _together(books, contract, agreed, shares[: len(agreed)], proposed=False)
    yield from _together(books, contract, proposed, shares[len(agreed) :], proposed=True)


def _together(
    books: Books,
    contract: Contract,
    milestones: Sequence[Milestone],
    shares: Sequence[Fraction],
    *,
    proposed: bool,
) -> list[ScheduleLine]:
    """What is left of milestones, of which credit notes are to release shares."""
    lines = [
        line
        for milestone in milestones
        for line in _of_milestone(books, contract, milestone, proposed=proposed)
    ]
    work = {m.id for m in milestones if m.has_earned_side(books.as_of)}
    held = {
        m.id: share
        for m, share in zip(milestones, shares, strict=True)
        if contract.holds_back(m, books.as_of)
    }
    for currency in dict.fromkeys(line.currency for line in lines if line.milestone in held):
        lines = list(_with_releases(lines, currency, held, work))
    return lines


def _with_releases(
    lines: Sequence[ScheduleLine],
    currency: str,
    held: Mapping[str, Fraction],
    work: Container[str],
) -> Iterator[ScheduleLine]:
    """Lines in which what is held back is not due with the work, but as its release.

    It is of all work alike, as where the work itself holds it back; where there is none, it stays
    with its own line. Credit notes are to release shares of what is ``held``, with its tax.
    """
    here = [line for line in lines if line.currency == currency]
    kept = amounts.add(line.due for line in here if line.milestone in held)
    # What a reduction takes away holds nothing back.
    of = {line.milestone: line.gross for line in here if line.milestone in work and line.gross > 0}
    total = Fraction(amounts.add(of.values()))
    places = max(amounts.decimals(kept), here[0].places)
    shares = amounts.running_totals(Fraction(gross) / total for gross in of.values())
    less = dict(zip(of, amounts.cut(kept, shares, places), strict=True))
    for line in lines:
        if line.currency != currency:
            yield line
        elif line.milestone in held:
            back, gross, tax = (
                amounts.fraction_of(number, held[line.milestone], places)
                for number in (line.due, line.gross, line.tax)
            )
            gross, tax = amounts.take(line.gross, gross), amounts.take(line.tax, tax)
            due = amounts.take(ZERO if less else line.due, back)
            yield line._replace(net=amounts.take(gross, tax), tax=tax, gross=gross, due=due)
        else:
            yield line._replace(due=amounts.add((line.due, less.get(line.milestone, ZERO))))


def _of_milestone(
    books: Books, contract: Contract, milestone: Milestone, *, proposed: bool
) -> Iterator[ScheduleLine]:
    """What is left of a milestone, in each currency that it is owed in."""
    parts = milestone.parts_at(books.as_of)
    left = contract.left(milestone, books.as_of)
    if not parts or not left:
        return
    for currency in dict.fromkeys(name for part in parts for name in currencies(contract, part)):
        gross, tax, due = _figures(books, contract, parts, left, currency)
        yield ScheduleLine(
            milestone=milestone.id,
            title=milestone.title_at(books.as_of),
            target=milestone.target_at(books.as_of),
            share=None,
            net=amounts.take(gross, tax),
            tax=tax,
            gross=gross,
            due=due,
            change=milestone.entry.date > contract.entry.date,
            proposed=proposed,
            currency=currency,
            places=books.register.places(currency),
        )


def _figures(
    books: Books, contract: Contract, parts: Sequence[Part], left: Fraction, currency: str
) -> tuple[Decimal, Decimal, Decimal]:
    """What is left of parts of a milestone comes to in a currency: gross, its tax, what is due."""
    gross: list[tuple[Decimal, Fraction]] = []
    taxes: list[tuple[Decimal, Fraction]] = []
    due: list[tuple[Decimal, Fraction]] = []
    for part in parts:
        found: dict[Role, list[tuple[Leg, Decimal]]] = defaultdict(list)
        for leg, amount in zip(part.legs, part.at(left), strict=True):
            found[books.roles.of(contract, leg)].append((leg, amount))
        owed = list(worth(contract, part, found["owed"], currency))
        due += owed
        gross += owed
        gross += worth(contract, part, (*found["held"], *found["withheld"]), currency)
        # Tax is on the other side of the transaction.
        tax = amounts.negative(amounts.add(leg.weight(amount) for leg, amount in found["tax"]))
        taxes.append((tax, price(contract, part, currency)))
    places = places_of(parts, currency, books.register.places(currency))
    sums = (amounts.at_most(summed(some, places), places) for some in (gross, taxes, due))
    whole, tax, asked = map(amounts.negative, sums) if contract.side == "buy" else sums
    return whole, tax, asked


def _share(gross: Decimal, total: Decimal) -> Decimal | None:
    if not total:
        return None
    return amounts.fraction_of(ZERO + 100, Fraction(gross) / Fraction(total), _SHARE_PLACES)


def schedule_letter(document: ScheduleDocument) -> Letter:
    """Return a payment schedule as a letter."""
    seller, client = document.seller, document.client
    language = language_of(seller, client)
    title = words.say(language, "label offer" if document.offer else "label schedule")
    return Letter(
        template="schedule.html",
        seller=seller,
        client=client,
        date=document.date,
        name=f"{title} {document.contract}",
        document=document,
        subject=words.say(language, "subject of a schedule", title=document.title),
        body=covering(seller, client, f"{title}, {document.title}"),
        values={
            "title": title,
            "terms": words.terms(language, document.terms) if document.terms else "",
        },
    )
