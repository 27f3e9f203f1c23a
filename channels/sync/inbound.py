"""Webhooks of channels, as pms.inbox hands them over: proved by the adapter, then mostly a reason to read the channel."""

from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from channels.adapters import adapter_of
from channels.adapters.base import ChannelError, Trigger
from channels.connections.models import Connection
from channels.connections.wire import access_of
from channels.sync.enums import Direction
from channels.sync.models import ExchangeLog
from channels.sync.pulling import letter_came
from channels.sync.standing import pull_asked, standing_of
from channels.sync.waking import wake
from pms.inbox.errors import Refused
from pms.inbox.registry import Raw, Verified
from pms.kernel.tenancy import current_schema

#: So much of a webhook message is kept in the log, in bytes.
MOST_KEPT = 16 * 1024


def verify(raw: Raw) -> Verified:
    """Return what a message says of itself, once the adapter has proved it. Raises Refused.

    What asks for a reading has it at once: it only says where to look, and must not wait behind other jobs.
    """
    trigger = _trigger(raw)
    if trigger.pull:
        pull_asked(_connection(raw).pk, now=timezone.now())
        wake(current_schema())
    return Verified(trigger.message_id, trigger.kind, trigger.fingerprint, is_known=trigger.is_known)


def handle(raw: Raw) -> None:
    """Take the booking that a message brings, or have the channel read at once; may run twice for one message."""
    connection = _connection(raw)
    trigger, now = _trigger(_proved(connection, raw)), timezone.now()
    _log(connection, raw, trigger)
    standing_of(connection, now=now)
    if trigger.letter is not None:
        letter = trigger.letter
        letter_came(connection=connection, body=letter.body, kind=letter.kind, key=letter.key, now=now)
        return
    if trigger.pull:
        schema = current_schema()
        with transaction.atomic():
            pull_asked(connection.pk, now=now)
            wake(schema)


def _trigger(raw: Raw) -> Trigger:
    connection = _connection(raw)
    try:
        return adapter_of(connection.adapter).triggered(access_of(connection), raw.body, raw.headers)
    except ChannelError as error:
        raise Refused(error.code, error.message) from error


def _proved(connection: Connection, raw: Raw) -> Raw:
    """Return a message that was proved when it came as its adapter reads it: a secret header is not kept with it."""
    proof = getattr(adapter_of(connection.adapter), "proof", None)
    return raw if proof is None else replace(raw, headers={**raw.headers, **proof(access_of(connection))})


def _connection(raw: Raw) -> Connection:
    found = Connection.objects.select_related("property", "company", "fallback_type", "fallback_plan")
    connection = found.filter(code=raw.account, adapter=raw.provider).first()
    if connection is None:
        raise Refused("no_connection", "Nobody takes messages for this connection any more.")
    return connection


def _log(connection: Connection, raw: Raw, trigger: Trigger) -> None:
    body = adapter_of(connection.adapter).masked(raw.body)[:MOST_KEPT]
    ExchangeLog.objects.create(
        connection=connection,
        direction=Direction.IN,
        what=f"webhook {trigger.kind}"[:32],
        method="POST",
        at=timezone.now(),
        status=200,
        request=body.decode(errors="replace").replace("\x00", ""),
    )
