"""Quotas and the stay that is changed: its own nights are not in its way, those of others are."""

from datetime import timedelta

import pytest

from bookings.lifecycle import services as desk
from bookings.rates.models import BasePrice, RatePlan, Restriction
from tests.conftest import TODAY
from tests.house import TESTER, book, refused


def day(offset):
    return TODAY + timedelta(days=offset)


def quota(house, count, *offsets, **scope):
    for offset in offsets:
        Restriction.objects.create(property=house.property, date=day(offset), quota=count, **scope)


@pytest.fixture
def other_plan(property_a):
    plan = RatePlan.objects.create(
        property=property_a.property, code="NRF", name="Non-refundable", parent=property_a.rate_plan
    )
    BasePrice.objects.create(rate_plan=plan, room_type=property_a.double, price_minor=7_000)
    return plan


@pytest.mark.parametrize("scope", ["house", "type", "plan", "pair"])
def test_a_stay_is_priced_anew_under_the_quota_that_it_fills(property_a, scope):
    """T19: the last of a quota is its own; whoever comes after it is refused."""
    named = {"room_type": property_a.double, "rate_plan": property_a.rate_plan}
    keys = {"house": (), "type": ("room_type",), "plan": ("rate_plan",), "pair": tuple(named)}[scope]
    quota(property_a, 1, 1, 2, **{key: named[key] for key in keys})
    row = book(property_a, 1, 3)
    BasePrice.objects.filter(rate_plan=property_a.rate_plan).update(price_minor=9_000)
    row = desk.reservation_modify(reservation=row, reprice=True, actor=TESTER)
    assert row.total_minor == 18_000
    with refused("quota"):
        book(property_a, 2, 3)


def test_the_nights_of_others_are_in_its_way(property_a):
    """An added night that somebody else has filled is refused, also while its own nights are priced anew."""
    book(property_a, 3, 4)
    row = book(property_a, 1, 3)
    quota(property_a, 1, 1, 2, 3)
    with refused("quota"):
        desk.reservation_modify(reservation=row, departure=day(4), reprice=True, actor=TESTER)


def test_its_nights_on_another_plan_do_not_count_where_only_that_plan_is_counted(property_a, other_plan):
    """Each quota takes off only what it has counted: the night of the other guest fills this one."""
    book(property_a, 1, 2)
    row = book(property_a, 1, 2)
    quota(property_a, 1, 1, rate_plan=other_plan)
    row = desk.reservation_modify(reservation=row, rate_plan=other_plan, reprice=True, actor=TESTER)
    quota(property_a, 1, 1, rate_plan=property_a.rate_plan)
    with refused("quota"):
        desk.reservation_modify(reservation=row, rate_plan=property_a.rate_plan, reprice=True, actor=TESTER)
