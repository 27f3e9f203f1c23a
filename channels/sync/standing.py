"""Whose turn it is at a connection, and what a success or a failure means for the next turn."""

from datetime import datetime, timedelta
from random import uniform
from typing import Any

import structlog
from django.db import connection
from django.db.models import Q, QuerySet

from channels.adapters.base import ChannelError, Facts
from channels.adapters.enums import Trouble
from channels.connections.models import Connection
from channels.sync.models import Standing

logger = structlog.get_logger(__name__)

#: Longer than any turn lasts. A worker that dies leaves its connection alone for so long.
LEASE = timedelta(minutes=3)
#: The first pause after a failure, doubled each time; the longest is short, for hotels sell last minute.
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=10)
#: What a channel that says "too many" is given, where it does not say how long.
LIMITED_PAUSE = timedelta(minutes=1)
MINUTE = timedelta(minutes=1)
#: So many of the last rounds are remembered.
MOST_KEPT = 64
#: From so many failures on the connection counts as down, and people hear of it.
DOWN_AFTER = 5


def standing_of(connection: Connection, *, now: datetime) -> Standing:
    """Return the standing of a connection, made on first use."""
    standing, _ = Standing.objects.get_or_create(connection=connection, defaults={"send_at": now, "pull_at": now})
    return standing


class TurnLostError(Exception):
    """Somebody else has the turn by now: this one took longer than its lease."""


def turn_taken(connection_id: int, *, now: datetime) -> datetime | None:
    """Take the turn to send at a connection, and return when its lease ends; None where it is somebody else's, or not
    time yet. That instant is what the turn is known by: whoever takes it over has another."""
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    mine = Standing.objects.filter(free, connection_id=connection_id, send_at__lte=now, locked_out_at=None)
    return now + LEASE if mine.update(lease_until=now + LEASE) else None


def turn_extended(connection_id: int, lease: datetime, *, now: datetime) -> datetime:
    """Keep the turn for as long again and return when that ends. Locks the standing. Raises TurnLostError."""
    if not _of_turn(connection_id, lease).update(lease_until=now + LEASE):
        raise TurnLostError
    return now + LEASE


def turn_over(connection_id: int, lease: datetime, *, facts: Facts, rounds: int, now: datetime) -> None:
    """Give the turn back after so many rounds of messages, and say when the next one may begin.

    A channel that takes ten rounds a minute is told at once as long as little happens, and ever less often the more of its
    minute is used: it is never driven into its limit.
    """
    changes: dict[str, Any] = {"lease_until": None}
    if rounds:
        standing = Standing.objects.get(connection_id=connection_id)
        recent = [each for each in standing.rounds if now - each < MINUTE] + [now] * rounds
        pause = facts.gather_seconds
        if facts.rounds_per_minute:
            used = len(recent) / facts.rounds_per_minute
            pause = max(pause, 61.0 / facts.rounds_per_minute * min(1.0, used * 2))
            pause = max(pause, 61.0 * (used - 1.0)) if used > 1.0 else pause
        changes |= {
            "rounds": recent[-MOST_KEPT:], "send_at": now + timedelta(seconds=pause), "failures": 0, "sent_at": now,
            "error_code": "", "error_words": "", "error_at": None,
        }  # fmt: skip
    _of_turn(connection_id, lease).update(**changes)


def turn_failed(connection_id: int, lease: datetime, *, error: ChannelError, now: datetime) -> None:
    """Give the turn back after a failure: later, after a pause that grows, or not before somebody changes the keys."""
    standing = Standing.objects.get(connection_id=connection_id)
    failures = standing.failures + (0 if error.trouble is Trouble.LIMITED else 1)
    _of_turn(connection_id, lease).update(
        lease_until=None,
        failures=min(failures, 1000),
        send_at=now + pause_after(error, failures),
        locked_out_at=now if error.trouble is Trouble.LOCKED_OUT else None,
        error_at=now,
        error_code=error.code[:64],
        error_words=error.message,
    )
    logger.warning("channel_failed", connection=connection_id, code=error.code, failures=failures)


