"""The price explainer: the path to the cent, every rule that refuses with its place, who may look and who may open."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.taxes.models import Tax, TaxRate
from bookings.rates.models import DailyPrice, PriceRule, RatePlan, Restriction, Season
from tests.pms.frontdesk.desk_cast import book, day

ADDRESS = "/desk/rates/explain/"
STAY = {"room_type": "DBL", "rate_plan": "BAR", "arrival": day(1).isoformat(), "departure": day(4).isoformat()}


@pytest.fixture
def desk(client_for, felix, property_a, in_tenant):
    return client_for(felix, in_tenant)


@pytest.fixture
def boss(client_for, mia, property_a, in_tenant):
    """A manager, who may open the rows behind the steps."""
    return client_for(mia, in_tenant)


def explain(client, **asked):
    return client.get(ADDRESS, STAY | asked)


def test_path_is_told_step_by_step_and_like_nights_once(desk, property_a):
    """T36: each step says what it did and what came out; the last is what the night is sold at."""
    place = property_a.property
    Season.objects.create(property=place, code="ADV", name="Advent", first=day(2), last=day(9), percent=25)
    PriceRule.objects.create(property=place, kind="length_of_stay", first=3, percent=-10)
    found = explain(desk).context["found"]
    told = [
        (len(path.dates), [(step.label, step.change, step.result.minor) for step in path.steps], path.price.minor)
        for path in found.paths
    ]
    assert [(count, price) for count, _, price in told] == [(1, 9_000), (2, 11_250)]
    assert [(change, result) for _, change, result in told[0][1]] == [("", 10_000), ("-10 %", 9_000)]
    assert [(change, result) for _, change, result in told[1][1]] == [
        ("", 10_000),
        ("+25 %", 12_500),
        ("-10 %", 11_250),
    ]
    assert found.sheet.total.minor == 9_000 + 2 * 11_250


def test_steps_lead_to_their_rows_for_whoever_manages_rates(boss, desk, property_a):
    season = Season.objects.create(
        property=property_a.property, code="ADV", name="Advent", first=day(2), last=day(9), percent=25
    )
    daily = DailyPrice.objects.create(
        rate_plan=property_a.rate_plan, room_type=property_a.double, date=day(1), price_minor=7_700
    )
    base = property_a.rate_plan.base_prices.get(room_type=property_a.double)
    steps = [[step.url for step in path.steps] for path in explain(boss).context["found"].paths]
    assert steps == [
        [f"/hotel-admin/rates/dailyprice/{daily.pk}/change/"],
        [f"/hotel-admin/rates/baseprice/{base.pk}/change/", f"/hotel-admin/rates/season/{season.pk}/change/"],
    ]
    for url in {url for row in steps for url in row}:
        assert boss.get(url).status_code == 200
    assert {step.url for path in explain(desk).context["found"].paths for step in path.steps} == {""}


def test_derived_price_leads_to_the_parent_that_has_it(boss, property_a):
    parent = property_a.rate_plan
    RatePlan.objects.create(
        property=property_a.property, code="NRF", name="Non-refundable", parent=parent, derive_percent=-10
    )
    base = parent.base_prices.get(room_type=property_a.double)
    (path,) = explain(boss, rate_plan="NRF").context["found"].paths
    assert path.steps[0].url == f"/hotel-admin/rates/baseprice/{base.pk}/change/"
    assert path.price.minor == 9_000


def test_every_rule_that_refuses_is_named_with_its_place(boss, property_a):
    """T18, T20: all of them, with value and row; and what it would cost, since staff may override them."""
    place = property_a.property
    row = Restriction.objects.create(property=place, date=day(1), room_type=property_a.double, min_stay_arrival=5)
    Restriction.objects.create(property=place, date=day(4), closed_to_departure=True)
    found = explain(boss).context["found"]
    assert [(rule.code, rule.value, rule.is_soft) for rule in found.refused] == [
        ("min_stay_arrival", "5", True),
        ("closed_to_departure", "", True),
    ]
    assert found.refused[0].url == f"/hotel-admin/rates/restriction/{row.pk}/change/"
    assert (found.is_sold, found.can_be_overridden, found.sheet.total.minor) == (False, True, 30_000)
    assert len(found.instead) == 3


def test_minimum_stay_that_gave_way_to_a_gap_is_told(boss, property_a):
    """T25: for sale, and which rule was lowered for what."""
    RatePlan.objects.filter(pk=property_a.rate_plan.pk).update(fills_gaps=True)
    row = Restriction.objects.create(property=property_a.property, date=day(1), min_stay_arrival=5)
    for offset in (0, 4):
        Restriction.objects.create(property=property_a.property, date=day(offset), stop_sell=True)
    answer = explain(boss)
    found = answer.context["found"]
    assert (found.is_sold, [given.url for given in found.lowered]) == (
        True,
        [f"/hotel-admin/rates/restriction/{row.pk}/change/"],
    )
    assert b"have at least 5 nights; 3 nights are enough here" in answer.content


def test_what_nobody_may_override_has_no_price(desk, property_a):
    found = explain(desk, adults="3").context["found"]
    assert [rule.code for rule in found.refused] == ["too_many_guests"]
    assert (found.can_be_overridden, found.sheet) == (False, None)
    assert [path.price.minor for path in found.paths] == [10_000]


def test_taxes_are_told_with_their_base(desk, property_a):
    vat = Tax.objects.create(property=property_a.property, code="VAT", name="VAT", components=["accommodation"])
    TaxRate.objects.create(tax=vat, first=day(-400), percent=6)
    (row,) = explain(desk).context["found"].sheet.included
    assert (row.name, row.how, row.base.minor, row.amount.minor) == ("VAT", "6 %", 30_000 - 1_698, 1_698)


def test_moment_of_sale_is_wall_time_at_the_property(desk, property_a):
    """T26: the lead time is counted on the property's own calendar."""
    assert explain(desk, at="2026-11-10T23:30").context["found"].lead_days == 11


