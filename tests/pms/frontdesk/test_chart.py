"""The tape chart's page, its rows, and what dropping a bar asks for."""

import json
from datetime import date, timedelta

import pytest
from django.db import connection

from bookings.availability.enums import ClosureKind
from bookings.availability.services.closures import closure_create
from bookings.availability.services.units import unit_create
from bookings.lifecycle.services import RoomRequest, booking_create, reservation_check_in, reservation_unassign
from bookings.rates.enums import Source
from bookings.rates.models import BasePrice, RatePlan, Restriction
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from guests.profiles.services import GuestDetails
from pms.access.models import Grant
from pms.properties.models import RoomType

TODAY = date(2026, 11, 20)


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def book(house, actor, *, unit=None, arrival=1, departure=3, last_name="Lindqvist", source=Source.PHONE, **options):
    """Book a double for Greta from `arrival` to `departure`, days from today."""
    booking = booking_create(
        property=house.property,
        rooms=[
            RoomRequest(
                room_type=house.double,
                rate_plan=house.rate_plan,
                arrival=day(arrival),
                departure=day(departure),
                unit=house.units[unit] if unit else None,
            )
        ],
        booker=GuestDetails(first_name="Greta", last_name=last_name),
        source=source,
        actor=actor,
        **options,
    )
    return booking.reservations.get()


@pytest.fixture
def desk(client_for, felix, property_a, in_tenant):
    return client_for(felix, in_tenant)


def counted(client, address):
    """Return the queries of one GET at the desk: what the platform asks about session and user is not the chart's."""
    client.get(address)
    statements = []

    def note(execute, sql, params, many, context):
        statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        answer = client.get(address)
    assert answer.status_code == 200
    platform = ("django_session", "accounts_user", "usersessions", "tenants_", "SET search_path", "SAVEPOINT")
    return [sql for sql in statements if not any(word in sql for word in platform)]


# --- The page -----------------------------------------------------------------------------------------------


def test_chart_shows_units_types_and_bars(desk, property_a, actor):
    book(property_a, actor, unit="102")
    page = desk.get("/desk/").content.decode()
    assert page.count('role="row" aria-rowindex') == 1 + 2 + 5
    assert 'aria-label="Greta Lindqvist, confirmed, 21 Nov to 23 Nov, 2 nights, room 102, 2 adults, Phone"' in page
    assert 'class="c a7 w4"' in page


def test_chart_says_who_arrives_and_leaves_today(desk, property_a, actor):
    reservation = book(property_a, actor, unit="101", arrival=0, departure=1)
    assert "Greta Lindqvist, arriving today" in desk.get("/desk/").content.decode()
    reservation_check_in(reservation=reservation, actor=actor)
    assert "Greta Lindqvist, in house" in desk.get("/desk/").content.decode()


def test_chart_draws_closures_and_unassigned(desk, property_a, actor):
    closure_create(
        unit=property_a.units["101"], first=day(1), until=day(3), kind=ClosureKind.OUT_OF_ORDER, reason="Bathroom",
        actor=actor,
    )  # fmt: skip
    reservation_unassign(reservation=book(property_a, actor), actor=actor)
    page = desk.get("/desk/").content.decode()
    assert "Out of order · Bathroom" in page
    assert 'id="unassigned-DBL"' in page
    assert '<span>1<span class="word"> unassigned' in page


def test_chart_counts_what_was_sold_beyond_the_rooms(desk, property_a, actor):
    for number in range(4):
        book(property_a, actor, source=Source.BOOKING_COM, external_id=f"B-{number}")
    page = desk.get("/desk/").content.decode()
    assert '<span>1<span class="word"> overbooked' in page
    assert 'class="over">\N{MINUS SIGN}1<' in page


def test_chart_escapes_what_people_write(desk, property_a, actor):
    book(property_a, actor, unit="101", last_name='<script>"x"')
    page = desk.get("/desk/").content.decode()
    assert "&lt;script&gt;&quot;x&quot;" in page
    assert '<script>"x"' not in page


