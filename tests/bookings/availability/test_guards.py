"""The two guards in the database itself, asked past every service."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from bookings.availability.enums import OccupancyKind
from bookings.availability.models import BlockNight, InventoryDay, Occupancy
from bookings.availability.services import block_create
from bookings.reservations.models import Reservation, StayNight
from pms.kernel.locking import sqlstate, violated
from tests.conftest import TODAY
from tests.house import TESTER, book


def day(offset):
    return TODAY + timedelta(days=offset)


def occupy(reservation, unit, begin, end, **fields):
    return Occupancy.objects.create(
        unit=unit,
        slots=unit.slots,
        nights=DateRange(day(begin), day(end)),
        kind=OccupancyKind.STAY,
        reservation=reservation,
        **fields,
    )


def broken(constraint):
    class Expected:
        def __enter__(self):
            self.savepoint = transaction.atomic()
            self.savepoint.__enter__()

        def __exit__(self, kind, error, trace):
            self.savepoint.__exit__(kind, error, trace)
            assert isinstance(error, IntegrityError), "the database accepted it"
            assert violated(error) == constraint
            return True

    return Expected()


def test_two_guests_in_one_room_on_one_night(property_a, planted):
    """T1, T16: the exclusion constraint is the last guard, and it knows that departure is no night."""
    row, unit = book(property_a, 1, 3, unit="101"), property_a.units["101"]
    with broken("ex_occupancy_one_guest_per_room"):
        occupy(row, unit, 2, 5)
    occupy(row, unit, 3, 5)
    occupy(row, unit, 0, 1)
    occupy(row, unit, 1, 3, active=False)


def test_a_flat_of_a_house_that_is_taken(estate, planted):
    """T11: by the same constraint, through overlapping slots."""
    row = book(estate, 1, 3, unit="villa", room_type=estate.whole)
    with broken("ex_occupancy_one_guest_per_room"):
        occupy(row, estate.units["V2"], 2, 3)
    occupy(row, estate.units["C1"], 2, 3)


def test_an_occupancy_cannot_claim_another_units_slots(property_a, planted):
    row = book(property_a, 1, 3, unit="101")
    with broken("fk_occupancy_unit_slots"):
        Occupancy.objects.create(
            unit=property_a.units["101"],
            slots=property_a.units["102"].slots,
            nights=DateRange(day(5), day(6)),
            kind=OccupancyKind.STAY,
            reservation=row,
        )


@pytest.mark.parametrize("column", ["sold", "held", "blocked", "out_of_order", "owner", "linked"])
def test_more_than_there_is(property_a, planted, column):
    """T16, T17: the check counts everything against capacity and limit, together."""
    days = InventoryDay.objects.filter(room_type=property_a.double, date=TODAY)
    days.update(**{"overbooking_limit": 1, "sold": 1, "held": 1, "blocked": 1, column: 1} | {"owner": 0})
    used = sum(days.values_list("sold", "held", "blocked", "out_of_order", "owner", "linked")[0])
    days.update(**{column: getattr(days.get(), column) + 4 - used})
    assert days.get().free == -1
    with broken("ck_inventory_day_not_oversold"):
        days.update(**{column: getattr(days.get(), column) + 1})


def test_what_a_channel_sold_beyond_is_counted_beside(property_a, planted):
    """T17: overbooked is no part of the check, and shows in what is free."""
    InventoryDay.objects.filter(room_type=property_a.double, date=TODAY).update(sold=3, overbooked=2)
    assert InventoryDay.objects.get(room_type=property_a.double, date=TODAY).free == -2


@pytest.mark.parametrize("column", ["sold", "held", "blocked", "overbooked", "capacity"])
def test_nothing_is_negative(property_a, planted, column):
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        InventoryDay.objects.filter(room_type=property_a.double).update(**{column: -1})
    assert sqlstate(error.value) == "23514"


def test_a_night_is_live_once(property_a, planted):
    night = book(property_a, 1, 2).nights.get()
    with broken("ux_stay_night_live"):
        StayNight.objects.create(
            reservation=night.reservation,
            date=night.date,
            room_type=night.room_type,
            consumed_type=night.consumed_type,
            rate_plan=night.rate_plan,
            price_minor=0,
        )


def test_what_else_the_database_refuses(property_a, planted):
    """T3: a stay without a night is refused down there as well."""
    row = book(property_a, 1, 2)
    with broken("ck_reservation_has_a_night"):
        Reservation.objects.update(departure=row.arrival)
    with broken("ck_reservation_adult"):
        Reservation.objects.update(adults=0)
    with broken("ck_reservation_option_has_hold"):
        Reservation.objects.update(status="hold")
    with broken("ck_stay_night_price"):
        StayNight.objects.update(price_minor=-1)
    with broken("ck_stay_night_overbooked_has_no_unit"):
        StayNight.objects.update(overbooked=True)
    with broken("ck_occupancy_nights"):
        Occupancy.objects.update(nights=DateRange(day(1), None))
    with broken("ck_occupancy_one_reason"):
        Occupancy.objects.update(kind=OccupancyKind.OWNER)


def test_a_block_is_not_picked_up_beyond_what_it_keeps(property_a, planted):
    """T10: nor by hand."""
    block_create(
        property=property_a.property,
        code="W",
        name="Wedding",
        arrival=day(1),
        departure=day(2),
        release_on=TODAY,
        rooms={property_a.double: 1},
        actor=TESTER,
    )
    with broken("ck_block_night_picked_up"):
        BlockNight.objects.update(picked_up=2)


def test_units_do_not_share_slots(property_a, planted):
    """T11: two units without a parent never overlap."""
    with broken("ux_unit_slots"), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE properties_unit SET slots = (SELECT slots FROM properties_unit WHERE number = '101') "
            "WHERE number = '102'"
        )
