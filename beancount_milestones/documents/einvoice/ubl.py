"""UBL 2.1, the syntax of OASIS: an Invoice or a CreditNote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beancount_milestones.documents.einvoice.terms import (
    CREDIT_NOTE,
    GUIDELINE,
    UNIT,
    Address,
    plain,
)
from beancount_milestones.documents.einvoice.xml import branch, document, leaf

if TYPE_CHECKING:
    from decimal import Decimal

    from beancount_milestones.documents.einvoice.terms import EInvoice, ELine
    from beancount_milestones.documents.einvoice.xml import Element
    from beancount_milestones.parties import Party

_OASIS: Final = "urn:oasis:names:specification:ubl:schema:xsd:"


def written(invoice: EInvoice) -> bytes:
    """Return an invoice as XML."""
    credit = invoice.type == CREDIT_NOTE
    kind = "CreditNote" if credit else "Invoice"
    start, end = invoice.period or (None, None)
    tax_in = invoice.tax_in
    return document(
        kind,
        {
            "": f"{_OASIS}{kind}-2",
            "cac": _OASIS + "CommonAggregateComponents-2",
            "cbc": _OASIS + "CommonBasicComponents-2",
        },
        leaf("cbc:CustomizationID", GUIDELINE),
        leaf("cbc:ID", invoice.number),
        leaf("cbc:IssueDate", str(invoice.date)),
        leaf("cbc:DueDate", str(invoice.due or "")),
        leaf(f"cbc:{kind}TypeCode", invoice.type),
        leaf("cbc:Note", invoice.note),
        leaf("cbc:DocumentCurrencyCode", invoice.currency),
        leaf("cbc:TaxCurrencyCode", tax_in.currency if tax_in else ""),
        branch(
            "cac:InvoicePeriod",
            leaf("cbc:StartDate", str(start or "")),
            leaf("cbc:EndDate", str(end or "")),
        ),
        branch("cac:OrderReference", leaf("cbc:ID", invoice.order)),
        *(
            branch(
                "cac:BillingReference",
                branch(
                    "cac:InvoiceDocumentReference",
                    leaf("cbc:ID", number),
                    leaf("cbc:IssueDate", str(date)),
                ),
            )
            for number, date in invoice.references
        ),
        branch("cac:ContractDocumentReference", leaf("cbc:ID", invoice.contract)),
        branch("cac:AccountingSupplierParty", _party(invoice.seller, invoice, seller=True)),
        branch("cac:AccountingCustomerParty", _party(invoice.client, invoice, seller=False)),
        _delivery(invoice),
        _means(invoice),
        branch("cac:PaymentTerms", leaf("cbc:Note", invoice.terms)),
        _taxes(invoice),
        branch("cac:TaxTotal", leaf("cbc:TaxAmount", f"{tax_in.tax:f}", currencyID=tax_in.currency))
        if tax_in
        else None,
        branch(
            "cac:LegalMonetaryTotal",
            _amount("cbc:LineExtensionAmount", invoice.net, invoice),
            _amount("cbc:TaxExclusiveAmount", invoice.net, invoice),
            _amount("cbc:TaxInclusiveAmount", invoice.gross, invoice),
            _amount("cbc:PrepaidAmount", invoice.prepaid, invoice) if invoice.prepaid else None,
            _amount("cbc:PayableAmount", invoice.payable, invoice),
        ),
        *(_line(number, line, invoice, kind) for number, line in enumerate(invoice.lines, 1)),
    )


def _amount(tag: str, number: Decimal, invoice: EInvoice) -> Element | None:
    return leaf(tag, f"{number:f}", currencyID=invoice.currency)


def _party(party: Party, invoice: EInvoice, *, seller: bool) -> Element | None:
    address = Address.of(party)
    lines = (*address.lines, "", "", "")
    vat = "" if invoice.untaxed else party.vat_id
    tax_id = party.tax_id if seller else ""
    return branch(
        "cac:Party",
        leaf("cbc:EndpointID", party.email, schemeID="EM"),
        branch("cac:PartyIdentification", leaf("cbc:ID", "" if vat else tax_id)),
        branch(
            "cac:PostalAddress",
            leaf("cbc:StreetName", lines[0]),
            leaf("cbc:AdditionalStreetName", lines[1]),
            leaf("cbc:CityName", address.city),
            leaf("cbc:PostalZone", address.postcode),
            branch("cac:AddressLine", leaf("cbc:Line", lines[2])),
            branch("cac:Country", leaf("cbc:IdentificationCode", address.country)),
        ),
        _registration(vat, "VAT"),
        _registration("" if invoice.untaxed else tax_id, "FC"),
        branch("cac:PartyLegalEntity", leaf("cbc:RegistrationName", party.name)),
        branch(
            "cac:Contact",
            leaf("cbc:Name", party.name if party.phone or party.email else ""),
            leaf("cbc:Telephone", party.phone),
            leaf("cbc:ElectronicMail", party.email),
        )
        if seller
        else None,
    )


def _registration(number: str, scheme: str) -> Element | None:
    if not number:
        return None
    return branch("cac:PartyTaxScheme", leaf("cbc:CompanyID", number), _scheme(scheme))


def _scheme(name: str) -> Element | None:
    return branch("cac:TaxScheme", leaf("cbc:ID", name))


def _delivery(invoice: EInvoice) -> Element | None:
    country = invoice.client.country if invoice.shipped else ""
    return branch(
        "cac:Delivery",
        leaf("cbc:ActualDeliveryDate", str(invoice.delivered or "")),
        branch(
            "cac:DeliveryLocation",
            branch("cac:Address", branch("cac:Country", leaf("cbc:IdentificationCode", country))),
        ),
    )


def _means(invoice: EInvoice) -> Element | None:
    if not invoice.means:
        return None
    seller = invoice.seller
    return branch(
        "cac:PaymentMeans",
        leaf("cbc:PaymentMeansCode", invoice.means),
        leaf("cbc:PaymentID", invoice.number),
        branch(
            "cac:PayeeFinancialAccount",
            leaf("cbc:ID", seller.iban),
            branch("cac:FinancialInstitutionBranch", leaf("cbc:ID", seller.bic)),
        ),
    )


def _taxes(invoice: EInvoice) -> Element | None:
    return branch(
        "cac:TaxTotal",
        _amount("cbc:TaxAmount", invoice.tax, invoice),
        *(
            branch(
                "cac:TaxSubtotal",
                _amount("cbc:TaxableAmount", tax.net, invoice),
                _amount("cbc:TaxAmount", tax.tax, invoice),
                branch(
                    "cac:TaxCategory",
                    leaf("cbc:ID", tax.category),
                    leaf("cbc:Percent", "" if tax.percent is None else plain(tax.percent)),
                    leaf("cbc:TaxExemptionReasonCode", tax.code),
                    leaf("cbc:TaxExemptionReason", tax.reason),
                    _scheme("VAT"),
                ),
            )
            for tax in invoice.taxes
        ),
    )


def _line(number: int, line: ELine, invoice: EInvoice, kind: str) -> Element | None:
    quantity = "CreditedQuantity" if kind == "CreditNote" else "InvoicedQuantity"
    category = line.rate.category
    return branch(
        f"cac:{kind}Line",
        leaf("cbc:ID", str(number)),
        leaf("cbc:Note", line.note),
        leaf(f"cbc:{quantity}", "-1" if line.net < 0 else "1", unitCode=UNIT),
        _amount("cbc:LineExtensionAmount", line.net, invoice),
        branch(
            "cac:Item",
            leaf("cbc:Name", line.name),
            branch(
                "cac:ClassifiedTaxCategory",
                leaf("cbc:ID", category),
                leaf("cbc:Percent", "" if category == "O" else plain(line.rate.rate)),
                _scheme("VAT"),
            ),
        ),
        branch("cac:Price", _amount("cbc:PriceAmount", abs(line.net), invoice)),
    )
