"""The payment schedule of a contract, for an offer or a statement of work. Proposals too."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.amounts import ZERO
from beancount_milestones.documents import words
from beancount_milestones.documents.letter import Letter, covering, language_of
from beancount_milestones.documents.pieces import Legs
from beancount_milestones.errors import did_you_mean
from beancount_milestones.reports.prices import owed_currency, price, priced

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator
    from decimal import Decimal

    from beancount_milestones.model import Contract, Terms
    from beancount_milestones.parties import Party
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
    currency: str
    places: int
    lines: tuple[ScheduleLine, ...]
    net: Decimal
    tax: Decimal
    gross: Decimal
    due: Decimal

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
    net, tax, gross, due = (
        amounts.add(getattr(line, column) for line in lines)
        for column in ("net", "tax", "gross", "due")
    )
    shared = tuple(line._replace(share=_share(line.gross, gross)) for line in lines)
    currency = lines[0].currency
    return ScheduleDocument(
        seller=books.register.seller_at(books.as_of),
        client=books.register.client_at(contract.client, books.as_of),
        contract=contract.id,
        title=contract.entry.narration or contract.id,
        date=books.as_of,
        terms=contract.terms,
        order=contract.order,
        offer=all(line.proposed for line in lines),
        currency=currency,
        places=books.register.places(currency),
        lines=shared,
        net=net,
        tax=tax,
        gross=gross,
        due=due,
    )


def _lines(books: Books, contract: Contract) -> Iterator[ScheduleLine]:
    """The milestones in the order written, and then what is only proposed; what is left of them."""
    agreed = ((milestone, False) for milestone in contract.milestones.values())
    proposed = ((milestone, True) for milestone in contract.proposals.values())
    legs = Legs(books, contract)
    sign = amounts.negative if contract.side == "buy" else (lambda amount: amount)
    for milestone, is_proposed in (*agreed, *proposed):
        parts = milestone.parts_at(books.as_of)
        left = contract.left(milestone, books.as_of)
        if not parts or not left:
            continue
        currency = owed_currency(contract, parts)
        at = price(parts, currency, legs.is_gross)
        places = books.register.places(currency)
        whole = [
            (leg, sign(leg.weight(amount)))
            for part in parts
            for leg, amount in zip(part.legs, part.at(left), strict=True)
        ]
        found = amounts.add(legs.net(whole)), amounts.add(legs.taxes(whole).values())
        gross = priced(amounts.add(found), at, places)
        tax = priced(found[1], at, places)
        net = amounts.take(gross, tax)
        yield ScheduleLine(
            milestone=milestone.id,
            title=milestone.title_at(books.as_of),
            target=milestone.target_at(books.as_of),
            share=None,
            net=net,
            tax=tax,
            gross=gross,
            due=priced(legs.owed(whole), at, places),
            change=milestone.entry.date > contract.entry.date,
            proposed=is_proposed,
            currency=currency,
        )


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
