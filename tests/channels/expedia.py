"""A house of ours and its hotel at the stand-in for Expedia, mapped to each other and live."""

import pytest
from django.utils import timezone

from tests.channels.pairs import Pair, connect, mapped, meet
from tests.sandbox.channel_fixtures import DOUBLE, FAMILY, HOTEL
from tests.sandbox.expedia.fixtures import ExpediaRemote, expedia_sandbox

__all__ = ["PUSH", "expedia_pair", "expedia_sandbox"]
PUSH = {"push_username": "Expedia", "push_password": "a-password-of-the-house"}


@pytest.fixture(name="pair")
def expedia_pair(property_a, expedia_sandbox, settings):
    """A pair that Expedia pushes bookings to."""
    settings.CHANNEL_BASES = {**settings.CHANNEL_BASES, "expedia": expedia_sandbox.url}
    ahead = meet(property_a, expedia_sandbox)
    expedia_sandbox.seed()
    keys = {"username": ExpediaRemote.user, "password": ExpediaRemote.password, **PUSH}
    connection = connect(property_a, adapter="expedia", name="Expedia", account=HOTEL, days=60, keys=keys, answers={})
    rooms = {DOUBLE: property_a.double, FAMILY: property_a.suite}
    connection = mapped(connection, now=timezone.now() + ahead, rooms=rooms)
    return Pair(property_a, connection, expedia_sandbox, {}, ahead)
