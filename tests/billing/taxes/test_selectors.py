"""Reading the rules of a property."""

from datetime import timedelta

from django.utils import translation

from billing.taxes.enums import Rounding
from billing.taxes.models import Fee, Tax, TaxRate, TaxSettings
from billing.taxes.selectors import names_said, rules_load
from tests.conftest import TODAY

DAY = timedelta(days=1)


def _tax(place, code, **more):
    return Tax.objects.create(property=place, code=code, name=code, components=["accommodation"], **more)


def test_rules_are_read_in_two_queries(property_a, property_other, django_assert_num_queries):
    place = property_a.property
    TaxSettings.objects.create(property=place, rounding=Rounding.TAX)
    vat, city = _tax(place, "VAT", position=1), _tax(place, "CITY", is_included=False)
    _tax(place, "RATELESS")
    TaxRate.objects.create(tax=vat, first=TODAY - 9 * DAY, last=TODAY, percent="9")
    TaxRate.objects.create(tax=vat, first=TODAY + DAY, percent="12")
    TaxRate.objects.create(tax=city, first=TODAY, percent="2", nights_cap=3)
    TaxRate.objects.create(tax=_tax(property_other.property, "VAT"), first=TODAY, percent="23")
    Fee.objects.create(property=place, code="CLEAN", name="Cleaning", amount_minor=2_500)
    with django_assert_num_queries(2):
        found = rules_load(property=place, first=TODAY, until=TODAY + 2 * DAY)
    assert (found.currency, found.rounding) == ("EUR", Rounding.TAX)
    assert [(tax.code, [str(rate.percent) for rate in tax.rates]) for tax in found.taxes] == [
        ("CITY", ["2.0000"]),
        ("VAT", ["9.0000", "12.0000"]),
    ]
    assert found.taxes[0].rates[0].nights_cap == 3
    assert [(fee.code, fee.amount_minor) for fee in found.fees] == [("CLEAN", 2_500)]


def test_only_rates_of_the_days_asked_for_and_nothing_retired(property_a):
    place = property_a.property
    vat, gone = _tax(place, "VAT"), _tax(place, "GONE", retired_at="2026-01-01T00:00Z")
    TaxRate.objects.create(tax=vat, first=TODAY, last=TODAY, percent="9")
    TaxRate.objects.create(tax=gone, first=TODAY, percent="50")
    Fee.objects.create(property=place, code="OLD", name="Old", amount_minor=1, retired_at="2026-01-01T00:00Z")
    read = {
        days: [tax.code for tax in rules_load(property=place, first=TODAY + days * DAY, until=TODAY + 2 * DAY).taxes]
        for days in (0, 1)
    }
    assert read == {0: ["VAT"], 1: []}
    assert rules_load(property=place, first=TODAY - DAY, until=TODAY).taxes == ()
    assert rules_load(property=place, first=TODAY, until=TODAY + DAY).fees == ()


def test_property_without_settings_rounds_each_line(property_a):
    assert rules_load(property=property_a.property, first=TODAY, until=TODAY + DAY).rounding == Rounding.LINE


def test_names_are_said_in_the_language_of_the_page(property_a, property_other, django_assert_num_queries):
    _tax(property_a.property, "CITY", texts={"lt": {"name": "Turisto mokestis"}})
    _tax(property_a.property, "VAT")
    _tax(property_other.property, "VAT", texts={"lt": {"name": "Kitų PVM"}})
    Fee.objects.create(
        property=property_a.property, code="CITY", name="C", amount_minor=1, texts={"lt": {"name": "Valymas"}}
    )
    with translation.override("lt"), django_assert_num_queries(2):
        found = names_said(property_id=property_a.property.pk)
    assert found == {("tax", "CITY"): "Turisto mokestis", ("fee", "CITY"): "Valymas"}
    with django_assert_num_queries(0):
        assert names_said(property_id=property_a.property.pk) == {}
