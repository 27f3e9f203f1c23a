"""Letters of a channel: kept first, then read, then each message about a booking once."""

import json
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import structlog
from django.db import transaction
from django.db.models import F

from channels.adapters import adapter_of
from channels.adapters.base import Access, ChannelError, Letter, SoldBooking
from channels.adapters.content import to_json
from channels.connections.models import Connection
from channels.sync.cases import case_open
from channels.sync.enums import CaseKind, LetterState
from channels.sync.models import BookingMessage, StoredLetter
from pms.kernel.locking import lock_one

logger = structlog.get_logger(__name__)

#: Notices of a channel that people should see; the others stand in the log.
SAID_ALOUD = frozenset(
    {"non_acked_booking", "sync_error", "rate_error", "reservation_request", "alteration_request", "disconnect"}
)


def letter_keep(*, connection: Connection, letter: Letter, now: datetime) -> StoredLetter:
    """Store one letter as letters_keep does."""
    return letters_keep(connection=connection, letters=[letter], now=now)[0]


def letters_keep(*, connection: Connection, letters: Sequence[Letter], now: datetime) -> list[StoredLetter]:
    """Store letters as they came, cards masked, and return them in order; the same again is counted.

    All of them or none, committed before anybody reads one.
    """
    rows = {row.digest: row for row in (_kept(connection, letter, now) for letter in letters)}
    mine = StoredLetter.objects.filter(connection=connection, digest__in=rows)
    with transaction.atomic():
        # In the order of their digests, so that two who keep the same letters do not wait for each other in a circle.
        StoredLetter.objects.bulk_create([rows[digest] for digest in sorted(rows)], ignore_conflicts=True)
        mine.update(times=F("times") + 1)
        stored = {row.digest: row for row in mine}
    return [stored[digest] for digest in rows]


def _kept(connection: Connection, letter: Letter, now: datetime) -> StoredLetter:
    body = adapter_of(connection.adapter).masked(letter.body)
    digest = sha256(letter.kind.encode() + b"\0" + letter.key.encode() + b"\0" + body).hexdigest()
    return StoredLetter(
        connection=connection,
        kind=letter.kind[:64],
        key=letter.key[:128],
        body=body,
        digest=digest,
        came_at=now,
        times=0,
    )


@transaction.atomic
def letter_read(*, letter: StoredLetter, access: Access, now: datetime) -> int:
    """Read a letter that was kept into messages about bookings, all of it or nothing; return how many there are.

    What nobody can read is marked so and becomes a case: the letter stays. Locks the letter.
    """
    row = lock_one(StoredLetter.objects.filter(pk=letter.pk).select_related("connection"))
    if row is None or row.state != LetterState.KEPT:
        return 0
    connection = row.connection
    try:
        reading = adapter_of(connection.adapter).read(access, Letter(bytes(row.body), row.kind, row.key))
    except ChannelError as error:
        row.state, row.error = LetterState.UNREADABLE, error.message
        row.save(update_fields=["state", "error"])
        _unreadable(row, error.message, now)
        return 0
    for sold in reading.bookings:
        message_take(connection=connection, sold=sold, letter=row, now=now)
    for fault in reading.faults:
        _unreadable(row, fault, now)
    for kind, words in reading.notices:
        if kind in SAID_ALOUD:
            case_open(connection=connection, kind=CaseKind.NOTICE, subject=f"{kind}: {words}", words=words, now=now)
        logger.info("channel_notice", connection=connection.code, kind=kind)
    row.state = LetterState.READ
    row.error = "; ".join(reading.faults)
    row.save(update_fields=["state", "error"])
    return len(reading.bookings)


def message_take(
    *, connection: Connection, sold: SoldBooking, letter: StoredLetter | None, now: datetime
) -> BookingMessage:
    """Store what a channel says of one booking, once for each revision (T59); the same id with other content is an alarm.

    A message that comes again is acknowledged again: the channel has not noted it.
    """
    content, digest = to_json(sold), digest_of(sold)
    made, is_new = BookingMessage.objects.get_or_create(
        connection=connection,
        revision=sold.revision[:128],
        defaults={
            "letter": letter,
            "external_id": sold.booking_id[:64],
            "order": sold.order[:80],
            "told": sold.told,
            "content": content,
            "digest": digest,
            "came_at": now,
            "next_attempt_at": now,
        },
    )
    if is_new:
        return made
    differs = made.digest != digest
    BookingMessage.objects.filter(pk=made.pk).update(
        times=F("times") + 1, acknowledged_at=None, acknowledge_again_at=now, acknowledge_attempts=0
    )
    if differs:
        case_open(
            connection=connection,
            kind=CaseKind.CONTENT_DIFFERS,
            subject=f"{sold.booking_id} {sold.revision}",
            words="The channel sent a message it had sent before, with other content. The first stays; compare both.",
            now=now,
            message=made,
            details={"first": made.content, "now": content},
        )
    return made


def digest_of(sold: SoldBooking) -> str:
    """Return what two deliveries of one message share: all of it but what acknowledges it."""
    return sha256(json.dumps(to_json(sold) | {"receipt": {}}, sort_keys=True).encode()).hexdigest()


def _unreadable(letter: StoredLetter, words: str, now: datetime) -> None:
    case_open(
        connection=letter.connection,
        kind=CaseKind.UNREADABLE,
        subject=f"letter {letter.pk}: {words}"[:200],
        words=f"A part of a message could not be read: {words}",
        now=now,
        details={"letter": letter.pk},
    )
