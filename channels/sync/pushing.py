"""Telling one connection what is true: one turn, one worker, absolute values, in order; cleared is only what was sent.

Whatever stops a turn (a kill, the database, the channel) leaves the marks that were not answered for: the next turn computes
anew and tells again. What the channel took twice is the same value.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from channels.adapters import adapter_of
from channels.adapters.base import Adapter, ChannelError, Parcel, Refused, Sent, Wire
from channels.adapters.enums import Trouble
from channels.connections.enums import State
from channels.connections.models import Connection
from channels.connections.services import channels_allowed
from channels.connections.wire import wire_of
from channels.sync.cases import refusals_told
from channels.sync.enums import Anew, Direction
from channels.sync.logging import Recording
from channels.sync.marking import mark
from channels.sync.models import Mark, Standing
from channels.sync.standing import (
    TurnLostError,
    broken,
    standing_of,
    turn_extended,
    turn_failed,
    turn_over,
    turn_taken,
)
from channels.sync.telling import Cells, cells_due, horizon, spans_of, spells_of
from channels.sync.writing import Key, doubt_write, keys_of, last_parcels, told_write
from pms.kernel.encryption import UndecipherableError

logger = structlog.get_logger(__name__)

#: A turn ends after so many rounds even if marks keep coming: others wait for the worker.
MOST_ROUNDS = 20


def push(connection_id: int, *, clock: Callable[[], datetime] = timezone.now) -> int:
    """Tell a connection what is due; return how many cells it took. Nothing when it is not this worker's turn.

    Runs outside any transaction; every part of it may be cut off at any point and run again.
    """
    connection = Connection.objects.select_related("property").filter(pk=connection_id, state=State.LIVE).first()
    if connection is None or not channels_allowed():
        return 0
    standing_of(connection, now=clock())
    lease = turn_taken(connection_id, now=clock())
    if lease is None:
        return 0
    turn = Turn(connection, lease, clock)
    try:
        return turn.run()
    except TurnLostError:
        logger.warning("channel_turn_lost", connection=connection.code)
        return turn.told
    except ChannelError as error:
        turn.failed(error)
        return turn.told
    except UndecipherableError:
        logger.exception("channel_keys_sealed", connection=connection.code)
        turn.failed(ChannelError(Trouble.LOCKED_OUT, "sealed", "The keys of this connection cannot be opened."))
        return turn.told
    except Exception:
        turn.failed(broken())
        raise


class Turn:
    """One worker's turn at one connection."""

    def __init__(self, connection: Connection, lease: datetime, clock: Callable[[], datetime]) -> None:
        self.connection = connection
        self.lease = lease
        self.clock = clock
        self.adapter: Adapter = adapter_of(connection.adapter)
        self.recording = Recording()
        self.told = 0
        #: Messages of each kind: as many rounds as there were of the most frequent one.
        self.sent: Counter[str] = Counter()

    def run(self) -> int:
        """Tell what is marked until nothing is marked any more, or the channel's limits want a pause."""
        wire = wire_of(self.connection, record=self.recording)
        for _ in range(MOST_ROUNDS):
            marks = list(Mark.objects.filter(connection=self.connection))
            if not marks:
                break
            self._round(wire, marks)
            Mark.objects.filter(pk__in=[mark.pk for mark in marks]).delete()
            if self.sent and (self.adapter.facts.rounds_per_minute or self.adapter.facts.gather_seconds):
                break
        rounds = max(self.sent.values(), default=0)
        turn_over(self.connection.pk, self.lease, facts=self.adapter.facts, rounds=rounds, now=self.clock())
        return self.told

    def failed(self, error: ChannelError) -> None:
        """Write down why the turn ended, and when the next one may begin."""
        self.recording.write(self.connection, direction=Direction.OUT, error_code=error.code, error=error.message)
        turn_failed(self.connection.pk, self.lease, error=error, now=self.clock())

    def _round(self, wire: Wire, marks: Sequence[Mark]) -> None:
        now = self.clock()
        place = self.connection.property
        place.refresh_from_db()
        oldest = min(mark.asked_at for mark in marks)
        spells = spells_of(marks, today=place.business_date, until=horizon(self.connection, self.adapter.facts))
        for spell in spells:
            cells = cells_due(connection=self.connection, spell=spell, now=now)
            if cells.count:
                self._tell(wire, cells, oldest)
            if spell.anew is Anew.ALL:
                Standing.objects.filter(connection=self.connection).update(refreshed_at=now)

    def _tell(self, wire: Wire, cells: Cells, oldest: datetime) -> None:
        parcels = self.adapter.parcels(wire.access, spans_of(cells))
        refused: dict[Key, str] = {}
        for parcel, complete in zip(parcels, last_parcels(parcels), strict=True):
            touched = keys_of(parcel.spans)
            with transaction.atomic():
                self._extend()
                doubt_write(cells, keys=touched)
            sent = self._send(wire, parcel)
            self.sent[parcel.what] += 1
            for each in sent.refused:
                refused |= dict.fromkeys(keys_of(each.spans), each.code or "refused")
            try:
                with transaction.atomic():
                    self._extend()
                    count = told_write(cells, keys=complete, refused=refused, now=self.clock())
            except TurnLostError:
                self._overtaken(cells, touched)
                raise
            self.told += count
            said = "; ".join(f"{each.code}: {each.message}" for each in sent.refused)
            self.recording.write(
                self.connection,
                direction=Direction.OUT,
                error_code=sent.refused[0].code if sent.refused else "",
                error=said,
                cells=count,
                oldest=oldest,
            )
            refusals_told(connection=self.connection, refused=sent.refused, keys=complete, now=self.clock())

    def _extend(self) -> None:
        self.lease = turn_extended(self.connection.pk, self.lease, now=self.clock())

    def _overtaken(self, cells: Cells, keys: Collection[Key]) -> None:
        """Have days told again that somebody else told while our message was under way: nobody knows which came last."""
        days = {day for _, _, day in keys}
        with transaction.atomic():
            doubt_write(cells, keys=keys)
            mark(connection_row=self.connection, first=min(days), until=max(days) + timedelta(days=1))

    def _send(self, wire: Wire, parcel: Parcel) -> Sent:
        """Send one parcel; one that the channel will never take is put aside with its words, and the rest goes on."""
        try:
            return self.adapter.send(wire, parcel)
        except ChannelError as error:
            if error.trouble is not Trouble.REFUSED:
                raise
            return Sent(refused=(Refused(parcel.spans, error.code, error.message),))
