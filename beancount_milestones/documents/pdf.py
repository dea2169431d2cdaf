"""HTML as PDF/A-3, tagged, with the e-invoice inside where there is one.

Made in one pass by WeasyPrint. The same page gives the same bytes: dates come from the page, and so
does the identifier.
"""

from __future__ import annotations

import datetime
import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

from beancount_milestones.documents.extras import needed

if TYPE_CHECKING:
    from collections.abc import Callable

#: What Factur-X calls its file, and how PDF calls what it is to the page.
XML_NAME: Final = "factur-x.xml"
_RELATIONSHIP: Final = "Alternative"
#: What the metadata of a Factur-X file say, with the schema that explains them (PDF/A extension).
_FACTUR_X: Final = """\
<rdf:Description rdf:about="" xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#">
<fx:DocumentType>INVOICE</fx:DocumentType>
<fx:DocumentFileName>{name}</fx:DocumentFileName>
<fx:Version>1.0</fx:Version>
<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" \
xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#\
</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>fx</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq>
{properties}
</rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
"""
_PROPERTY: Final = """\
<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>\
<pdfaProperty:valueType>Text</pdfaProperty:valueType>\
<pdfaProperty:category>external</pdfaProperty:category>\
<pdfaProperty:description>{text}</pdfaProperty:description></rdf:li>"""
_PROPERTIES: Final = {
    "DocumentFileName": "name of the embedded XML invoice file",
    "DocumentType": "INVOICE",
    "Version": "The actual version of the Factur-X XML schema",
    "ConformanceLevel": "The conformance level of the embedded Factur-X data",
}


def to_pdf(page: str, made: datetime.date, xml: bytes | None = None) -> bytes:
    """Return an HTML page as PDF, with an e-invoice (CII) inside where one is given.

    ``made`` is the day of the document. Raises `extras.MissingExtraError`.
    """
    with needed("pdf", "weasyprint"):
        import weasyprint  # noqa: PLC0415 - an extra

    noon = datetime.datetime.combine(made, datetime.time(12))
    attachments = []
    if xml is not None:
        attachments.append(
            weasyprint.Attachment(
                string=xml,
                name=XML_NAME,
                description="E-invoice after EN 16931 (Factur-X)",
                created=noon,
                modified=noon,
                relationship=_RELATIONSHIP,
            )
        )
    options: dict[str, Any] = {
        "pdf_variant": "pdf/a-3a",
        "pdf_identifier": hashlib.sha256(page.encode()).hexdigest()[:32].encode(),
        "attachments": attachments,
    }
    document = weasyprint.HTML(string=page, url_fetcher=_no_fetcher()).render(**options)
    if xml is not None:
        metadata = document.metadata
        metadata.generate_rdf_metadata = partial(_with_factur_x, metadata.generate_rdf_metadata)
    made_pdf: bytes = document.write_pdf(**options)
    return made_pdf


def _with_factur_x(generate: Callable[..., bytes], *about: object) -> bytes:
    """The metadata of a PDF, which may have but one list of them, with those of Factur-X."""
    properties = "\n".join(
        _PROPERTY.format(name=name, text=escape(text)) for name, text in _PROPERTIES.items()
    )
    ours = _FACTUR_X.format(name=XML_NAME, properties=properties).encode()
    return generate(*about).replace(b"</rdf:RDF>", ours + b"</rdf:RDF>")


def _no_fetcher() -> Any:  # noqa: ANN401 - WeasyPrint has no types
    """Fetch what is in the page itself, and nothing from files or from the network."""
    from weasyprint.urls import URLFetcher  # noqa: PLC0415 - an extra

    return URLFetcher(allowed_protocols=("data",))
