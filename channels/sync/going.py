"""Going live, pausing, trying again, sending everything anew: what people do with a connection."""

from datetime import date, datetime, timedelta

from django.db import transaction

from channels.connections.enums import State
from channels.connections.models import Connection
from channels.connections.services import channels_require, facts_of, told
from channels.sync.enums import Anew, MessageState
from channels.sync.marking import mark
from channels.sync.models import BookingMessage, Mark, ToldRate, ToldRooms
from channels.sync.standing import standing_of, tried_again
from channels.sync.telling import Cells, Spell, cells_due, horizon
from pms.kernel.actors import Actor
from pms.kernel.errors import Invalid
from pms.kernel.locking import lock_one


@transaction.atomic
def connection_go_live(*, connection: Connection, actor: Actor, now: datetime) -> Connection:
    """Begin to tell a channel everything and to read what it sells; one that is live stays so. Locks the connection.

    Everything is told anew, and bookings are read first (T71). Raises NotAllowed `no_channel_manager`; Invalid
    `nothing_mapped`, `no_fallback`.
    """
    channels_require()
    row = lock_one(Connection.objects.filter(pk=connection.pk).select_related("property"))
    if row is None or row.state == State.LIVE:
        return connection
    if not row.room_links.filter(room_type__isnull=False, gone_at=None).exists():
        raise Invalid("nothing_mapped", "Map at least one room before going live.")
    if row.fallback_type is None or row.fallback_plan is None:
        raise Invalid(
            "no_fallback", "Say which room type and rate plan take bookings that nobody mapped.", field="fallback_type"
        )
    before, row.state, row.live_at, row.paused_at = row.state, State.LIVE, row.live_at or now, None
    row.save(update_fields=["state", "live_at", "paused_at"])
    standing_of(row, now=now)
    tried_again(row, now=now)
    mark(connection_row=row, anew=Anew.ALL)
    told(row, "live", {"state": [before, row.state]}, actor)
    return row


@transaction.atomic
def connection_pause(*, connection: Connection, actor: Actor, reason: str = "") -> Connection:
    """Tell a channel nothing any more; what it sells is still read. Idempotent. Locks the connection."""
    row = lock_one(Connection.objects.filter(pk=connection.pk))
    if row is None or row.state != State.LIVE:
        return connection
    row.state = State.PAUSED
    row.save(update_fields=["state"])
    Mark.objects.filter(connection=row).delete()
    told(row, "paused", {"state": [State.LIVE, row.state]}, actor, reason=reason)
    return row


@transaction.atomic
def connection_refresh(*, connection: Connection, actor: Actor) -> None:
    """Send everything anew, whatever the channel was told before; nothing while the connection is not live."""
    mark(connection_row=connection, anew=Anew.ALL)
    told(connection, "refreshed", {}, actor)


@transaction.atomic
def connection_look_again(*, connection: Connection) -> None:
    """Have everything compared with what the channel was told: its mapping or its terms are others now."""
    mark(connection_row=connection)


@transaction.atomic
def connection_retry(*, connection: Connection, actor: Actor, now: datetime) -> None:
    """Try again at once what failed, what the channel refused included."""
    standing_of(connection, now=now)
    tried_again(connection, now=now)
    refused = ToldRooms.objects.filter(link__connection=connection).exclude(refused="")
    rates = ToldRate.objects.filter(link__room__connection=connection).exclude(refused="")
    count = refused.delete()[0] + rates.delete()[0]
    BookingMessage.objects.filter(connection=connection, state=MessageState.PARKED).update(
        state=MessageState.WAITING, attempts=0, next_attempt_at=now
    )
    mark(connection_row=connection)
    told(connection, "retried", {"refused": [count, 0]}, actor)


def first_push(*, connection: Connection, now: datetime, days: int | None = None) -> tuple[Cells, date, date]:
    """Return what a connection would be told when it goes live, and the days [first, until) that it covers."""
    place = connection.property
    first, until = place.business_date, horizon(connection, facts_of(connection))
    if days is not None:
        until = min(until, first + timedelta(days=days))
    spell = Spell(first, until, None, Anew.ALL)
    return cells_due(connection=connection, spell=spell, now=now), first, until
