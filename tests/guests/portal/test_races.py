"""A guest with two windows, in real threads and transactions."""

import pytest
from django_tenants.utils import schema_context

from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from guests.portal.jobs import give_back
from guests.portal.models import Cancellation
from guests.portal.services import stay_cancel
from pms.events.models import OutboxEvent
from tests.bookings.lifecycle.test_races import race
from tests.conftest import TODAY
from tests.house import TESTER, book, make_house

pytestmark = pytest.mark.django_db(transaction=True)


def test_cancelling_in_two_windows_cancels_once():
    with schema_context("hotel_a"):
        row = book(make_house(code="TWO", name="Two", today=TODAY, horizon_days=40), 10, 12)

        def cancel():
            return stay_cancel(reservation=row, version=row.version, fee_seen_minor=0, reason="", actor=TESTER)

        assert race([cancel, cancel]).total() == 2
        assert Reservation.objects.get(pk=row.pk).status == Status.CANCELLED
        assert Cancellation.objects.count() == 1
        assert OutboxEvent.objects.filter(kind="reservation.cancelled").count() == 1
        race([lambda: give_back(row.code)] * 2)
        assert Cancellation.objects.get().settled_at is not None
