"""What can be sold, by type and day."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookings.availability.models import Hold
from bookings.availability.selectors import availability
from bookings.lifecycle import services as desk
from bookings.reservations.enums import Status
from tests.conftest import TODAY
from tests.house import TESTER, book


def day(offset):
    return TODAY + timedelta(days=offset)


def free(house, kind, first=0, nights=4):
    answer = availability(
        property_id=house.property.pk, first=day(first), until=day(first + nights), now=timezone.now()
    )
    return list(answer[kind.pk].free)


def test_what_is_sold_is_not_free(property_a):
    book(property_a, 1, 3)
    assert free(property_a, property_a.double) == [3, 2, 2, 3]
    assert free(property_a, property_a.suite) == [2, 2, 2, 2]


def test_an_option_holds_its_rooms_until_it_runs_out(property_a):
    """T15: it need not be swept for that."""
    book(property_a, 1, 3, status=Status.HOLD)
    assert free(property_a, property_a.double) == [3, 2, 2, 3]
    Hold.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert free(property_a, property_a.double) == [3, 3, 3, 3]
    assert free(property_a, property_a.double, first=2, nights=2) == [3, 3]


def test_an_option_that_was_moved_gives_back_what_it_takes(property_a):
    """T53"""
    option = book(property_a, 1, 2, status=Status.HOLD)
    desk.reservation_move(reservation=option, unit=property_a.units["201"], actor=TESTER)
    Hold.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert free(property_a, property_a.suite) == [2, 2, 2, 2]
    assert free(property_a, property_a.double) == [3, 3, 3, 3]


def test_past_the_horizon_nothing_is_known(property_a):
    last = property_a.property.selling_horizon_days
    assert free(property_a, property_a.double, first=last - 1, nights=3)[-1] is None


def test_one_question_whatever_the_size(property_a):
    counts = []
    for nights in (1, 100):
        with CaptureQueriesContext(connection) as asked:
            free(property_a, property_a.double, nights=nights)
        counts.append(len(asked))
    assert counts == [1, 1]
