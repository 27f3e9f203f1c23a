"""Letters of a channel: kept first, then read, then each message about a booking once."""

import json
from collections.abc import Iterable, Sequence
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
from pms.kernel.locking import lock

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
def letters_read(*, letters: Iterable[StoredLetter], access: Access, now: datetime) -> int:
    """Read letters of one connection that were kept into messages about bookings; return how many there are.

    All of them or none. What nobody can read is marked so and becomes a case: the letter stays. Locks the letters.
    """
    kept = StoredLetter.objects.filter(pk__in=[letter.pk for letter in letters], state=LetterState.KEPT)
    rows = lock(kept.select_related("connection").order_by("pk"))
    told = [(sold, row) for row in rows for sold in _read(row, access, now)]
    if told:
        messages_take(rows[0].connection, told, now)
    plain = [row.pk for row in rows if row.state == LetterState.READ and not row.error]
    StoredLetter.objects.filter(pk__in=plain).update(state=LetterState.READ)
    for row in rows:
        if row.pk not in plain:
            row.save(update_fields=["state", "error"])
    return len(told)


def _read(row: StoredLetter, access: Access, now: datetime) -> Sequence[SoldBooking]:
    """Return what a letter says of bookings, with its state set; what else it says becomes cases or stands in the log."""
    connection = row.connection
    try:
        reading = adapter_of(connection.adapter).read(access, Letter(bytes(row.body), row.kind, row.key))
    except ChannelError as error:
        row.state, row.error = LetterState.UNREADABLE, error.message
        _unreadable(row, error.message, now)
        return ()
    for fault in reading.faults:
        _unreadable(row, fault, now)
    for kind, words in reading.notices:
        if kind in SAID_ALOUD:
            case_open(connection=connection, kind=CaseKind.NOTICE, subject=f"{kind}: {words}", words=words, now=now)
        logger.info("channel_notice", connection=connection.code, kind=kind)
    row.state, row.error = LetterState.READ, "; ".join(reading.faults)
    return reading.bookings


def messages_take(connection: Connection, told: Sequence[tuple[SoldBooking, StoredLetter]], now: datetime) -> None:
    """Store what a channel says of bookings, once for each revision (T59); the same id with other content is an alarm.

    A message that comes again is acknowledged again: the channel has not noted it. Each letter is told of once.
    """
    made: dict[str, BookingMessage] = {}
    again: list[BookingMessage] = []
    for sold, letter in told:
        row = BookingMessage(
            connection=connection,
            revision=sold.revision[:128],
            letter=letter,
            external_id=sold.booking_id[:64],
            order=sold.order[:80],
            told=sold.told,
            content=to_json(sold),
            digest=digest_of(sold),
            came_at=now,
            next_attempt_at=now,
        )
        again += [row] if row.revision in made else []
        made.setdefault(row.revision, row)
    BookingMessage.objects.bulk_create(made.values(), ignore_conflicts=True)
    # A letter is read once: what another letter brought was here before.
    known = {row.revision: row for row in BookingMessage.objects.filter(connection=connection, revision__in=made)}
    again += [row for row in made.values() if known[row.revision].letter_id != row.letter_id]
    for row in again:
        _came_again(known[row.revision], row, now)


def _came_again(first: BookingMessage, row: BookingMessage, now: datetime) -> None:
    BookingMessage.objects.filter(pk=first.pk).update(
        times=F("times") + 1, acknowledged_at=None, acknowledge_again_at=now, acknowledge_attempts=0
    )
    if first.digest != row.digest:
        case_open(
            connection=first.connection,
            kind=CaseKind.CONTENT_DIFFERS,
            subject=f"{row.external_id} {row.revision}",
            words="The channel sent a message it had sent before, with other content. The first stays; compare both.",
            now=now,
            message=first,
            details={"first": first.content, "now": row.content},
        )


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
