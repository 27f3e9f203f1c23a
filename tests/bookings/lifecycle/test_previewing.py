from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from bookings.availability.models import Closure, Hold, InventoryDay, Occupancy
from bookings.lifecycle import services as desk
from bookings.rates.enums import Source
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation, StayNight
from pms.audit.models import AuditEvent
from pms.events.models import OutboxEvent
from pms.housekeeping.models import UnitCondition
from pms.kernel.money import Money
from tests.conftest import TODAY
from tests.house import TESTER, book

TABLES = (AuditEvent, Closure, Hold, InventoryDay, Occupancy, OutboxEvent, Reservation, StayNight, UnitCondition)


def day(offset):
    return TODAY + timedelta(days=offset)


def everything():
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in TABLES}


def preview(row, service, **facts):
    return desk.preview(reservation=row, operation=lambda: service(reservation=row, actor=TESTER, **facts))


def test_it_says_what_changes(property_a):
    """T29: the difference is shown first."""
    row = book(property_a, 1, 3)
    shown = preview(row, desk.reservation_modify, departure=day(5), room_type=property_a.suite)
    assert shown.possible
    assert [(change.label, change.before, change.after) for change in shown.changes] == [
        ("Departure", "Mon 23 Nov 2026", "Wed 25 Nov 2026"),
        ("Room", "101", "201"),
        ("Sold as", "DBL", "STE"),
        ("Total", "€200.00", "€700.00"),
    ]
    assert shown.price_delta == Money(50_000, "EUR")


@pytest.mark.parametrize(
    ("service", "facts"),
    [
        (desk.reservation_cancel, {"reason": "Flu"}),
        (desk.reservation_check_in, {}),
        (desk.reservation_no_show, {"release_nights": True}),
        (desk.reservation_extend, {"departure": day(4)}),
        (desk.reservation_shorten, {"departure": day(1)}),
        (desk.reservation_unassign, {}),
        (desk.reservation_pin, {"pinned": True}),
    ],
)
def test_it_leaves_no_trace(property_a, service, facts):
    row = book(property_a, 0, 2)
    before = everything()
    assert preview(row, service, **facts).possible
    assert everything() == before


def test_moving_and_swapping_leave_no_trace(property_a):
    row, other = book(property_a, 0, 2), book(property_a, 0, 3, room_type=property_a.suite)
    before = everything()
    assert preview(row, desk.reservation_move, unit=property_a.units["103"]).possible
    shown = desk.preview(
        reservation=row, operation=lambda: desk.reservation_swap(first=row, second=other, actor=TESTER)
    )
    assert [(change.before, change.after) for change in shown.changes] == [("101", "201")]
    assert everything() == before


def test_a_refusal_is_the_services_own_with_its_alternatives(property_a):
    row = book(property_a, 1, 2)
    for _ in range(3):
        book(property_a, 2, 3)
    before = everything()
    shown = preview(row, desk.reservation_modify, departure=day(3))
    assert shown.refusal is not None
    assert (shown.possible, shown.refusal.code) == (False, "sold_out")
    assert shown.alternatives == ("Suite: 2 free for these nights",)
    assert everything() == before


def test_nothing_to_do_is_not_possible(property_a):
    row = book(property_a, 1, 2, unit="101")
    shown = preview(row, desk.reservation_move, unit=property_a.units["101"])
    assert (shown.possible, shown.refusal, shown.changes) == (False, None, ())


def test_losing_the_room_is_a_warning(property_a):
    for number in ("101", "102", "103"):
        book(property_a, 3, 4, unit=number, source=Source.PHONE)
    row = book(property_a, 1, 2, source=Source.OTA)
    shown = preview(row, desk.reservation_unassign)
    assert shown.warnings == ("It will have no room: Not assigned yet.",)


def test_what_validation_refuses_is_a_refusal(property_a):
    row = book(property_a, 1, 2)

    def invalid():
        raise ValidationError(["One.", "Two."])

    shown = desk.preview(reservation=row, operation=invalid)
    assert shown.refusal is not None
    assert (shown.refusal.code, shown.refusal.message) == ("invalid", "One. Two.")


def test_a_status_is_shown_in_words(property_a):
    row = book(property_a, 1, 2, status=Status.HOLD)
    shown = preview(row, desk.reservation_confirm)
    assert [(change.before, change.after) for change in shown.changes] == [("Option", "Confirmed")]
