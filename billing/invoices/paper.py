"""From frozen contents to what a template shows: every amount and date as the reader's language writes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent

from billing.invoices.content import (
    Address,
    CardContent,
    ContentLine,
    DocumentContent,
    FolioContent,
    Payment,
    Seller,
    StatementContent,
    Stay,
)
from billing.invoices.enums import DocumentKind, TaxCategory
from billing.invoices.wording import words
from pms.kernel.money import Money, exponent

Content = DocumentContent | FolioContent | CardContent | StatementContent
Context = dict[str, Any]
DASH = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Pen:
    """How a language writes days and amounts of one currency. English is British, and American for a house there."""

    language: str
    country: str
    currency: str = ""

    @property
    def locale(self) -> str:
        """The locale that babel formats with."""
        if self.language == "en":
            return "en_US" if self.country == "US" else "en_GB"
        return self.language

    def day(self, day: date | None) -> str:
        """Return a day, such as 20 Nov 2026; nothing for none."""
        return format_date(day, format="medium", locale=self.locale) if day else ""

    def span(self, first: date | None, last: date | None) -> str:
        """Return two days as a range, one when they are the same."""
        if not first or not last or first == last:
            return self.day(first or last)
        return f"{self.day(first)} {DASH} {self.day(last)}"

    def amount(self, minor: int) -> str:
        """Return an amount without its currency, for a column that names it."""
        places = exponent(self.currency)
        pattern = "#,##0" + ("." + "0" * places if places else "")
        return format_decimal(Money(minor, self.currency).amount, format=pattern, locale=self.locale)

    def money(self, minor: int) -> str:
        """Return an amount with its currency."""
        return format_currency(Money(minor, self.currency).amount, self.currency, locale=self.locale)

    def percent(self, percent: Decimal | None) -> str:
        """Return a rate, with as many decimals as it has; a dash for none."""
        if percent is None:
            return DASH
        return format_percent((percent / 100).normalize(), locale=self.locale, decimal_quantization=False)

    def quantity(self, quantity: Decimal) -> str:
        """Return how many."""
        return format_decimal(quantity.normalize(), locale=self.locale)

    def country_name(self, code: str) -> str:
        """Return the name of a country."""
        from babel import Locale  # noqa: PLC0415 - only addresses abroad need it

        return str(Locale.parse(self.locale).territories.get(code.upper(), code)) if code else ""


def document_context(content: DocumentContent) -> Context:
    """Return what the template of an invoice, credit note, deposit invoice, pro forma or receipt shows."""
    said = words(content.language)
    pen = Pen(content.language, content.seller.address.country, content.currency)
    credit = content.kind == DocumentKind.CREDIT_NOTE
    vat = _is_vat(content)
    return {
        **_frame(content, said, pen, title=title(content), number=content.number),
        "facts": _facts(content, said, pen),
        "lines": [_line(line, pen) for line in content.lines],
        "lines_in": said["lines_in"].format(currency=content.currency),
        "rates": [_rate(row, said, pen) for row in content.tax_rows],
        "breakdown_title": said["breakdown" if vat else "breakdown_other"],
        "tax_column": said["vat" if vat else "tax"],
        "tax_label": said["total_tax" if vat else "total_other_tax"],
        "net": pen.amount(content.net_minor),
        "tax": pen.amount(content.tax_minor),
        "total_label": said["total_credit" if credit else "total"],
        "total": pen.money(content.gross_minor),
        "total_plain": pen.amount(content.gross_minor),
        "city_tax": pen.amount(content.city_tax_minor) if content.city_tax_minor else "",
        "city_tax_label": said["city_tax_within" if _city_tax_bears_vat(content) else "city_tax_apart"],
        "payments": [_payment(payment, said, pen) for payment in content.payments],
        "paid": pen.amount(content.paid_minor),
        "shows_due": content.kind in {DocumentKind.INVOICE, DocumentKind.DEPOSIT_INVOICE},
        "due": pen.money(content.due_minor) if content.due_minor else "",
        "pay": _pay(content, said, pen),
        "notes": _notes(content, said),
        "is_credit": credit,
        "received": said["refunded" if content.gross_minor < 0 else "received"],
        "received_amount": pen.money(abs(content.gross_minor)),
    }


def folio_context(content: FolioContent) -> Context:
    """Return what the print of a folio shows."""
    said = words(content.language)
    pen = Pen(content.language, content.seller.address.country, content.currency)
    facts = [(said["date"], pen.day(content.printed_on)), *_stay_facts(content.stay, said, pen)]
    return {
        **_frame(content, said, pen, title=said["title_folio"], number=content.code),
        "facts": [(said["folio"], content.code), *facts],
        "entries": [
            {
                "day": pen.day(entry.date),
                "text": entry.text,
                "charge": "" if entry.is_payment else pen.amount(entry.amount_minor),
                "payment": pen.amount(-entry.amount_minor) if entry.is_payment else "",
                "balance": pen.amount(entry.balance_minor),
                "is_tax": entry.is_tax,
            }
            for entry in content.entries
        ],
        "lines_in": said["lines_in"].format(currency=content.currency),
        "charges": pen.amount(content.charges_minor),
        "paid": pen.amount(content.paid_minor),
        "balance_label": said["balance_held" if content.balance_minor < 0 else "balance"],
        "balance": pen.money(abs(content.balance_minor)),
    }


def card_context(content: CardContent) -> Context:
    """Return what a registration card shows; who travels along has a line each, and there are at least two."""
    said = words(content.language)
    pen = Pen(content.language, content.seller.address.country)
    address = content.address
    party = [
        _fellow(person.name, pen.day(person.birth_on), pen.country_name(person.country)) for person in content.party
    ]
    return {
        **_frame(content, said, pen, title=said["title_card"], number=content.stay.reservation),
        "stay": content.stay,
        "arrival": pen.day(content.stay.arrival),
        "departure": pen.day(content.stay.departure),
        "guest": content.guest,
        "birth_on": pen.day(content.guest.birth_on),
        "nationality": pen.country_name(content.guest.country),
        "street": address.street,
        "place": f"{address.postal_code} {address.city}".strip(),
        "country": pen.country_name(address.country),
        "email": content.email,
        "phone": content.phone,
        "party": party + [_fellow("", "", "")] * (2 - len(party)),
    }


def statement_context(content: StatementContent) -> Context:
    """Return what an account statement shows."""
    said = words(content.language)
    pen = Pen(content.language, content.seller.address.country, content.currency)
    lead = said["statement_lead" if content.items else "statement_none"]
    return {
        **_frame(content, said, pen, title=said["title_statement"], number=content.buyer.name),
        "facts": [(said["date"], pen.day(content.printed_on))],
        "lead": lead.format(date=pen.day(content.printed_on)),
        "items": [
            {
                "number": item.number,
                "text": item.text,
                "day": pen.day(item.issued_on),
                "due_on": pen.day(item.due_on),
                "overdue": bool(item.due_on and item.due_on < content.printed_on),
                "gross": pen.amount(item.gross_minor),
                "open": pen.amount(item.open_minor),
            }
            for item in content.items
        ],
        "lines_in": said["lines_in"].format(currency=content.currency),
        "open": pen.money(content.open_minor),
        "overdue": pen.amount(content.overdue_minor) if content.overdue_minor else "",
        "account": (content.seller.iban, content.seller.bic, content.seller.bank_name),
    }


#: The template and the context of each kind of content.
PAPERS: Mapping[type, tuple[str, Callable[[Any], Context]]] = {
    DocumentContent: ("invoices/document.html", document_context),
    FolioContent: ("invoices/folio.html", folio_context),
    CardContent: ("invoices/card.html", card_context),
    StatementContent: ("invoices/statement.html", statement_context),
}


def title(content: DocumentContent) -> str:
    """Return what the document calls itself."""
    said = words(content.language)
    if content.kind == DocumentKind.INVOICE and content.seller.vat_id:
        return said["title_vat_invoice"]
    return said[f"title_{content.kind.value}"]


def _is_vat(content: DocumentContent) -> bool:
    """Several taxes on a line are sales taxes; one is what the reader calls VAT."""
    return all(len(line.taxes) <= 1 for line in content.lines)


def _city_tax_bears_vat(content: DocumentContent) -> bool:
    return any(line.is_city_tax and line.taxes for line in content.lines)


def _frame(content: Content, said: Mapping[str, str], pen: Pen, *, title: str, number: str) -> Context:
    seller = content.seller
    return {
        "w": said,
        "language": content.language,
        "title": title,
        "number": number,
        "seller": seller,
        "house": seller.house or seller.name,
        "initial": (seller.house or seller.name)[:1].upper(),
        "seller_address": address_lines(seller.address, pen, abroad=True),
        "seller_place": ", ".join(address_lines(seller.address, pen, abroad=False)),
        "buyer": getattr(content, "buyer", None),
        "buyer_lines": _buyer_lines(content, said, pen),
    }


def address_lines(address: Address, pen: Pen, *, abroad: bool) -> list[str]:
    """Return the lines of an address; the country only where the reader may be abroad."""
    place = f"{address.postal_code} {address.city}".strip()
    lines = [address.street, place, pen.country_name(address.country) if abroad else ""]
    return [line for line in lines if line]


def _buyer_lines(content: Content, said: Mapping[str, str], pen: Pen) -> list[str]:
    if isinstance(content, CardContent):
        return []
    buyer = content.buyer
    abroad = buyer.address.country != content.seller.address.country
    contact = [f"{said['attention']} {buyer.contact}"] if buyer.contact else []
    return [*contact, *address_lines(buyer.address, pen, abroad=abroad)]


def _facts(content: DocumentContent, said: Mapping[str, str], pen: Pen) -> list[tuple[str, str]]:
    facts = [
        (said["number"], content.number),
        (said["date"], pen.day(content.issued_on)),
        (said["service_period"], pen.span(content.service_from, content.service_until)),
        (said["due_on"], pen.day(content.due_on) if content.due_minor > 0 else ""),
        (said["corrects"], content.corrects_number and f"{content.corrects_number}, {pen.day(content.corrects_on)}"),
        (said["your_vat_id"], content.buyer.vat_id),
        *_stay_facts(content.stay, said, pen, with_days=content.service_from is None),
        (said["folio"], content.folio),
    ]
    return [(label, value) for label, value in facts if value]


def _fellow(name: str, birth_on: str, nationality: str) -> dict[str, str]:
    return {"name": name, "birth_on": birth_on, "nationality": nationality}


def _stay_facts(stay: Stay, said: Mapping[str, str], pen: Pen, *, with_days: bool = True) -> list[tuple[str, str]]:
    facts = [
        (said["guest"], stay.guest),
        (said["room"], stay.room),
        (said["arrival"], pen.day(stay.arrival) if with_days else ""),
        (said["departure"], pen.day(stay.departure) if with_days else ""),
        (said["reservation"], stay.reservation),
    ]
    return [(label, value) for label, value in facts if value]


def _line(line: ContentLine, pen: Pen) -> Context:
    rates = " + ".join(pen.percent(tax.percent) for tax in line.taxes if tax.percent is not None)
    if len(line.taxes) > 1:
        rates = pen.amount(line.tax_minor)
    return {
        "day": pen.day(line.service_on),
        "text": line.text,
        "quantity": pen.quantity(line.quantity),
        "rate": rates or DASH,
        "net": pen.amount(line.net_minor),
        "gross": pen.amount(line.gross_minor),
        "is_city_tax": line.is_city_tax,
    }


def _rate(row: Any, said: Mapping[str, str], pen: Pen) -> Context:
    free = row.category not in {TaxCategory.STANDARD, TaxCategory.ZERO}
    label = said["untaxed"] if free else pen.percent(row.percent) if row.percent is not None else ""
    return {
        "label": " ".join(part for part in (label, row.name) if part),
        "base": pen.amount(row.base_minor) if row.base_minor or not row.tax_minor else DASH,
        "tax": pen.amount(row.tax_minor),
    }


def _payment(payment: Payment, said: Mapping[str, str], pen: Pen) -> Context:
    text = payment.text
    if payment.deposit_number:
        text = said["deposit_deducted"].format(
            number=payment.deposit_number,
            date=pen.day(payment.deposit_on),
            net=pen.amount(payment.deposit_net_minor),
            tax=pen.amount(payment.deposit_tax_minor),
        )
    return {"day": pen.day(payment.paid_on), "text": text, "amount": pen.amount(payment.amount_minor)}


def _pay(content: DocumentContent, said: Mapping[str, str], pen: Pen) -> Context | None:
    """How to pay by transfer: where something is due, there is an account, and it is not we who pay."""
    seller: Seller = content.seller
    asks = content.kind in {DocumentKind.INVOICE, DocumentKind.DEPOSIT_INVOICE}
    if not asks or content.due_minor <= 0 or not seller.iban:
        return None
    day = pen.day(content.due_on or content.issued_on)
    return {"sentence": said["pay_to"].format(date=day, number=content.number), "amount": pen.money(content.due_minor)}


def _notes(content: DocumentContent, said: Mapping[str, str]) -> list[str]:
    """The reasons why lines bear no VAT, each once, and what this kind of document is or is not."""
    notes = list(dict.fromkeys(line.reason for line in content.lines if line.reason))
    if content.kind == DocumentKind.PRO_FORMA:
        notes.append(said["pro_forma_note"])
    if content.kind == DocumentKind.DEPOSIT_INVOICE:
        notes.append(said["deposit_note"])
    if content.reason:
        notes.append(f"{said['reason']}: {content.reason}")
    if content.note:
        notes.append(content.note)
    if content.kind == DocumentKind.INVOICE and content.buyer.kind == "guest":
        notes.append(said["thanks"])
    return notes
