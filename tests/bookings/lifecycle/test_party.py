"""Who stays, as far as money asks: ages on each night, purposes, and guests who join later."""

from datetime import date, timedelta

import pytest

from bookings.lifecycle import services as desk
from bookings.lifecycle.invariants import certify
from bookings.rates.enums import Source
from bookings.rates.models import Promotion, Restriction
from bookings.reservations.models import Reservation
from guests.profiles.services import GuestDetails
from tests.bookings.lifecycle.priced_house import make_priced_house, money_of
from tests.conftest import TODAY
from tests.house import TESTER, book, refused


def day(offset):
    return TODAY + timedelta(days=offset)


@pytest.fixture
def house(in_tenant):
    """A house in Lisbon: city tax per person of thirteen and older, for seven nights of a stay at most."""
    made = make_priced_house("PARTY", "pt-lisbon").house
    yield made
    assert certify(property=made.property).findings == ()


def city_tax(row):
    """How many persons pay city tax on each night."""
    nights = row.nights.filter(released_at=None).order_by("date").values_list("taxes", flat=True)
    return [sum(tax["quantity"] for tax in taxes if tax["kind"] == "city_tax") for taxes in nights]


def modify(row, **changes):
    return desk.reservation_modify(reservation=row, actor=TESTER, **changes)


def test_a_child_that_turns_thirteen_in_the_house_pays_from_that_night(house):
    """T33: the age on the night of the stay."""
    born = date(day(3).year - 13, day(3).month, day(3).day)
    row = book(house, 1, 5, room_type=house.suite, child_ages=[12], child_births=[born])
    assert city_tax(row) == [2, 2, 3, 3]
    assert row.occupants.get(kind="child").born_on == born


def test_the_day_of_birth_says_how_old_a_child_is(house):
    row = book(house, 1, 2, room_type=house.suite, child_ages=[3], child_births=[date(2015, 5, 1)])
    assert row.occupants.get(kind="child").age == 11


@pytest.mark.parametrize(
    ("ages", "births"),
    [([18], ()), ([-1], ()), ([4], [date(2030, 1, 1)]), ([4], [date(2020, 1, 1)] * 2), ([4], [date(2000, 1, 1)])],
)
def test_ages_that_cannot_be(house, ages, births):
    with refused("bad_age"):
        book(house, 1, 2, room_type=house.suite, child_ages=ages, child_births=births)


def test_a_guest_who_joins_pays_city_tax_and_the_nights_that_are_added(house):
    """T29, T33: what was sold stays as it was; the tax is about who stays."""
    row = book(house, 1, 3, room_type=house.suite, adults=1)
    was = [night[3] for night in money_of(row)[0]]
    row = modify(row, adults=2)
    assert ([night[3] for night in money_of(row)[0]], city_tax(row)) == (was, [2, 2])
    alone = book(house, 10, 14, adults=1)
    together = book(house, 20, 24, adults=2)
    assert alone.total_minor < together.total_minor
    assert modify(row, reprice=True).total_minor > sum(was)


def test_nights_slept_are_not_counted_anew(house):
    row = desk.reservation_check_in(reservation=book(house, 0, 3, adults=1, room_type=house.suite), actor=TESTER)
    house.property.business_date = day(1)
    house.property.save()
    assert city_tax(modify(row, adults=3)) == [1, 3, 3]


def test_the_cap_counts_from_the_first_night_of_the_whole_stay(house):
    """T33: seven nights of a stay, wherever it begins now."""
    row = book(house, 3, 10)
    assert city_tax(row) == [2] * 7
    assert city_tax(modify(row, departure=day(12))) == [2] * 7 + [0, 0]
    assert city_tax(modify(row, arrival=day(2))) == [2] * 7 + [0] * 3
    assert city_tax(modify(row, arrival=day(5))) == [2] * 7


def test_moving_to_another_room_counts_nothing_anew(house):
    """T52: the price stays, and so do taxes."""
    row = book(house, 3, 10, unit="101")
    was = money_of(row)
    desk.reservation_move(reservation=row, unit=house.units["201"], from_night=day(6), actor=TESTER)
    assert money_of(row) == was


def create_two(house, arrival=1, **facts):
    room = desk.RoomRequest(
        room_type=house.double,
        rate_plan=house.rate_plan,
        arrival=day(arrival),
        departure=day(arrival + 2),
        **facts,
    )
    return desk.booking_create(
        property=house.property,
        rooms=[room, room],
        booker=GuestDetails(last_name="Greta"),
        source=Source.PHONE,
        actor=TESTER,
    )


def test_two_rooms_use_a_code_twice_or_not_at_all(house):
    create_two(house, promo_code="TENTH")
    assert Promotion.objects.get(code="TENTH").uses == 2
    Promotion.objects.filter(code="TENTH").update(max_uses=3)
    with refused("promo_used_up"):
        create_two(house, arrival=5, promo_code="TENTH")
    assert (Promotion.objects.get(code="TENTH").uses, Reservation.objects.count()) == (2, 2)


def test_a_quota_counts_the_rooms_of_one_booking(house):
    Restriction.objects.create(property=house.property, date=day(1), quota=1)
    with refused("quota"):
        create_two(house)
