"""Webhooks of channels, as pms.inbox hands them over: proved by the adapter, then mostly a reason to read the channel."""

from dataclasses import replace

import structlog
from django.db import transaction
from django.utils import timezone

from channels.adapters import adapter_of
from channels.adapters.base import Answering, ChannelError, Proving, Trigger
from channels.connections.models import Connection
from channels.connections.wire import access_of
from channels.sync.enums import Direction
from channels.sync.models import ExchangeLog
from channels.sync.pulling import letter_came, number_for
from channels.sync.standing import pull_asked, standing_of
from channels.sync.waking import wake
from pms.inbox.errors import Refused
from pms.inbox.registry import Raw, Reply, Verified
from pms.kernel.tenancy import current_schema

logger = structlog.get_logger(__name__)

XML = "text/xml; charset=utf-8"
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
    kept = None if trigger.letter is None else adapter_of(raw.provider).masked(trigger.letter.body)
    return Verified(trigger.message_id, trigger.kind, trigger.fingerprint, is_known=trigger.is_known, kept=kept)


def handle(raw: Raw) -> None:
    """Take the booking that a message brings, or have the channel read at once; may run twice for one message."""
    connection = _connection(raw)
    trigger, now = _trigger(_proved(connection, raw)), timezone.now()
    if not isinstance(adapter_of(connection.adapter), Answering):
        _log(connection, raw, trigger)
    standing_of(connection, now=now)
    if trigger.letter is not None:
        letter_came(connection=connection, letter=trigger.letter, now=now)
        return
    if trigger.pull:
        schema = current_schema()
        with transaction.atomic():
            pull_asked(connection.pk, now=now)
            wake(schema)


def answer(raw: Raw) -> Reply | None:
    """Return what to answer a channel that waits for our number: that, or a fault that has it send the booking again.

    The message was kept and handled before; what could not be taken in lies in the queue all the same.
    """
    connection = _connection(raw)
    adapter, trigger = adapter_of(connection.adapter), _trigger(raw)
    if not isinstance(adapter, Answering) or trigger.letter is None:
        return None
    try:
        number = number_for(connection=connection, letter=trigger.letter, now=timezone.now())
    except Exception:
        logger.exception("channel_answer_failed", connection=connection.code)
        number = ""
    if number:
        reply = Reply(200, adapter.answered(raw.body, our_number=number), XML)
    else:
        reply = Reply(500, adapter.fault("The booking is not taken in yet. Please send it again."), XML)
    _log(connection, raw, trigger, reply)
    return reply


def _trigger(raw: Raw) -> Trigger:
    connection = _connection(raw)
    try:
        return adapter_of(connection.adapter).triggered(access_of(connection), raw.body, raw.headers)
    except ChannelError as error:
        raise Refused(error.code, error.message) from error


def _proved(connection: Connection, raw: Raw) -> Raw:
    """Return a message that was proved when it came as its adapter reads it: no secret is kept with it."""
    adapter = adapter_of(connection.adapter)
    if not isinstance(adapter, Proving):
        return raw
    return replace(raw, headers={**raw.headers, **adapter.proof(access_of(connection), raw.body)})


def _connection(raw: Raw) -> Connection:
    found = Connection.objects.select_related("property", "company", "fallback_type", "fallback_plan")
    connection = found.filter(code=raw.account, adapter=raw.provider).first()
    if connection is None:
        raise Refused("no_connection", "Nobody takes messages for this connection any more.")
    return connection


def _log(connection: Connection, raw: Raw, trigger: Trigger, reply: Reply | None = None) -> None:
    body = adapter_of(connection.adapter).masked(raw.body)[:MOST_KEPT]
    ExchangeLog.objects.create(
        connection=connection,
        direction=Direction.IN,
        what=f"webhook {trigger.kind}"[:32],
        method="POST",
        at=timezone.now(),
        status=200 if reply is None else reply.status,
        request=body.decode(errors="replace").replace("\x00", ""),
        response="" if reply is None else reply.body[:MOST_KEPT].decode(errors="replace"),
    )
