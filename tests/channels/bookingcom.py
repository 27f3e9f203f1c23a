"""A house of ours and its hotel at the stand-in for Booking.com, mapped to each other and live."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.channels.pairs import Pair, connect, mapped, meet
from tests.house import House
from tests.sandbox.bookingcom.fixtures import BookingComRemote, bookingcom_sandbox
from tests.sandbox.channel_fixtures import HOTEL

__all__ = ["bookingcom_pair", "bookingcom_sandbox", "make_pair"]
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
    connection = connect(
        house,
        adapter="bookingcom",
        name="Booking.com",
        account=hotel,
        days=days,
        keys=keys,
        answers={"dialect": language, "reservations": language},
    )
    rooms = {f"{hotel}01": house.double, f"{hotel}02": house.suite}
    connection = mapped(connection, now=timezone.now(), rooms=rooms)
    return Pair(house, connection, remote, {}, timedelta())


@pytest.fixture(name="pair")
def bookingcom_pair(property_a, bookingcom_sandbox, settings, reservations):
    """A pair whose bookings come in the language that the test names as `reservations`."""
    settings.CHANNEL_BASES = {**settings.CHANNEL_BASES, "bookingcom": bookingcom_sandbox.url}
    meet(property_a, bookingcom_sandbox)
    return make_pair(property_a, bookingcom_sandbox, language=reservations)
