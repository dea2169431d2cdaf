"""What EN 16931 calls an invoice: the business terms that both syntaxes write.

All amounts are positive on a credit note too, but for what it gives back of a deposit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from beancount_milestones import amounts
from beancount_milestones.amounts import ZERO
from beancount_milestones.documents.words import day, figure, percent, say

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from beancount_milestones.documents.model import InvoiceDocument, RateSum, TaxIn
    from beancount_milestones.parties import Party, TaxRate

#: BT-24: the rules that it keeps.
GUIDELINE: Final = "urn:cen.eu:en16931:2017"
#: BT-3.
INVOICE: Final = "380"
CREDIT_NOTE: Final = "381"
#: UNECE recommendation 20: a lump sum.
UNIT: Final = "LS"
#: UNTDID 4461: a transfer within SEPA, and any other.
SEPA: Final = "58"
TRANSFER: Final = "30"
#: EN 16931 allows so many decimals of an amount.
DECIMALS: Final = 2
#: Why nothing is charged, by category: BT-121. Words have BT-120.
_CODES: Final = {"AE": "VATEX-EU-AE", "K": "VATEX-EU-IC", "G": "VATEX-EU-G", "O": "VATEX-EU-O"}
_VATEX: Final = re.compile(r"(VATEX-[A-Z0-9-]+)[\s,:]*", re.ASCII)
#: Postcode and place, in either order.
_PLACES: Final = (
    re.compile(
        r"(?P<code>(?:[A-Z]{1,3}-)?(?:\d{4} ?[A-Z]{2}|\d{3} ?\d{2}|\d{2}-\d{3}|\d{4}-\d{3}|"
        r"\d{4,6}))\s+(?P<city>\D.*)"
    ),
    re.compile(r"(?P<city>.*\D)\s+(?P<code>\d{4,6}(?:-\d{3,4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})"),
)


class Address(NamedTuple):
    """A postal address."""

    lines: tuple[str, ...]
    city: str
    postcode: str
    country: str

    @classmethod
    def of(cls, party: Party) -> Address:
        """Find postcode and place in the last line that has them; else the last line is a place.

        The first of several lines is a street: its number is no postcode.
        """
        lines = list(party.address)
        for index in reversed(range(int(len(lines) > 1), len(lines))):
            for form in _PLACES:
                found = form.fullmatch(lines[index])
                if found:
                    del lines[index]
                    return cls(_three(lines), found["city"], found["code"], party.country)
        city = lines.pop() if lines else ""
        return cls(_three(lines), city, "", party.country)


def _three(lines: list[str]) -> tuple[str, ...]:
    """The lines as at most three: there is room for no more."""
    return tuple(filter(None, (*lines[:2], ", ".join(lines[2:]))))


class ELine(NamedTuple):
    """A line: an amount with its rate. Below zero is a quantity of -1."""

    name: str
    note: str
    net: Decimal
    rate: TaxRate


class ETax(NamedTuple):
    """A category and rate of tax, with the sums of its lines."""

    category: str
    #: None where a rate may not be given.
    percent: Decimal | None
    net: Decimal
    tax: Decimal
    reason: str
    code: str


@dataclass(frozen=True, slots=True)
class EInvoice:
    """An invoice or a credit note in the terms of the standard."""

    number: str
    type: str
    date: datetime.date
    #: None on a credit note.
    due: datetime.date | None
    terms: str
    currency: str
    note: str
    order: str
    contract: str
    seller: Party
    client: Party
    #: Outside the scope of tax: no VAT number may be given.
    untaxed: bool
    #: The goods or services went to another country of the union.
    shipped: bool
    delivered: datetime.date | None
    period: tuple[datetime.date, datetime.date] | None
    means: str
    lines: tuple[ELine, ...]
    taxes: tuple[ETax, ...]
    net: Decimal
    tax: Decimal
    #: BT-6 and BT-111: the tax in the currency that it is accounted for in; None where that is one.
    tax_in: TaxIn | None
    prepaid: Decimal
    references: tuple[tuple[str, datetime.date], ...]

    @property
    def gross(self) -> Decimal:
        """BT-112: with tax."""
        return amounts.add((self.net, self.tax))

    @property
    def payable(self) -> Decimal:
        """BT-115: less what was paid before."""
        return amounts.take(self.gross, self.prepaid)


def einvoice(document: InvoiceDocument) -> EInvoice:
    """Return a complete document in the terms of the standard."""
    is_credit = document.kind == "credit note"
    taxes = _taxes(document)
    categories = {tax.category for tax in taxes}
    period = document.period
    shipped = "K" in categories
    return EInvoice(
        number=document.number,
        type=CREDIT_NOTE if is_credit else INVOICE,
        date=document.date,
        due=None if is_credit else document.due,
        terms=_terms(document),
        currency=document.currency,
        note="\n".join(filter(None, (document.title, document.seller.note))),
        order=document.order,
        contract=document.contracts[0] if len(document.contracts) == 1 else "",
        seller=document.seller,
        client=document.client,
        untaxed="O" in categories,
        shipped=shipped,
        delivered=period[1] if period else document.date if shipped else None,
        period=period if period and period[0] != period[1] else None,
        means="" if is_credit or not document.seller.iban else _means(document),
        lines=tuple(_lines(document)),
        taxes=taxes,
        net=_turned(document, document.net),
        tax=_turned(document, document.tax),
        tax_in=next(
            (one._replace(tax=_turned(document, one.tax)) for one in document.tax_in), None
        ),
        prepaid=ZERO if is_credit else _prepaid(document),
        references=tuple(_references(document)),
    )


def _prepaid(document: InvoiceDocument) -> Decimal:
    """BT-113: what was paid before, which may be written with fewer decimals.

    Not what is released beside the work, and paid with it: that is on an earlier invoice.
    """
    number = min(document.prepaid, document.gross)
    return amounts.rounded(number, max(document.places, amounts.decimals(number)))


def _means(document: InvoiceDocument) -> str:
    return SEPA if document.currency == "EUR" else TRANSFER


def _turned(document: InvoiceDocument, amount: Decimal) -> Decimal:
    """An amount as the standard has it: a credit note says positive what it takes back."""
    return amounts.negative(amount) if document.kind == "credit note" else amount


def _lines(document: InvoiceDocument) -> Iterator[ELine]:
    language = document.language
    for line in document.lines:
        note = ""
        if line.percent is not None and document.kind == "invoice":
            note = say(
                language,
                "progress",
                percent=percent(language, line.percent),
                scheduled=money(document, line.scheduled),
                before=money(document, line.before),
            )
        for rate, net in _charged(line.rates):
            yield ELine(line.title, note, _turned(document, net), rate)
    for drawn in document.drawn:
        name = say(language, "drawn alone")
        if drawn.number and drawn.date:
            name = say(language, "drawn", number=drawn.number, date=day(language, drawn.date))
        for rate, net in _charged((part.rate, part.net) for part in drawn.rates):
            yield ELine(name, "", _turned(document, net), rate)


def _charged(parts: Iterable[tuple[TaxRate | None, Decimal]]) -> Iterator[tuple[TaxRate, Decimal]]:
    """What is charged at all: the release of retention is not."""
    return ((rate, net) for rate, net in parts if rate and net)


def _taxes(document: InvoiceDocument) -> tuple[ETax, ...]:
    """The sums by category and rate: two accounts with the same ones are one."""
    found: dict[tuple[str, Decimal], list[RateSum]] = {}
    for part in document.rates:
        assert part.rate  # noqa: S101 - else the document is not complete
        found.setdefault((part.rate.category, part.rate.rate), []).append(part)
    return tuple(
        ETax(
            category,
            None if category == "O" else percent_,
            _turned(document, amounts.add(part.net for part in parts)),
            _turned(document, amounts.add(part.tax for part in parts)),
            *_why(exemption(part.rate, document.language) for part in parts if part.rate),
        )
        for (category, percent_), parts in found.items()
    )


def _why(exemptions: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """The reasons of several exemptions, and the code: there is room for one, if all have it."""
    every = dict.fromkeys(exemptions)
    codes = {code for code, _ in every}
    code = codes.pop() if len(codes) == 1 else ""
    reasons = (reason or ("" if code else other) for other, reason in every)
    return "; ".join(dict.fromkeys(filter(None, reasons))), code


def exemption(rate: TaxRate, language: str) -> tuple[str, str]:
    """Return why nothing is charged: the code, and the reason in words. Nothing where it is."""
    code = _CODES.get(rate.category, "")
    if not code and rate.category != "E":
        return "", ""
    usual = say(language, rate.category) if code else ""
    said = _VATEX.match(rate.reason)
    if said:
        return said[1], rate.reason[said.end() :] or usual
    return code, rate.reason or usual


def _terms(document: InvoiceDocument) -> str:
    """BT-20: what people have to know of the payment."""
    language = document.language
    if document.kind == "credit note":
        return say(language, "credited")
    said = [say(language, "due", date=day(language, document.due))] if document.due else []
    if document.discount:
        offered = document.discount
        said.append(
            say(
                language,
                "discount",
                percent=percent(language, offered.percent),
                date=day(language, offered.until),
            )
        )
    settled = amounts.add((document.settled, document.credited))
    for key, amount in (
        ("held", document.retained),
        ("withheld", document.withheld),
        ("settled", settled),
    ):
        if amount > 0:
            said.append(say(language, key, amount=money(document, amount)))
    return " ".join(said)


def _references(document: InvoiceDocument) -> Iterator[tuple[str, datetime.date]]:
    """BG-3: the invoices that it takes back, and those of the deposits that it draws."""
    seen: set[str] = set()
    every: Iterable[tuple[str, datetime.date | None]] = (
        *((one.number, one.date) for one in document.takes_back),
        *((one.number, one.date) for one in document.drawn),
    )
    for number, date in every:
        if number and date and number not in seen:
            seen.add(number)
            yield number, date


def plain(number: Decimal) -> str:
    """Return a number without zeros at its end."""
    return f"{amounts.trimmed(number, 0):f}"


def money(document: InvoiceDocument, number: Decimal) -> str:
    """Return an amount as people read it."""
    return f"{figure(document.language, number, document.places)} {document.currency}"
