"""The counters of InventoryDay under lock: guard one. Every writer locks in (room type, date) order."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from django.db import connection, transaction

from bookings.availability.enums import Counter
from bookings.availability.models import InventoryDay
from bookings.availability.selectors import Nesting
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import lock, lock_prepared, retried
from pms.kernel.prepared import PreparedRows
from pms.properties.models import Property, RoomType

DayKey = tuple[int, date]


class Deltas:
    """Changes to counters, added up before they are written: (room type, date) to counter to difference."""

    def __init__(self) -> None:
        self.by_day: defaultdict[DayKey, defaultdict[Counter, int]] = defaultdict(lambda: defaultdict(int))

    def add(self, room_type_id: int, day: date, counter: Counter, difference: int) -> None:
        """Add difference to counter on a day."""
        self.by_day[room_type_id, day][counter] += difference

    def net(self) -> dict[DayKey, dict[Counter, int]]:
        """Return the differences that are not zero."""
        net = {key: {c: d for c, d in counters.items() if d} for key, counters in self.by_day.items()}
        return {key: counters for key, counters in net.items() if counters}


def inventory_lock(*, room_type_ids: Iterable[int], days: Iterable[date]) -> dict[DayKey, InventoryDay]:
    """Lock the inventory days of the types on the days, in (room type, date) order, and return them by key.

    Days past the selling horizon are simply not in the answer. Raises Busy `locked`.
    """
    rows = lock_prepared(_DAYS, types=sorted(set(room_type_ids)), days=sorted(set(days)))
    return {(row.room_type_id, row.date): row for row in rows}


_DAYS = PreparedRows(
    InventoryDay,
    lambda types, days: (
        InventoryDay.objects.filter(room_type_id__in=types, date__in=days)
        .order_by("room_type_id", "date")
        .select_for_update(no_key=True)
    ),
    types=list,
    days=list[date],
)


def inventory_apply(*, locked: Mapping[DayKey, InventoryDay], deltas: Deltas) -> None:
    """Write deltas to locked days in one statement.

    Raises Conflict `beyond_horizon` for a day that has no inventory, `sold_out` where the rooms do not suffice.
    """
    net = deltas.net()
    if not net:
        return
    for key, counters in sorted(net.items()):
        row = locked.get(key)
        if row is None:
            raise Conflict("beyond_horizon", f"Rooms cannot be sold as far ahead as {key[1]:%-d %B %Y}.", date=key[1])
        taking = sum(
            counters.get(c, 0)
            for c in (Counter.SOLD, Counter.HELD, Counter.BLOCKED, Counter.OUT_OF_ORDER, Counter.OWNER)
        )
        taking += counters.get(Counter.LINKED, 0) - counters.get(Counter.CAPACITY, 0)
        fresh = taking + min(counters.get(Counter.OVERBOOKED, 0), 0)
        left = row.free + row.overbooking_limit
        if taking > 0 and (fresh > max(left, 0) or taking > left + row.overbooked):
            name = RoomType.objects.get(pk=key[0]).name
            raise Conflict(
                "sold_out",
                f"{name} is sold out on the night of {key[1]:%-d %B %Y}.",
                date=key[1],
                room_type_id=key[0],
            )
    columns = (
        Counter.CAPACITY,
        Counter.OUT_OF_ORDER,
        Counter.OWNER,
        Counter.SOLD,
        Counter.OVERBOOKED,
        Counter.HELD,
        Counter.BLOCKED,
        Counter.LINKED,
    )
    sets = ", ".join(f"{column.value} = i.{column.value} + v.{column.value}" for column in columns)
    names = ", ".join(column.value for column in columns)
    keys = sorted(net)
    arrays: list[list[object]] = [[locked[key].pk for key in keys]]
    arrays += [[net[key].get(column, 0) for key in keys] for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE availability_inventoryday AS i SET {sets} "  # noqa: S608 - column names are an enum's
            f"FROM unnest(%s::bigint[], {', '.join(['%s::int[]'] * len(columns))}) AS v(id, {names}) WHERE i.id = v.id",
            arrays,
        )
    for key in keys:
        row = locked[key]
        for counter, difference in net[key].items():
            setattr(row, counter.value, getattr(row, counter.value) + difference)
            row.free += difference if counter is Counter.CAPACITY else -difference


@transaction.atomic
def inventory_extend(*, property: Property, until: date | None = None) -> int:
    """Make the inventory days up to the selling horizon (or `until`, exclusive), and return how many were new.

    Rows that exist are left alone; capacity counts the units in service on the day. Idempotent. Locks the property, as
    do units that come and go, so that no unit is missed on a day made meanwhile.
    """
    lock(Property.objects.filter(pk=property.pk))
    end = until or property.business_date + timedelta(days=property.selling_horizon_days)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO availability_inventoryday
                (room_type_id, date, capacity, out_of_order, owner, sold, overbooked, held, blocked, linked, overbooking_limit)
            SELECT t.id, d::date, (SELECT count(*) FROM properties_unit u WHERE u.room_type_id = t.id
                AND u.in_service_from <= d AND (u.in_service_until IS NULL OR u.in_service_until > d)),
                0, 0, 0, 0, 0, 0, 0, t.overbooking_limit
            FROM properties_roomtype t,
                 generate_series(%s::timestamp, %s::timestamp, interval '1 day') d
            WHERE t.property_id = %s
            ON CONFLICT (room_type_id, date) DO NOTHING
            """,
            [property.business_date - timedelta(days=1), end - timedelta(days=1), property.pk],
        )
        return int(cursor.rowcount)


