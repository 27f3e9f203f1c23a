from datetime import UTC, date, datetime, time, timedelta

import pytest

from bookings.availability.models import Block, InventoryDay
from bookings.availability.services import block_create
from bookings.lifecycle import services as desk
from bookings.lifecycle.services import auditing
from bookings.rates.enums import Guarantee
from bookings.rates.models import RatePlan
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from pms.audit.models import AuditEvent
from pms.properties.models import Property
from tests.conftest import HORIZON_DAYS, TODAY
from tests.house import TESTER, book, counters, refused

EVENING = datetime.combine(TODAY, time(23), tzinfo=UTC)


def day(offset):
    return TODAY + timedelta(days=offset)


def audit(house, business_date=TODAY, now=EVENING, **facts):
    return desk.night_audit(property=house.property, business_date=business_date, now=now, actor=TESTER, **facts)


def business_date(house):
    return Property.objects.get(pk=house.property.pk).business_date


def test_guests_who_did_not_come_are_no_shows_or_lapse(property_a):
    """T49, T57: by the guarantee they gave."""
    RatePlan.objects.update(guarantee=Guarantee.UNTIL_6PM)
    property_a.rate_plan.refresh_from_db()
    loose = book(property_a, 0, 2)
    RatePlan.objects.update(guarantee=Guarantee.CARD)
    property_a.rate_plan.refresh_from_db()
    sure, option, later = book(property_a, 0, 2), book(property_a, 0, 1, status=Status.HOLD), book(property_a, 1, 2)
    report = audit(property_a)
    assert (report.closed, report.business_date) == (TODAY, day(1))
    assert (set(report.no_shows), set(report.lapsed)) == ({sure.code}, {loose.code, option.code})
    statuses = dict(Reservation.objects.values_list("code", "status"))
    assert statuses == {
        sure.code: Status.NO_SHOW,
        loose.code: Status.CANCELLED,
        option.code: Status.CANCELLED,
        later.code: Status.CONFIRMED,
    }
    assert counters(property_a.property)["DBL", day(1)] == {"sold": 2}


def test_the_nights_of_no_shows_are_released_only_when_told(property_a):
    """T49: by decision."""
    book(property_a, 0, 3)
    audit(property_a, release_no_shows=True)
    assert counters(property_a.property) == {}


def test_again_does_nothing(property_a):
    """T57: re-runnable."""
    book(property_a, 0, 2)
    audit(property_a)
    facts = AuditEvent.objects.count()
    report = audit(property_a)
    assert (report.no_shows, report.business_date, business_date(property_a)) == ((), day(1), day(1))
    assert AuditEvent.objects.count() == facts


def test_skipped_days_are_caught_up_in_order(property_a):
    """T57: one day after the other, each with its own no-shows."""
    first, second = book(property_a, 0, 1), book(property_a, 1, 2)
    now = EVENING + timedelta(days=5)
    assert audit(property_a, day(1), now=now).no_shows == ()  # not its turn yet
    assert audit(property_a, TODAY, now=now).no_shows == (first.code,)
    assert audit(property_a, day(1), now=now).no_shows == (second.code,)
    assert business_date(property_a) == day(2)


def test_a_failure_leaves_the_date_and_running_again_does_the_rest(property_a, monkeypatch):
    """T57: the date never rolls half-way."""
    rows = [book(property_a, 0, 2) for _ in range(3)]
    real = desk.reservation_no_show

    def failing(**facts):
        if facts["reservation"].pk == rows[1].pk:
            raise RuntimeError
        return real(**facts)

    monkeypatch.setattr(auditing, "reservation_no_show", failing)
    with pytest.raises(RuntimeError):
        audit(property_a)
    assert business_date(property_a) == TODAY
    monkeypatch.setattr(auditing, "reservation_no_show", real)
    assert len(audit(property_a).no_shows) == 2
    assert set(Reservation.objects.values_list("status", "version")) == {(Status.NO_SHOW, 2)}