def _of_turn(connection_id: int, lease: datetime) -> QuerySet[Standing]:
    return Standing.objects.filter(connection_id=connection_id, lease_until=lease)


def _of_reading(connection_id: int, lease: datetime) -> QuerySet[Standing]:
    return Standing.objects.filter(connection_id=connection_id, pull_lease_until=lease)


def pull_taken(connection_id: int, *, now: datetime) -> datetime | None:
    """Take the turn to read at a connection, and return when its lease ends, by which it is known; None where it is
    somebody else's, or not time yet."""
    free = Q(pull_lease_until=None) | Q(pull_lease_until__lt=now)
    mine = Standing.objects.filter(free, connection_id=connection_id, pull_at__lte=now, locked_out_at=None)
    return now + LEASE if mine.update(pull_lease_until=now + LEASE) else None


def pull_extended(connection_id: int, lease: datetime, *, now: datetime) -> datetime:
    """Keep the turn for as long again and return when that ends. Raises TurnLostError."""
    if not _of_reading(connection_id, lease).update(pull_lease_until=now + LEASE):
        raise TurnLostError
    return now + LEASE


def is_being_read(connection_id: int, *, now: datetime) -> bool:
    """Return whether somebody has the turn to read."""
    return Standing.objects.filter(connection_id=connection_id, pull_lease_until__gt=now).exists()


def pull_over(connection_id: int, lease: datetime, *, facts: Facts, now: datetime) -> None:
    """Give the turn back: everything was read. The next reading comes by the clock, or when a webhook asks for it."""
    _of_reading(connection_id, lease).update(
        pull_lease_until=None,
        pull_at=now + timedelta(seconds=facts.pull_seconds * uniform(0.9, 1.1)),
        pulled_at=now,
        pull_failures=0,
    )


def pull_failed(connection_id: int, lease: datetime, *, error: ChannelError, now: datetime) -> None:
    """Give the turn back after a failure, to read again later. Its lease stays behind, as that of a dead worker does: the
    next reading sees that this one broke off."""
    standing = Standing.objects.get(connection_id=connection_id)
    failures = standing.pull_failures + (0 if error.trouble is Trouble.LIMITED else 1)
    _of_reading(connection_id, lease).update(
        pull_lease_until=now - timedelta(seconds=1),
        pull_failures=min(failures, 1000),
        pull_at=now + pause_after(error, failures),
        locked_out_at=now if error.trouble is Trouble.LOCKED_OUT else None,
        error_at=now,
        error_code=error.code[:64],
        error_words=error.message,
    )
    logger.warning("channel_failed", connection=connection_id, code=error.code, failures=failures)


def pull_asked(connection_id: int, *, now: datetime) -> None:
    """Have the channel read at once, unless it is kept from it by a failure."""
    Standing.objects.filter(connection_id=connection_id, pull_failures=0).update(pull_at=now)


def tried_again(connection: Connection, *, now: datetime) -> None:
    """Forget the failures of a connection: somebody has looked at it, or changed its keys."""
    Standing.objects.filter(connection=connection).update(
        send_at=now, pull_at=now, failures=0, pull_failures=0, locked_out_at=None, error_code="", error_words="",
        error_at=None,
    )  # fmt: skip


def broken() -> ChannelError:
    """Return what a turn ends with that something failed in on our side, the database first of all.

    A connection to the database that is gone is let go: what follows is written over a new one.
    """
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
    return ChannelError(
        Trouble.TEMPORARY, "broken", "Something went wrong on our side; the log of the server says what."
    )


def pause_after(error: ChannelError, failures: int) -> timedelta:
    """Return how long to leave a channel alone after so many failures: what it asked for, or longer each time."""
    if error.wait is not None:
        return error.wait * uniform(1.0, 1.1)
    if error.trouble is Trouble.LIMITED:
        return LIMITED_PAUSE * uniform(1.0, 1.1)
    doubled = FIRST_PAUSE * int(2 ** min(max(failures - 1, 0), 12))
    return min(doubled, LONGEST_PAUSE) * uniform(0.8, 1.2)
