"""What a channel is told, beside our own prices in the rates calendar."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from bookings.rates.enums import PriceRuleKind
from bookings.rates.models import BasePrice, DailyPrice, PlanChannel, PriceRule, RatePlan, Restriction
from channels.connections.enums import State
from channels.connections.models import RateLink, RoomLink
from channels.sync.enums import Anew
from channels.sync.models import Mark, ToldRate, ToldRooms
from channels.sync.telling import Spell, cells_due
from pms.access.models import Grant, Role
from pms.properties.models import RoomType
from tests.channels.house import make_connection
from tests.conftest import TODAY
from tests.pms.frontdesk.desk_cast import day
from tests.pms.frontdesk.rates.test_calendar import page_of
from tests.pms.frontdesk.test_chart import counted


@pytest.fixture
def desk(client_for, mia, property_a, in_tenant):
    return client_for(mia, in_tenant)


@pytest.fixture
def channex(property_a):
    """Channex sells everything ten per cent dearer, thirty days ahead, and has been told all of it."""
    PlanChannel.objects.create(rate_plan=property_a.rate_plan, source="ota", percent=10)
    row = make_connection(property_a)
    tell_all(row)
    return row


def tell_all(row):
    """Note everything as told, as the engine does once a channel has taken it."""
    cells = cells_due(
        connection=row, spell=Spell(TODAY, TODAY + timedelta(days=30), None, Anew.ALL), now=timezone.now()
    )
    at = timezone.now()
    for link, counts in cells.rooms.items():
        ToldRooms.objects.bulk_create(
            ToldRooms(link=link, date=each, rooms=count, told_at=at) for each, count in counts
        )
    for rate, days in cells.rates.items():
        ToldRate.objects.bulk_create(
            ToldRate(link=rate, date=each, told_at=at, **wanted._asdict() | {"prices": list(wanted.prices)})
            for each, wanted, _ in days
        )


def beside(page, room_type, plan):
    """Return the second lines of a row as (look, text), None where a cell has none."""
    row = re.search(
        rf'role="row" data-t="{room_type}" data-p="{plan}".*?</div>(?=<div class="r|</div>)', page, re.DOTALL
    )
    assert row is not None
    cells = re.findall(r'<i role="gridcell"[^>]*>[^<]*(?:<small(?: class="([^"]*)")?>([^<]*)</small>)?</i>', row[0])
    return [(look, text) if text else None for look, text in cells]


def test_each_cell_says_what_the_channel_is_told_below_our_own(desk, channex):
    DailyPrice.objects.create(
        rate_plan=channex.fallback_plan, room_type=channex.fallback_type, date=day(1), price_minor=12_950
    )
    page = page_of(desk, "?days=14&channel=CHX1")
    assert beside(page, "DBL", "BAR")[:3] == [("", "110"), ("d", "142.45"), ("", "110")]
    assert beside(page, "DBL", "")[0] == ("", "3")
    assert 'data-channel="Channex"' in page


def test_nothing_of_it_without_a_channel(desk, channex):
    page = page_of(desk, "?days=14")
    assert set(beside(page, "DBL", "BAR")) == {None}
    assert "data-channel=" not in page


def test_what_waits_what_was_refused_and_what_differs_is_marked(desk, channex, property_a):
    rate = RateLink.objects.get(rate_id="R-DBL-BAR")
    ToldRate.objects.filter(link=rate, date=day(0)).update(prices=[9_000, 9_000], refused="too_low")
    ToldRate.objects.filter(link=rate, date__in=[day(1), day(2)]).update(prices=[9_000, 9_000])
    Mark.objects.create(connection=channex, first=day(1), until=day(2), asked_at=timezone.now())
    row = beside(page_of(desk, "?days=14&channel=CHX1"), "DBL", "BAR")
    assert row[:4] == [("r", "110"), ("w", "110"), ("d", "110"), ("", "110")]


def test_a_closed_night_is_struck_and_one_without_a_price_is_none(desk, channex, property_a):
    """T24: no price is not 0."""
    Restriction.objects.create(property=property_a.property, room_type=property_a.double, date=day(0), stop_sell=True)
    BasePrice.objects.filter(room_type=property_a.suite).delete()
    page = page_of(desk, "?days=14&channel=CHX1")
    assert beside(page, "DBL", "BAR")[0] == ("x d", "110")
    assert beside(page, "STE", "BAR")[0] == ("x d", "\N{EN DASH}")


def test_the_price_is_for_as_many_guests_as_ours(desk, channex, property_a):
    RoomType.objects.filter(code="DBL").update(base_occupancy=1)
    PriceRule.objects.create(property=property_a.property, kind=PriceRuleKind.EXTRA_ADULT, amount_minor=2_000)
    RateLink.objects.filter(rate_id="R-DBL-BAR").update(guests=[2, 1])
    page = page_of(desk, "?days=14&channel=CHX1")
    assert beside(page, "DBL", "BAR")[1][1] == "110"
    RateLink.objects.filter(rate_id="R-DBL-BAR").update(guests=[2])
    assert beside(page_of(desk, "?days=14&channel=CHX1"), "DBL", "BAR")[1][1] == "132"


def test_days_that_are_over_or_too_far_ahead_are_not_told(desk, channex):
    row = beside(page_of(desk, f"?days=62&from={day(-2)}&channel=CHX1"), "DBL", "BAR")
    assert row[1:3] == [None, ("", "110")]
    assert row[31:33] == [("", "110"), None]


def test_what_is_not_sold_there_has_no_second_line(desk, channex, property_a):
    RatePlan.objects.create(property=property_a.property, code="NRF", name="Saver", parent=property_a.rate_plan)
    page = page_of(desk, "?days=14&channel=CHX1")
    assert beside(page, "DBL", "NRF")[0] is None
    assert re.search(r'data-t="DBL" data-p="BAR" data-c>', page)
    assert not re.search(r'data-p="NRF"[^>]* data-c', page)


def test_a_phone_reads_it_in_words(desk, channex, property_a):
    RatePlan.objects.create(property=property_a.property, code="NRF", name="Saver", parent=property_a.rate_plan)
    page = page_of(desk, "?view=list&channel=CHX1")
    assert page.count("Channex: 110<") == 14
    assert page.count("Channex: 3 left<") == 14
    assert page.count("not sold at Channex<") == 14
    ToldRate.objects.all().delete()
    assert "Channex: 110, another one is shown there<" in page_of(desk, "?view=list&channel=CHX1")


def test_the_key_goes_through_all_channels_and_back(desk, channex):
    second = make_second(channex)
    first = desk.get("/desk/rates/")
    assert first.context["channel_next"].label == "Agoda"
    assert "channel=AGO1" in first.context["channel_next"].url
    last = desk.get("/desk/rates/?channel=CHX1").context["channel_next"]
    assert (last.label, "channel=" in last.url) == ("Our own alone", False)
    assert f"?channel={second.code}" not in first.context["earlier"]
    assert "channel=CHX1" in desk.get("/desk/rates/?channel=CHX1").context["earlier"]


def make_second(channex):
    channex.pk, channex.code, channex.name, channex.account = None, "AGO1", "Agoda", "6f1b"
    channex._state.adding = True
    channex.save()
    return channex


def test_a_channel_that_is_not_live_is_not_offered(desk, channex):
    channex.state = State.DRAFT
    channex.save()
    answer = desk.get("/desk/rates/?channel=CHX1")
    assert "channels" not in answer.context
    assert beside(answer.content.decode(), "DBL", "BAR")[0] is None


def test_whoever_may_not_see_channels_sees_none(client_for, hana, channex, in_tenant):
    Grant.objects.filter(user=hana).update(role=Role.objects.get(code="accountant"))
    role = Role.objects.get(code="accountant")
    role.permissions = [each for each in role.permissions if each != "channels.view"]
    role.save()
    page = page_of(client_for(hana, in_tenant), "?channel=CHX1")
    assert "Channex" not in page


def test_another_propertys_channel_is_not_shown(desk, property_a, property_other):
    make_connection(property_other)
    assert "data-channel=" not in page_of(desk, "?property=LIS&channel=CHX1")


@pytest.mark.parametrize("view", ["grid", "list"])
def test_queries_do_not_grow_with_types_plans_rates_and_days(desk, channex, property_a, view):
    few = counted(desk, f"/desk/rates/?view={view}&days=14&channel=CHX1")
    for number in range(3):
        kind = RoomType.objects.create(property=property_a.property, code=f"T{number}", name=f"Type {number}")
        plan = RatePlan.objects.create(property=property_a.property, code=f"P{number}", name="Plan")
        BasePrice.objects.create(rate_plan=plan, room_type=kind, price_minor=1000)
        room = RoomLink.objects.create(connection=channex, room_id=f"R{number}", name=kind.name, room_type=kind)
        RateLink.objects.create(room=room, rate_id=f"R{number}-P", name="Plan", rate_plan=plan, guests=[2])
        Mark.objects.create(connection=channex, first=day(1), until=day(2), asked_at=timezone.now())
    assert len(counted(desk, f"/desk/rates/?view={view}&days=62&channel=CHX1")) == len(few)
