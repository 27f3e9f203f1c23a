"""A house and its listing at the stand-in for Airbnb (ours, unproven), through the engine."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone

from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from channels.adapters.airbnb.adapter import Airbnb
from channels.connections.models import Connection
from channels.connections.selectors import suggestions
from channels.connections.services import Wanted, connection_save, links_map, rooms_fetch
from channels.connections.wire import HttpWire, access_of
from channels.sync.enums import MessageState
from channels.sync.going import connection_go_live
from channels.sync.models import BookingMessage, Case
from tests.channels.channex import Pair
from tests.house import TESTER
from tests.sandbox.airbnb.fixtures import BACK, HOST, LOFT, AirbnbRemote, airbnb_sandbox

__all__ = ["airbnb_sandbox"]


@pytest.fixture
def pair(property_a, airbnb_sandbox, settings):
    settings.CHANNEL_BASES = {**settings.CHANNEL_BASES, "airbnb": airbnb_sandbox.url}
    today = datetime.combine(property_a.property.business_date, time(12), UTC)
    ahead = today - datetime.now(UTC)
    airbnb_sandbox.advance(ahead.total_seconds())
    airbnb_sandbox.open()
    connection = connection_save(
        connection=Connection(
            property=property_a.property,
            adapter="airbnb",
            name="Airbnb",
            account=HOST,
            fallback_type=property_a.double,
            fallback_plan=property_a.rate_plan,
            days_ahead=60,
        ),
        keys={"client_id": AirbnbRemote.client, "client_secret": AirbnbRemote.secret},
        actor=TESTER,
    )
    wire = HttpWire(access_of(connection), record=lambda _: None)
    keys = Airbnb().exchanged(wire, code=airbnb_sandbox.agree()["code"], redirect_uri=BACK)
    connection = connection_save(connection=connection, keys=keys, actor=TESTER)
    now = timezone.now() + ahead
    rooms_fetch(connection=connection, record=lambda _: None, actor=TESTER, now=now)
    rooms = {link.pk: property_a.double for link in connection.room_links.all()}
    links_map(connection=connection, wanted=Wanted(rooms, dict(suggestions(connection).rates)), actor=TESTER)
    links = connection.room_links.get().rate_links.all()
    links_map(connection=connection, wanted=Wanted({}, {link.pk: property_a.rate_plan for link in links}), actor=TESTER)
    connection = connection_go_live(connection=connection, actor=TESTER, now=now)
    return Pair(property_a, connection, airbnb_sandbox, {}, ahead)


def arrival(pair, offset=5):
    return pair.house.property.business_date + timedelta(days=offset)


def sell(pair, offset=5):
    return pair.channex.sell(arrival(pair, offset), 3, hotel=HOST, room=LOFT, rate="standard")


def test_everything_is_told_and_nothing_is_refused(pair):
    assert pair.push() > 0
    assert list(Case.objects.values_list("words", flat=True)) == []
    told = pair.channex.told(arrival(pair), arrival(pair, 50), hotel=HOST)[LOFT]
    assert {(day["left"], day["closed"]) for day in told.values()} == {(3, False)}
    assert pair.push() == 0


def test_sold_changed_and_cancelled(pair):
    """T61, T44: the total is what the host is paid."""
    stay = sell(pair)
    pair.pull()
    made = Reservation.objects.get()
    assert (made.arrival, made.status) == (arrival(pair), Status.CONFIRMED)
    assert made.total_minor == stay["payout"]["amount"]
    stay = pair.channex.modify(stay, arrival(pair, 6))
    pair.ahead += timedelta(minutes=5)
    pair.pull()
    assert (Reservation.objects.get().pk, Reservation.objects.get().arrival) == (made.pk, arrival(pair, 6))
    pair.channex.cancel(stay)
    pair.pull()
    assert Reservation.objects.get().status == Status.CANCELLED
    assert set(BookingMessage.objects.values_list("state", flat=True)) == {MessageState.APPLIED}
    pair.pull()
    assert BookingMessage.objects.count() == 3


def test_a_request_is_told_to_people(pair):
    pair.push()
    nights = pair.channex.nights(arrival(pair), 2)
    pair.channex.control("POST", "requests", listing=LOFT, message="May we come?", **nights)
    pair.pull()
    assert (Reservation.objects.count(), Case.objects.count()) == (0, 1)
    assert "May we come?" in Case.objects.get().words
