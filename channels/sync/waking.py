"""Who has something to tell: a set in Redis that the channel worker empties. It may be lost; the sweep finds it all."""

import structlog
from django.conf import settings
from django.db import connection, transaction
from redis.exceptions import RedisError

from pms.kernel.caching import redis_at

logger = structlog.get_logger(__name__)

KEY = "innkeep:channels:due"


def wake(schema: str) -> None:
    """Say, once the transaction has committed, that an organization has something for its channels."""
    waiting = connection.run_on_commit
    if waiting and getattr(waiting[-1][1], "wakes_channels", None) == schema:
        return

    def say() -> None:
        try:
            redis_at(settings.REDIS_URL).sadd(KEY, schema)
        except RedisError:
            logger.warning("queue_unreachable", job="channels")

    say.wakes_channels = schema  # type: ignore[attr-defined]
    transaction.on_commit(say, robust=True)


def woken() -> list[str]:
    """Return who was woken since the last time, and forget it. Nobody where Redis is away."""
    try:
        found = redis_at(settings.REDIS_URL).spop(KEY, 1000)
    except RedisError:
        return []
    return sorted(each.decode() for each in found or ())  # type: ignore[union-attr]
