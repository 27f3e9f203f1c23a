from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookings.availability.models import Hold
from bookings.availability.services import (
    block_create,
    block_release,
    inventory_extend,
    overbooking_limit_set,
    unit_retire,
)
from bookings.lifecycle.services import RoomRequest, booking_create, creating, reservation_move, reservation_unassign
from bookings.rates.enums import Source
from bookings.rates.models import BasePrice, DailyPrice
from bookings.reservations.enums import OccupantKind, Status
from bookings.reservations.models import Booking, Reservation
from guests.profiles.enums import CompanyKind
from guests.profiles.models import Company
from guests.profiles.services import GuestDetails
from pms.audit.models import AuditEvent
from pms.events.models import OutboxEvent
from pms.kernel.errors import Conflict
from pms.kernel.money import Money
from tests.conftest import TODAY
from tests.house import TESTER, book, counters, free, numbers, refused


def day(offset):
    return TODAY + timedelta(days=offset)


def request(house, arrival=1, departure=3, **wish):
    defaults: dict[str, Any] = {"room_type": house.double, "rate_plan": house.rate_plan}
    return RoomRequest(arrival=day(arrival), departure=day(departure), **(defaults | wish))


def create(house, *rooms, **facts):
    defaults: dict[str, Any] = {"booker": GuestDetails(last_name="Greta"), "source": Source.PHONE, "actor": TESTER}
    return booking_create(property=house.property, rooms=rooms, **(defaults | facts))


def test_it_takes_a_unit_for_every_night_but_not_the_departure(property_a):
    """T1: [arrival, departure)."""
    reservation = book(property_a, 1, 3)
    assert numbers(reservation) == ["101", "101"]
    assert counters(property_a.property) == {("DBL", day(1)): {"sold": 1}, ("DBL", day(2)): {"sold": 1}}
    assert (reservation.total_minor, reservation.nights_count, reservation.version) == (20_000, 2, 1)


def test_the_next_guest_comes_the_day_the_last_one_leaves(property_a):
    """T2: the same unit turns over on one day."""
    book(property_a, 1, 3, unit="101")
    assert numbers(book(property_a, 3, 4, unit="101")) == ["101"]
    assert numbers(book(property_a, 0, 1, unit="101")) == ["101"]


@pytest.mark.parametrize("departure", [1, 0])
def test_a_stay_without_a_night_is_refused(property_a, departure):
    """T3: no zero nights."""
    with refused("no_nights"):
        book(property_a, 1, departure)


def test_the_tightest_unit_is_taken(property_a):
    book(property_a, 1, 3, unit="102")
    assert numbers(book(property_a, 3, 5)) == ["102", "102"]


def test_availability_is_the_minimum_over_the_nights(property_a):
    """T9: one full night refuses the whole stay, whichever night it is."""
    for number in ("101", "102", "103"):
        book(property_a, 4, 5, unit=number)
    with refused("sold_out"):
        book(property_a, 1, 6)
    assert counters(property_a.property) == {("DBL", day(4)): {"sold": 3}}


def test_a_free_type_without_one_free_unit_is_sold_unassigned_with_the_reason(property_a):
    """T12: nobody is split between rooms in silence."""
    book(property_a, 1, 3, unit="101")
    book(property_a, 1, 3, unit="102")
    book(property_a, 3, 5, unit="103")
    book(property_a, 3, 5, unit="101")
    reservation = book(property_a, 1, 5)
    assert numbers(reservation) == [None] * 4
    assert reservation.unassigned_reason == "No single Double is free for all 4 nights"


def test_the_overbooking_limit_is_sold_and_then_no_more(property_a):
    """T17: the limit is per type and night, for everybody who sells here."""
    overbooking_limit_set(room_type=property_a.double, limit=1, actor=TESTER)
    for _ in range(3):
        book(property_a, 1, 2)
    fourth = book(property_a, 1, 2)
    assert fourth.unassigned_reason == "Sold within the overbooking limit: no Double left on 21 Nov"
    assert not fourth.is_overbooked
    with refused("sold_out"):
        book(property_a, 1, 2)


