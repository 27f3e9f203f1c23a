"""A house of ours and its listing at the stand-in for Airbnb (ours, unproven), agreed to, mapped and live."""

import pytest
from django.utils import timezone

from channels.adapters.airbnb.adapter import Airbnb
from channels.connections.services import Wanted, connection_save, links_map
from channels.connections.wire import HttpWire, access_of
from channels.sync.going import connection_go_live
from tests.channels.pairs import Pair, connect, mapped, meet
from tests.house import TESTER
from tests.sandbox.airbnb.fixtures import BACK, HOST, LOFT, AirbnbRemote, airbnb_sandbox

__all__ = ["airbnb_pair", "airbnb_sandbox"]


@pytest.fixture(name="pair")
def airbnb_pair(property_a, airbnb_sandbox, settings):
    """A pair whose host has agreed."""
    settings.CHANNEL_BASES = {**settings.CHANNEL_BASES, "airbnb": airbnb_sandbox.url}
    ahead = meet(property_a, airbnb_sandbox)
    airbnb_sandbox.open()
    keys = {"client_id": AirbnbRemote.client, "client_secret": AirbnbRemote.secret}
    connection = connect(property_a, adapter="airbnb", name="Airbnb", account=HOST, days=60, keys=keys)
    wire = HttpWire(access_of(connection), record=lambda _: None)
    found = Airbnb().exchanged(wire, code=airbnb_sandbox.agree()["code"], redirect_uri=BACK)
    connection = connection_save(connection=connection, keys=found, actor=TESTER)
    now = timezone.now() + ahead
    mapped(connection, now=now, rooms={LOFT: property_a.double}, live=False)
    # Airbnb's one rate has a name of its own: nothing here is called so.
    rates = {link.pk: property_a.rate_plan for link in connection.room_links.get().rate_links.all()}
    links_map(connection=connection, wanted=Wanted({}, rates), actor=TESTER)
    connection = connection_go_live(connection=connection, actor=TESTER, now=now)
    return Pair(property_a, connection, airbnb_sandbox, {}, ahead)
