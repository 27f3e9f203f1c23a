"""The rates calendar as it is read: cells, marks, filters, the list of days, who may see it, its queries."""

import re
from datetime import timedelta

import pytest

from bookings.rates.models import BasePrice, DailyPrice, RatePlan, Restriction
from pms.access.models import Grant, Role
from pms.properties.models import RoomType
from tests.pms.frontdesk.desk_cast import TODAY, book, day
from tests.pms.frontdesk.test_chart import counted


@pytest.fixture
def desk(client_for, mia, property_a, in_tenant):
    return client_for(mia, in_tenant)


def page_of(client, query=""):
    answer = client.get(f"/desk/rates/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def row_of(page, room_type, plan):
    """Return the cells of one row as (text, attributes)."""
    row = re.search(
        rf'role="row" data-t="{room_type}" data-p="{plan}".*?</div>(?=<div class="r|</div>)', page, re.DOTALL
    )
    assert row is not None
    return [(text, attributes) for attributes, text in re.findall(r'<i role="gridcell"([^>]*)>([^<]*)</i>', row[0])]


def set_price(house, offset, minor, room_type=None):
    DailyPrice.objects.create(
        rate_plan=house.rate_plan, room_type=room_type or house.double, date=day(offset), price_minor=minor
    )


def restrict(house, offset, *, room_type=None, rate_plan=None, **limits):
    Restriction.objects.create(
        property=house.property, room_type=room_type, rate_plan=rate_plan, date=day(offset), **limits
    )


# --- What a cell says ---------------------------------------------------------------------------------------


def test_plan_shows_its_price_and_who_made_it(desk, property_a):
    set_price(property_a, 1, 12_950)
    row = row_of(page_of(desk, "?days=14"), "DBL", "BAR")
    assert row[:3] == [("100", ""), ("129.50", ' class="m"'), ("100", "")]
    assert len(row) == 14


def test_night_without_a_price_is_a_dash_and_nothing_is_a_price(desk, property_a):
    """T24: no price is not 0."""
    BasePrice.objects.filter(room_type=property_a.double).delete()
    set_price(property_a, 1, 0)
    row = row_of(page_of(desk), "DBL", "BAR")
    assert row[:2] == [("\N{EN DASH}", ' class=" np"'), ("0", ' class="m"')]


def test_type_shows_rooms_left_and_house_their_sum(desk, property_a):
    book(property_a, arrival=0, nights=1)
    page = page_of(desk)
    assert [text for text, _ in row_of(page, "DBL", "")][:2] == ["2", "3"]
    assert [text for text, _ in row_of(page, "", "")][:2] == ["4", "5"]


def test_prices_of_a_type_that_is_sold_out_look_so(desk, property_a):
    for _ in range(2):
        book(property_a, room_type=property_a.suite, arrival=1, nights=1)
    page = page_of(desk)
    assert row_of(page, "STE", "BAR")[:3] == [("250", ""), ("250", ' class=" so"'), ("250", "")]
    assert row_of(page, "STE", "")[1] == ("0", ' class="full"')
    assert row_of(page, "DBL", "BAR")[1] == ("100", "")


def test_restrictions_are_marked_where_they_stand_and_where_they_hold(desk, property_a):
    """T22: the strictest of plan, type and house; each row says its own."""
    restrict(property_a, 0, room_type=property_a.double, min_stay_arrival=2, closed_to_arrival=True)
    restrict(property_a, 0, room_type=property_a.double, rate_plan=property_a.rate_plan, min_stay_arrival=3, quota=4)
    restrict(property_a, 1, stop_sell=True)
    page = page_of(desk)
    assert row_of(page, "DBL", "BAR")[0] == ("100", ' class=" ca" data-m="3+ q4" data-e="n3 a1 q4" data-o="n3 q4"')
    assert row_of(page, "DBL", "")[0] == ("3", ' class=" ca" data-m="2+" data-e="n2 a1" data-o="n2 a1"')
    assert row_of(page, "STE", "BAR")[:2] == [("250", ""), ("250", ' class=" ss" data-e="s1"')]
    assert row_of(page, "", "")[1] == ("5", ' class=" ss" data-e="s1" data-o="s1"')


@pytest.mark.parametrize(
    ("limits", "mark"),
    [
        ({"min_stay_arrival": 2}, "2+"),
        ({"min_stay_through": 4, "min_stay_arrival": 2}, "4+"),
        ({"max_stay": 7}, "1\N{EN DASH}7"),
        ({"min_stay_arrival": 2, "max_stay": 7}, "2\N{EN DASH}7"),
        ({"quota": 0}, "q0"),
        ({"lead_hours_min": 24, "lead_days_max": 90}, "24h 90d"),
    ],
)
def test_mark_says_the_stay_that_may_be_sold(desk, property_a, limits, mark):
    restrict(property_a, 0, rate_plan=property_a.rate_plan, **limits)
    assert f'data-m="{mark}"' in row_of(page_of(desk), "DBL", "BAR")[0][1]


def test_switch_that_is_off_says_nothing(desk, property_a):
    restrict(property_a, 0, rate_plan=property_a.rate_plan, stop_sell=False)
    assert row_of(page_of(desk), "DBL", "BAR")[0] == ("100", "")


def test_derived_plan_names_its_parent(desk, property_a):
    RatePlan.objects.create(
        property=property_a.property, code="NRF", name="Saver", parent=property_a.rate_plan, derive_percent=-10
    )
    page = page_of(desk)
    assert row_of(page, "DBL", "NRF")[0] == ("90", "")
    assert 'data-p="NRF" data-f="BAR"' in page
    assert '<small class="clip">Best available rate \N{MINUS SIGN}10 %</small>' in page


def test_plan_that_takes_no_price_from_its_parent_is_not_shown_as_derived(desk, property_a):
    """T23: each inheritance is a switch of its own."""
    RatePlan.objects.create(
        property=property_a.property, code="NRF", name="Saver", parent=property_a.rate_plan, inherits=["stop_sell"]
    )
    assert "data-f=" not in page_of(desk)


def test_days_that_are_over_look_so(desk, property_a):
    row = row_of(page_of(desk, f"?from={TODAY - timedelta(days=2)}"), "DBL", "BAR")
    assert ["pt" in attributes for _, attributes in row][:3] == [True, True, False]


def test_names_are_escaped(desk, property_a):
    RoomType.objects.filter(code="DBL").update(name='<script>"x"')
    RatePlan.objects.update(name='<script>"y"')
    page = page_of(desk)
    assert '<script>"' not in page
    assert page.count("&lt;script&gt;&quot;y&quot;") >= 2


# --- What is looked at --------------------------------------------------------------------------------------


def test_filters_by_type_and_plan(desk, property_a):
    RatePlan.objects.create(property=property_a.property, code="NRF", name="Saver", parent=property_a.rate_plan)
    page = page_of(desk, "?type=STE&plan=NRF")
    assert re.findall(r'role="row" data-t="(\w*)" data-p="(\w*)"', page) == [("", ""), ("STE", ""), ("STE", "NRF")]


def test_length_and_parts_are_remembered_in_this_browser(desk):
    page_of(desk, "?days=62&show=price")
    assert 'class="scroller d62 no-limits no-rooms"' in page_of(desk)


def test_nonsense_in_the_address_shows_the_default(desk):
    page = page_of(desk, "?days=9&from=never&type=NO&plan=NO&show=x&view=pie")
    assert 'class="scroller d31"' in page
    assert f'data-d="{TODAY}"' in page


def test_phone_gets_the_days_of_one_type(desk, property_a):
    set_price(property_a, 0, 12_900)
    restrict(property_a, 0, room_type=property_a.double, min_stay_arrival=2)
    answer = desk.get("/desk/rates/", headers={"Sec-CH-UA-Mobile": "?1"})
    days = list(answer.context["calendar"].window.dates)
    page = answer.content.decode()
    assert 'data-view="list"' in page
    assert (days[0], len(days)) == (TODAY, 14)
    assert page.count('class="day-card') == 14
    assert "3 left" in page
    assert "minimum stay 2" in page
    assert "/desk/rates/cell/?type=DBL&amp;plan=BAR&amp;date=2026-11-20" in page


def test_property_without_types_or_plans_says_so(desk, property_a):
    RatePlan.objects.update(retired_at="2026-01-01T00:00Z")
    assert "No prices here yet" in page_of(desk)
    RoomType.objects.update(retired_at="2026-01-01T00:00Z")
    assert "No prices here yet" in page_of(desk)
    assert "No room types yet" in page_of(desk, "?view=list")


# --- Who may ------------------------------------------------------------------------------------------------


def test_front_desk_sees_and_does_not_change(client_for, felix, property_a, in_tenant):
    client = client_for(felix, in_tenant)
    page = page_of(client)
    assert "data-may-change" not in page
    assert "data-rates-bulk" not in page
    assert 'aria-readonly="true"' in page
    assert [choice.label for choice in client.get("/desk/rates/").context["elsewhere"]] == ["Export a file"]
    assert "/desk/rates/cell/" not in page_of(client, "?view=list")
    assert client.get("/desk/rates/bulk/").status_code == 403
    assert client.post("/desk/rates/save/", {"cells": "[]"}).status_code == 403


@pytest.mark.parametrize(
    ("role", "status"),
    [("administrator", 200), ("manager", 200), ("front_desk", 200), ("accountant", 200), ("housekeeping", 403),
     ("property_owner", 403)],
)  # fmt: skip
def test_role_sees_or_does_not(client_for, hana, property_a, in_tenant, role, status):
    Grant.objects.filter(user=hana).update(role=Role.objects.get(code=role))
    client = client_for(hana, in_tenant)
    assert client.get("/desk/rates/").status_code == status
    assert ('data-key="r"' in client.get("/desk/today/").content.decode()) == (status == 200)


def test_role_at_another_property_sees_nothing_here(client_for, felix, property_a, property_other, in_tenant):
    Grant.objects.filter(user=felix).update(property_code="POR")
    Grant.objects.create(user=felix, role=Role.objects.get(code="housekeeping"), property_code="LIS")
    client = client_for(felix, in_tenant)
    assert client.get("/desk/rates/?property=POR").status_code == 200
    assert client.get("/desk/rates/?property=LIS").status_code == 403
    assert client.get("/desk/rates/?property=BER").status_code == 404


def test_other_organization_sees_its_own(client_for, otto, hotel_b, property_a):
    assert client_for(otto, hotel_b).get("/desk/rates/").status_code == 403


# --- How much it asks of the database -----------------------------------------------------------------------


@pytest.mark.parametrize("view", ["grid", "list"])
def test_queries_do_not_grow_with_types_plans_and_days(desk, property_a, view):
    few = counted(desk, f"/desk/rates/?view={view}&days=14&type=STE")
    for number in range(3):
        kind = RoomType.objects.create(property=property_a.property, code=f"T{number}", name=f"Type {number}")
        plan = RatePlan.objects.create(
            property=property_a.property, code=f"P{number}", name="Plan", parent=property_a.rate_plan
        )
        BasePrice.objects.create(rate_plan=plan, room_type=kind, price_minor=1000)
        restrict(property_a, number, rate_plan=plan, quota=1)
    assert len(counted(desk, f"/desk/rates/?view={view}&days=62")) == len(few)