def test_somebody_booked_while_the_audit_ran(property_a, monkeypatch):
    """T57: nobody is left behind in a day that is closed."""
    real = auditing._roll

    def late(**facts):
        book(property_a, 0, 1)
        return real(**facts)

    monkeypatch.setattr(auditing, "_roll", late)
    with refused("arrivals_open"):
        audit(property_a)
    assert business_date(property_a) == TODAY


def test_it_waits_for_those_who_still_have_to_leave(property_a):
    desk.reservation_check_in(reservation=book(property_a, 0, 1), actor=TESTER)
    audit(property_a)
    with refused("departures_open"):
        audit(property_a, day(1), now=EVENING + timedelta(days=1))
    desk.reservation_check_out(reservation=Reservation.objects.get(), actor=TESTER, unpaid_reason="Pays later")
    assert audit(property_a, day(1), now=EVENING + timedelta(days=1)).business_date == day(2)


@pytest.mark.parametrize(
    ("zone", "opens"),
    [
        ("Europe/Lisbon", datetime(2026, 11, 20, 20, tzinfo=UTC)),
        ("Pacific/Auckland", datetime(2026, 11, 20, 7, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2026, 11, 21, 4, tzinfo=UTC)),
    ],
)
def test_the_evening_is_the_propertys(property_a, zone, opens):
    """T5: neither the server's, nor UTC's, nor the user's."""
    Property.objects.update(time_zone=zone)
    with refused("too_early"):
        audit(property_a, now=opens - timedelta(seconds=1))
    assert audit(property_a, now=opens).business_date == day(1)


def test_every_night_is_one_day_when_the_clocks_change(property_a):
    """T6: the roll counts dates, through spring and autumn."""
    for begin in (date(2027, 3, 27), date(2027, 10, 30)):
        Property.objects.update(business_date=begin)
        for offset in range(3):
            closing = begin + timedelta(days=offset)
            now = datetime.combine(closing, time(23), tzinfo=UTC)
            assert audit(property_a, closing, now=now).business_date == closing + timedelta(days=1)


def test_leap_day_is_closed_like_any_other(property_a):
    """T4: 29 February 2028 comes between the 28th and the 1st."""
    Property.objects.update(business_date=date(2028, 2, 28))
    now = datetime(2028, 3, 5, tzinfo=UTC)
    assert audit(property_a, date(2028, 2, 28), now=now).business_date == date(2028, 2, 29)
    assert audit(property_a, date(2028, 2, 29), now=now).business_date == date(2028, 3, 1)


def test_the_horizon_moves_along(property_a):
    audit(property_a)
    assert InventoryDay.objects.get(room_type=property_a.double, date=day(HORIZON_DAYS)).free == 3
    assert not InventoryDay.objects.filter(date__gt=day(HORIZON_DAYS)).exists()


def test_blocks_are_released_the_day_before_they_would_be_too_late(property_a):
    for code, release_on in (("W1", day(1)), ("W2", day(2))):
        block_create(
            property=property_a.property,
            code=code,
            name="Wedding",
            arrival=day(3),
            departure=day(4),
            release_on=release_on,
            rooms={property_a.double: 1},
            actor=TESTER,
        )
    assert audit(property_a).blocks_released == ("W1",)
    assert list(Block.objects.filter(released_at=None).values_list("code", flat=True)) == ["W2"]


def test_another_property_is_not_touched(property_a, property_other):
    other = book(property_other, 0, 1)
    audit(property_a)
    other.refresh_from_db()
    assert (other.status, business_date(property_other)) == (Status.CONFIRMED, TODAY)


def test_the_plan_says_what_would_happen_and_does_nothing(property_a):
    row = book(property_a, 0, 1)
    plan = desk.night_audit_plan(property=property_a.property)
    assert (plan.no_shows, plan.lapsing, plan.departures_open) == ((row,), (), ())
    assert plan.earliest == datetime(2026, 11, 20, 20, tzinfo=UTC)
    assert business_date(property_a) == TODAY