def test_chart_remembers_length_and_density_in_this_browser(desk):
    desk.get("/desk/?days=31&density=overview")
    assert 'class="scroller d31 overview"' in desk.get("/desk/").content.decode()


def test_chart_on_a_phone_is_one_type_and_seven_days(desk):
    page = desk.get("/desk/", headers={"Sec-CH-UA-Mobile": "?1"}).content.decode()
    assert 'class="scroller d7 detailed"' in page
    assert page.count('data-type="') == 1


def test_chart_filters_by_type_and_fades_other_states(desk, property_a, actor):
    book(property_a, actor, unit="101")
    page = desk.get("/desk/?type=DBL&status=in-house").content.decode()
    assert 'data-unit="101"' in page
    assert 'data-unit="201"' not in page
    assert 'class="b confirmed dim"' in page


@pytest.mark.parametrize("query", ["from=yesterday", "days=12", "days=x", "density=tiny", "type=NONE", "status=odd"])
def test_chart_falls_back_when_the_address_makes_no_sense(desk, query):
    assert desk.get(f"/desk/?{query}").status_code == 200


def test_chart_sends_the_first_screen_and_the_rest_in_one_more(desk, property_a, actor, monkeypatch):
    monkeypatch.setattr("pms.frontdesk.chart.views.FIRST_ROWS", 3)
    book(property_a, actor, unit="103")
    page = desk.get("/desk/").content.decode()
    assert 'data-unit="102"' in page
    assert 'data-unit="103"' not in page
    rest = desk.get("/desk/rows/?after=3").content.decode()
    assert rest.startswith('<div class="r" role="row" aria-rowindex="5" data-unit="103">')
    assert "Greta Lindqvist" in rest
    assert "data-unit" not in rest.split('data-unit="202"')[1]


def test_chart_without_javascript_can_show_every_row(desk, monkeypatch):
    monkeypatch.setattr("pms.frontdesk.chart.views.FIRST_ROWS", 3)
    assert 'data-unit="202"' in desk.get("/desk/?rows=all").content.decode()


def test_chart_of_an_empty_property_says_so(desk, property_a):
    property_a.property.units.update(in_service_until=TODAY - timedelta(days=30))
    assert "No rooms here yet" in desk.get("/desk/").content.decode()


def test_rows_without_after_bring_the_counts_too(desk, property_a, actor):
    reservation_unassign(reservation=book(property_a, actor), actor=actor)
    answer = desk.get("/desk/rows/").content.decode()
    assert 'id="chart-counts" hx-swap-oob="true"' in answer
    assert '<span>1<span class="word"> unassigned' in answer


@pytest.mark.parametrize("address", ["/desk/?property=LIS", "/desk/rows/?property=LIS"])
def test_chart_costs_the_same_queries_at_any_size(desk, property_a, actor, address):
    book(property_a, actor, unit="101")
    one = counted(desk, address)
    for unit in ("102", "103"):
        book(property_a, actor, unit=unit)
        book(property_a, actor, unit=unit, arrival=5, departure=9)
    reservation_unassign(reservation=book(property_a, actor, arrival=10, departure=12), actor=actor)
    many = counted(desk, address)
    assert len(one) == len(many)
    assert len(many) <= 8


def test_parts_follow_their_whole_and_shadow_it(desk, property_a, actor):
    """T11: a flat that is taken closes the house, and the chart says so."""
    flat = unit_create(
        room_type=property_a.suite, number="201A", in_service_from=TODAY, parent=property_a.units["201"], actor=actor
    )
    room = RoomRequest(
        room_type=property_a.suite, rate_plan=property_a.rate_plan, arrival=day(1), departure=day(3), unit=flat
    )
    booking_create(
        property=property_a.property, rooms=[room], booker=GuestDetails(last_name="Moreau"), source=Source.PHONE,
        actor=actor,
    )  # fmt: skip
    page = desk.get("/desk/").content.decode()
    assert page.index('data-unit="201"') < page.index('data-unit="201A"') < page.index('data-unit="202"')
    assert 'class="r deep1" role="row" aria-rowindex="8" data-unit="201A"' in page
    house = page[page.index('data-unit="201"') : page.index('data-unit="201A"')]
    assert "A part is taken" in house
    assert "Moreau" not in house


