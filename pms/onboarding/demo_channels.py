"""The demo's hotel at Channex's stand-in: made there, connected, mapped and live, so that a guest can book at an OTA.

The key opens nothing but the stand-in that bin/run starts.
"""

from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.utils import timezone

from bookings.rates.models import RatePlan
from channels.adapters.enums import AdapterName
from channels.connections.enums import State
from channels.connections.models import Connection
from channels.connections.selectors import suggestions
from channels.connections.services import Wanted, channels_allowed, connection_save, links_map, rooms_fetch
from channels.sync.enums import Direction
from channels.sync.going import connection_go_live, connection_refresh
from channels.sync.logging import Recording
from channels.sync.webhooks import secret_for, webhook_register
from pms.kernel.actors import Actor
from pms.properties.models import Property

#: What the stand-in opens to, and the demo's own connection: others are somebody's and are left alone.
KEY: Final = "sandbox_channex_key"
CODE: Final = "DEMO-CHANNEX"
#: The hotel that sells at OTAs, and the plans that it sells there.
PROPERTY: Final = "LIS"
PLANS: Final = ("BB-FLEX", "BB-NREF")
SITES: Final = ("booking.com", "expedia")
DAYS_AHEAD: Final = 180
#: What a rate costs there until the house has told it; nothing is open before.
UNTOLD_MINOR: Final = 100_00
TIMEOUT_SECONDS: Final = 20


def is_channel_sandbox() -> bool:
    """Whether Channex is a stand-in on this machine."""
    return urlsplit(settings.CHANNEL_BASES[AdapterName.CHANNEX]).hostname in {"localhost", "127.0.0.1"}


def channels_connect(*, actor: Actor) -> int:
    """Make the demo's hotel at the stand-in, connect it, map it by names and go live; return whether anything was new.

    Idempotent, whatever the port of this start, and made good where the stand-in has forgotten the hotel. Nothing in an
    organization without the demo's property. Raises httpx.HTTPError when the stand-in does not answer, ChannelError.
    """
    place = Property.objects.filter(code=PROPERTY).first()
    plans = list(RatePlan.objects.filter(property=place, code__in=PLANS, retired_at=None).order_by("code"))
    if place is None or len(plans) < len(PLANS) or not is_channel_sandbox() or not channels_allowed():
        return 0
    row = Connection.objects.filter(code=CODE).select_related("property").first()
    if row is not None and _is_there(row.account):
        webhook_register(row)
        return 0
    row = _connected(row or Connection(code=CODE, property=place, adapter=AdapterName.CHANNEX), place, plans, actor)
    was_live = row.state == State.LIVE
    row = connection_go_live(connection=row, actor=actor, now=timezone.now())
    if was_live:
        connection_refresh(connection=row, actor=actor)
    webhook_register(row)
    return 1


def _connected(row: Connection, place: Property, plans: list[RatePlan], actor: Actor) -> Connection:
    row.name, row.days_ahead = "Booking.com through Channex", DAYS_AHEAD
    row.account = _made(place, plans)
    row.fallback_type, row.fallback_plan = place.room_types.filter(retired_at=None).first(), plans[0]
    connection_save(connection=row, keys={"api_key": KEY} | secret_for(row), answers={}, actor=actor)
    recording = Recording()
    rooms_fetch(connection=row, record=recording, actor=actor, now=timezone.now())
    recording.write(row, direction=Direction.IN)
    found = suggestions(row)
    links_map(connection=row, wanted=Wanted(found.rooms, found.rates), actor=actor)
    return row


def _is_there(hotel: str) -> bool:
    base = settings.CHANNEL_BASES[AdapterName.CHANNEX].rstrip("/")
    answer = httpx.get(f"{base}/properties/{hotel}", headers={"user-api-key": KEY}, timeout=TIMEOUT_SECONDS)
    return answer.status_code == httpx.codes.OK


def _made(place: Property, plans: list[RatePlan]) -> str:
    """Make the hotel at the stand-in, sold by nobody yet, and return its number there."""
    kinds = place.room_types.filter(retired_at=None).prefetch_related("units")
    rooms: list[dict[str, Any]] = [
        {
            "title": kind.name,
            "count": max(1, kind.units.count()),
            "guests": kind.max_occupancy,
            "rates": [{"title": plan.name, "rate": UNTOLD_MINOR} for plan in plans],
        }
        for kind in kinds
    ]
    asked = {
        "title": place.name, "currency": place.currency, "timezone": place.time_zone, "rooms": rooms, "channels": SITES,
    }  # fmt: skip
    control = settings.CHANNEL_BASES[AdapterName.CHANNEX].partition("/api/")[0]
    answer = httpx.post(f"{control}/_sandbox/hotels", json=asked, timeout=TIMEOUT_SECONDS).raise_for_status()
    return str(answer.json()["property"])