def test_a_channel_beyond_the_limit_is_accepted_and_flagged(property_a):
    """T17: the guest has bought it already."""
    for _ in range(3):
        book(property_a, 1, 3)
    reservation = book(property_a, 0, 3, source=Source.BOOKING_COM)
    assert reservation.is_overbooked
    assert reservation.unassigned_reason == "Overbooked: no Double left on 21 Nov and 1 more night"
    assert numbers(reservation) == [None] * 3
    assert counters(property_a.property) == {
        ("DBL", day(0)): {"sold": 1},
        ("DBL", day(1)): {"sold": 3, "overbooked": 1},
        ("DBL", day(2)): {"sold": 3, "overbooked": 1},
    }


def test_a_channel_naming_a_unit_of_a_full_type_gets_its_own_type(property_a):
    """T17, T53: full is asked of the type that would be consumed, and what was sold is tried before giving up."""
    for _ in range(2):
        book(property_a, 1, 2, room_type=property_a.suite)
    for row in Reservation.objects.all():
        reservation_unassign(reservation=row, actor=TESTER)
    reservation = book(property_a, 1, 2, unit="201", source=Source.EXPEDIA)
    assert (numbers(reservation), reservation.is_overbooked) == (["101"], False)


def test_a_channel_beyond_the_horizon_extends_it(property_a):
    book(property_a, 119, 123, source=Source.AIRBNB)
    assert free(property_a.double, day(122)) == 2
    assert free(property_a.suite, day(122)) == 2


@pytest.mark.parametrize("source", [Source.PHONE, Source.AIRBNB])
def test_nobody_books_centuries_ahead(property_a, source):
    ages = (date(9999, 12, 30) - TODAY).days
    with refused("beyond_horizon"):
        book(property_a, ages, ages + 1, source=source)


def test_beyond_the_horizon_is_refused(property_a):
    with refused("beyond_horizon"):
        book(property_a, 119, 121)
    assert book(property_a, 119, 120).pk


def test_the_longest_stay_is_two_years(property_a):
    inventory_extend(property=property_a.property, until=day(731))
    assert len(numbers(book(property_a, 0, 730, unit="101"))) == 730
    with refused("too_long"):
        book(property_a, 0, 731)


def test_leap_day_is_a_night(property_a):
    """T4: nights are dates."""
    leap = (date(2028, 2, 29) - TODAY).days
    reservation = book(property_a, leap - 1, leap + 1, source=Source.OTA)
    assert [night.date for night in reservation.nights.all()] == [date(2028, 2, 28), date(2028, 2, 29)]


def test_the_night_the_clocks_change_is_one_night(property_a):
    """T6: from 27 to 28 March 2027 it is 23 hours until check-out, and one night."""
    begin = (date(2027, 3, 27) - TODAY).days
    assert book(property_a, begin, begin + 1, source=Source.OTA).total_minor == 10_000


def test_today_is_the_business_date_and_not_the_clock(property_a):
    """T5: whatever the server's clock says, the business date decides."""
    with time_machine.travel(datetime(2027, 6, 1, tzinfo=UTC)):
        assert book(property_a, 0, 1).arrival == TODAY
    with time_machine.travel(datetime(2026, 11, 1, tzinfo=UTC)), refused("arrival_past"):
        book(property_a, -1, 1)


def test_a_refusal_offers_other_types_or_dates(property_a):
    for _ in range(3):
        book(property_a, 1, 2)
    with pytest.raises(Conflict) as refusal:
        book(property_a, 1, 2)
    assert refusal.value.context["alternatives"] == ["Suite: 2 free for these nights"]
    for _ in range(2):
        book(property_a, 1, 2, room_type=property_a.suite)
    with pytest.raises(Conflict) as refusal:
        book(property_a, 1, 2)
    assert refusal.value.context["alternatives"][0] == "Double from 22 Nov to 23 Nov"


