"""Applying a shipped rule set to a property."""

from datetime import date, timedelta

import pytest

from billing.taxes.calculation import tax_lines
from billing.taxes.enums import Rounding
from billing.taxes.models import Fee, Tax, TaxRate, TaxSettings
from billing.taxes.regimes import REGIMES
from billing.taxes.selectors import rules_load
from billing.taxes.services import RegimeChange, regime_apply, regime_preview
from pms.audit.models import AuditEvent
from pms.events.models import OutboxEvent
from pms.properties.models import Property
from tests.billing.taxes.house_rules import COUPLE, amounts, nights
from tests.house import TESTER, refused

DAY = timedelta(days=1)


def _in_use(place):
    return list(Tax.objects.filter(property=place, retired_at=None).values_list("code", flat=True))


def _house(property_a, currency):
    Property.objects.filter(pk=property_a.property.pk).update(currency=currency)
    property_a.property.refresh_from_db()
    return property_a.property


@pytest.mark.parametrize("code", REGIMES)
def test_every_rule_set_applies_once_and_is_what_it_says(property_a, code):
    place = _house(property_a, REGIMES[code].currency)
    promised = regime_preview(property=place, regime=code)
    assert Tax.objects.filter(property=place).count() == 0
    assert regime_apply(property=place, regime=code, actor=TESTER) == promised
    assert {change.verb for change in promised} == {"add", "change"}
    assert _in_use(place) == [tax.code for tax in REGIMES[code].taxes]
    rates = TaxRate.objects.filter(tax__property=place)
    assert rates.count() == sum(len(tax.rates) for tax in REGIMES[code].taxes)
    assert set(rates.values_list("is_shipped", flat=True)) == {True}
    settings = TaxSettings.objects.get(property=place)
    assert (settings.regime, settings.rounding) == (code, REGIMES[code].rounding)
    assert regime_apply(property=place, regime=code, actor=TESTER) == []
    assert AuditEvent.objects.filter(action="taxes.regime_applied").count() == 1
    assert OutboxEvent.objects.filter(kind="taxes.changed").count() == 1


def test_applied_rules_are_what_the_calculator_counts(property_a):
    place = property_a.property
    regime_apply(property=place, regime="pt-lisbon", actor=TESTER)
    arrival = date(2026, 11, 20)
    rules = rules_load(property=place, first=arrival, until=arrival + 2 * DAY)
    lines = tax_lines(rules=rules, items=nights(10_600, 10_600, arrival=arrival), party=COUPLE, arrival=arrival)
    assert amounts(lines) == [600, 800, 600, 800]


def test_category_decides_the_amount_and_can_change(property_a):
    place = property_a.property
    regime_apply(property=place, regime="es-barcelona", actor=TESTER)
    assert TaxRate.objects.get(tax__code="IEET", last=None).amount_minor == 340
    changes = regime_apply(property=place, regime="es-barcelona", category="5-star", actor=TESTER)
    assert TaxRate.objects.get(tax__code="IEET", last=None).amount_minor == 700
    assert [change.verb for change in changes] == ["remove", "remove", "add", "add", "change"]
    assert TaxSettings.objects.get(property=place).category == "5-star"


def test_another_rule_set_retires_the_taxes_of_the_first_and_brings_them_back(property_a):
    place = property_a.property
    regime_apply(property=place, regime="de-berlin", actor=TESTER)
    changes = regime_apply(property=place, regime="lt-vilnius", actor=TESTER)
    assert [change for change in changes if change.verb == "retire"] == [
        RegimeChange("retire", "VAT-FOOD", "VAT on food"),
        RegimeChange("retire", "CITY-TAX-VAT", "VAT on the City Tax"),
    ]
    assert _in_use(place) == ["VAT-LODGING", "VAT-STANDARD", "CITY-TAX"]
    regime_apply(property=place, regime="de-berlin", actor=TESTER)
    assert _in_use(place) == ["VAT-LODGING", "VAT-FOOD", "VAT-STANDARD", "CITY-TAX", "CITY-TAX-VAT"]


def test_what_the_house_made_itself_stays(property_a):
    place = property_a.property
    own = Tax.objects.create(property=place, code="CITY-TAX", name="Our own", components=["accommodation"])
    fee = Fee.objects.create(property=place, code="CLEAN", name="Cleaning", amount_minor=2_500)
    regime_apply(property=place, regime="lt-vilnius", actor=TESTER)
    lodging = Tax.objects.get(property=place, code="VAT-LODGING")
    TaxRate.objects.filter(tax=lodging, last=None).update(last=date(2026, 12, 31), is_shipped=False)
    TaxRate.objects.create(tax=lodging, first=date(2027, 1, 1), percent="15")
    before = list(TaxRate.objects.order_by("pk").values())
    changes = regime_apply(property=place, regime="lt-vilnius", actor=TESTER)
    assert changes == [
        RegimeChange("keep", "VAT-LODGING", "12% from 1 January 2026: left out, a rate of the house holds then."),
        RegimeChange("keep", "CITY-TAX", "“Our own” is the house's own tax with this code."),
    ]
    assert list(TaxRate.objects.order_by("pk").values()) == before
    own.refresh_from_db()
    fee.refresh_from_db()
    assert (own.name, own.retired_at, fee.retired_at) == ("Our own", None, None)
    assert AuditEvent.objects.filter(action="taxes.regime_applied").count() == 1


def test_usual_fees_come_with_the_rule_set_and_go_with_it(property_a):
    place = _house(property_a, "BHD")
    regime_apply(property=place, regime="bh", actor=TESTER)
    fee = Fee.objects.get(property=place)
    assert (fee.code, str(fee.percent), fee.component, fee.basis) == ("SERVICE", "10.0000", "service", "night")
    place = _house(property_a, "EUR")
    regime_apply(property=place, regime="pt-lisbon", actor=TESTER)
    fee.refresh_from_db()
    assert fee.retired_at is not None


def test_rounding_of_the_rule_set_is_taken(property_a):
    place = _house(property_a, "USD")
    regime_apply(property=place, regime="us-new-york", actor=TESTER)
    rules = rules_load(property=place, first=date(2026, 1, 1), until=date(2026, 1, 2))
    assert rules.rounding == Rounding.TAX


@pytest.mark.parametrize(
    ("regime", "category", "code"),
    [("xx", "", "unknown_regime"), ("gb", "", "other_currency"), ("fr-paris", "6-star", "unknown_category")],
)
def test_what_makes_no_sense_is_refused(property_a, regime, category, code):
    for service, more in ((regime_preview, {}), (regime_apply, {"actor": TESTER})):
        with refused(code):
            service(property=property_a.property, regime=regime, category=category, **more)
    assert Tax.objects.count() == TaxSettings.objects.count() == 0


def test_other_property_is_left_alone(property_a, property_other):
    regime_apply(property=property_a.property, regime="pt-lisbon", actor=TESTER)
    regime_apply(property=property_other.property, regime="de-berlin", actor=TESTER)
    assert _in_use(property_a.property) == ["VAT-LODGING", "VAT-MEALS", "VAT-STANDARD", "CITY-TAX"]
