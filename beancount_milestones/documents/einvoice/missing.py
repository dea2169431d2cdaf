"""What the ledger does not say, and an e-invoice needs: a sentence for each, with what to add."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from beancount_milestones import amounts
from beancount_milestones.amounts import ZERO
from beancount_milestones.documents import rates
from beancount_milestones.documents.einvoice.currencies import CURRENCIES
from beancount_milestones.documents.einvoice.terms import DECIMALS, exemption
from beancount_milestones.documents.wanted import add

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beancount_milestones.documents.model import InvoiceDocument, RateSum
    from beancount_milestones.parties import Party, TaxRate

#: The standard allows that tax and rate differ by less than this.
_LIMIT: Final = Decimal(1)
#: Categories that need the VAT number of the seller, and those that need the client's.
_SELLER_VAT: Final = frozenset({"AE", "K", "G"})
_CLIENT_VAT: Final = frozenset({"AE", "K"})

_NOTHING_NET: Final = (
    "it charges nothing net of tax: what it asks for, such as retention that is released, is on"
    " earlier invoices"
)


def missing(document: InvoiceDocument) -> list[str]:
    """Return what keeps a document from being an e-invoice, a sentence each; empty if nothing."""
    if document.side == "buy" or document.kind == "other":
        return ["it is not an invoice of ours to send"]
    if not any(net for line in document.lines for _, net in line.rates):
        return [_NOTHING_NET if document.owed else "it charges nothing"]
    taxes = [*_taxes(document)] or [*_lines(document)]
    return [*_parties(document), *_numbers(document), *taxes]


def _parties(document: InvoiceDocument) -> Iterator[str]:
    seller, client = document.seller, document.client
    categories = {part.rate.category for part in document.rates if part.rate}
    if not seller.name:
        yield 'the ledger has no seller: add 2026-01-01 custom "seller" "NAME"'
    else:
        yield from _party(seller, "seller")
    if not client.name:
        yield 'the invoice has no client: give its contract a payee, or client: "NAME"'
    else:
        yield from _party(client, "client")
    if seller.name:
        yield from _seller_numbers(seller, categories)
    if categories & _CLIENT_VAT and not client.vat_id:
        yield add("client", client, "VAT number", 'vat-id: "FR40303265045"')


def _seller_numbers(seller: Party, categories: set[str]) -> Iterator[str]:
    if "O" in categories:
        if not seller.tax_id:
            yield add("seller", seller, "tax number", 'tax-id: "NUMBER"')
    elif categories & _SELLER_VAT:
        if not seller.vat_id:
            yield add("seller", seller, "VAT number", 'vat-id: "DE123456788"')
    elif not (seller.vat_id or seller.tax_id):
        yield add("seller", seller, "VAT or tax number", 'vat-id: "DE123456788"')


def _party(party: Party, kind: str) -> Iterator[str]:
    if not party.address:
        yield add(kind, party, "address", 'address: "Musterstr. 1, 10115 Berlin"')
    if not party.country:
        yield add(kind, party, "country", 'country: "DE"')
    if party.vat_id and not re.match(r"[A-Z]{2}", party.vat_id):
        yield (
            f"the VAT number '{party.vat_id}' of the {kind} '{party.name}' has to begin with the"
            ' two letters of its country, as in vat-id: "DE123456788"'
        )


def _numbers(document: InvoiceDocument) -> Iterator[str]:
    if document.currency not in CURRENCIES:
        yield f"'{document.currency}' is not the code of a currency after ISO 4217"
    figures = (net for line in document.lines for _, net in line.rates)
    taxes = (*(part.tax for part in document.rates), *(one.tax for one in document.tax_in))
    every = (*figures, document.net, document.tax, *taxes)
    longest = max(amounts.decimals(amounts.trimmed(number, 0)) for number in every)
    if longest > DECIMALS:
        yield (
            f"EN 16931 allows {DECIMALS} decimals, and an amount of this invoice has {longest}:"
            " write the amounts of the contract in whole cents"
        )


def _taxes(document: InvoiceDocument) -> Iterator[str]:
    categories = {part.rate.category for part in document.rates if part.rate}
    for part in document.rates:
        if part.rate:
            yield from _rate(part, document)
        elif part.tax:
            yield (
                "the rate of its tax is not known:"
                ' add tax: "S 19%" to the `open` of each of its tax accounts'
            )
        else:
            yield (
                "the ledger does not say why no tax is charged: add a posting of"
                f" 0 {document.currency} to the contract, on an account whose `open` says"
                ' tax: "E Small business" (or Z, AE, K, G, O)'
            )
    if amounts.add(part.net for part in document.rates) != document.net:
        yield "several taxes are on one amount, and EN 16931 has room for one"
    if "O" in categories and len(categories) > 1:
        yield "what is not subject to VAT (O) cannot be on one invoice with what is"


def _lines(document: InvoiceDocument) -> Iterator[str]:
    """Whether the lines of each rate come to what its tax is on: such is the breakdown."""
    lines = (part for line in document.lines for part in line.rates)
    drawn = ((part.rate, part.net) for one in document.drawn for part in one.rates)
    charged = rates.summed((_as_told(rate), net) for rate, net in (*lines, *drawn) if rate)
    taxed = rates.summed((_as_told(part.rate), part.net) for part in document.rates if part.rate)
    for told in dict.fromkeys((*taxed, *charged)):
        here, base = (amounts.trimmed(sums.get(told, ZERO), 0) for sums in (charged, taxed))
        if here != base:
            rate = f"{amounts.trimmed(told[1], 0):f}%"
            yield (
                f"its lines come to {here:f} {document.currency} at {rate} ({told[0]}), and its tax"
                f" is on {base:f} {document.currency}: write what is taxed at {rate} as milestones"
                " of their own"
            )


def _as_told(rate: TaxRate) -> tuple[str, Decimal]:
    """What an e-invoice knows two rates apart by."""
    return rate.category, rate.rate


def _rate(part: RateSum, document: InvoiceDocument) -> Iterator[str]:
    rate = part.rate
    assert rate  # noqa: S101 - tells the type checker
    category, percent = rate.category, f"{amounts.trimmed(rate.rate, 0):f}%"
    if bool(rate.rate) != (category == "S"):
        right = "more than 0%" if category == "S" else "0%"
        yield f"tax of category {category} is {right}, not {percent}: correct tax: on its account"
        return
    if category == "E" and not any(exemption(rate, document.language)):
        yield 'the ledger does not say why it is exempt: add the reason, as in tax: "E Section 19"'
    unit = Decimal(1).scaleb(-document.places)
    allowed = rates.allowed(document.lines, document.drawn, unit) if rate.rate else ZERO
    exact = rates.tax_on(part.net, rate, DECIMALS)
    differs = abs(amounts.take(exact, part.tax))
    if differs > allowed or differs >= _LIMIT:
        yield (
            f"{part.tax:f} {document.currency} of tax is not {percent} of {part.net:f}"
            f" {document.currency}: give each rate a tax account of its own, and what is not taxed"
            " one at 0%"
        )
