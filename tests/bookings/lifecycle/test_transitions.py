"""Every service against every status: allowed, already so, or refused; never a bare change of status."""

from typing import Any

import pytest
from django.db import transaction

from bookings.lifecycle import services as desk
from bookings.lifecycle.invariants import certify
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from tests.house import TESTER, House, book, counters, refused

LOOSE = (Status.INQUIRY, Status.HOLD, Status.PENDING)

#: service -> (what else it is told, states it begins with, the state it ends in)
SERVICES: dict[str, tuple[Any, dict[str, Any], tuple[Status, ...], Status]] = {
    "confirm": (desk.reservation_confirm, {}, LOOSE, Status.CONFIRMED),
    "check in": (desk.reservation_check_in, {"override_reason": "Waits"}, (Status.CONFIRMED,), Status.CHECKED_IN),
    "undo check-in": (desk.reservation_undo_check_in, {}, (Status.CHECKED_IN,), Status.CONFIRMED),
    "check out": (
        desk.reservation_check_out,
        {"unpaid_reason": "Pays later"},
        (Status.CHECKED_IN,),
        Status.CHECKED_OUT,
    ),
    "undo check-out": (desk.reservation_undo_check_out, {}, (Status.CHECKED_OUT,), Status.CHECKED_IN),
    "cancel": (desk.reservation_cancel, {"reason": "Flu"}, (*LOOSE, Status.CONFIRMED), Status.CANCELLED),
    "reject": (desk.reservation_reject, {"reason": "Full"}, LOOSE, Status.REJECTED),
    "no-show": (desk.reservation_no_show, {}, (Status.CONFIRMED,), Status.NO_SHOW),
    "reinstate": (desk.reservation_reinstate, {}, (Status.CANCELLED, Status.NO_SHOW), Status.CONFIRMED),
}


def brought_to(house: House, status: Status) -> Reservation:
    """Make a reservation that arrives today and bring it to a status by the services that do so."""
    if status in {*LOOSE, Status.CONFIRMED}:
        return book(house, 0, 2, status=status)
    row = book(house, 0, 2, status=Status.PENDING if status == Status.REJECTED else Status.CONFIRMED)
    if status in {Status.CHECKED_IN, Status.CHECKED_OUT, Status.COMPLETED}:
        desk.reservation_check_in(reservation=row, actor=TESTER)
    if status in {Status.CHECKED_OUT, Status.COMPLETED}:
        desk.reservation_check_out(reservation=row, actor=TESTER, unpaid_reason="Pays later")
    if status in {Status.CANCELLED, Status.FAILED}:
        desk.reservation_cancel(reservation=row, reason="Flu", actor=TESTER)
    if status == Status.REJECTED:
        desk.reservation_reject(reservation=row, reason="Full", actor=TESTER)
    if status == Status.NO_SHOW:
        desk.reservation_no_show(reservation=row, actor=TESTER)
    if status in {Status.COMPLETED, Status.FAILED}:  # no service ends here yet
        Reservation.objects.filter(pk=row.pk).update(status=status)
    return Reservation.objects.get(pk=row.pk)


@pytest.mark.parametrize("status", list(Status))
def test_each_service_in_this_status(property_a, status):
    """T56: what is lost comes back by reinstating alone, and nothing else ends in a state it does not earn."""
    row = brought_to(property_a, status)
    assert row.status == status
    before, version = counters(property_a.property), row.version
    for name, (service, told, begins, ends) in SERVICES.items():
        with transaction.atomic():
            if status in begins:
                after = service(reservation=row, actor=TESTER, **told)
                assert (name, after.status, after.version) == (name, ends, version + 1)
            elif status == ends:
                again = service(reservation=row, actor=TESTER, **told)
                assert (name, again.status, again.version) == (name, ends, version)
                assert counters(property_a.property) == before
            else:
                with refused("transition_refused"):
                    service(reservation=row, actor=TESTER, **told)
                assert counters(property_a.property) == before
            assert certify(property=property_a.property).findings == ()
            transaction.set_rollback(True)