def test_several_rooms_are_one_booking_or_none(property_a):
    booking = create(property_a, *[request(property_a)] * 3)
    codes = sorted(booking.reservations.values_list("code", flat=True))
    assert codes == [f"{booking.code}-{number}" for number in (1, 2, 3)]
    with refused("sold_out"):
        create(property_a, request(property_a, 5, 6), request(property_a))
    assert ("DBL", day(5)) not in counters(property_a.property)
    assert Booking.objects.count() == 1


def test_the_same_click_twice_is_one_booking(property_a):
    key = uuid4()
    first = create(property_a, *[request(property_a)] * 3, request_key=key)
    assert create(property_a, *[request(property_a)] * 3, request_key=key) == first
    assert Reservation.objects.count() == 3


def test_another_collision_is_not_hidden(property_a, monkeypatch):
    first = create(property_a, request(property_a))
    monkeypatch.setattr(creating, "_free_code", lambda: first.code)
    with pytest.raises(IntegrityError):
        create(property_a, request(property_a), request_key=uuid4())


def test_a_channels_number_comes_once(property_a, monkeypatch):
    create(property_a, request(property_a), source=Source.EXPEDIA, external_id="X1")
    create(property_a, request(property_a), source=Source.AIRBNB, external_id="X1")
    with refused("duplicate_external_id"):
        create(property_a, request(property_a), source=Source.EXPEDIA, external_id=" X1 ")


def test_an_option_is_held_and_an_inquiry_takes_nothing(property_a):
    """T15: an option consumes inventory."""
    book(property_a, 1, 2, status=Status.HOLD, hold_minutes=30)
    book(property_a, 1, 2, status=Status.INQUIRY)
    assert counters(property_a.property) == {("DBL", day(1)): {"held": 1}}


def test_an_option_that_ran_out_is_swept_by_the_next_booking(property_a):
    """T15: it expires by itself, the sweeper or not."""

    options = [book(property_a, 1, 4, status=Status.HOLD) for _ in range(3)]
    with refused("sold_out"):
        book(property_a, 2, 3)
    Hold.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert numbers(book(property_a, 2, 3)) == ["101"]
    assert {Reservation.objects.get(pk=row.pk).status for row in options} == {Status.CANCELLED}


def test_an_option_moved_to_another_type_and_run_out_frees_that_type(property_a):
    """T15, T53: the nights say what an option takes, not what it was sold as."""

    book(property_a, 1, 2, unit="202", room_type=property_a.suite)
    option = book(property_a, 1, 2, status=Status.HOLD)
    reservation_move(reservation=option, unit=property_a.units["201"], actor=TESTER)
    Hold.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert numbers(book(property_a, 1, 2, room_type=property_a.suite)) == ["201"]


def test_the_price_is_a_snapshot_per_night(property_a):
    """T28: later rate edits never change it."""
    DailyPrice.objects.create(
        rate_plan=property_a.rate_plan, room_type=property_a.double, date=day(2), price_minor=12_345
    )
    reservation = book(property_a, 1, 4)
    DailyPrice.objects.update(price_minor=1)
    BasePrice.objects.update(price_minor=1)
    assert list(reservation.nights.values_list("price_minor", flat=True)) == [10_000, 12_345, 10_000]
    assert Reservation.objects.get().total_minor == 32_345


def test_no_price_is_not_a_price_of_nothing(property_a):
    """T24: a night without a price is not sold, one at 0 is."""
    BasePrice.objects.all().delete()
    with refused("no_price"):
        book(property_a, 1, 2)
    DailyPrice.objects.create(rate_plan=property_a.rate_plan, room_type=property_a.double, date=day(1), price_minor=0)
    assert book(property_a, 1, 2).total_minor == 0


