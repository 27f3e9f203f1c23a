"""Counting a step of a visit from a page: `count(request, Step.SEARCH, property)`. Never fails a page.

Who is unique today is told apart by a hash of address and browser under a salt that is drawn anew each day and lives in
Redis alone, as the hashes do: nothing is stored in the browser, and tomorrow nobody can be recognized (docs/abuse-and-funnel.md).
"""

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from secrets import token_hex
from zoneinfo import ZoneInfo

import structlog
from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone
from redis.exceptions import RedisError

from bookings.funnel.enums import Origin, Step
from bookings.funnel.facts import device_of
from bookings.funnel.origins import DIRECT, OTHER_CAMPAIGN, Came, came_by
from bookings.funnel.services import Seen, step_record
from pms.access.guards import client_ip
from pms.properties.models import Property

logger = structlog.get_logger(__name__)

#: How many names of campaigns a day may bring: links are written by anybody, and each name is rows of its own.
MOST_CAMPAIGNS = 50
#: Everything of a day is forgotten when every zone on earth has left it.
KEPT_SECONDS = int(timedelta(hours=38).total_seconds())


def count(request: HttpRequest, step: Step, property: Property | None = None) -> None:
    """Count that the visitor takes a step, at a house or at none; programs are not counted.

    One statement, and no error ever: what cannot be counted is logged. Call it outside a transaction, where the row is
    let go at once. Without Redis the step is counted as direct and nobody as unique.
    """
    device = device_of(request)
    if device is None:
        return
    now = timezone.now()
    day = now.astimezone(ZoneInfo(property.time_zone)).date() if property is not None else _day(now)
    try:
        came, new_here, new_anywhere = _known(request, step, property, day, _day(now))
    except RedisError as error:
        logger.warning("visitors_not_told_apart", error=str(error))
        came, new_here, new_anywhere = DIRECT, False, False
    places = [Seen(property, day, new_here)] if property is not None else []
    try:
        step_record(
            step=step,
            origin=came.origin,
            campaign=came.campaign,
            device=device,
            seen=[*places, Seen(None, _day(now), new_anywhere)],
        )
    except DatabaseError as error:
        logger.warning("step_not_counted", step=step, error=str(error))


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()


def _known(
    request: HttpRequest, step: Step, property: Property | None, day: date, day_anywhere: date
) -> tuple[Came, bool, bool]:
    visitor = _visitor(request, day_anywhere)
    came = _came(request, step, visitor, day_anywhere)
    new_here = property is not None and _is_first(f"{day}:{property.pk}:{step}:{visitor}")
    return came, new_here, _is_first(f"{day_anywhere}::{step}:{visitor}")


def _visitor(request: HttpRequest, day: date) -> str:
    salt = cache.get_or_set(f"funnel:salt:{day}", lambda: token_hex(16), KEPT_SECONDS)
    told = f"{salt} {client_ip(request)} {request.headers.get('User-Agent', '')}"
    return sha256(told.encode()).hexdigest()[:32]


def _is_first(what: str) -> bool:
    return bool(cache.add(f"funnel:seen:{what}", 1, KEPT_SECONDS))


def _came(request: HttpRequest, step: Step, visitor: str, day: date) -> Came:
    """Return where the visitor came from today: the last that said something, another website only if nothing else did."""
    key = f"funnel:came:{day}:{visitor}"
    told, kept = came_by(request, step), cache.get(key)
    if told is None or (told.origin == Origin.REFERRAL and kept is not None):
        return Came(Origin(kept[0]), kept[1]) if kept is not None else DIRECT
    if told.origin == Origin.CAMPAIGN:
        told = Came(Origin.CAMPAIGN, _bounded(told.campaign, day))
    cache.set(key, [told.origin.value, told.campaign], KEPT_SECONDS)
    return told


def _bounded(campaign: str, day: date) -> str:
    key, count_key = f"funnel:campaign:{day}:{campaign}", f"funnel:campaigns:{day}"
    admitted = cache.get(key)
    if admitted is None:
        cache.add(count_key, 0, KEPT_SECONDS)
        admitted = cache.incr(count_key) <= MOST_CAMPAIGNS
        # A refused name is not kept: names without end would fill Redis instead.
        if admitted:
            cache.set(key, True, KEPT_SECONDS)
    return campaign if admitted else OTHER_CAMPAIGN
