"""What channels sold comes in: made, changed, cancelled, in any order and any number of times."""

from datetime import timedelta
from itertools import permutations

import pytest

from bookings.reservations.enums import Status
from bookings.reservations.models import Booking, Reservation
from channels.adapters.base import Person
from channels.adapters.enums import Told
from channels.sync.enums import CaseKind, MessageState
from channels.sync.models import BookingMessage, Case, ChannelBooking, Mark
from guests.profiles.enums import Collector
from tests.channels.house import make_connection, sold, sold_room, take
from tests.house import book, counters


@pytest.fixture
def connection(property_a):
    return make_connection(property_a)


def day(house, offset):
    return house.property.business_date + timedelta(days=offset)


def only():
    return Reservation.objects.get()


def test_a_booking_of_a_channel_is_made_at_its_price(property_a, connection):
    """T67: the channel's price wins."""
    message = take(connection, sold(sold_room(property_a), commission_minor=2_700))
    row = only()
    assert message.state == MessageState.APPLIED
    assert (row.total_minor, row.commission_minor, row.status) == (18_000, 2_700, Status.CONFIRMED)
    assert (row.booking.external_id, row.booking.source, row.guest.email) == (
        "BDC-1",
        "booking_com",
        "greta@example.com",
    )
    assert row.channel_stay.channel_booking.booking == row.booking


def test_the_same_message_again_changes_nothing_and_is_acknowledged_again(property_a, connection):
    """T59: at least once."""
    message = sold(sold_room(property_a))
    take(connection, message)
    BookingMessage.objects.update(acknowledged_at=message.made_at or only().made_at)
    again = take(connection, message)
    assert (Booking.objects.count(), again.times, again.acknowledged_at) == (1, 2, None)


def test_the_same_revision_with_other_content_is_an_alarm(property_a, connection):
    """T59: the first stays."""
    take(connection, sold(sold_room(property_a)))
    take(connection, sold(sold_room(property_a, departure=5)))
    assert only().departure == day(property_a, 3)
    assert Case.objects.get().kind == CaseKind.CONTENT_DIFFERS


def test_a_change_brings_its_own_prices(property_a, connection):
    """T67: nothing keeps the price of before."""
    take(connection, sold(sold_room(property_a)))
    prices = {day(property_a, night): 7_500 for night in (2, 3, 4)}
    changed = sold_room(property_a, 2, 5, prices=prices, adults=1)
    take(connection, sold(changed, told=Told.MODIFIED, order="2026-11-20T11:00:00", commission_minor=3_000))
    row = only()
    assert (row.arrival, row.departure, row.adults) == (day(property_a, 2), day(property_a, 5), 1)
    assert (row.total_minor, row.commission_minor) == (22_500, 3_000)


def test_a_changed_price_alone_is_taken(property_a, connection):
    take(connection, sold(sold_room(property_a)))
    prices = {day(property_a, night): 8_000 for night in (1, 2)}
    take(connection, sold(sold_room(property_a, prices=prices), told=Told.MODIFIED, order="2026-11-20T11:00:00"))
    assert only().total_minor == 16_000


def test_modified_before_it_was_made(property_a, connection):
    """T60: created from the change; the late "new" is older and ignored. T62: "new" upserts."""
    take(connection, sold(sold_room(property_a, 2, 5), told=Told.MODIFIED, order="2026-11-20T11:00:00"))
    late = take(connection, sold(sold_room(property_a)))
    assert (late.state, only().departure) == (MessageState.OUTDATED, day(property_a, 5))


def test_cancelled_before_it_was_made(property_a, connection):
    """T64: a tombstone; the late "new" arrives cancelled."""
    take(connection, sold(told=Told.CANCELLED, order="2026-11-20T12:00:00"))
    late = take(connection, sold(sold_room(property_a)))
    assert (late.state, Reservation.objects.count()) == (MessageState.OUTDATED, 0)
    assert ChannelBooking.objects.get().told == Told.CANCELLED


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_every_order_of_three_messages_ends_the_same(property_a, connection, order):
    """T61: the newest holds."""
    messages = [
        sold(sold_room(property_a)),
        sold(sold_room(property_a, 2, 6), told=Told.MODIFIED, order="2026-11-20T11:00:00"),
        sold(told=Told.CANCELLED, order="2026-11-20T12:00:00"),
    ]
    for place in order:
        take(connection, messages[place])
    assert not Reservation.objects.exclude(status=Status.CANCELLED).exists()
    assert counters(property_a.property) == {}


def test_sold_again_after_it_was_cancelled(property_a, connection):
    take(connection, sold(sold_room(property_a)))
    take(connection, sold(told=Told.CANCELLED, order="2026-11-20T12:00:00"))
    take(connection, sold(sold_room(property_a, 1, 4), told=Told.MODIFIED, order="2026-11-20T13:00:00"))
    assert (only().status, only().departure, only().total_minor) == (Status.CONFIRMED, day(property_a, 4), 27_000)


def test_beyond_the_last_room_it_is_taken_and_flagged(property_a, connection):
    """T17: never dropped."""
    for unit in ("101", "102", "103"):
        book(property_a, 1, 3, unit=unit)
    take(connection, sold(sold_room(property_a)))
    row = Reservation.objects.get(booking__external_id="BDC-1")
    assert row.is_overbooked
    assert Case.objects.get().kind == CaseKind.OVERBOOKED


def test_a_change_beyond_the_last_room_is_taken_and_flagged(property_a, connection):
    """T17, by a change."""
    take(connection, sold(sold_room(property_a)))
    for unit in ("101", "102", "103"):
        book(property_a, 5, 7, unit=unit)
    take(connection, sold(sold_room(property_a, 5, 7), told=Told.MODIFIED, order="2026-11-20T11:00:00"))
    assert Reservation.objects.get(booking__external_id="BDC-1").is_overbooked
    assert Case.objects.get().kind == CaseKind.OVERBOOKED