def linked_recount(
    *, nesting: Nesting, room_type_ids: Iterable[int], days: Iterable[date], locked: Mapping[DayKey, InventoryDay]
) -> None:
    """Recount, for locked days, the units that cannot be sold because a part or the whole of them is taken (T11)."""
    family = nesting.family(room_type_ids)
    wanted = sorted(set(days))
    if not wanted or not any(nesting.is_nested(room_type_id) for room_type_id in family):
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT u.room_type_id, d.day, count(DISTINCT u.id)
            FROM unnest(%s::date[]) AS d(day)
            JOIN availability_occupancy o ON o.active AND o.nights @> d.day
            JOIN properties_unit u ON u.slots && o.slots AND u.id <> o.unit_id AND u.room_type_id = ANY(%s)
                AND u.in_service_from <= d.day AND (u.in_service_until IS NULL OR u.in_service_until > d.day)
            GROUP BY 1, 2
            """,
            [wanted, sorted(family)],
        )
        counted = {(room_type_id, day): count for room_type_id, day, count in cursor.fetchall()}
    deltas = Deltas()
    for room_type_id in family:
        for day in wanted:
            row = locked.get((room_type_id, day))
            if row is not None:
                deltas.add(room_type_id, day, Counter.LINKED, counted.get((room_type_id, day), 0) - row.linked)
    inventory_apply(locked=locked, deltas=deltas)


@retried
@transaction.atomic
def overbooking_limit_set(*, room_type: RoomType, limit: int, actor: Actor) -> RoomType:
    """Allow so many rooms more than there are to be sold on every night from the business date on (T17).

    Raises Conflict `sold_out` when a night has more sold already than the new limit allows.
    """
    if limit < 0:
        raise Invalid("negative_limit", "An overbooking limit is not negative.", field="overbooking_limit")
    today = room_type.property.business_date
    days = lock(InventoryDay.objects.filter(room_type=room_type, date__gte=today).order_by("room_type_id", "date"))
    for day in days:
        if limit < day.overbooking_limit and day.free + day.overbooked + limit < 0:
            raise Conflict(
                "sold_out",
                f"On the night of {day.date:%-d %B %Y} more {room_type.name} rooms are sold than the limit would allow.",
                field="overbooking_limit",
                date=day.date,
            )
    before = room_type.overbooking_limit
    InventoryDay.objects.filter(pk__in=[day.pk for day in days]).update(overbooking_limit=limit)
    room_type.overbooking_limit = limit
    room_type.save(update_fields=["overbooking_limit"])
    code = f"{room_type.property.code}/{room_type.code}"
    audit_record(
        action="room_type.overbooking_limit",
        subject_type="room_type",
        subject_code=code,
        property_code=room_type.property.code,
        actor=actor,
        changes={"overbooking_limit": [before, limit]},
    )
    event_publish(kind="inventory.limit_changed", subject_type="room_type", subject_code=code, payload={"limit": limit})
    return room_type
