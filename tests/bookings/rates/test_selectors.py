"""The matrix of prices and limits: what calendars, the chart and channels show."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.taxes.party import Party
from bookings.rates.enums import PriceRuleKind, Source
from bookings.rates.models import BasePrice, PlanChannel
from bookings.rates.quoting import NO_LIMITS, DayCell, DayLimits
from bookings.rates.selectors import rate_matrix
from tests.bookings.rates.asking import AT, daily, day, derived, limit, prices, rule
from tests.bookings.rates.grid import make_grid
from tests.conftest import TODAY


def matrix(house, first=10, until=13, **wish):
    return rate_matrix(property=house.property, first=day(first), until=day(until), at=AT, **wish)


def test_a_cell_for_every_day_of_every_pair(property_a):
    daily(property_a, 11, 0)
    found = matrix(property_a)
    double, suite, plan = property_a.double.pk, property_a.suite.pk, property_a.rate_plan.pk
    assert list(found) == [(double, plan), (suite, plan)]
    assert found[double, plan] == (
        DayCell(day(10), 10_000, False, NO_LIMITS, NO_LIMITS),
        DayCell(day(11), 0, True, NO_LIMITS, NO_LIMITS),
        DayCell(day(12), 10_000, False, NO_LIMITS, NO_LIMITS),
    )
    assert [cell.price_minor for cell in found[suite, plan]] == [25_000] * 3


def test_no_price_is_none(property_a):
    """T24."""
    BasePrice.objects.filter(room_type=property_a.double).delete()
    cells = matrix(property_a)[property_a.double.pk, property_a.rate_plan.pk]
    assert [cell.price_minor for cell in cells] == [None] * 3


def test_the_price_is_the_base_occupancys_without_stay_lead_and_source(property_a):
    """It is what a quote of one night for as many adults says, those steps aside."""
    plan = derived(property_a, "NRF", property_a.rate_plan, percent=-10)
    rule(property_a, PriceRuleKind.WEEKEND, percent=20)
    rule(property_a, PriceRuleKind.WEEKDAY, percent=5, first=1, last=1, plan=plan)
    daily(property_a, 9, 17_777)
    quoted = [
        prices(property_a, offset, offset + 1, rate_plan=plan, party=Party(adults=2), source=Source.AGENCY)[0]
        for offset in range(7, 15)
    ]
    rule(property_a, PriceRuleKind.LENGTH_OF_STAY, percent=5)
    rule(property_a, PriceRuleKind.LEAD_TIME, percent=5)
    rule(property_a, PriceRuleKind.SINGLE, percent=5)
    PlanChannel.objects.create(rate_plan=plan, source=Source.PHONE, percent=50)
    cells = matrix(property_a, 7, 15, rate_plan_ids=[plan.pk])[property_a.double.pk, plan.pk]
    assert [cell.price_minor for cell in cells] == quoted
    assert {cell.manual for cell in cells} == {False}


def test_limits_in_force_and_those_of_the_pair_itself(property_a):
    """T22, T23: the strictest of all rows, inherited ones included; own are those set on the very pair."""
    plan = derived(property_a, "NRF", property_a.rate_plan, inherits=["price", "min_stay_arrival", "stop_sell"])
    limit(property_a, 10, min_stay_arrival=2, quota=9, lead_days_max=30)
    limit(property_a, 10, room_type=property_a.double, max_stay=7, quota=4)
    limit(property_a, 10, plan=property_a.rate_plan, min_stay_arrival=5, max_stay=3, stop_sell=True)
    limit(property_a, 10, plan=plan, room_type=property_a.double, min_stay_arrival=1, max_stay=14, stop_sell=False)
    found = matrix(property_a, 10, 12)
    cells = found[property_a.double.pk, plan.pk]
    assert cells[0].limits == DayLimits(min_stay_arrival=5, max_stay=7, stop_sell=True, quota=4, lead_days_max=30)
    assert cells[0].own == DayLimits(min_stay_arrival=1, max_stay=14, stop_sell=False)
    assert (cells[1].limits, cells[1].own) == (NO_LIMITS, NO_LIMITS)
    parent = found[property_a.suite.pk, property_a.rate_plan.pk][0]
    assert parent.limits == DayLimits(min_stay_arrival=5, max_stay=3, stop_sell=True, quota=9, lead_days_max=30)
    assert parent.own == NO_LIMITS


def test_only_what_was_asked_and_nothing_that_is_retired(property_a, property_other):
    plan = derived(property_a, "NRF", property_a.rate_plan)
    property_a.suite.retired_at = AT
    property_a.suite.save()
    double, suite = property_a.double.pk, property_a.suite.pk
    assert list(matrix(property_a)) == [(double, property_a.rate_plan.pk), (double, plan.pk)]
    assert list(matrix(property_a, room_type_ids=[suite], rate_plan_ids=[plan.pk])) == [(suite, plan.pk)]
    assert matrix(property_a, rate_plan_ids=[property_other.rate_plan.pk]) == {}


def test_a_fixed_number_of_queries_whatever_the_size(in_tenant, planted):
    counts = []
    for types, plans, until in ((1, 1, 12), (20, 10, 375)):
        grid = make_grid(types=types, plans=plans, today=TODAY, code=f"G{types}")
        with CaptureQueriesContext(connection) as made:
            found = matrix(grid, 10, until)
        counts.append(len(made))
        assert len(found) == types * plans
    assert counts == [6, 6]
