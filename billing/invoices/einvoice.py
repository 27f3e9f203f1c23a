"""The EN 16931 invoice as UN/CEFACT Cross Industry Invoice, the XML that Factur-X 1.0 (profile EN 16931) embeds.

Business terms (BT-n, BG-n) are those of EN 16931-1; the order of elements is that of the Factur-X schema. What the
standard cannot say is not bent into it: `obstacle` names it, and the document goes without XML.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from lxml import etree

from billing.invoices.content import Buyer, ContentLine, DocumentContent, Seller
from billing.invoices.enums import TAX_DOCUMENTS, DocumentKind, TaxCategory
from pms.kernel.money import Money, exponent

RSM = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"
QDT = "urn:un:unece:uncefact:data:standard:QualifiedDataType:100"
NAMESPACES = {"rsm": RSM, "ram": RAM, "udt": UDT, "qdt": QDT}
PROFILE = "urn:cen.eu:en16931:2017"
#: UNTDID 1001.
TYPE_CODES = {DocumentKind.INVOICE: "380", DocumentKind.CREDIT_NOTE: "381", DocumentKind.DEPOSIT_INVOICE: "386"}
#: UN/ECE Recommendation 20: a day for a night, one for all else.
NIGHTS, PIECES = "DAY", "C62"
SEPA_TRANSFER = "58"
DECIMALS = 2
#: Money passed on in the guest's name: Article 79 (c) of Directive 2006/112/EC; what the standard has for city taxes.
PASSED_ON = "VATEX-EU-79-C"
REVERSE = "VATEX-EU-AE"
NOT_SUBJECT = "VATEX-EU-O"


@dataclass(frozen=True, slots=True)
class Group:
    """A row of BG-23: everything of one category and rate."""

    category: TaxCategory
    percent: Decimal
    base_minor: int
    tax_minor: int
    reasons: tuple[str, ...]
    codes: tuple[str, ...]


def obstacle(content: DocumentContent) -> str:
    """Return why EN 16931 cannot say what the document says, in one sentence; empty when it can."""
    return next((sentence for holds, sentence in _obstacles(content) if holds), "") or _beyond_tolerance(content)


def _obstacles(content: DocumentContent) -> Iterable[tuple[bool, str]]:
    seller, categories = content.seller, {line.category for line in content.lines}
    outside = TaxCategory.OUTSIDE in categories
    several = any(len(line.taxes) > 1 or any(tax.percent is None for tax in line.taxes) for line in content.lines)
    unregistered = not seller.vat_id and not seller.tax_number
    yield content.kind not in TAX_DOCUMENTS, "This kind of document is no invoice."
    yield (
        exponent(content.currency) > DECIMALS,
        f"EN 16931 has at most two decimals, {content.currency} has {exponent(content.currency)}.",
    )
    nowhere = not seller.address.country or not content.buyer.address.country
    yield nowhere, "EN 16931 wants the countries of seller and buyer."
    yield several, "EN 16931 has one VAT rate a line, and taxes in per cent only."
    yield unregistered and categories != {TaxCategory.OUTSIDE}, "EN 16931 wants the seller's VAT id or tax number."
    yield unregistered and not seller.register_entry, "EN 16931 wants a number that the seller is registered by."
    yield outside and len(categories) > 1, "EN 16931 has no invoice that is partly outside VAT."


def xml_of(content: DocumentContent) -> bytes:
    """Return the document as XML; only for contents without an obstacle."""
    root = etree.Element(f"{{{RSM}}}CrossIndustryInvoice", nsmap=NAMESPACES)
    context = _sub(root, "rsm:ExchangedDocumentContext")
    _text(_sub(context, "ram:GuidelineSpecifiedDocumentContextParameter"), "ram:ID", PROFILE)
    _head(root, content)
    transaction = _sub(root, "rsm:SupplyChainTradeTransaction")
    for line in content.lines:
        _line(transaction, content, line)
    agreement = _sub(transaction, "ram:ApplicableHeaderTradeAgreement")
    # Where VAT has no say, nobody has a VAT id (BR-O-02).
    outside = any(line.category == TaxCategory.OUTSIDE for line in content.lines)
    _seller(agreement, content.seller, with_vat_id=not outside)
    _buyer(agreement, content.buyer, with_vat_id=not outside)
    delivery = _sub(transaction, "ram:ApplicableHeaderTradeDelivery")
    if content.service_until:
        event = _sub(delivery, "ram:ActualDeliverySupplyChainEvent")
        _day(_sub(event, "ram:OccurrenceDateTime"), content.service_until)
    _settlement(_sub(transaction, "ram:ApplicableHeaderTradeSettlement"), content)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def groups(content: DocumentContent) -> tuple[Group, ...]:
    """Return the VAT breakdown as EN 16931 wants it: one group for each category and rate (BR-S-08, BR-E-08 and so on)."""
    found: dict[tuple[TaxCategory, Decimal], list[ContentLine]] = {}
    for line in content.lines:
        found.setdefault((line.category, percent_of(line)), []).append(line)
    return tuple(
        Group(
            category=category,
            percent=percent,
            base_minor=sum(line.net_minor for line in lines),
            tax_minor=sum(line.tax_minor for line in lines),
            reasons=tuple(dict.fromkeys(line.reason for line in lines if line.reason)),
            codes=tuple(dict.fromkeys(code for line in lines if (code := _reason_code(line)))),
        )
        for (category, percent), lines in found.items()
    )


def percent_of(line: ContentLine) -> Decimal:
    """Return the VAT rate of a line, 0 where there is none."""
    return (line.taxes[0].percent or Decimal(0)) if line.taxes else Decimal(0)


def _identity(seller: Seller) -> str:
    return seller.register_entry or seller.tax_number


def _beyond_tolerance(content: DocumentContent) -> str:
    """BR-CO-17 lets the VAT of a rate be less than one unit of the currency away from base x rate."""
    for group in groups(content):
        exact = Money(group.base_minor, content.currency).amount * group.percent / 100
        rounded = exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
        if abs(Money(group.tax_minor, content.currency).amount - rounded) >= 1:
            return "The posted VAT lies further from base times rate than EN 16931 allows."
    return ""


def _reason_code(line: ContentLine) -> str:
    if line.category == TaxCategory.REVERSE_CHARGE:
        return REVERSE
    if line.category == TaxCategory.OUTSIDE:
        return NOT_SUBJECT
    return PASSED_ON if line.category == TaxCategory.EXEMPT and line.is_city_tax else ""


def _head(root: etree._Element, content: DocumentContent) -> None:
    head = _sub(root, "rsm:ExchangedDocument")
    _text(head, "ram:ID", content.number)
    _text(head, "ram:TypeCode", TYPE_CODES[content.kind])
    _day(_sub(head, "ram:IssueDateTime"), content.issued_on)
    for note in (content.reason, content.note, content.seller.register_entry):
        if note:
            _text(_sub(head, "ram:IncludedNote"), "ram:Content", note)


def _line(transaction: etree._Element, content: DocumentContent, line: ContentLine) -> None:
    item = _sub(transaction, "ram:IncludedSupplyChainTradeLineItem")
    _text(_sub(item, "ram:AssociatedDocumentLineDocument"), "ram:LineID", str(line.position))
    _text(_sub(item, "ram:SpecifiedTradeProduct"), "ram:Name", line.text)
    # A price is never negative (BR-27): what is taken off is a negative quantity.
    quantity = abs(line.quantity or Decimal(1))
    price = abs(Money(line.net_minor, content.currency).amount) / quantity
    agreement = _sub(item, "ram:SpecifiedLineTradeAgreement")
    _text(_sub(agreement, "ram:NetPriceProductTradePrice"), "ram:ChargeAmount", _plain(round(price, 6)))
    delivery = _sub(item, "ram:SpecifiedLineTradeDelivery")
    billed = _text(delivery, "ram:BilledQuantity", _plain(-quantity if line.net_minor < 0 else quantity))
    billed.set("unitCode", NIGHTS if line.is_night else PIECES)
    settlement = _sub(item, "ram:SpecifiedLineTradeSettlement")
    tax = _sub(settlement, "ram:ApplicableTradeTax")
    _text(tax, "ram:TypeCode", "VAT")
    _text(tax, "ram:CategoryCode", line.category.value)
    if line.category != TaxCategory.OUTSIDE:
        _text(tax, "ram:RateApplicablePercent", _plain(percent_of(line)))
    if line.service_on:
        _period(settlement, line.service_on, line.service_on)
    total = _sub(settlement, "ram:SpecifiedTradeSettlementLineMonetarySummation")
    _amount(total, "ram:LineTotalAmount", content, line.net_minor)


def _seller(agreement: etree._Element, seller: Seller, *, with_vat_id: bool) -> None:
    party = _sub(agreement, "ram:SellerTradeParty")
    _text(party, "ram:Name", seller.name)
    if (identity := _identity(seller)) or seller.house:
        organization = _sub(party, "ram:SpecifiedLegalOrganization")
        if identity:  # BR-CO-26 asks for one of VAT id, register entry and own number
            _text(organization, "ram:ID", identity)
        if seller.house and seller.house != seller.name:
            _text(organization, "ram:TradingBusinessName", seller.house)
    if seller.phone or seller.email:
        contact = _sub(party, "ram:DefinedTradeContact")
        _text(contact, "ram:PersonName", seller.house or seller.name)
        if seller.phone:
            _text(_sub(contact, "ram:TelephoneUniversalCommunication"), "ram:CompleteNumber", seller.phone)
        if seller.email:
            _text(_sub(contact, "ram:EmailURIUniversalCommunication"), "ram:URIID", seller.email)
    _address(party, seller.address.postal_code, seller.address.street, seller.address.city, seller.address.country)
    _mail(party, seller.email)
    for number, scheme in ((seller.tax_number, "FC"), (seller.vat_id if with_vat_id else "", "VA")):
        if number:
            _text(_sub(party, "ram:SpecifiedTaxRegistration"), "ram:ID", number).set("schemeID", scheme)


def _buyer(agreement: etree._Element, buyer: Buyer, *, with_vat_id: bool) -> None:
    party = _sub(agreement, "ram:BuyerTradeParty")
    _text(party, "ram:Name", buyer.name)
    if buyer.contact:
        _text(_sub(party, "ram:DefinedTradeContact"), "ram:PersonName", buyer.contact)
    _address(party, buyer.address.postal_code, buyer.address.street, buyer.address.city, buyer.address.country)
    _mail(party, buyer.email)
    if buyer.vat_id and with_vat_id:
        _text(_sub(party, "ram:SpecifiedTaxRegistration"), "ram:ID", buyer.vat_id).set("schemeID", "VA")


def _address(party: etree._Element, postal_code: str, street: str, city: str, country: str) -> None:
    address = _sub(party, "ram:PostalTradeAddress")
    for tag, value in (("PostcodeCode", postal_code), ("LineOne", street), ("CityName", city), ("CountryID", country)):
        if value:
            _text(address, f"ram:{tag}", value)


def _mail(party: etree._Element, email: str) -> None:
    if email:
        _text(_sub(party, "ram:URIUniversalCommunication"), "ram:URIID", email).set("schemeID", "EM")


def _settlement(settlement: etree._Element, content: DocumentContent) -> None:
    _text(settlement, "ram:PaymentReference", content.number)
    _text(settlement, "ram:InvoiceCurrencyCode", content.currency)
    seller = content.seller
    if content.due_minor > 0 and seller.iban and content.kind != DocumentKind.CREDIT_NOTE:
        means = _sub(settlement, "ram:SpecifiedTradeSettlementPaymentMeans")
        _text(means, "ram:TypeCode", SEPA_TRANSFER)
        account = _sub(means, "ram:PayeePartyCreditorFinancialAccount")
        _text(account, "ram:IBANID", seller.iban.replace(" ", ""))
        _text(account, "ram:AccountName", seller.name)
        if seller.bic:
            _text(_sub(means, "ram:PayeeSpecifiedCreditorFinancialInstitution"), "ram:BICID", seller.bic)
    for group in groups(content):
        _group(settlement, content, group)
    if content.service_from and content.service_until:
        _period(settlement, content.service_from, content.service_until)
    if content.due_minor > 0:  # BR-CO-25
        terms = _sub(settlement, "ram:SpecifiedTradePaymentTerms")
        _day(_sub(terms, "ram:DueDateDateTime"), content.due_on or content.issued_on)
    total = _sub(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    _amount(total, "ram:LineTotalAmount", content, content.net_minor)
    _amount(total, "ram:TaxBasisTotalAmount", content, content.net_minor)
    _amount(total, "ram:TaxTotalAmount", content, content.tax_minor).set("currencyID", content.currency)
    _amount(total, "ram:GrandTotalAmount", content, content.gross_minor)
    _amount(total, "ram:TotalPrepaidAmount", content, content.paid_minor)
    _amount(total, "ram:DuePayableAmount", content, content.due_minor)
    _references(settlement, content)


def _group(settlement: etree._Element, content: DocumentContent, group: Group) -> None:
    tax = _sub(settlement, "ram:ApplicableTradeTax")
    _amount(tax, "ram:CalculatedAmount", content, group.tax_minor)
    _text(tax, "ram:TypeCode", "VAT")
    free = group.category not in {TaxCategory.STANDARD, TaxCategory.ZERO}
    if free:
        _text(tax, "ram:ExemptionReason", "; ".join(group.reasons) or group.category.label)
    _amount(tax, "ram:BasisAmount", content, group.base_minor)
    _text(tax, "ram:CategoryCode", group.category.value)
    if free and len(group.codes) == 1 and len(group.reasons) <= 1:
        _text(tax, "ram:ExemptionReasonCode", group.codes[0])
    if group.category != TaxCategory.OUTSIDE:
        _text(tax, "ram:RateApplicablePercent", _plain(group.percent))


def _references(settlement: etree._Element, content: DocumentContent) -> None:
    """BG-3: the invoice that is corrected, and the deposit invoices that are deducted."""
    earlier = [(content.corrects_number, content.corrects_on)] if content.corrects_number else []
    earlier += [(paid.deposit_number, paid.deposit_on) for paid in content.payments if paid.deposit_number]
    for number, day in dict.fromkeys(earlier):
        reference = _sub(settlement, "ram:InvoiceReferencedDocument")
        _text(reference, "ram:IssuerAssignedID", number)
        if day:
            written = _sub(reference, "ram:FormattedIssueDateTime")
            _text(written, "qdt:DateTimeString", f"{day:%Y%m%d}").set("format", "102")


def _period(parent: etree._Element, first: date, last: date) -> None:
    period = _sub(parent, "ram:BillingSpecifiedPeriod")
    _day(_sub(period, "ram:StartDateTime"), first)
    _day(_sub(period, "ram:EndDateTime"), last)


def _day(parent: etree._Element, day: date) -> None:
    _text(parent, "udt:DateTimeString", f"{day:%Y%m%d}").set("format", "102")


def _amount(parent: etree._Element, tag: str, content: DocumentContent, minor: int) -> etree._Element:
    return _text(parent, tag, f"{Money(minor, content.currency).amount:.2f}")


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _sub(parent: etree._Element, tag: str) -> etree._Element:
    prefix, name = tag.split(":")
    return etree.SubElement(parent, f"{{{NAMESPACES[prefix]}}}{name}")


def _text(parent: etree._Element, tag: str, text: str) -> etree._Element:
    element = _sub(parent, tag)
    element.text = text
    return element


def texts(xml: bytes, path: str) -> Iterable[str]:
    """Return the texts at an XPath of the XML, with the prefixes ram, rsm, udt and qdt."""
    found = etree.fromstring(xml).xpath(path, namespaces=NAMESPACES)
    return [str(getattr(each, "text", each)) for each in found] if isinstance(found, list) else []
