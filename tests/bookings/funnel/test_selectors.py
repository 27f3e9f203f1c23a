"""The funnel from step to step, and its page in the back office."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bookings.funnel.enums import Device, Origin, Step
from bookings.funnel.selectors import funnel_of
from bookings.funnel.services import Seen, step_record
from pms.access.models import Grant, Role
from tests.conftest import TODAY

PAGE = "/hotel-admin/funnel/funnelday/"
MONTH: Any = {"first": TODAY, "until": TODAY + timedelta(days=30)}


def record(place, step, times, *, origin=Origin.DIRECT, device=Device.PHONE, day=0, campaign=""):
    seen = [Seen(place, TODAY + timedelta(days=day), is_first=True)]
    step_record(step=step, origin=origin, device=device, campaign=campaign, seen=seen, count=times)


@pytest.fixture
def visited(property_a):
    """Two hundred visits, fifty of them by a campaign, half of a hundred holds booked; one day too many at the end."""
    place = property_a.property
    record(place, Step.VISIT, 150)
    record(place, Step.VISIT, 50, origin=Origin.CAMPAIGN, campaign="news", device=Device.DESKTOP)
    record(place, Step.HOLD, 60, day=3)
    record(place, Step.HOLD, 40, origin=Origin.CAMPAIGN, campaign="news", device=Device.DESKTOP)
    record(place, Step.BOOKED, 50)
    record(place, Step.BOOKED, 9, day=30)
    return place


def test_steps_with_how_many_went_on(visited, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = funnel_of(property=visited, **MONTH)
    steps = {row.step: row for row in found.steps}
    assert [steps[step].visitors for step in Step] == [200, 0, 0, 100, 0, 50]
    assert (steps[Step.HOLD].of_before, steps[Step.HOLD].of_first) == (None, Decimal("50.0"))
    assert (steps[Step.BOOKED].of_first, steps[Step.SEARCH].of_before) == (Decimal("25.0"), Decimal("0.0"))


def test_slices(visited):
    found = funnel_of(property=visited, **MONTH)
    assert [(row.name, row.steps[0].visitors) for row in found.origins] == [("Direct", 150), ("Campaign", 50)]
    assert [(row.name, row.steps[3].visitors) for row in found.campaigns] == [("news", 40)]
    assert [(row.name, row.steps[0].visitors) for row in found.devices] == [("Phone", 150), ("Desktop", 50)]


def test_filters(visited, property_other):
    assert funnel_of(property=visited, origin=Origin.CAMPAIGN, **MONTH).steps[0].visitors == 50
    assert funnel_of(property=visited, device=Device.PHONE, **MONTH).steps[0].visitors == 150
    assert funnel_of(property=property_other.property, **MONTH).origins == ()
    assert funnel_of(property=None, **MONTH).steps[0].count == 0


def test_page_shows_it(client_for, hotel_a, olivia, visited):
    dates = {"first": TODAY, "last": TODAY + timedelta(days=29)}
    body = client_for(olivia, hotel_a).get(PAGE, {"property": "LIS", **dates}).content.decode()
    assert "<td>200</td><td>200</td>" in body
    assert "25.0 %" in body
    assert "news" in body


def test_page_refuses_days_the_wrong_way_round(client_for, hotel_a, olivia, visited):
    dates = {"first": TODAY, "last": TODAY - timedelta(days=1)}
    assert client_for(olivia, hotel_a).get(PAGE, dates).status_code == 422


def test_page_is_not_the_front_desks(client_for, hotel_a, felix, hana):
    assert client_for(felix, hotel_a).get(PAGE).status_code in {302, 403}
    assert client_for(hana, hotel_a).get(PAGE).status_code == 302


def test_page_of_one_house_shows_no_other_and_not_the_whole(client_for, hotel_a, hana, visited, property_other):
    Grant.objects.create(user=hana, role=Role.objects.get(code="manager"), property_code="POR")
    client = client_for(hana, hotel_a)
    body = client.get(PAGE).content.decode()
    assert "Casa Porto" in body
    assert "Casa Lisboa" not in body
    assert "whole organization" not in body
    assert client.get(PAGE, {"property": "LIS"}).status_code == 422


@pytest.mark.parametrize("rows", [1, 3])
def test_page_costs_the_same_however_much_there_is(
    client_for, hotel_a, olivia, visited, rows, django_assert_max_num_queries
):
    for number in range(rows):
        record(visited, Step.VISIT, 1, origin=Origin.CAMPAIGN, campaign=f"c{number}")
    client = client_for(olivia, hotel_a)
    client.get(PAGE)
    with django_assert_max_num_queries(12):
        client.get(PAGE)
