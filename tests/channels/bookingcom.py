"""A house of ours and its hotel at the stand-in for Booking.com, mapped to each other and live."""

from collections.abc import Mapping
from datetime import timedelta

from django.utils import timezone

from channels.connections.models import Connection
from channels.connections.selectors import suggestions
from channels.connections.services import Wanted, connection_save, links_map, rooms_fetch
from channels.sync.going import connection_go_live
from tests.channels.channex import Pair
from tests.house import TESTER, House
from tests.sandbox.bookingcom.fixtures import BookingComRemote
from tests.sandbox.channel_fixtures import HOTEL

KEYS = {"client_id": BookingComRemote.client, "client_secret": BookingComRemote.secret}
#: Of an older machine account, which needs no token: there are thirty of those an hour, for all processes together.
NAME_AND_PASSWORD = {"user": BookingComRemote.username, "password": BookingComRemote.password}


def make_pair(
    house: House,
    remote: BookingComRemote,
    *,
    language: str,
    days: int = 60,
    hotel: str = HOTEL,
    keys: Mapping[str, str] = KEYS,
) -> Pair:
    """Make the hotel at Booking.com, connect the house to it in one of its languages (ota, bxml), map all, go live."""
    remote.seed(hotel)
    connection = connection_save(
        connection=Connection(
            property=house.property,
            adapter="bookingcom",
            name="Booking.com",
            account=hotel,
            fallback_type=house.double,
            fallback_plan=house.rate_plan,
            days_ahead=days,
        ),
        keys=keys,
        answers={"dialect": language, "reservations": language},
        actor=TESTER,
    )
    now = timezone.now()
    rooms_fetch(connection=connection, record=lambda _: None, actor=TESTER, now=now)
    ours = {f"{hotel}01": house.double, f"{hotel}02": house.suite}
    rooms = {link.pk: ours[link.room_id] for link in connection.room_links.all()}
    links_map(connection=connection, wanted=Wanted(rooms, dict(suggestions(connection).rates)), actor=TESTER)
    connection = connection_go_live(connection=connection, actor=TESTER, now=now)
    return Pair(house, connection, remote, {}, timedelta())