def test_part_of_another_type_stands_below_its_whole_and_alone_when_filtered(desk, property_a, actor):
    unit_create(
        room_type=property_a.double, number="A1", in_service_from=TODAY, parent=property_a.units["201"], actor=actor
    )
    room = RoomRequest(
        room_type=property_a.suite,
        rate_plan=property_a.rate_plan,
        arrival=day(1),
        departure=day(3),
        unit=property_a.units["201"],
    )
    booking_create(
        property=property_a.property, rooms=[room], booker=GuestDetails(last_name="Moreau"), source=Source.PHONE,
        actor=actor,
    )  # fmt: skip
    page = desk.get("/desk/").content.decode()
    assert page.index('data-type="STE"') < page.index('data-unit="201"') < page.index('data-unit="A1"')
    assert "<b>A1</b><small>Double</small>" in page
    alone = desk.get("/desk/?type=DBL").content.decode()
    assert 'class="r" role="row" aria-rowindex="3" data-unit="A1"' in alone
    assert "The whole is taken" in alone
    assert 'data-unit="201"' not in alone


# --- Who may see it -----------------------------------------------------------------------------------------


def test_stranger_signs_in_first(client_for, property_a, in_tenant):
    answer = client_for(None, in_tenant).get("/desk/")
    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]


def test_another_organization_is_refused(client_for, property_a, in_tenant, hotel_b, otto, felix):
    assert client_for(otto, in_tenant).get("/desk/").status_code in {302, 403}
    assert client_for(felix, hotel_b).get("/desk/").status_code in {302, 403}


def test_another_property_is_not_there(client_for, felix, in_tenant, property_a, property_other):
    Grant.objects.filter(user=felix).update(property_code="LIS")
    client = client_for(felix, in_tenant)
    assert client.get("/desk/?property=POR").status_code == 404
    assert "Casa Porto" not in client.get("/desk/").content.decode()


def test_housekeeping_sees_but_moves_nothing(client_for, hana, in_tenant, property_a, actor):
    reservation = book(property_a, actor, unit="101")
    client = client_for(hana, in_tenant)
    page = client.get("/desk/").content.decode()
    assert "data-move" not in page
    assert "data-may-change" not in page
    for verb in ("plan", "change"):
        answer = client.post(f"/desk/reservations/{reservation.code}/{verb}/", wanted(reservation, unit="102"))
        assert answer.status_code == 403
    assert unit_of(reservation) == "101"


# --- Dropping a bar -----------------------------------------------------------------------------------------


def wanted(reservation, *, unit="", arrival=None, departure=None, **more):
    return {
        "unit": unit,
        "arrival": (arrival or reservation.arrival).isoformat(),
        "departure": (departure or reservation.departure).isoformat(),
        **more,
    }


def unit_of(reservation):
    units = set(reservation.nights.filter(released_at=None).values_list("unit__number", flat=True))
    return units.pop() if len(units) == 1 else units


def post(client, reservation, verb, values):
    headers = {"HX-Request": "true", "HX-Target": "dialog"}
    return client.post(f"/desk/reservations/{reservation.code}/{verb}/", values, headers=headers)


def test_plan_says_what_changes_and_changes_nothing(desk, property_a, actor):
    reservation = book(property_a, actor, unit="101")
    answer = post(desk, reservation, "plan", wanted(reservation, unit="102", departure=day(4)))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Move to 102?" in text
    assert "€300.00" in text
    assert "+€100.00" in text
    reservation.refresh_from_db()
    assert (unit_of(reservation), reservation.departure) == ("101", day(3))


