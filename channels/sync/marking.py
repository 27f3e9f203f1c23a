"""Marking what may differ from what channels were told, in the very transaction of the change (docs/channels.md).

The engine is level-triggered: a mark says where to look, never what is there. One mark too many costs a comparison; one
too few would cost a double booking, so whoever is unsure marks more.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from channels.connections.enums import State
from channels.connections.models import Connection
from channels.sync.enums import Anew
from channels.sync.models import Mark
from channels.sync.waking import wake
from pms.kernel.prepared import insert
from pms.kernel.tenancy import current_schema

#: One statement, whatever the number of connections: it runs inside the transactions of the desk.
_MARK = """
    INSERT INTO sync_mark (connection_id, room_type_ids, first, until, anew, asked_at)
    SELECT c.id, ARRAY(
            SELECT t.id FROM properties_roomtype t WHERE t.property_id = c.property_id AND t.code = ANY(%(types)s)
        ), %(first)s, %(until)s, 0, %(at)s
    FROM connections_connection c JOIN properties_property p ON p.id = c.property_id
    WHERE c.state = 'live' AND (%(place)s = '' OR p.code = %(place)s)
"""


#: What changes rooms, prices or limits. Who is written about in a reservation, or how, is none of a channel's business.
ATTENDED = (
    "reservation.*", "rates.changed", "unit.*", "block.*", "inventory.limit_changed", "room_type.*", "property.changed",
    "property.day_closed", "import.completed",
)  # fmt: skip
_IRRELEVANT = frozenset({"unit.condition_changed", "reservation.guests", "reservation.details"})


@dataclass(frozen=True, slots=True)
class Touched:
    """What an event may have changed: property (empty: all), codes of room types (none: all), days [first, until)."""

    property_code: str = ""
    room_types: tuple[str, ...] = ()
    first: date | None = None
    until: date | None = None


def heard(kind: str, subject_code: str, payload: Mapping[str, Any]) -> None:
    """Mark what an event may have changed for channels; called inside its transaction, see pms.events.subscriptions."""
    touched = touched_by(kind, subject_code, payload)
    if touched is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _MARK,
            {
                "place": touched.property_code,
                "types": list(touched.room_types),
                "first": touched.first,
                "until": touched.until,
                "at": timezone.now(),
            },
        )
        marked = cursor.rowcount
    if marked:
        wake(current_schema())


def mark(
    *,
    connection_row: Connection,
    room_type_ids: Collection[int] = (),
    first: date | None = None,
    until: date | None = None,
    anew: Anew = Anew.NOTHING,
) -> None:
    """Mark days [first, until) of room types of one connection; everything where left out. Nothing while it is not live."""
    if connection_row.state != State.LIVE:
        return
    insert(
        Mark(
            connection=connection_row,
            room_type_ids=sorted(room_type_ids),
            first=first,
            until=until,
            anew=anew,
            asked_at=timezone.now(),
        )
    )
    wake(current_schema())


def touched_by(kind: str, subject_code: str, payload: Mapping[str, Any]) -> Touched | None:
    """Return what an event may have changed; None where it cannot concern a channel."""
    subject = kind.split(".", maxsplit=1)[0]
    place = str(payload.get("property") or ("" if subject == "block" else subject_code.partition("/")[0]))
    if kind in _IRRELEVANT or (subject == "reservation" and "arrival" not in payload):
        return None
    if subject == "reservation":
        # Rooms with parts close one another: all types of the property are looked at for these nights.
        return Touched(place, (), _day(payload["arrival"]), _day(payload["departure"]))
    if subject == "rates":
        last = _day(payload.get("last"))
        until = None if last is None else last + timedelta(days=1)
        return Touched(place, tuple(payload.get("room_types") or ()), _day(payload.get("first")), until)
    return Touched() if subject == "import" else Touched(place)


def _day(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