def test_a_channels_prices_are_its_own(property_a):
    reservation = book(property_a, 1, 3, source=Source.OTA, prices={day(1): 7, day(2): 8})
    assert reservation.total_minor == 15
    with refused("no_price"):
        book(property_a, 1, 3, prices={day(1): 7})
    with refused("bad_price"):
        book(property_a, 1, 2, prices={day(1): -1})


@pytest.mark.parametrize(("currency", "shown"), [("JPY", "¥10,000"), ("BHD", "BHD10.000"), ("EUR", "€100.00")])
def test_minor_units_are_the_currencys(property_a, currency, shown):
    property_a.property.currency = currency
    property_a.property.save(update_fields=["currency"])
    reservation = book(property_a, 1, 2)
    assert str(Money(reservation.total_minor, reservation.currency)).replace("\xa0", "") == shown


def test_commission_is_the_agencys_share_rounded_once(property_a):
    agency = Company.objects.create(
        code="TUI", kind=next(iter(CompanyKind)), name="Tui", commission_percent=Decimal("12.34")
    )
    booking = create(
        property_a, request(property_a, prices={day(1): 101, day(2): 102}, override_reason="As agreed"), agency=agency
    )
    assert booking.reservations.get().commission_minor == 25
    booking = create(property_a, request(property_a), agency=agency, commission_percent=Decimal(50))
    assert booking.reservations.get().commission_minor == 10_000


def test_the_party_is_written_down(property_a):
    reservation = book(
        property_a, 1, 2, room_type=property_a.suite, adults=2, child_ages=[0, 17], infants=1, guest="Müller 🏨"
    )
    kinds = list(reservation.occupants.values_list("kind", "age"))
    assert kinds == [
        (OccupantKind.ADULT, None),
        (OccupantKind.ADULT, None),
        (OccupantKind.CHILD, 0),
        (OccupantKind.CHILD, 17),
        (OccupantKind.INFANT, None),
    ]
    assert (reservation.adults, reservation.children, reservation.infants) == (2, 2, 1)
    assert reservation.guest.full_name == "Greta Müller 🏨"


@pytest.mark.parametrize(
    ("code", "wish"),
    [
        ("no_adult", {"adults": 0}),
        ("too_many_guests", {"adults": 3}),
        ("too_many_guests", {"adults": 2, "child_ages": [3]}),
        ("too_many_guests", {"adults": 1, "infants": 4}),
        ("bad_age", {"adults": 1, "child_ages": [-1]}),
        ("bad_age", {"adults": 1, "child_ages": [18]}),
        ("bad_character", {"notes": "a\x00b"}),
        ("bad_character", {"special_requests": "\x00"}),
        ("text_too_long", {"notes": "x" * 20_001}),
        ("text_too_long", {"tags": ["x" * 33]}),
    ],
)
def test_what_makes_no_sense_is_refused(property_a, code, wish):
    with refused(code):
        book(property_a, 1, 2, **wish)
    assert Booking.objects.count() == 0


def test_more_children_than_the_type_sleeps_are_refused(property_a):
    property_a.suite.max_children = 1
    with refused("too_many_guests"):
        book(property_a, 1, 2, room_type=property_a.suite, adults=2, child_ages=[4, 9])


@pytest.mark.parametrize("product", ["double", "rate_plan"])
def test_what_is_retired_is_not_sold(property_a, product):
    getattr(property_a, product).retired_at = timezone.now()
    with refused("retired"):
        book(property_a, 1, 2)


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("bad_status", {"status": Status.CHECKED_IN}),
        ("bad_status", {"status": Status.CANCELLED}),
        ("bad_hold", {"status": Status.HOLD, "hold_minutes": 0}),
        ("bad_hold", {"status": Status.HOLD, "hold_minutes": 86_401}),
        ("bad_character", {"notes": "\x00"}),
        ("bad_character", {"booker": GuestDetails(last_name="Gr\x00ta")}),
        ("name_missing", {"booker": GuestDetails(last_name="  ")}),
        ("text_too_long", {"external_id": "x" * 65}),
    ],
)
def test_a_booking_that_makes_no_sense_is_refused(property_a, code, facts):
    with refused(code):
        create(property_a, request(property_a), **facts)


