"""The code that banking apps scan to pay an invoice (EPC069-12: transfers in euro)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from beancount_milestones.documents.extras import needed

if TYPE_CHECKING:
    from beancount_milestones.documents.model import InvoiceDocument

_MOST: Final = Decimal("999999999.99")
#: How many characters the name and the text have.
_NAME: Final = 70
_TEXT: Final = 140


def payment_code(document: InvoiceDocument) -> str:
    """Return the code as a picture in a data URI; empty where the standard knows none.

    Raises `extras.MissingExtraError`.
    """
    seller = document.seller
    payable = document.kind == "invoice" and document.currency == "EUR" and seller.iban
    cents = document.open == document.open.quantize(Decimal("0.01"))
    if not payable or not cents or not 0 < document.open <= _MOST:
        return ""
    with needed("documents", "segno"):
        from segno.helpers import make_epc_qr  # noqa: PLC0415 - an extra
    try:
        code = make_epc_qr(
            name=seller.name[:_NAME],
            iban=seller.iban.replace(" ", ""),
            amount=document.open,
            text=document.number[:_TEXT],
            bic=seller.bic or None,
        )
    except ValueError:
        # The standard cannot write the name or the bank; people can still read them.
        return ""
    return str(code.svg_data_uri(border=0, svgclass=None, lineclass=None))
