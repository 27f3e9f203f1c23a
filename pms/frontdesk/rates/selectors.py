"""What the rates calendar shows: types and plans, their prices and restrictions by day, rooms left."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from bookings.availability.selectors import TypeAvailability, availability
from bookings.rates.changing import Cell
from bookings.rates.enums import PRICE, ChangeState, Limit
from bookings.rates.models import DailyPrice, RateChange, RateChangeCell, RatePlan, Restriction
from bookings.rates.quoting import DayCell, DayLimits
from bookings.rates.selectors import rate_matrix
from channels.connections.models import Connection
from pms.frontdesk.rates.outward import Layer, layer_read
from pms.frontdesk.rates.window import Window
from pms.properties.models import Property, RoomType

MINUS = "\u2212"

#: Whose day it is: keys of a room type and a rate plan, None for all of them.
Subject = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class TypeLine:
    """A room type that is sold."""

    key: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A rate plan that is sold; `parent` is the code of the plan its prices follow, `follows` says how ("Flexible -10 %")."""

    key: int
    code: str
    name: str
    parent: str
    follows: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """Everything read for one window. `own` holds what the row of a subject itself says, by day."""

    window: Window
    every_type: Sequence[TypeLine]
    every_plan: Sequence[PlanLine]
    types: Sequence[TypeLine]
    plans: Sequence[PlanLine]
    rates: Mapping[tuple[int, int], Sequence[DayCell]]
    own: Mapping[Subject, Mapping[date, DayLimits]]
    availability: Mapping[int, TypeAvailability]
    layer: Layer | None = None


def calendar_read(*, place: Property, window: Window, connections: Sequence[Connection] = ()) -> Calendar:
    """Return the calendar of a property in a fixed number of queries, with what the window's channel is told, where that
    is one of `connections`."""
    chosen = next((row for row in connections if row.code == window.channel), None)
    window = replace(window, channel=chosen.code if chosen else "")
    every_type, every_plan = type_lines(place=place), plan_lines(place=place)
    types = [line for line in every_type if line.code == window.room_type] or every_type
    if window.view == "list" and types:
        types = types[:1]
        window = replace(window, room_type=types[0].code)
    plans = [line for line in every_plan if line.code == window.plan] or every_plan
    now = timezone.now()
    return Calendar(
        window=window,
        every_type=every_type,
        every_plan=every_plan,
        types=types,
        plans=plans,
        rates=rate_matrix(
            property=place,
            first=window.first,
            until=window.until,
            rate_plan_ids=[line.key for line in plans],
            room_type_ids=[line.key for line in types],
            at=now,
        ),
        own=own_limits(place=place, first=window.first, until=window.until),
        availability=availability(property_id=place.pk, first=window.first, until=window.until, now=now),
        layer=layer_read(connection=chosen, window=window, now=now) if chosen else None,
    )


def type_lines(*, place: Property) -> list[TypeLine]:
    """Return the room types that are sold, in their order. One query."""
    rows = RoomType.objects.filter(property=place, retired_at=None).values_list("pk", "code", "name")
    return [TypeLine(*row) for row in rows]


def plan_lines(*, place: Property) -> list[PlanLine]:
    """Return the rate plans that are sold, in their order. One query."""
    rows = RatePlan.objects.filter(property=place, retired_at=None).values_list(
        "pk", "code", "name", "parent__code", "parent__name", "derive_percent", "derive_minor", "inherits"
    )
    return [
        PlanLine(key, code, name, parent, _follows(parent_name, percent, minor))
        if parent and PRICE in inherits
        else PlanLine(key, code, name, "", "")
        for key, code, name, parent, parent_name, percent, minor, inherits in rows
    ]


def _follows(parent: str, percent: Decimal, minor: int) -> str:
    words = [parent]
    if percent:
        sign = "+" if percent > 0 else MINUS
        words.append(f"{sign}{abs(percent.normalize()):f} %")
    if minor:
        words.append("and an amount")
    return " ".join(words)


def own_limits(*, place: Property, first: date, until: date) -> dict[Subject, dict[date, DayLimits]]:
    """Return what the restrictions of [first, until) say, row by row. One query."""
    found: dict[Subject, dict[date, DayLimits]] = {}
    rows = (
        Restriction.objects.filter(property=place, date__gte=first, date__lt=until)
        .order_by()
        .values_list("room_type_id", "rate_plan_id", "date", *Limit.values)
    )
    for room_type, plan, day, *values in rows:
        found.setdefault((room_type, plan), {})[day] = DayLimits(*values)
    return found


def daily_price(*, subject: Subject, day: date) -> int | None:
    """Return the price that a person set for a day, None when nobody did. One query."""
    kind, plan = subject
    rows = DailyPrice.objects.filter(room_type_id=kind, rate_plan_id=plan, date=day)
    return rows.values_list("price_minor", flat=True).first()


#: How many changes the panel tells of.
RECENT = 8


def recent_changes(*, place: Property) -> list[RateChange]:
    """Return the last changes that were made to prices and restrictions, newest first. One query."""
    return list(RateChange.objects.filter(property=place).exclude(state=ChangeState.DRAFT)[:RECENT])


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """A change that somebody made since one looked, how many of one's own cells it set too, and one of them."""

    change: RateChange
    cells: int
    first: Cell


def changed_since(*, place: Property, cells: Collection[Cell], seen_at: datetime) -> list[Meanwhile]:
    """Return what was published or rolled back after `seen_at` (UTC) and set any of these cells. One query."""
    if not cells:
        return []
    wished = {(cell.room_type_id, cell.rate_plan_id, cell.date, cell.field) for cell in cells}
    days = [cell.date for cell in cells]
    rows = (
        RateChangeCell.objects.filter(
            Q(change__published_at__gt=seen_at) | Q(change__rolled_back_at__gt=seen_at),
            change__property=place,
            date__range=(min(days), max(days)),
        )
        .order_by("-change__number", "date")
        .select_related("change")
    )
    found: dict[int, Meanwhile] = {}
    for row in rows:
        if (row.room_type_id, row.rate_plan_id, row.date, row.field) not in wished:
            continue
        known = found.get(row.change_id)
        is_back = row.change.state == ChangeState.ROLLED_BACK
        now = Cell(row.room_type_id, row.rate_plan_id, row.date, row.field, row.before if is_back else row.after)
        found[row.change_id] = Meanwhile(row.change, known.cells + 1 if known else 1, known.first if known else now)
    return list(found.values())
