"""Redis: cache keys carry the tenant, so that no organization can read another's, and nobody waits long for an answer."""

from functools import cache

from redis import Redis

from pms.kernel.tenancy import current_schema


def tenant_key(key: str, key_prefix: str, version: int) -> str:
    """Return the key as stored: schema, prefix, version, key."""
    return f"{current_schema()}:{key_prefix}:{version}:{key}"


@cache
def redis_at(url: str) -> Redis:
    """Return this process's client of a server, which gives up quickly: neither a desk nor a guest waits for it."""
    return Redis.from_url(url, socket_connect_timeout=2, socket_timeout=5)
