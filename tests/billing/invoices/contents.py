"""Documents of six countries for the tests: what a guest of each would get, worked out by hand."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from billing.invoices.content import (
    Address,
    Buyer,
    ContentLine,
    DocumentContent,
    LineTax,
    Payment,
    Seller,
    Stay,
)
from billing.invoices.enums import DocumentKind, TaxCategory
from billing.invoices.figures import tax_rows

ARRIVAL = date(2026, 11, 20)

VILNIUS = Seller(
    name="UAB Vilniaus namai",
    house="Užupio namai",
    address=Address("Užupio g. 12", "01203", "Vilnius", "LT"),
    vat_id="LT100001919017",
    tax_number="305512345",
    register_entry="Registrų centras, 305512345",
    email="labas@uzupio-namai.test",
    phone="+370 5 212 3456",
    iban="LT12 1000 0111 0100 1000",
    bic="CBVILT2X",
    bank_name="Swedbank",
)
BERLIN = replace(
    VILNIUS,
    name="Spreehotel GmbH",
    house="Spreehotel",
    address=Address("Schiffbauerdamm 7", "10117", "Berlin", "DE"),
    vat_id="DE136695976",
    tax_number="30/123/45678",
    register_entry="Amtsgericht Charlottenburg, HRB 123456",
    email="rechnung@spreehotel.test",
    phone="+49 30 5550100",
    iban="DE89 3704 0044 0532 0130 00",
    bic="COBADEFFXXX",
    bank_name="Commerzbank",
)
GRETA = Buyer(name="Greta Garbo", address=Address("Blekingegatan 32", "118 56", "Stockholm", "SE"))
ACME = Buyer(
    name="Acme Lietuva UAB",
    kind="company",
    contact="Greta Garbo",
    address=Address("Gedimino pr. 1", "01103", "Vilnius", "LT"),
    vat_id="LT119511515",
    email="buh@acme.test",
)


def night(position, gross, tax, percent, *, text="Double room", day=None, base=None, **line):
    """A night with one VAT inside its price."""
    return ContentLine(
        position=position,
        text=text,
        net_minor=gross - tax,
        gross_minor=gross,
        taxes=(LineTax("VAT", "VAT", Decimal(percent), gross - tax if base is None else base, tax),),
        service_on=day or ARRIVAL + timedelta(days=position - 1),
        is_night=True,
        component="accommodation",
        **line,
    )


def city_tax(position, amount, *, text="City tax", quantity=1, day=None):
    """A city tax that is not subject to VAT."""
    return ContentLine(
        position=position,
        text=text,
        net_minor=amount,
        gross_minor=amount,
        service_on=day or ARRIVAL,
        quantity=Decimal(quantity),
        is_city_tax=True,
        category=TaxCategory.EXEMPT,
        reason="Tourist tax, passed on to the municipality",
    )


def document(lines, *, currency="EUR", seller=VILNIUS, buyer=GRETA, kind=DocumentKind.INVOICE, **values):
    """A document of the lines, its breakdown counted from them."""
    defaults: dict[str, Any] = {
        "number": "INV-2026-00042",
        "language": "en",
        "issued_on": ARRIVAL + timedelta(days=3),
        "service_from": ARRIVAL,
        "service_until": ARRIVAL + timedelta(days=3),
        "stay": Stay("K7RW2MB", "Greta Garbo", "204", ARRIVAL, ARRIVAL + timedelta(days=3), 2),
    }
    return DocumentContent(
        kind=kind,
        currency=currency,
        seller=seller,
        buyer=buyer,
        lines=tuple(lines),
        tax_rows=tax_rows(lines),
        **(defaults | values),
    )


def lithuania(**values):
    """Three nights of 112.00 with 12% inside, breakfast 12.10 with 21%, the city tax 2.00 a head and night."""
    lines = [night(number, 11_200, 1_200, "12") for number in (1, 2, 3)]
    lines.append(replace(night(4, 1_210, 210, "21", text="Breakfast"), component="breakfast", is_night=False))
    lines.append(city_tax(5, 1_200, quantity=6))
    return document(lines, **({"language": "lt", "buyer": ACME} | values))


def germany(**values):
    """Two nights of 107.00 at 7%, breakfast 11.90 at 19%, the City Tax of Berlin 7.50 a night with its own VAT of 7%."""
    lines = [night(number, 10_700, 700, "7") for number in (1, 2)]
    lines.append(replace(night(3, 1_190, 190, "19", text="Breakfast"), component="breakfast", is_night=False))
    for number in (4, 5):
        tax = LineTax("CITY-TAX-VAT", "VAT on the City Tax", Decimal(7), 750, 53)
        lines.append(
            replace(city_tax(number, 750), gross_minor=803, taxes=(tax,), category=TaxCategory.STANDARD, reason="")
        )
    return document(lines, seller=BERLIN, **({"language": "de"} | values))


def new_york(**values):
    """One night of 300.00 with four taxes in per cent and two amounts on top of it."""
    taxes = [("4", 1_200), ("4.5", 1_350), ("0.375", 113), ("5.875", 1_763)]
    lines = [
        ContentLine(
            position=1,
            text="King room",
            net_minor=30_000,
            gross_minor=30_000 + sum(amount for _, amount in taxes) + 350,
            taxes=(
                *(LineTax(f"T{n}", f"Tax {n}", Decimal(p), 30_000, amount) for n, (p, amount) in enumerate(taxes)),
                LineTax("UNIT", "Hotel unit fee", None, 0, 200),
                LineTax("JAVITS", "Javits Center fee", None, 0, 150),
            ),
            service_on=ARRIVAL,
            is_night=True,
            component="accommodation",
        )
    ]
    seller = replace(
        VILNIUS, name="Harbor Inn Inc.", address=Address("1 Water St", "10004", "New York", "US"), vat_id="", iban=""
    )
    return document(lines, currency="USD", seller=seller, **values)


def japan(**values):
    """Two nights of 22,000 yen with 10% inside and an accommodation tax of 200."""
    lines = [night(number, 22_000, 2_000, "10", text="Twin room") for number in (1, 2)]
    lines.append(city_tax(3, 400, text="Accommodation tax"))
    seller = replace(VILNIUS, name="Sumida KK", address=Address("1-2-3 Asakusa", "111-0032", "Tokyo", "JP"), vat_id="")
    return document(lines, currency="JPY", seller=replace(seller, tax_number="T1234567890123", iban=""), **values)


def bahrain(**values):
    """A night of 40.000 dinars: VAT of 10% and levy on top, three decimals."""
    line = replace(night(1, 44_000, 4_000, "10"), net_minor=40_000)
    levy = city_tax(2, 7_000, text="Hotel levy and tourism fee")
    seller = replace(VILNIUS, name="Pearl WLL", address=Address("Road 3803", "317", "Manama", "BH"), iban="")
    return document([line, levy], currency="BHD", seller=seller, **values)


def switzerland(**values):
    """Two nights of 200.00 francs with 3.8% inside, a guest tax of 4.20 a head and night."""
    lines = [night(number, 20_000, 732, "3.8") for number in (1, 2)]
    lines.append(city_tax(3, 1_680, text="Gasttaxe", quantity=4))
    seller = replace(
        VILNIUS,
        name="Rheinhof AG",
        address=Address("Rheingasse 5", "4058", "Basel", "CH"),
        vat_id="",
        tax_number="CHE-123.456.789 MWST",
        iban="CH93 0076 2011 6238 5295 7",
    )
    return document(lines, currency="CHF", seller=seller, language="de", **values)


def paid(content):
    """The same document, paid by card on the day it was issued."""
    return replace(content, payments=(Payment(content.issued_on, "Visa •• 4242", content.gross_minor),))


COUNTRIES = {
    "Lithuania": lithuania,
    "Germany": germany,
    "USA": new_york,
    "Japan": japan,
    "Bahrain": bahrain,
    "Switzerland": switzerland,
}
