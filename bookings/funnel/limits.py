"""How often a page may be asked for: `@limited("search", per_minute=60)`, per line and for the whole organization.

A sliding minute out of two fixed ones in Redis, under keys that carry the organization. Without Redis everything passes,
with a warning: a booking site that is open too wide is better than a closed one, and what must hold is in guards.py.
"""

from collections.abc import Callable
from functools import wraps
from math import ceil
from typing import Concatenate, ParamSpec, cast

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from bookings.funnel.facts import hashed, line_of
from pms.access.guards import client_ip
from pms.kernel.caching import redis_at, tenant_key
from pms.kernel.errors import DomainError
from pms.kernel.middleware import problem, wants_json

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

logger = structlog.get_logger(__name__)

WINDOW_SECONDS = 60
#: How many times one visitor's limit the whole organization gets, where a page does not say.
ORGANIZATION_TIMES = 40


class TooFast(DomainError):
    """Asked too often: `too_fast`."""

    status = 429


def limited(
    name: str,
    *,
    per_minute: int,
    organization_per_minute: int | None = None,
    methods: tuple[str, ...] = ("GET", "POST"),
) -> Callable[[View[P]], View[P]]:
    """Answer 429 with Retry-After to who asks the view more than `per_minute` times a minute from one line.

    The whole organization has a limit of its own, ORGANIZATION_TIMES as high unless given. Views of the same `name` count
    together; other `methods` pass uncounted. Refused requests count as well as the others. No query.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method not in methods:
                return view(request, *args, **kwargs)
            line = hashed("line", line_of(client_ip(request) or ""))
            whole = organization_per_minute or per_minute * ORGANIZATION_TIMES
            wait = _wait(f"limit:{name}:{line}", per_minute) or _wait(f"limit:{name}", whole)
            return too_fast(request, wait) if wait else view(request, *args, **kwargs)

        return cast("View[P]", page)

    return decorate


def too_fast(request: HttpRequest, seconds: int) -> HttpResponse:
    """Return the page (problem+json for programs) that says in how many seconds to come back."""
    if wants_json(request):
        answer: HttpResponse = problem(TooFast("too_fast", _("Too many requests. Please wait a moment.")))
    else:
        answer = render(request, "funnel/too_fast.html", {"seconds": seconds}, status=429)
    answer["Retry-After"] = str(seconds)
    answer["Cache-Control"] = "no-store"
    return answer


def _wait(key: str, most: int) -> int:
    """Count one more, and return after how many seconds to try again: none while it is within `most` a minute."""
    now = timezone.now().timestamp()
    window, into = divmod(now, WINDOW_SECONDS)
    try:
        count, before = _counted(key, int(window))
    except RedisError as error:
        logger.warning("limit_not_counted", key=key, error=str(error))
        return 0
    if before * (1 - into / WINDOW_SECONDS) + count <= most:
        return 0
    left = most - count - 1
    if left >= 0:
        return max(1, ceil(WINDOW_SECONDS * (1 - left / before) - into))
    # This minute alone is too full for one more: what came in it has to slide out of the next.
    return ceil(WINDOW_SECONDS - into + WINDOW_SECONDS * (1 - (most - 1) / count))


def _counted(key: str, window: int) -> tuple[int, int]:
    """Count one more in a window; return how many it has, and how many the one before had. One trip to Redis."""
    this, last = (tenant_key(f"{key}:{each}", "", 1) for each in (window, window - 1))
    with redis_at(settings.CACHES["default"]["LOCATION"]).pipeline(transaction=False) as trip:
        trip.incr(this)
        trip.expire(this, 2 * WINDOW_SECONDS)
        trip.get(last)
        count, _expires, before = trip.execute()
    return int(count), int(before or 0)