def test_a_name_of_ten_thousand_letters_is_refused(property_a):
    with pytest.raises(ValidationError):
        create(property_a, request(property_a), booker=GuestDetails(last_name="x" * 10_000))


def test_long_notes_with_emoji_are_kept(property_a):
    notes = "🛏️" * 5_000
    assert book(property_a, 1, 2, notes=notes).notes == notes


def test_a_booking_has_a_room(property_a):
    with refused("no_rooms"):
        create(property_a)


def test_another_propertys_things_are_refused(property_a, property_other):
    for wish in (
        {"room_type": property_other.double},
        {"rate_plan": property_other.rate_plan},
        {"unit": property_other.units["101"]},
    ):
        with refused("other_property"):
            create(property_a, request(property_a, **wish))


def test_a_taken_unit_is_refused_by_name(property_a):
    book(property_a, 1, 3, unit="101", guest="Otto")
    with pytest.raises(Conflict, match=r"Room 101 is taken from 21 Nov to 23 Nov 2026 \(Greta Otto\)\."):
        book(property_a, 2, 4, unit="101")


def test_a_unit_out_of_service_is_refused(property_a):
    unit_retire(unit=property_a.units["103"], until=day(5), actor=TESTER)
    with refused("not_in_service"):
        book(property_a, 4, 6, unit="103")
    assert numbers(book(property_a, 4, 5, unit="103")) == ["103"]


def test_picking_up_a_block_does_not_count_twice(property_a):
    """T10: what is picked up is no longer kept."""
    block = make_block(property_a, {property_a.double: 3}, 1, 3)
    with refused("sold_out"):
        book(property_a, 1, 2)
    book(property_a, 1, 3, block=block)
    assert counters(property_a.property)["DBL", day(1)] == {"sold": 1, "blocked": 2}
    for _ in range(2):
        book(property_a, 1, 3, block=block)
    with refused("block_used_up"):
        book(property_a, 1, 3, block=block)
    assert counters(property_a.property)["DBL", day(1)] == {"sold": 3}


def test_a_block_released_since_the_caller_looked_is_not_given_back_twice(property_a):
    """T10: the block is looked at again when its nights are locked."""
    block = make_block(property_a, {property_a.double: 2}, 1, 3)
    block_release(block=block, actor=TESTER)
    assert block.released_at is None  # the caller's copy is stale
    book(property_a, 1, 3, block=block)
    assert counters(property_a.property)["DBL", day(1)] == {"sold": 1}


def make_block(house, rooms, arrival, departure):
    return block_create(
        property=house.property,
        code="WEDDING",
        name="Wedding",
        arrival=day(arrival),
        departure=day(departure),
        release_on=TODAY,
        rooms=rooms,
        actor=TESTER,
    )


def test_it_is_told_once(property_a, actor, felix):
    reservation = book(property_a, 1, 2, actor=actor)
    row = AuditEvent.objects.get(action="reservation.created")
    assert (row.actor_user_id, row.subject_code, row.property_code) == (felix.pk, reservation.code, "LIS")
    assert row.changes["rooms"] == [None, "101"]
    event = OutboxEvent.objects.get(kind="reservation.created")
    assert event.payload == {
        "booking": reservation.booking.code,
        "property": "LIS",
        "status": "confirmed",
        "arrival": "2026-11-21",
        "departure": "2026-11-22",
        "room_types": ["DBL"],
    }


def test_the_number_of_queries_does_not_grow_with_the_nights(property_a, django_assert_num_queries):

    counts = []
    for begin, end in ((1, 2), (10, 40)):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            book(property_a, begin, end)
        counts.append(len(queries))
    assert counts[0] == counts[1]
