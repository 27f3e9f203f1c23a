"""Saving taxes, rates and fees: every refusal at its field, nothing half saved."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from billing.taxes.enums import Rounding
from billing.taxes.models import Fee, Tax, TaxRate, TaxSettings
from billing.taxes.services import fee_save, rate_save, rates_save, settings_save, tax_save
from pms.audit.models import AuditEvent
from pms.events.models import OutboxEvent
from pms.kernel.errors import DomainError
from tests.house import TESTER

NEW_YEAR = date(2026, 1, 1)
DAY = timedelta(days=1)


@pytest.fixture
def place(property_a):
    return property_a.property


def make(place, code="VAT", **more):
    given = {"name": code, "components": ["accommodation"], "is_included": False}
    return tax_save(tax=Tax(property=place, code=code, **{**given, **more}), actor=TESTER)


def percent(value, first=NEW_YEAR, last=None, **more):
    return TaxRate(first=first, last=last, percent=Decimal(value), **more)


def refusal(service, **given):
    """Return code and field of what the service refuses."""
    with pytest.raises(DomainError) as caught:
        service(**given, actor=TESTER)
    return caught.value.code, caught.value.field


def test_tax_and_its_rates_are_saved_audited_and_told(place):
    tax = Tax(property=place, code="VAT", name="VAT", components=["accommodation"])
    tax_save(tax=tax, rates=[percent("9", last=date(2026, 6, 30)), percent("12", date(2026, 7, 1))], actor=TESTER)
    assert [str(rate.percent) for rate in tax.rates.all()] == ["9.0000", "12.0000"]
    assert list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))[-2:] == [
        "tax.created",
        "tax.rates_changed",
    ]
    assert AuditEvent.objects.get(action="tax.rates_changed").changes == {
        "rate 1": [None, "9% from 1 January 2026 to 30 June 2026"],
        "rate 2": [None, "12% from 1 July 2026"],
    }
    told = OutboxEvent.objects.filter(kind="taxes.changed").count()
    tax_save(tax=tax, rates=list(tax.rates.all()), actor=TESTER)
    assert OutboxEvent.objects.filter(kind="taxes.changed").count() == told


def test_closing_a_rate_and_opening_the_next_is_one_edit(place):
    tax = make(place)
    rates_save(tax=tax, rates=[percent("9", is_shipped=True)], actor=TESTER)
    rate = tax.rates.get()
    rate.last = date(2026, 12, 31)
    rates_save(tax=tax, rates=[percent("12", date(2027, 1, 1)), rate], actor=TESTER)
    assert [(str(row.percent), row.last, row.is_shipped) for row in tax.rates.all()] == [
        ("9.0000", date(2026, 12, 31), False),
        ("12.0000", None, False),
    ]


def test_rates_may_trade_places_and_go(place):
    tax = make(place)
    rates_save(tax=tax, rates=[percent("9", last=NEW_YEAR), percent("12", NEW_YEAR + DAY)], actor=TESTER)
    first, second = tax.rates.all()
    first.first, first.last, second.first, second.last = second.first, None, NEW_YEAR, NEW_YEAR
    rates_save(tax=tax, rates=[first, second], actor=TESTER)
    assert [str(rate.percent) for rate in tax.rates.all()] == ["12.0000", "9.0000"]
    rates_save(tax=tax, rates=[second], actor=TESTER)
    assert [str(rate.percent) for rate in tax.rates.all()] == ["12.0000"]


def test_unchanged_shipped_rate_stays_shipped(place):
    tax = make(place)
    TaxRate.objects.create(tax=tax, first=NEW_YEAR, percent="9", is_shipped=True)
    rates_save(tax=tax, rates=list(tax.rates.all()), actor=TESTER)
    assert tax.rates.get().is_shipped
    assert not AuditEvent.objects.filter(action="tax.rates_changed").exists()


def test_one_rate_is_saved_beside_the_others(place):
    tax = make(place)
    rates_save(tax=tax, rates=[percent("9", last=NEW_YEAR)], actor=TESTER)
    rate_save(rate=percent("12", NEW_YEAR + DAY, tax=tax), actor=TESTER)
    assert tax.rates.count() == 2
    assert refusal(rate_save, rate=percent("3", NEW_YEAR, tax=tax)) == ("rates_overlap", "rates-2-first")
    assert tax.rates.count() == 2


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"components": []}, ("no_component", "components")),
        ({"components": ["air"]}, ("unknown_component", "components")),
        ({"basis": "night", "is_included": True}, ("amount_inside", "is_included")),
        ({"basis": "person_night", "components": ["breakfast"]}, ("not_per_night", "components")),
        ({"is_included": True, "on_top_of": ["CITY"]}, ("not_on_top", "on_top_of")),
        ({"percent_base": "taxes"}, ("no_tax_below", "on_top_of")),
        ({"on_top_of": ["GONE"]}, ("unknown_tax", "on_top_of")),
        ({"on_top_of": ["RETIRED"]}, ("unknown_tax", "on_top_of")),
        ({"on_top_of": ["INSIDE"]}, ("inside_already", "on_top_of")),
        ({"on_top_of": ["NEW"]}, ("tax_cycle", "on_top_of")),
        ({"code": "CITY"}, ("code_taken", "code")),
    ],
)
def test_tax_that_makes_no_sense_is_refused_at_its_field(place, more, expected):
    make(place, "CITY")
    make(place, "INSIDE", is_included=True)
    make(place, "RETIRED", retired_at="2026-01-01T00:00Z")
    given = {"code": "NEW", "name": "New", "components": ["accommodation"], "is_included": False}
    assert refusal(tax_save, tax=Tax(property=place, **{**given, **more})) == expected
    assert Tax.objects.filter(property=place).count() == 3


def test_taxes_on_top_of_each_other_are_refused(place):
    first = make(place, "A")
    make(place, "B", on_top_of=["A"])
    make(place, "C", on_top_of=["B"])
    first.on_top_of = ["C"]
    assert refusal(tax_save, tax=first) == ("tax_cycle", "on_top_of")
    assert Tax.objects.get(code="A").on_top_of == []


def test_tax_that_another_is_counted_on_does_not_retire_before_it(place):
    below, above = make(place, "A"), make(place, "B", on_top_of=["A"])
    for tax, expected in ((below, ("tax_needed", "retired_at")), (above, None), (below, None)):
        tax.retired_at = "2026-11-21T00:00Z"
        if expected:
            assert refusal(tax_save, tax=tax) == expected
        else:
            tax_save(tax=tax, actor=TESTER)
    assert Tax.objects.filter(retired_at=None).count() == 0


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (TaxRate(first=NEW_YEAR, amount_minor=100), ("percent_missing", "rates-1-percent")),
        (percent("100"), ("absurd_percent", "rates-1-percent")),
        (percent("-1"), ("absurd_percent", "rates-1-percent")),
        (percent("5", age_from=3), ("age_with_percent", "rates-1-age_from")),
        (percent("5", date(1, 1, 1)), ("absurd_day", "rates-1-first")),
        (percent("5", last=date(9999, 1, 1)), ("absurd_day", "rates-1-last")),
        (percent("5", last=NEW_YEAR - DAY), ("days_reversed", "rates-1-last")),
        (percent("5", price_from_minor=9, price_until_minor=9), ("slab_reversed", "rates-1-price_until")),
        (percent("5", nights_cap=0), ("no_nights", "rates-1-nights_cap")),
        (percent("5", date(2025, 12, 31)), ("rates_overlap", "rates-1-first")),
    ],
)
def test_rate_that_makes_no_sense_is_refused_and_nothing_is_saved(place, rate, expected):
    tax = make(place)
    tax.name = "Renamed"
    good = percent("9", date(2025, 1, 1), date(2025, 12, 31))
    assert refusal(tax_save, tax=tax, rates=[good, rate]) == expected
    assert (tax.rates.count(), Tax.objects.get().name) == (0, "VAT")


def test_amount_tax_wants_an_amount(place):
    tax = make(place, basis="night")
    assert refusal(rates_save, tax=tax, rates=[percent("5")]) == ("amount_missing", "rates-0-amount")


def test_slabs_of_one_day_stand_side_by_side(place):
    tax = make(place)
    slabs = [percent("5", price_until_minor=750_001), percent("18", price_from_minor=750_001)]
    rates_save(tax=tax, rates=slabs, actor=TESTER)
    assert tax.rates.count() == 2


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"component": "air", "amount_minor": 1}, ("unknown_component", "component")),
        ({}, ("no_value", "amount")),
        ({"amount_minor": 1, "percent": Decimal(1)}, ("no_value", "amount")),
        ({"percent": Decimal(51), "basis": "night"}, ("absurd_percent", "percent")),
        ({"percent": Decimal(5), "basis": "stay"}, ("percent_per_night", "basis")),
        ({"amount_minor": 1, "age_from": 3}, ("age_without_persons", "age_from")),
        ({"amount_minor": 1, "code": "CLEAN"}, ("code_taken", "code")),
    ],
)
def test_fee_that_makes_no_sense_is_refused_at_its_field(place, more, expected):
    fee_save(fee=Fee(property=place, code="CLEAN", name="Cleaning", amount_minor=2_500), actor=TESTER)
    fee = Fee(property=place, **{"code": "NEW", "name": "New", **more})
    assert refusal(fee_save, fee=fee) == expected
    assert Fee.objects.count() == 1


def test_fee_is_saved_audited_and_told(place):
    fee = fee_save(fee=Fee(property=place, code="CLEAN", name="Cleaning", amount_minor=2_500), actor=TESTER)
    fee.amount_minor = 3_000
    fee_save(fee=fee, actor=TESTER)
    assert AuditEvent.objects.get(action="fee.changed").changes == {"amount_minor": [2_500, 3_000]}


def test_settings_are_one_for_each_property(place):
    settings = settings_save(settings=TaxSettings(property=place, rounding=Rounding.TAX), actor=TESTER)
    assert AuditEvent.objects.get(action="tax_settings.changed").changes == {"rounding": [None, "tax"]}
    assert refusal(settings_save, settings=TaxSettings(property=place)) == ("settings_there", "property")
    settings.rounding = "coin"
    assert refusal(settings_save, settings=settings) == ("unknown_rounding", "rounding")


@pytest.mark.parametrize(
    "rate",
    [
        {"percent": "101"},
        {"percent": "5", "amount_minor": 5},
        {"percent": "5", "last": date(2025, 1, 1)},
        {"percent": "5", "price_from_minor": 5, "price_until_minor": 5},
        {"percent": "5", "age_from": 5},
        {"percent": "5", "first": date(2026, 5, 1)},
    ],
)
def test_table_refuses_what_gets_past_the_service(place, rate):
    from django.db import IntegrityError, transaction

    tax = make(place)
    TaxRate.objects.create(tax=tax, first=date(2026, 3, 1), percent="9")
    with pytest.raises(IntegrityError), transaction.atomic():
        TaxRate.objects.create(tax=tax, **{"first": NEW_YEAR, "last": date(2026, 2, 28), **rate})
