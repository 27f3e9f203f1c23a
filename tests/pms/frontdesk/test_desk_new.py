"""A new booking at the desk: happy paths, refusals, what is offered and at what price."""

import pytest

from bookings.rates.enums import Source
from bookings.reservations.enums import Status
from bookings.reservations.models import Booking, Reservation
from pms.housekeeping.enums import Condition
from pms.housekeeping.services import unit_condition_set
from tests.pms.frontdesk.desk_cast import SYSTEM, TODAY, book, day


@pytest.fixture
def desk(client_for, felix, property_a, in_tenant):
    return client_for(felix, in_tenant)


def rooms(row):
    return [night.unit.number if night.unit else "" for night in row.nights.filter(released_at=None)]


def new(desk, **given):
    """Send the new booking form with a double for two nights from today."""
    page = desk.get("/desk/new/")
    key = page.context["form"]["request_key"].value()
    return desk.post(
        "/desk/new/",
        {
            "request_key": key,
            "arrival": TODAY.isoformat(),
            "departure": day(2).isoformat(),
            "adults": 2,
            "infants": 0,
            "rooms:DBL:BAR": 1,
            "last_name": "Lindqvist",
            "source": "phone",
            "kind": "confirmed",
            "hold_minutes": 60,
            **given,
        },
    )


def test_new_booking(desk, property_a):
    answer = new(desk, first_name="Greta", special_requests="Cot")
    row = Reservation.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/desk/reservations/{row.code}/")
    assert (row.guest.full_name, row.special_requests, row.nights_count, row.status) == (
        "Greta Lindqvist",
        "Cot",
        2,
        Status.CONFIRMED,
    )


def test_sent_twice_it_is_one_booking(desk, property_a):
    key = "6f1b7e1e-7a8e-4f57-9d0e-2f4f6f1b7e1e"
    assert new(desk, request_key=key)["Location"] == new(desk, request_key=key)["Location"]
    assert Booking.objects.count() == 1


def test_several_rooms_are_one_booking(desk, property_a):
    answer = new(desk, **{"rooms:DBL:BAR": 2, "rooms:STE:BAR": 1})
    booking = Booking.objects.get()
    assert answer["Location"] == f"/desk/bookings/{booking.code}/"
    assert booking.reservations.count() == 3


def test_walk_in_is_in_house_at_once(desk, property_a):
    assert desk.get("/desk/new/?walk_in=1").context["form"]["source"].value() == Source.WALK_IN
    new(desk, source="walk_in", check_in="on")
    assert Reservation.objects.get().status == Status.CHECKED_IN


def test_walk_in_into_a_dirty_room_is_booked_and_says_why(desk, property_a):
    for unit in property_a.units.values():
        unit_condition_set(unit=unit, condition=Condition.DIRTY, actor=SYSTEM)
    answer = new(desk, source="walk_in", check_in="on")
    row = Reservation.objects.get()
    assert (row.status, answer["Location"]) == (Status.CONFIRMED, f"/desk/reservations/{row.code}/check-in/")


def test_option_lasts_as_long_as_asked(desk, property_a):
    new(desk, kind="hold", hold_minutes=240)
    row = Reservation.objects.get()
    assert row.status == Status.HOLD
    assert row.hold is not None
    assert abs((row.hold.expires_at - row.made_at).total_seconds() - 240 * 60) < 30


def test_room_of_the_chart_is_given_and_promised(desk, property_a):
    page = desk.get("/desk/new/", {"unit": "201", "arrival": day(3).isoformat(), "departure": day(5).isoformat()})
    assert page.context["chosen"] == {"STE:BAR": 1}
    new(desk, unit="102", pin="on")
    row = Reservation.objects.get()
    assert (rooms(row), row.unit_pinned) == (["102"] * 2, True)


def test_known_guest_is_taken_not_made_again(desk, property_a):
    guest = book(property_a, unit="101").guest
    new(desk, guest=str(guest.code), last_name="")
    assert Reservation.objects.filter(guest=guest).count() == 2


def test_finding_a_guest_without_javascript_books_nothing(desk, property_a):
    guest = book(property_a, unit="101").guest
    answer = new(desk, find="1")
    assert answer.status_code == 200
    assert answer.context["known"] == [guest]
    assert Booking.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"last_name": ""}, "last_name"),
        ({"email": "greta@"}, "email"),
        ({"rooms:DBL:BAR": 0}, "__all__"),
        ({"rooms:DBL:BAR": 4}, "__all__"),
        ({"rooms:XXX:BAR": 1, "rooms:DBL:BAR": 0}, "__all__"),
        ({"guest": "6f1b7e1e-7a8e-4f57-9d0e-2f4f6f1b7e1e"}, "guest"),
        ({"adults": 9}, "__all__"),
        ({"source": "fax"}, "source"),
        ({"country": "Z"}, "country"),
    ],
)
def test_new_booking_refused(desk, property_a, given, field):
    answer = new(desk, **given)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert Booking.objects.count() == 0


@pytest.mark.parametrize(
    "given", [{"departure": TODAY.isoformat()}, {"arrival": day(-1).isoformat()}, {"adults": 0}, {"child_ages": "x"}]
)
def test_stay_that_makes_no_sense(desk, property_a, given):
    answer = new(desk, **given)
    assert answer.status_code == 422
    assert answer.context["stay"].errors
    assert Booking.objects.count() == 0


def test_offers_say_price_rooms_left_and_why_not(desk, property_a):
    """T9: what is left is the least over the nights; a party that does not fit is told so."""
    book(property_a, unit="101", arrival=1)
    book(property_a, last_name="Moreau", unit="102", arrival=2)
    asked = {"arrival": TODAY.isoformat(), "departure": day(3).isoformat(), "adults": "3"}
    found = {offer.room_type.code: offer for offer in desk.get("/desk/new/", asked).context["offers"]}
    assert found["DBL"].refusal == "Takes 2 adults at most"
    assert (found["DBL"].left, found["STE"].left, found["STE"].plans[0].total.minor) == (1, 2, 75_000)


def test_no_price_is_not_a_price_of_nothing(desk, property_a):
    """T24: a night without a price is not sold, and a price of nothing is."""
    property_a.rate_plan.base_prices.filter(room_type=property_a.suite).delete()
    property_a.rate_plan.base_prices.update(price_minor=0)
    found = {offer.room_type.code: offer.plans[0] for offer in desk.get("/desk/new/").context["offers"]}
    assert (found["STE"].total, found["DBL"].total.minor) == (None, 0)
    assert found["STE"].refusal.startswith("No price on")
