"""Whether an error means that PostgreSQL or Redis is away: nothing of ours is broken, and trying again will succeed."""

from django.db import InterfaceError, OperationalError
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import TimeoutError as RedisSilent

from pms.kernel.locking import sqlstate

#: PostgreSQL's classes and codes for a lost connection, and for a server that stops or starts.
_AWAY = ("08", "57P01", "57P02", "57P03")


def is_store_away(error: BaseException | None) -> bool:
    """Return whether an error, or what led to it, is a store that does not answer. A refused statement is none."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, RedisAway | RedisSilent | InterfaceError):
            return True
        # Without a code it never came to a statement: nobody took the connection, or it broke.
        if isinstance(error, OperationalError) and (not sqlstate(error) or sqlstate(error).startswith(_AWAY)):
            return True
        error = error.__cause__ or error.__context__
    return False
