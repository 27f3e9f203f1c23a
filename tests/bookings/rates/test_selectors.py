from datetime import timedelta

import pytest

from bookings.rates.models import BasePrice, DailyPrice
from bookings.rates.selectors import night_prices
from pms.kernel.errors import Invalid
from tests.conftest import TODAY
from tests.house import refused


def day(offset):
    return TODAY + timedelta(days=offset)


def look(house, *offsets):
    return night_prices(rate_plan=house.rate_plan, room_type=house.double, nights=[day(offset) for offset in offsets])


def test_the_days_own_price_or_the_default(property_a):
    DailyPrice.objects.create(
        rate_plan=property_a.rate_plan, room_type=property_a.double, date=day(1), price_minor=12_000
    )
    assert look(property_a, 0, 1, 2) == {day(0): 10_000, day(1): 12_000, day(2): 10_000}


def test_no_price_is_refused_and_nothing_is_a_price(property_a):
    """T24: never 0 for want of a price, and 0 is not replaced by the default."""
    DailyPrice.objects.create(rate_plan=property_a.rate_plan, room_type=property_a.double, date=day(1), price_minor=0)
    assert look(property_a, 1) == {day(1): 0}
    BasePrice.objects.all().delete()
    assert look(property_a, 1) == {day(1): 0}
    with pytest.raises(Invalid, match="Best available rate has no price for Double on 22 November 2026"):
        look(property_a, 1, 2)


def test_another_types_or_plans_price_is_none(property_a):
    """T24: not even by accident."""
    BasePrice.objects.filter(room_type=property_a.double).delete()
    DailyPrice.objects.create(rate_plan=property_a.rate_plan, room_type=property_a.suite, date=day(1), price_minor=1)
    with refused("no_price"):
        look(property_a, 1)


def test_one_query_whatever_the_length(property_a, django_assert_num_queries):
    for offsets in (range(1), range(100)):
        with django_assert_num_queries(1):
            look(property_a, *offsets)