def test_plan_says_why_not(desk, property_a, actor):
    book(property_a, actor, unit="102", last_name="Moreau")
    reservation = book(property_a, actor, unit="101")
    text = post(desk, reservation, "plan", wanted(reservation, unit="102")).content.decode()
    assert "This cannot be done" in text
    assert "Room 102 is taken" in text
    assert 'type="submit"' not in text


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"unit": "999"}, "Casa Lisboa has no room 999."),
        ({"departure": day(1)}, "a stay has at least one night"),
    ],
)
def test_plan_refuses_what_makes_no_sense(desk, property_a, actor, values, sentence):
    reservation = book(property_a, actor, unit="101")
    answer = post(desk, reservation, "plan", wanted(reservation, **values))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_change_moves_and_offers_undo(desk, property_a, actor):
    reservation = book(property_a, actor, unit="101")
    answer = post(desk, reservation, "change", wanted(reservation, unit="102", version=reservation.version))
    told = json.loads(answer["HX-Trigger"])
    assert told["reservation:changed"]["code"] == reservation.code
    assert told["toast"]["message"] == "Greta Lindqvist has 102."
    assert unit_of(reservation) == "102"
    undone = post(desk, reservation, "change", told["toast"]["undo"]["values"])
    assert undone.status_code == 200
    assert unit_of(reservation) == "101"


def test_change_that_gives_nights_up_is_undone_to_the_cent(desk, property_a, actor):
    """T28: the nights come back at the price they had, whatever they would cost now."""
    reservation = book(property_a, actor, unit="101")
    departure, total = reservation.departure, reservation.total_minor
    answer = post(desk, reservation, "change", wanted(reservation, departure=day(2)))
    BasePrice.objects.update(price_minor=77_777)
    reservation.refresh_from_db()
    assert reservation.departure == day(2)
    undone = post(desk, reservation, "change", json.loads(answer["HX-Trigger"])["toast"]["undo"]["values"])
    assert undone.status_code == 200
    reservation.refresh_from_db()
    assert (reservation.departure, reservation.total_minor) == (departure, total)


def test_change_refuses_when_somebody_was_faster(desk, property_a, actor):
    reservation = book(property_a, actor, unit="101")
    values = wanted(reservation, unit="102", version=reservation.version)
    Reservation.objects.filter(pk=reservation.pk).update(version=reservation.version + 1)
    answer = post(desk, reservation, "change", values)
    assert answer.status_code == 422
    assert "changed by somebody else" in answer.content.decode()
    assert unit_of(reservation) == "101"


def test_change_without_htmx_goes_back_to_the_chart(desk, property_a, actor):
    reservation = book(property_a, actor, unit="101")
    answer = desk.post(f"/desk/reservations/{reservation.code}/change/", wanted(reservation, unit="103"))
    assert (answer.status_code, answer["Location"]) == (303, "/desk/")


def test_plan_without_htmx_is_a_page(desk, property_a, actor):
    reservation = book(property_a, actor, unit="101")
    text = desk.post(f"/desk/reservations/{reservation.code}/plan/", wanted(reservation, unit="103")).content.decode()
    assert "<!doctype html>" in text
    assert "Move to 103?" in text


def test_option_is_moved_like_any_other(desk, property_a, actor):
    reservation = book(property_a, actor, unit="101", status=Status.HOLD, hold_minutes=60)
    post(desk, reservation, "change", wanted(reservation, unit="102"))
    assert unit_of(reservation) == "102"


def test_reservation_of_another_property_is_not_there(client_for, felix, in_tenant, property_a, property_other, actor):
    reservation = book(property_other, actor, unit="101")
    Grant.objects.filter(user=felix).update(property_code="LIS")
    client = client_for(felix, in_tenant)
    for verb in ("plan", "change"):
        assert post(client, reservation, verb, wanted(reservation, unit="102")).status_code == 404
    assert unit_of(reservation) == "101"


