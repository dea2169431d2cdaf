"""Cross Industry Invoice, the syntax of UN/CEFACT, as Factur-X embeds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beancount_milestones.documents.einvoice.terms import GUIDELINE, UNIT, Address, plain
from beancount_milestones.documents.einvoice.xml import branch, document, leaf

if TYPE_CHECKING:
    import datetime
    from decimal import Decimal

    from beancount_milestones.documents.einvoice.terms import EInvoice, ELine, ETax
    from beancount_milestones.documents.einvoice.xml import Element
    from beancount_milestones.parties import Party

_UN: Final = "urn:un:unece:uncefact:data:standard:"
_NAMESPACES: Final = {
    "rsm": _UN + "CrossIndustryInvoice:100",
    "ram": _UN + "ReusableAggregateBusinessInformationEntity:100",
    "udt": _UN + "UnqualifiedDataType:100",
    "qdt": _UN + "QualifiedDataType:100",
}
#: A date as eight digits.
_DAY: Final = "102"


def written(invoice: EInvoice) -> bytes:
    """Return an invoice as XML."""
    return document(
        "rsm:CrossIndustryInvoice",
        _NAMESPACES,
        branch(
            "rsm:ExchangedDocumentContext",
            branch("ram:GuidelineSpecifiedDocumentContextParameter", leaf("ram:ID", GUIDELINE)),
        ),
        branch(
            "rsm:ExchangedDocument",
            leaf("ram:ID", invoice.number),
            leaf("ram:TypeCode", invoice.type),
            _date("ram:IssueDateTime", invoice.date),
            branch("ram:IncludedNote", leaf("ram:Content", invoice.note)),
        ),
        branch(
            "rsm:SupplyChainTradeTransaction",
            *(_line(number, line) for number, line in enumerate(invoice.lines, 1)),
            _agreement(invoice),
            _delivery(invoice),
            _settlement(invoice),
        ),
    )


def _date(tag: str, date: datetime.date | None, kind: str = "udt") -> Element | None:
    text = f"{date:%Y%m%d}" if date else ""
    return branch(tag, leaf(f"{kind}:DateTimeString", text, format=_DAY))


def _amount(tag: str, number: Decimal, **attributes: str) -> Element | None:
    return leaf(tag, f"{number:f}", **attributes)


def _line(number: int, line: ELine) -> Element | None:
    category = line.rate.category
    return branch(
        "ram:IncludedSupplyChainTradeLineItem",
        branch(
            "ram:AssociatedDocumentLineDocument",
            leaf("ram:LineID", str(number)),
            branch("ram:IncludedNote", leaf("ram:Content", line.note)),
        ),
        branch("ram:SpecifiedTradeProduct", leaf("ram:Name", line.name)),
        branch(
            "ram:SpecifiedLineTradeAgreement",
            branch("ram:NetPriceProductTradePrice", _amount("ram:ChargeAmount", abs(line.net))),
        ),
        branch(
            "ram:SpecifiedLineTradeDelivery",
            leaf("ram:BilledQuantity", "-1" if line.net < 0 else "1", unitCode=UNIT),
        ),
        branch(
            "ram:SpecifiedLineTradeSettlement",
            branch(
                "ram:ApplicableTradeTax",
                leaf("ram:TypeCode", "VAT"),
                leaf("ram:CategoryCode", category),
                leaf("ram:RateApplicablePercent", "" if category == "O" else plain(line.rate.rate)),
            ),
            branch(
                "ram:SpecifiedTradeSettlementLineMonetarySummation",
                _amount("ram:LineTotalAmount", line.net),
            ),
        ),
    )


def _agreement(invoice: EInvoice) -> Element | None:
    return branch(
        "ram:ApplicableHeaderTradeAgreement",
        _party("ram:SellerTradeParty", invoice.seller, invoice, seller=True),
        _party("ram:BuyerTradeParty", invoice.client, invoice, seller=False),
        branch("ram:BuyerOrderReferencedDocument", leaf("ram:IssuerAssignedID", invoice.order)),
        branch("ram:ContractReferencedDocument", leaf("ram:IssuerAssignedID", invoice.contract)),
    )


def _party(tag: str, party: Party, invoice: EInvoice, *, seller: bool) -> Element | None:
    address = Address.of(party)
    lines = (*address.lines, "", "", "")
    vat = "" if invoice.untaxed else party.vat_id
    return branch(
        tag,
        leaf("ram:ID", party.tax_id if seller and not vat else ""),
        leaf("ram:Name", party.name),
        _contact(party) if seller else None,
        branch(
            "ram:PostalTradeAddress",
            leaf("ram:PostcodeCode", address.postcode),
            leaf("ram:LineOne", lines[0]),
            leaf("ram:LineTwo", lines[1]),
            leaf("ram:LineThree", lines[2]),
            leaf("ram:CityName", address.city),
            leaf("ram:CountryID", address.country),
        ),
        branch("ram:URIUniversalCommunication", leaf("ram:URIID", party.email, schemeID="EM")),
        branch("ram:SpecifiedTaxRegistration", leaf("ram:ID", vat, schemeID="VA")),
        branch(
            "ram:SpecifiedTaxRegistration",
            leaf("ram:ID", party.tax_id if seller and not invoice.untaxed else "", schemeID="FC"),
        ),
    )


def _contact(party: Party) -> Element | None:
    if not (party.phone or party.email):
        return None
    return branch(
        "ram:DefinedTradeContact",
        leaf("ram:PersonName", party.name),
        branch("ram:TelephoneUniversalCommunication", leaf("ram:CompleteNumber", party.phone)),
        branch("ram:EmailURIUniversalCommunication", leaf("ram:URIID", party.email)),
    )


def _delivery(invoice: EInvoice) -> Element | None:
    country = leaf("ram:CountryID", invoice.client.country if invoice.shipped else "")
    event = branch(
        "ram:ActualDeliverySupplyChainEvent",
        _date("ram:OccurrenceDateTime", invoice.delivered),
    )
    # The element has to be there, and may not be empty: before anything is delivered, to whom.
    return branch(
        "ram:ApplicableHeaderTradeDelivery",
        branch(
            "ram:ShipToTradeParty",
            None if event else leaf("ram:Name", invoice.client.name),
            branch("ram:PostalTradeAddress", country),
        ),
        event,
    )


def _settlement(invoice: EInvoice) -> Element | None:
    start, end = invoice.period or (None, None)
    tax_in = invoice.tax_in
    return branch(
        "ram:ApplicableHeaderTradeSettlement",
        leaf("ram:PaymentReference", invoice.number),
        leaf("ram:TaxCurrencyCode", tax_in.currency if tax_in else ""),
        leaf("ram:InvoiceCurrencyCode", invoice.currency),
        _means(invoice),
        *map(_tax, invoice.taxes),
        branch(
            "ram:BillingSpecifiedPeriod",
            _date("ram:StartDateTime", start),
            _date("ram:EndDateTime", end),
        ),
        branch(
            "ram:SpecifiedTradePaymentTerms",
            leaf("ram:Description", invoice.terms),
            _date("ram:DueDateDateTime", invoice.due),
        ),
        branch(
            "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
            _amount("ram:LineTotalAmount", invoice.net),
            _amount("ram:TaxBasisTotalAmount", invoice.net),
            _amount("ram:TaxTotalAmount", invoice.tax, currencyID=invoice.currency),
            _amount("ram:TaxTotalAmount", tax_in.tax, currencyID=tax_in.currency)
            if tax_in
            else None,
            _amount("ram:GrandTotalAmount", invoice.gross),
            _amount("ram:TotalPrepaidAmount", invoice.prepaid) if invoice.prepaid else None,
            _amount("ram:DuePayableAmount", invoice.payable),
        ),
        *(
            branch(
                "ram:InvoiceReferencedDocument",
                leaf("ram:IssuerAssignedID", number),
                _date("ram:FormattedIssueDateTime", date, "qdt"),
            )
            for number, date in invoice.references
        ),
    )


def _means(invoice: EInvoice) -> Element | None:
    if not invoice.means:
        return None
    return branch(
        "ram:SpecifiedTradeSettlementPaymentMeans",
        leaf("ram:TypeCode", invoice.means),
        branch("ram:PayeePartyCreditorFinancialAccount", leaf("ram:IBANID", invoice.seller.iban)),
        branch(
            "ram:PayeeSpecifiedCreditorFinancialInstitution", leaf("ram:BICID", invoice.seller.bic)
        ),
    )


def _tax(tax: ETax) -> Element | None:
    return branch(
        "ram:ApplicableTradeTax",
        _amount("ram:CalculatedAmount", tax.tax),
        leaf("ram:TypeCode", "VAT"),
        leaf("ram:ExemptionReason", tax.reason),
        _amount("ram:BasisAmount", tax.net),
        leaf("ram:CategoryCode", tax.category),
        leaf("ram:ExemptionReasonCode", tax.code),
        leaf("ram:RateApplicablePercent", "" if tax.percent is None else plain(tax.percent)),
    )