def test_rooms_and_rates_that_nobody_mapped_take_inventory(property_a, connection):
    """T66: accepted at the fallback, with a case each."""
    take(connection, sold(sold_room(property_a, room_id="NEW", rate_id="PROMO")))
    assert counters(property_a.property)["DBL", day(property_a, 1)] == {"sold": 1}
    kinds = set(Case.objects.values_list("kind", flat=True))
    assert kinds == {CaseKind.UNMAPPED_ROOM, CaseKind.UNMAPPED_RATE}


def test_two_rooms_one_more_one_less(property_a, connection):
    """T63: a whole message cancels the rooms that it does not name."""
    first, second = sold_room(property_a), sold_room(property_a, room_ref="2", room_id="R-STE", rate_id="R-STE-BAR")
    take(connection, sold(first, second))
    third = sold_room(property_a, room_ref="3")
    take(connection, sold(second, third, told=Told.MODIFIED, order="2026-11-20T11:00:00"))
    by_ref = {row.channel_stay.room_ref: row.status for row in Reservation.objects.all()}
    assert by_ref == {"1": Status.CANCELLED, "2": Status.CONFIRMED, "3": Status.CONFIRMED}
    assert Booking.objects.count() == 1


def test_a_message_in_parts_leaves_what_it_does_not_name(property_a, connection):
    """T63: the other way round."""
    take(connection, sold(sold_room(property_a), sold_room(property_a, room_ref="2")))
    changed = sold_room(property_a, 1, 4)
    take(connection, sold(changed, told=Told.MODIFIED, order="2026-11-20T11:00:00", is_whole=False))
    assert {row.status for row in Reservation.objects.all()} == {Status.CONFIRMED}


def test_a_room_listed_twice_is_one_room(property_a, connection):
    take(connection, sold(sold_room(property_a), sold_room(property_a)))
    assert Reservation.objects.count() == 1


def test_a_change_for_a_guest_in_house_is_a_case(property_a, connection):
    """T69: not to the bin, and not by itself."""
    take(connection, sold(sold_room(property_a)))
    Reservation.objects.update(status=Status.CHECKED_IN)
    take(connection, sold(sold_room(property_a, 1, 6), told=Told.MODIFIED, order="2026-11-20T11:00:00"))
    take(connection, sold(told=Told.CANCELLED, order="2026-11-20T12:00:00"))
    assert (only().departure, only().status) == (day(property_a, 3), Status.CHECKED_IN)
    assert Case.objects.get().kind == CaseKind.IN_HOUSE
    Reservation.objects.update(status=Status.CONFIRMED)


def test_a_total_is_spread_over_nights_that_are_not_told(property_a, connection):
    take(connection, sold(sold_room(property_a, 1, 4, prices={}, total_minor=10_000)))
    prices = list(only().nights.order_by("date").values_list("price_minor", flat=True))
    assert (prices, sum(prices)) == ([3_334, 3_333, 3_333], 10_000)


def test_without_any_price_the_house_sells_at_its_own(property_a, connection):
    take(connection, sold(sold_room(property_a, prices={})))
    assert only().total_minor == 20_000


def test_a_currency_without_a_rate_is_taken_and_shown(property_a, connection):
    take(connection, sold(sold_room(property_a), currency="JPY"))
    assert Case.objects.get().kind == CaseKind.CURRENCY


def test_more_guests_than_the_type_sleeps_are_taken_as_far_as_it_does(property_a, connection):
    take(connection, sold(sold_room(property_a, adults=5)))
    assert only().adults == property_a.double.max_adults
    assert "5 adults" in only().notes


@pytest.mark.parametrize(
    "person",
    [
        Person(),
        Person(first_name="Greta"),
        Person(last_name="x" * 300, email="no address", country="Netherlands", language="nl-NL", phone="call me"),
        Person(last_name="\x00Greta\x00", email="a@b", phone="+370 600 00000"),
    ],
)
def test_whoever_booked_gets_a_profile(property_a, connection, person):
    take(connection, sold(sold_room(property_a), booker=person))
    assert only().guest.last_name


def test_who_collects_is_kept(property_a, connection):
    take(connection, sold(sold_room(property_a), collector=Collector.SELLER))
    assert only().booking.collector == Collector.SELLER


def test_a_cancellation_takes_the_commission_back(property_a, connection):
    """T50: nothing is charged to the guest by itself."""
    take(connection, sold(sold_room(property_a), commission_minor=2_700))
    take(connection, sold(told=Told.CANCELLED, order="2026-11-20T12:00:00"))
    assert (only().status, only().commission_minor) == (Status.CANCELLED, 0)


def test_the_channel_is_told_the_rooms_left_anew(property_a, connection):
    """T68: it counts by itself, and is put right."""
    take(connection, sold(sold_room(property_a)))
    assert Mark.objects.filter(connection=connection, anew=1, first=day(property_a, 1)).exists()


def test_a_booking_without_rooms_is_put_aside_and_said(property_a, connection):
    message = take(connection, sold())
    assert (message.state, message.attempts, Reservation.objects.count()) == (MessageState.WAITING, 1, 0)
    assert "names no room" in message.error


def test_channels_of_two_properties_do_not_meet(property_a, connection):
    other = make_connection(property_a, code="CHX2", account="5f0b")
    take(connection, sold(sold_room(property_a)))
    row = take(other, sold(sold_room(property_a), source=None))
    assert row.state == MessageState.APPLIED
    assert Reservation.objects.count() == 2
