from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError

from bookings.lifecycle.services import reservation_check_in
from pms.audit.models import AuditEvent
from pms.events.models import OutboxEvent
from pms.kernel.dates import local_instant
from pms.properties.models import Property, RoomType
from pms.properties.services import property_save, room_type_save
from tests.conftest import TODAY
from tests.house import TESTER, book, refused


def test_a_property_is_made_and_changed(in_tenant):
    place = property_save(property=Property(code="LIS", name="Lisboa", business_date=TODAY), actor=TESTER)
    assert AuditEvent.objects.get(action="property.created").changes["name"] == [None, "Lisboa"]
    place.name = "Casa Lisboa"
    property_save(property=place, actor=TESTER)
    assert AuditEvent.objects.get(action="property.changed").changes == {"name": ["Lisboa", "Casa Lisboa"]}
    assert OutboxEvent.objects.get(kind="property.changed").payload == {"fields": ["name"]}
    property_save(property=place, actor=TESTER)
    assert AuditEvent.objects.filter(subject_type="property").count() == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"time_zone": "Europe/Lissabon"},
        {"code": "lis"},
        {"currency": "eur"},
        {"selling_horizon_days": 0},
        {"selling_horizon_days": 1_101},
        {"name": "x" * 121},
    ],
)
def test_a_property_that_makes_no_sense(in_tenant, fields):
    defaults = {"code": "LIS", "name": "Lisboa", "business_date": TODAY}
    with pytest.raises(ValidationError):
        property_save(property=Property(**(defaults | fields)), actor=TESTER)


def test_another_time_zone_changes_what_clocks_show_and_nothing_that_was(property_a):
    """T7: instants stay, business dates stay, local times are shown anew."""
    row = reservation_check_in(reservation=book(property_a, 0, 2), actor=TESTER)
    instant, place = row.checked_in_at, Property.objects.get()
    assert instant is not None
    shown = instant.astimezone(place.zone).utcoffset()
    place.time_zone = "Asia/Tokyo"
    property_save(property=place, actor=TESTER)
    row.refresh_from_db()
    place.refresh_from_db()
    assert (row.checked_in_at, row.arrival, place.business_date) == (instant, TODAY, TODAY)
    assert instant.astimezone(place.zone).utcoffset() != shown


@pytest.mark.parametrize(
    ("zone", "day", "wall", "instant"),
    [
        ("Europe/Lisbon", date(2027, 3, 28), time(1, 30), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        ("Europe/Lisbon", date(2026, 10, 25), time(1, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("Europe/Vilnius", date(2027, 3, 28), time(3, 30), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        ("Europe/Vilnius", date(2026, 10, 25), time(3, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("Pacific/Apia", date(2011, 12, 31), time(0, 0), datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ],
)
def test_wall_times_when_the_clocks_change(zone, day, wall, instant):
    """T6: what does not exist moves forward, what comes twice is the first."""
    assert local_instant(day, wall, Property(time_zone=zone).zone) == instant


def test_a_room_type_is_made_and_changed(property_a):
    room_type = room_type_save(room_type=RoomType(property=property_a.property, code="TWN", name="Twin"), actor=TESTER)
    room_type.name = "Twin beds"
    room_type_save(room_type=room_type, actor=TESTER)
    audit = AuditEvent.objects.get(action="room_type.changed")
    assert (audit.subject_code, audit.property_code, audit.changes) == (
        "LIS/TWN",
        "LIS",
        {"name": ["Twin", "Twin beds"]},
    )


@pytest.mark.parametrize(
    "fields", [{"max_adults": 3}, {"base_occupancy": 3}, {"max_occupancy": 0}, {"code": "DBL"}, {"code": "a b"}]
)
def test_a_room_type_that_makes_no_sense(property_a, fields):
    defaults = {"code": "TWN", "name": "Twin", "property": property_a.property}
    with pytest.raises(ValidationError):
        room_type_save(room_type=RoomType(**(defaults | fields)), actor=TESTER)


def test_business_date_is_the_night_audits(property_a, actor):
    property_a.property.business_date += timedelta(days=1)
    with refused("business_date_fixed"):
        property_save(property=property_a.property, actor=actor)


def test_currency_stays_once_rooms_are_priced(property_a, actor):
    property_a.property.currency = "JPY"
    with refused("currency_fixed"):
        property_save(property=property_a.property, actor=actor)


def test_overbooking_limit_is_not_changed_on_the_type_alone(property_a, actor):
    property_a.double.overbooking_limit = 2
    with refused("overbooking_limit_fixed"):
        room_type_save(room_type=property_a.double, actor=actor)
