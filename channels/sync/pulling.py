"""Reading one connection: letters kept, read, applied, acknowledged; whatever was cut off last time is made good first."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from datetime import datetime, timedelta

import structlog
from django.db.models import Q
from django.utils import timezone

from channels.adapters import adapter_of
from channels.adapters.base import Adapter, ChannelError, Letter, Receipt, SoldBooking, Wire
from channels.adapters.enums import Delivery, Told, Trouble
from channels.connections.enums import State
from channels.connections.models import Connection
from channels.connections.services import channels_allowed
from channels.connections.wire import access_of, wire_of
from channels.sync.cases import case_open
from channels.sync.enums import CaseKind, Direction, LetterState, MessageState
from channels.sync.logging import Recording
from channels.sync.models import BookingMessage, StoredLetter
from channels.sync.queue import Crew, apply, apply_waiting, many_wait
from channels.sync.standing import (
    TurnLostError,
    broken,
    pull_asked,
    pull_extended,
    pull_failed,
    pull_over,
    pull_taken,
    standing_of,
)
from channels.sync.taking import digest_of, letter_keep, letters_keep, letters_read
from pms.kernel.encryption import UndecipherableError
from pms.kernel.retrying import retry_at

logger = structlog.get_logger(__name__)

#: So many messages are acknowledged in one call; the adapter cuts them further where the channel takes fewer.
ACKNOWLEDGED_TOGETHER = 100
#: Refused so often, an acknowledgement is left to a person.
MOST_ACKNOWLEDGEMENTS = 20


def pull(connection_id: int, *, clock: Callable[[], datetime] = timezone.now, hands: Executor | None = None) -> int:
    """Read what a channel sold; return how many letters came. Nothing when it is not this worker's turn.

    `hands`: threads that apply many messages together, see `Crew`.

    A paused connection is read all the same: what is sold is sold. Runs outside any transaction; every part may be cut
    off at any point and run again (T65).
    """
    states = (State.LIVE, State.PAUSED)
    connection = (
        Connection.objects.select_related("property", "company", "fallback_type", "fallback_plan")
        .filter(pk=connection_id, state__in=states)
        .first()
    )
    if connection is None or not channels_allowed():
        return 0
    standing = standing_of(connection, now=clock())
    lease = pull_taken(connection_id, now=clock())
    if lease is None:
        return 0
    reading = _Reading(connection, lease, clock, hands)
    try:
        return reading.run(since=standing.pulled_at, broken_off=standing.pull_lease_until is not None)
    except TurnLostError:
        # Somebody else reads on from here; what came is kept, and nothing is taken twice.
        logger.warning("channel_turn_lost", connection=connection.code)
    except ChannelError as error:
        reading.failed(error)
    except UndecipherableError:
        logger.exception("channel_keys_sealed", connection=connection.code)
        reading.failed(ChannelError(Trouble.LOCKED_OUT, "sealed", "The keys of this connection cannot be opened."))
    except Exception:
        reading.failed(broken())
        raise
    return reading.letters


def letter_came(*, connection: Connection, letter: Letter, now: datetime) -> None:
    """Take a letter that a channel sent by itself: kept and committed, then read, then what it says applied.

    Only what it says, for somebody may be waiting; the next reading, which is asked for, sees to everything else.
    """
    stored = letter_keep(connection=connection, letter=letter, now=now)
    letters_read(letters=[stored], access=access_of(connection), now=now)
    waiting = BookingMessage.objects.filter(letter=stored, state=MessageState.WAITING)
    for message in waiting.order_by("pk"):
        apply(message, now=now)
    pull_asked(connection.pk, now=now)


def number_for(*, connection: Connection, letter: Letter, now: datetime) -> str:
    """Return our number for the booking of a letter that a channel sent by itself; empty while it is not taken in.

    What is not applied yet is tried once more, whatever pause it has: the channel waits. The same letter has the same
    number however often it comes, and one with other content that of the first (T59).
    """
    try:
        sold = adapter_of(connection.adapter).read(access_of(connection), letter).bookings
    except ChannelError:
        return ""
    known = _messages(connection, sold)
    if any(
        (row := known.get(each.revision[:128])) is None
        or row.digest != digest_of(each)
        or row.state == MessageState.WAITING
        for each in sold
    ):
        letter_came(connection=connection, letter=letter, now=now)
        known = _messages(connection, sold)
    taken = [row for row in known.values() if row.state in {MessageState.APPLIED, MessageState.OUTDATED}]
    return _number_of(taken[0]) if taken and len(taken) == len(sold) else ""


def _messages(connection: Connection, sold: Sequence[SoldBooking]) -> dict[str, BookingMessage]:
    rows = BookingMessage.objects.filter(connection=connection, revision__in=[each.revision[:128] for each in sold])
    return {row.revision: row for row in rows.select_related("channel_booking__booking")}


class _Reading:
    """One worker's turn to read a connection."""

    def __init__(
        self, connection: Connection, lease: datetime, clock: Callable[[], datetime], hands: Executor | None
    ) -> None:
        self.connection = connection
        self.lease = lease
        self.clock = clock
        self.hands = hands
        self.crew: Crew | None = None
        self.adapter: Adapter = adapter_of(connection.adapter)
        self.recording = Recording()
        self.letters = 0

    def run(self, *, since: datetime | None, broken_off: bool) -> int:
        """Make good what was cut off, then read the channel to the end."""
        with ExitStack() as crews:
            self._read(crews, since=since, broken_off=broken_off)
        pull_over(self.connection.pk, self.lease, facts=self.adapter.facts, now=self.clock())
        return self.letters

    def _read(self, crews: ExitStack, *, since: datetime | None, broken_off: bool) -> None:
        wire, facts = wire_of(self.connection, record=self.recording), self.adapter.facts
        left = list(StoredLetter.objects.filter(connection=self.connection, state=LetterState.KEPT))
        if left:
            letters_read(letters=left, access=wire.access, now=self.clock())
        self._settle(wire, crews)
        fetched = self.adapter.fetch(wire, since=since, broken_off=broken_off)
        # Where letters come together, some may still be in the crew's hands while the next are read.
        leaving = facts.letters_together // 4
        for letters in _together(fetched, most=facts.letters_together):
            self.letters += len(letters)
            stored = letters_keep(connection=self.connection, letters=letters, now=self.clock())
            self._write()
            letters_read(letters=stored, access=wire.access, now=self.clock())
            self._again([letter for letter in stored if letter.state != LetterState.KEPT])
            self._settle(wire, crews, leaving=leaving)
            self._extend()
        if self.crew is not None:
            self._settle(wire, crews)
        self._write()

    def failed(self, error: ChannelError) -> None:
        """Write down why the turn ended, and when the next one may begin."""
        self.recording.write(self.connection, direction=Direction.IN, error_code=error.code, error=error.message)
        pull_failed(self.connection.pk, self.lease, error=error, now=self.clock())

    def _extend(self) -> None:
        """Keep the turn. Raises TurnLostError."""
        self.lease = pull_extended(self.connection.pk, self.lease, now=self.clock())

    def _write(self) -> None:
        self.recording.write(self.connection, direction=Direction.IN)

    def _again(self, letters: Sequence[StoredLetter]) -> None:
        """Letters that were read before came again: the channel has not noted what was acknowledged."""
        if letters:
            BookingMessage.objects.filter(letter__in=letters).update(
                acknowledged_at=None, acknowledge_again_at=self.clock(), acknowledge_attempts=0
            )

    def _settle(self, wire: Wire, crews: ExitStack, *, leaving: int = 0) -> None:
        """Apply what waits and acknowledge what is applied. What is put aside is kept here: it is acknowledged too,
        except where the channel wants our number for it."""
        key, now = self.connection.pk, self.clock()
        if self.crew is None and self.hands is not None and many_wait(key, now=now):
            self.crew = crews.enter_context(Crew(key, hands=self.hands, clock=self.clock))
        leaving = leaving if self.crew is not None else 0
        apply_waiting(connection_id=key, now=now, crew=self.crew, leaving=leaving, after_lot=self._extend)
        if self.adapter.facts.delivery is Delivery.DESTRUCTIVE:
            return
        kept = [MessageState.APPLIED, MessageState.OUTDATED]
        if self.adapter.facts.delivery is Delivery.ACKNOWLEDGED:
            kept.append(MessageState.PARKED)
        now = self.clock()
        due = BookingMessage.objects.filter(
            Q(acknowledge_again_at__lte=now) | Q(acknowledge_again_at=None),
            connection=self.connection,
            acknowledged_at=None,
            state__in=kept,
            acknowledge_attempts__lt=MOST_ACKNOWLEDGEMENTS,
        ).select_related("channel_booking__booking")
        messages = list(due.order_by("pk")[:ACKNOWLEDGED_TOGETHER])
        if messages:
            self._acknowledge(wire, messages)

    def _acknowledge(self, wire: Wire, messages: Sequence[BookingMessage]) -> None:
        receipts = [
            Receipt(
                booking_id=message.external_id,
                revision=message.revision,
                our_number=_number_of(message),
                told=Told(message.told),
                details=message.content.get("receipt") or {},
            )
            for message in messages
        ]
        said = self.adapter.acknowledge(wire, receipts)
        now = self.clock()
        noted, again = set(said.noted), set(said.again)
        BookingMessage.objects.filter(pk__in=[each.pk for each in messages if each.revision in noted]).update(
            acknowledged_at=now
        )
        for message in messages:
            if message.revision in noted:
                continue
            message.acknowledge_attempts += 1
            message.acknowledge_again_at = retry_at(attempts=message.acknowledge_attempts, now=now)
            message.save(update_fields=["acknowledge_attempts", "acknowledge_again_at"])
            if message.revision in again:
                continue
            words = said.refused.get(message.revision)
            if words:
                self._refused(message, words)
        self._write()

    def _refused(self, message: BookingMessage, words: str) -> None:
        case_open(
            connection=self.connection,
            kind=CaseKind.NOT_ACKNOWLEDGED,
            subject=f"{message.external_id} {message.revision}",
            words=f"The channel did not take our acknowledgement of booking {message.external_id}: {words}",
            now=self.clock(),
            message=message,
        )


def _together(letters: Iterator[Letter], *, most: int) -> Iterator[list[Letter]]:
    """Yield letters in lots of so many. Those that came before the channel broke off are yielded before that is raised."""
    lot: list[Letter] = []
    failure: ChannelError | None = None
    try:
        for letter in letters:
            lot.append(letter)
            if len(lot) >= most:
                yield lot
                lot = []
    except ChannelError as error:
        failure = error
    if lot:
        yield lot
    if failure is not None:
        raise failure


def _number_of(message: BookingMessage) -> str:
    known = message.channel_booking
    if known is None or known.booking is None:
        return f"C{message.pk}"
    return known.booking.code


#: How long a letter is kept once it was read.
KEPT_FOR = timedelta(days=90)


def letters_forget(*, now: datetime) -> int:
    """Delete letters that were read and are older than three months; return how many."""
    old = StoredLetter.objects.filter(came_at__lt=now - KEPT_FOR, state=LetterState.READ)
    return old.delete()[0]
