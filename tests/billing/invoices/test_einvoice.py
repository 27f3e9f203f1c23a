from dataclasses import replace
from decimal import Decimal

import pytest
from facturx import xml_check_xsd

from billing.invoices.content import Payment
from billing.invoices.einvoice import groups, obstacle, texts, xml_of
from billing.invoices.enums import DocumentKind, TaxCategory
from tests.billing.invoices.contents import (
    ACME,
    ARRIVAL,
    bahrain,
    city_tax,
    document,
    germany,
    japan,
    lithuania,
    new_york,
    night,
    paid,
    switzerland,
)
from tests.billing.invoices.schematron import broken_rules

SUMS = "//ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:"


def sums(xml):
    names = ("LineTotalAmount", "TaxTotalAmount", "GrandTotalAmount", "TotalPrepaidAmount", "DuePayableAmount")
    return [next(iter(texts(xml, SUMS + name))) for name in names]


def assert_valid(content):
    """The XML holds before schema and schematron."""
    assert obstacle(content) == ""
    xml = xml_of(content)
    assert xml_check_xsd(xml, flavor="factur-x", level="en16931") is True
    assert broken_rules(xml) == []
    return xml


@pytest.mark.parametrize(
    ("country", "figures"),
    [
        (lithuania, ["322.00", "38.10", "360.10", "0.00", "360.10"]),
        (germany, ["225.00", "16.96", "241.96", "0.00", "241.96"]),
        (japan, ["40400.00", "4000.00", "44400.00", "0.00", "44400.00"]),
        (switzerland, ["402.16", "14.64", "416.80", "0.00", "416.80"]),
    ],
)
def test_what_is_valid_in_each_country(country, figures):
    """T36: the golden figures, to the cent."""
    assert sums(assert_valid(country())) == figures


def test_a_paid_invoice_leaves_nothing_due():
    assert sums(assert_valid(paid(lithuania()))) == ["322.00", "38.10", "360.10", "360.10", "0.00"]


def test_a_credit_note_names_what_it_corrects():
    """T43."""
    note = lithuania(
        kind=DocumentKind.CREDIT_NOTE, corrects_number="INV-2026-00041", corrects_on=ARRIVAL, reason="Wrong company"
    )
    xml = assert_valid(note)
    assert list(texts(xml, "//rsm:ExchangedDocument/ram:TypeCode")) == ["381"]
    assert list(texts(xml, "//ram:InvoiceReferencedDocument/ram:IssuerAssignedID")) == ["INV-2026-00041"]


def test_a_deposit_invoice_and_its_deduction():
    deposit = document([night(1, 11_200, 1_200, "12", text="Deposit")], kind=DocumentKind.DEPOSIT_INVOICE)
    assert list(texts(assert_valid(paid(deposit)), "//rsm:ExchangedDocument/ram:TypeCode")) == ["386"]
    taken = Payment(ARRIVAL, "Deposit", 11_200, "DEP-2026-00007", ARRIVAL, 10_000, 1_200)
    xml = assert_valid(lithuania(payments=(taken,)))
    assert list(texts(xml, "//ram:InvoiceReferencedDocument/ram:IssuerAssignedID")) == ["DEP-2026-00007"]
    assert sums(xml)[3:] == ["112.00", "248.10"]


def test_city_tax_is_outside_the_base_of_vat():
    """T33: passed on in the guest's name, exempt by Article 79 (c)."""
    xml = assert_valid(lithuania())
    tax = "//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax"
    assert list(texts(xml, f"{tax}/ram:BasisAmount")) == ["300.00", "10.00", "12.00"]
    assert list(texts(xml, f"{tax}/ram:ExemptionReasonCode")) == ["VATEX-EU-79-C"]


def test_city_tax_that_bears_vat_is_in_the_base():
    assert [(group.percent, group.base_minor, group.tax_minor) for group in groups(germany())] == [
        (Decimal(7), 21_500, 1_506),
        (Decimal(19), 1_000, 190),
    ]


def test_reverse_charge():
    line = replace(
        night(1, 10_000, 0, "0"),
        taxes=(),
        category=TaxCategory.REVERSE_CHARGE,
        reason="Reverse charge",
        component="other",
    )
    xml = assert_valid(document([line], buyer=replace(ACME, vat_id="DE136695976")))
    assert list(texts(xml, "//ram:ExemptionReasonCode")) == ["VATEX-EU-AE"]


def test_what_is_taken_off_has_a_negative_quantity():
    line = replace(night(2, -1_120, -120, "12", text="Allowance"), quantity=Decimal(1))
    xml = assert_valid(document([night(1, 11_200, 1_200, "12"), line]))
    assert list(texts(xml, "//ram:BilledQuantity")) == ["1", "-1"]


def test_a_seller_without_vat_is_outside_it():
    seller = replace(lithuania().seller, vat_id="", tax_number="")
    line = replace(night(1, 5_000, 0, "0"), taxes=(), category=TaxCategory.OUTSIDE, reason="No VAT")
    content = document([line], seller=seller, buyer=ACME)
    assert_valid(content)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (bahrain(), "two decimals"),
        (new_york(), "one VAT rate"),
        (lithuania(kind=DocumentKind.PRO_FORMA), "no invoice"),
        (lithuania(kind=DocumentKind.RECEIPT), "no invoice"),
        (lithuania(buyer=replace(ACME, address=replace(ACME.address, country=""))), "countries"),
        (lithuania(seller=replace(lithuania().seller, vat_id="", tax_number="")), "tax number"),
        (document([night(1, 112_000, 12_150, "12")]), "base times rate"),
        (document([night(1, 11_200, 1_200, "12"), replace(city_tax(2, 5), category=TaxCategory.OUTSIDE)]), "outside"),
    ],
)
def test_what_the_standard_cannot_say_is_said_plainly(content, word):
    """T36: three decimals are not cut to two."""
    assert word in obstacle(content)


def test_a_long_stay_stays_within_the_tolerance():
    """T30: thirty nights rounded one by one are not what their sum would give, and are not recomputed."""
    xml = assert_valid(document([night(number, 10_999, 1_178, "12") for number in range(1, 31)]))
    assert sums(xml)[1] == "353.40"