def test_stay_that_was_sold_is_told_apart_from_todays_rules(desk, property_a):
    row = book(property_a, unit="101")
    property_a.rate_plan.base_prices.update(price_minor=15_000)
    answer = desk.get(ADDRESS, {"stay": row.code})
    assert (answer.context["sold"].total.minor, answer.context["found"].sheet.total.minor) == (20_000, 30_000)
    assert b"They may have changed since" in answer.content


@pytest.mark.parametrize(
    "asked", [{"departure": day(1).isoformat()}, {"room_type": "XXX"}, {"adults": "0"}, {"at": "x"}]
)
def test_what_makes_no_sense_is_said_at_its_field(desk, property_a, asked):
    answer = explain(desk, **asked)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == list(asked)


def test_too_long_a_stay_is_refused_by_name(desk, property_a):
    assert explain(desk, departure="2031-01-01").status_code == 422


def test_without_anything_asked_it_explains_tonight(desk, property_a):
    given = desk.get(ADDRESS).context["form"].cleaned_data
    assert (given["room_type"].code, given["rate_plan"].code, given["arrival"]) == ("DBL", "BAR", day(0))


def test_types_and_plans_go_by_key_as_well(desk, property_a):
    answer = explain(desk, room_type=str(property_a.suite.pk), rate_plan=str(property_a.rate_plan.pk))
    assert answer.context["form"].cleaned_data["room_type"] == property_a.suite


def test_stays_of_others_are_not_there(client_for, otto, hotel_b, property_a, desk):
    """T84: another organization's stay does not exist; nor does its desk."""
    row = book(property_a, unit="101")
    assert client_for(otto, hotel_b).get(ADDRESS, {"stay": row.code}).status_code in {403, 404}
    assert desk.get(ADDRESS, {"stay": "NOSUCH"}).status_code == 404


def test_types_of_another_property_cannot_be_asked_for(desk, property_a, property_other):
    answer = explain(desk, room_type=str(property_other.double.pk), rate_plan=str(property_other.rate_plan.pk))
    assert answer.status_code == 422


def test_explaining_asks_as_often_for_a_month_as_for_a_night(boss, property_a):
    """Loading is a fixed number of queries, whatever the length of the stay and the rules there are."""

    def asked(until):
        with CaptureQueriesContext(connection) as queries:
            explain(boss, departure=day(until).isoformat())
        return len(queries)

    Restriction.objects.create(property=property_a.property, date=day(0), quota=9)
    asked(2)
    Restriction.objects.create(property=property_a.property, date=day(1), quota=9)
    few = asked(2)
    for offset in range(2, 31):
        DailyPrice.objects.create(
            rate_plan=property_a.rate_plan, room_type=property_a.double, date=day(offset), price_minor=9_000 + offset
        )
        Restriction.objects.create(property=property_a.property, date=day(offset), quota=9)
    assert asked(31) == few
