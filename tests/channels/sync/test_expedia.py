"""A house and its hotel at the stand-in for Expedia, through the engine: told, sold, changed, cancelled."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone

from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from channels.connections.models import Connection
from channels.connections.selectors import suggestions
from channels.connections.services import Wanted, connection_save, links_map, rooms_fetch
from channels.sync.enums import MessageState
from channels.sync.going import connection_go_live
from channels.sync.models import BookingMessage, Case, StoredLetter
from tests.channels.channex import Pair
from tests.house import TESTER
from tests.sandbox.channel_fixtures import DOUBLE, FAMILY, HOTEL
from tests.sandbox.expedia.fixtures import ExpediaRemote, expedia_sandbox

__all__ = ["expedia_sandbox"]
PUSH = {"push_username": "Expedia", "push_password": "a-password-of-the-house"}


@pytest.fixture
def pair(property_a, expedia_sandbox, settings):
    settings.CHANNEL_BASES = {**settings.CHANNEL_BASES, "expedia": expedia_sandbox.url}
    today = datetime.combine(property_a.property.business_date, time(12), UTC)
    ahead = today - datetime.now(UTC)
    expedia_sandbox.advance(ahead.total_seconds())
    expedia_sandbox.seed()
    connection = connection_save(
        connection=Connection(
            property=property_a.property,
            adapter="expedia",
            name="Expedia",
            account=HOTEL,
            fallback_type=property_a.double,
            fallback_plan=property_a.rate_plan,
            days_ahead=60,
        ),
        keys={"username": ExpediaRemote.user, "password": ExpediaRemote.password, **PUSH},
        answers={},
        actor=TESTER,
    )
    now = timezone.now() + ahead
    rooms_fetch(connection=connection, record=lambda _: None, actor=TESTER, now=now)
    rooms = {
        link.pk: {DOUBLE: property_a.double, FAMILY: property_a.suite}[link.room_id]
        for link in connection.room_links.all()
    }
    links_map(connection=connection, wanted=Wanted(rooms, dict(suggestions(connection).rates)), actor=TESTER)
    connection = connection_go_live(connection=connection, actor=TESTER, now=now)
    return Pair(property_a, connection, expedia_sandbox, {}, ahead)


def arrival(pair, offset=5):
    return pair.house.property.business_date + timedelta(days=offset)


def numbers(pair):
    """Return type, status and our number of each version that Expedia has."""
    return [
        (version["type"], version["status"], version["number"])
        for booking in pair.channex.control("GET", "bookings")
        for version in booking["versions"]
    ]


def test_everything_is_told_and_nothing_is_refused(pair):
    assert pair.push() > 0
    assert list(Case.objects.values_list("words", flat=True)) == []
    told = pair.channex.told(arrival(pair), arrival(pair, 50))
    assert {day["left"] for day in told[DOUBLE].values()} == {3}
    assert pair.push() == 0


def test_sold_changed_and_cancelled(pair):
    """T61; Expedia has our booking's code for each message."""
    pair.push()
    stay = pair.channex.sell(arrival(pair))
    pair.pull()
    made = Reservation.objects.get()
    assert (made.arrival, made.status) == (arrival(pair), Status.CONFIRMED)
    stay = pair.channex.modify(stay, arrival(pair, 6))
    pair.pull()
    changed = Reservation.objects.get()
    assert (changed.pk, changed.arrival, changed.departure) == (made.pk, arrival(pair, 6), arrival(pair, 9))
    pair.channex.cancel(stay)
    pair.pull()
    assert Reservation.objects.get().status == Status.CANCELLED
    code = made.booking.code
    assert numbers(pair) == [(kind, "confirmed", code) for kind in ("Book", "Modify", "Cancel")]
    assert set(BookingMessage.objects.values_list("state", flat=True)) == {MessageState.APPLIED}
    assert not BookingMessage.objects.filter(acknowledged_at=None).exists()


def test_a_change_that_was_held_back_comes_in_the_same_turn(pair):
    """T60: Expedia lets it out once what it changes is confirmed."""
    stay = pair.channex.sell(arrival(pair))
    pair.channex.pending()
    pair.channex.modify(stay, arrival(pair, 6))
    pair.pull()
    assert Reservation.objects.get().arrival == arrival(pair, 6)
    assert [status for _, status, _ in numbers(pair)] == ["confirmed", "confirmed"]


def test_a_busy_confirmation_is_made_good_next_time(pair):
    """T65."""
    pair.channex.sell(arrival(pair))
    pair.channex.control("POST", "confirmations", busy=1)
    pair.pull()
    assert [status for _, status, _ in numbers(pair)] == ["retrieved"]
    pair.ahead += timedelta(hours=1)
    pair.pull()
    assert [status for _, status, _ in numbers(pair)] == ["confirmed"]
    assert (Reservation.objects.count(), StoredLetter.objects.count()) == (1, 1)