# --- Rates mode ---------------------------------------------------------------------------------------------

RATES = "/desk/?days=14&density=detailed&rates=1"


def test_rates_mode_shows_price_rooms_left_and_restrictions(desk, property_a, actor):
    """E1: the default plan's price, what is left and what restricts a day, in the line of each type."""
    book(property_a, actor, unit="101", arrival=0)
    Restriction.objects.create(
        property=property_a.property,
        room_type=property_a.double,
        date=TODAY,
        closed_to_arrival=True,
        min_stay_through=2,
    )
    Restriction.objects.create(property=property_a.property, room_type=property_a.suite, date=TODAY, stop_sell=True)
    page = desk.get(RATES).content.decode()
    assert 'aria-label="20 Nov, €100.00, 2 left, closed to arrival, at least 2 nights"' in page
    assert "<b>100</b><small>2</small><em><i>CTA</i><i>2+</i></em>" in page
    assert 'aria-label="20 Nov, €250.00, 2 left, closed"' in page
    address = "/desk/rates/explain/?room_type=DBL&amp;rate_plan=BAR&amp;arrival=2026-11-20&amp;departure=2026-11-21"
    assert f'href="{address}"' in page
    assert desk.get(address.replace("&amp;", "&")).status_code == 200


def test_rates_mode_shows_the_plan_chosen(desk, property_a):
    RatePlan.objects.create(
        property=property_a.property, code="NRF", name="Non-refundable", parent=property_a.rate_plan, derive_percent=-10
    )
    answer = desk.get(f"{RATES}&plan=NRF")
    assert (answer.context["chart"].rates.plan.code, "<b>90</b>" in answer.content.decode()) == ("NRF", True)
    assert [choice.label for choice in answer.context["plans"] if choice.current] == ["Non-refundable"]


def test_night_without_a_price_is_told(desk, property_a):
    """T24: no price is a dash, a price of nothing is a nought."""
    property_a.rate_plan.base_prices.filter(room_type=property_a.suite).delete()
    property_a.rate_plan.base_prices.update(price_minor=0)
    page = desk.get(RATES).content.decode()
    assert ("20 Nov, no price, 2 left" in page, "20 Nov, €0.00, 3 left" in page) == (True, True)


def test_rates_mode_is_remembered_by_the_browser_and_left_again(desk, property_a):
    desk.get(f"{RATES}&plan=BAR")
    again = desk.get("/desk/")
    assert (again.context["window"].rates, again.context["window"].plan) == (True, "BAR")
    off = again.context["rates_url"]
    assert not desk.get(f"/desk/{off}").context["window"].rates
    assert not desk.get("/desk/").context["window"].rates


def test_rates_come_with_the_rows_that_follow(desk, property_a):
    assert b"<b>250</b>" in desk.get("/desk/rows/?days=14&rates=1").content


def test_without_rates_mode_nobody_asks_for_prices(desk, property_a, actor):
    """The normal chart stays as fast as it was; in the rates mode the queries are as many for any size."""
    plain = counted(desk, "/desk/?days=14&density=detailed")
    assert len(plain) <= 8
    assert [sql for sql in plain if "rates_" in sql] == []
    few = counted(desk, RATES)
    for number in range(3):
        kind = RoomType.objects.create(property=property_a.property, code=f"T{number}", name=f"Type {number}")
        BasePrice.objects.create(room_type=kind, rate_plan=property_a.rate_plan, price_minor=9_000)
    assert len(counted(desk, RATES)) == len(few)


def test_prices_are_only_for_who_may_see_them(client_for, hana, in_tenant, property_a):
    page = client_for(hana, in_tenant).get(RATES)
    assert (page.context["chart"].rates, b"rates-switch" in page.content) == (None, False)
