"""The rows that take units: guard two. The inventory days are locked before any of these is called."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db import connection
from django.db.models import Q
from psycopg.types.range import Range

from bookings.availability.enums import OccupancyKind
from bookings.availability.models import Occupancy
from pms.kernel.dates import night_range
from pms.kernel.errors import Conflict
from pms.kernel.locking import lock_prepared
from pms.kernel.prepared import Prepared, PreparedRows, insert_all
from pms.kernel.ranges import span
from pms.properties.models import Unit


@dataclass(frozen=True, slots=True)
class Segment:
    """A unit taken over [first, until)."""

    unit: Unit
    first: date
    until: date


def occupancy_write(
    *,
    segments: list[Segment],
    kind: OccupancyKind,
    reservation_id: int | None = None,
    closure_id: int | None = None,
    besides: Sequence[int] = (),
    is_new: bool = False,
) -> None:
    """Make the active occupancy of a reservation or closure exactly segments; rows that still fit are kept.

    Whoever `is_new` has no rows yet, and is not asked for any. Reservations in `besides` are about to leave their units
    in the same exchange and are not in the way.

    The inventory days are locked already. Raises Conflict `room_taken` when somebody else has a unit on a night,
    before the exclusion constraint would.
    """
    owner = Q(reservation_id=reservation_id) if reservation_id is not None else Q(closure_id=closure_id)
    ignored = _Ignored(reservation_id, closure_id, besides)
    present = [] if is_new else list(Occupancy.objects.filter(owner))
    wanted = {(segment.unit.pk, segment.first, segment.until): segment for segment in segments}
    kept: set[tuple[int, date, date]] = set()
    gone = []
    for row in present:
        key = (row.unit_id, row.nights.lower, row.nights.upper)
        if key in wanted and key not in kept:
            kept.add(key)
            if not row.active or row.kind != kind:
                _refuse_taken(wanted[key], ignored)
                Occupancy.objects.filter(pk=row.pk).update(active=True, kind=kind)
        else:
            gone.append(row.pk)
    if gone:
        Occupancy.objects.filter(pk__in=gone).delete()
    fresh = [segment for key, segment in wanted.items() if key not in kept]
    if not fresh:
        return
    lock_prepared(_UNITS, units=[segment.unit.pk for segment in fresh])
    for segment in fresh:
        _refuse_taken(segment, ignored)
    insert_all(
        Occupancy(
            unit=segment.unit,
            slots=segment.unit.slots,
            nights=night_range(segment.first, segment.until),
            kind=kind,
            reservation_id=reservation_id,
            closure_id=closure_id,
        )
        for segment in fresh
    )


def occupancy_end(*, reservation_id: int | None = None, closure_id: int | None = None) -> None:
    """Give back every unit a reservation or closure takes; the rows stay, inactive, and say where it was."""
    owner = Q(reservation_id=reservation_id) if reservation_id is not None else Q(closure_id=closure_id)
    Occupancy.objects.filter(owner, active=True).update(active=False)


_UNITS = PreparedRows(
    Unit,
    lambda units: Unit.objects.filter(pk__in=units).order_by("pk").select_for_update(no_key=True),
    units=list,
)
_TAKEN = Prepared(
    lambda slots, nights: (
        Occupancy.objects.filter(active=True, slots__overlap=slots, nights__overlap=nights)
        .order_by("nights")
        .values_list("pk", "reservation_id", "closure_id")
    ),
    slots=Range,
    nights=Range,
)


class _Ignored(NamedTuple):
    """Who is not in the way of an owner: itself, and reservations that are about to leave."""

    reservation_id: int | None
    closure_id: int | None
    besides: Sequence[int]

    def includes(self, reservation_id: int | None, closure_id: int | None) -> bool:
        """Return whether a row that these own is ignored."""
        if reservation_id is not None:
            return reservation_id == self.reservation_id or reservation_id in self.besides
        return closure_id is not None and closure_id == self.closure_id


def _refuse_taken(segment: Segment, ignored: _Ignored) -> None:
    rows = _TAKEN.rows(slots=segment.unit.slots, nights=night_range(segment.first, segment.until))
    first = next((pk for pk, *owner in rows if not ignored.includes(*owner)), None)
    if first is None:
        return
    taken = Occupancy.objects.select_related("reservation__guest").get(pk=first)
    begins, ends = span(taken.nights)
    who = taken.reservation.guest.full_name if taken.reservation else str(taken.get_kind_display()).lower()
    raise Conflict(
        "room_taken",
        f"Room {segment.unit.number} is taken from {begins:%-d %b} to {ends:%-d %b %Y} ({who}).",
        field="unit",
        unit=segment.unit.number,
    )


def occupancy_exchange_begin() -> None:
    """Let the rest of the transaction exchange units: guard two is asked at its end, not in between (T54)."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ex_occupancy_one_guest_per_room DEFERRED")


def occupancy_exchange_end() -> None:
    """Ask guard two now, so that a refusal comes out of the service and not out of the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ex_occupancy_one_guest_per_room IMMEDIATE")
