"""From frozen contents to PDF/A-3, by WeasyPrint. Reads no rows and no network; runs in jobs, never in a transaction."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NoReturn
from warnings import catch_warnings, simplefilter

from django.conf import settings
from django.template.loader import render_to_string
from facturx import xml_check_xsd
from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher

from billing.invoices.colours import light_colours
from billing.invoices.content import DocumentContent
from billing.invoices.einvoice import obstacle, xml_of
from billing.invoices.enums import DocumentKind
from billing.invoices.paper import PAPERS, Content

#: PDF/A-3 may carry files; U asks for the Unicode character of every glyph, so that text can be searched and read aloud.
VARIANT = "pdf/a-3u"
XML_NAME = "factur-x.xml"
PROFILE_NAME = "Factur-X, profile EN 16931"
RECEIPT = "invoices/receipt.html"
#: What marks a PDF as Factur-X 1.0: the properties, and the schema that PDF/A wants for properties it does not know
#: (ISO 19005-3, 6.6.2.3.3; Factur-X 1.0, 6.2.2).
MARK = """
<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" rdf:about=""
 xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#">
<fx:DocumentType>INVOICE</fx:DocumentType><fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>
<fx:Version>1.0</fx:Version><fx:ConformanceLevel>EN 16931</fx:ConformanceLevel></rdf:Description>
<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" rdf:about=""
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>fx</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
""".format(
    properties="".join(
        f'<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>'
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{meaning}</pdfaProperty:description></rdf:li>"
        for name, meaning in (
            ("DocumentFileName", "The name of the embedded XML"),
            ("DocumentType", "The type of the document"),
            ("Version", "The version of Factur-X"),
            ("ConformanceLevel", "The profile of the XML"),
        )
    )
)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A document as files. `xml` is empty where EN 16931 cannot say it, and `obstacle` says why."""

    pdf: bytes
    xml: bytes = b""
    obstacle: str = ""


def render(content: Content) -> Rendered:
    """Return content as PDF/A-3, with the EN 16931 XML inside for an invoice of any kind that the standard can say.

    The XML is checked against the schema of Factur-X first. Takes some tenths of a second of processor time.
    """
    why_not = obstacle(content) if isinstance(content, DocumentContent) else ""
    if not isinstance(content, DocumentContent) or why_not:
        return Rendered(pdf=pdf_of(html_of(content)), obstacle=why_not)
    xml = xml_of(content)
    xml_check_xsd(xml, flavor="factur-x", level="en16931")
    return Rendered(pdf=pdf_of(html_of(content), xml), xml=xml)


def html_of(content: Content) -> str:
    """Return the page that is printed."""
    template, context = PAPERS[type(content)]
    if isinstance(content, DocumentContent) and content.kind == DocumentKind.RECEIPT:
        template = RECEIPT
    return render_to_string(template, context(content))


def pdf_of(page: str, xml: bytes = b"") -> bytes:
    """Return a page of HTML in the house's paper style as PDF/A-3, with the XML of an invoice inside if there is one."""
    style, fonts = _style()
    page_read = HTML(string=page, url_fetcher=_Nothing())
    with catch_warnings():
        # WeasyPrint leaves the file of its colour profile to the garbage collector.
        simplefilter("ignore", ResourceWarning)
        document = page_read.render(font_config=fonts, stylesheets=[style], pdf_variant=VARIANT)
        attached = []
        if xml:
            attached.append(Attachment(string=xml, name=XML_NAME, description=PROFILE_NAME, relationship="Alternative"))
            _mark_as_facturx(document.metadata)
        pdf: bytes = document.write_pdf(pdf_variant=VARIANT, attachments=attached)
    return pdf


def _mark_as_facturx(metadata: Any) -> None:
    """Add Factur-X to the one RDF of the file: XMP allows no second."""
    plain = metadata.generate_rdf_metadata

    def marked(*arguments: Any) -> bytes:
        rdf: bytes = plain(*arguments)
        return rdf.replace(b"</rdf:RDF>", MARK.encode() + b"</rdf:RDF>")

    metadata.generate_rdf_metadata = marked


class _Nothing(URLFetcher):
    """A document asks for nothing: what a guest is called must not make the house fetch an address."""

    def fetch(self, url: str, headers: Any = None) -> NoReturn:
        """Refuse."""
        message = f"A document fetches nothing, not even {url}."
        raise FatalURLFetchingError(message)


@cache
def _style() -> tuple[CSS, FontConfiguration]:
    """Return the sheet with the house's colours, and its fonts: made once a process."""
    directory = Path(settings.BASE_DIR) / "static" / "css"
    fonts = FontConfiguration()
    variables = "".join(
        f"{name}: {value};" for name, value in light_colours((directory / "tokens.css").read_text()).items()
    )
    text = f":root {{ {variables} }}\n{(directory / 'paper.css').read_text()}"
    only_files = URLFetcher(allowed_protocols=("file",))
    return CSS(string=text, base_url=str(directory / "paper.css"), font_config=fonts, url_fetcher=only_files), fonts
