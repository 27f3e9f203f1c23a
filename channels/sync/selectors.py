"""How connections are doing, what people have to look at, and what was said: for the pages of channels.

Each answers for any number of connections in a fixed number of queries. Instants are UTC, durations milliseconds.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Aggregate, BooleanField, Count, ExpressionWrapper, FloatField, Min, Q, QuerySet

from bookings.rates.models import RatePlan
from bookings.reservations.models import Booking
from channels.connections.models import Connection, RateLink, RoomLink
from channels.sync.enums import NOTES, CaseKind, Direction, MessageState
from channels.sync.models import (
    BookingMessage,
    Case,
    ChannelBooking,
    ExchangeLog,
    Mark,
    Standing,
    StoredLetter,
    ToldRate,
    ToldRooms,
)
from pms.properties.models import Property, RoomType

#: Success and latency are those of so long.
RECENT = timedelta(days=1)
PAGE_LOG = 50
PAGE_CASES = 50
_SUCCEEDED = Q(error="", status__gte=200, status__lt=300)


class Percentile(Aggregate):
    """The value below which `share` of the values lie; nulls do not count."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True, slots=True)
class Health:
    """How one connection is doing. `calls`, `failed`, `half` and `most` (latency, p50 and p95) are those of the last day;
    `marked_at` is when the oldest change that waits was made."""

    connection: Connection
    standing: Standing | None
    marks: int = 0
    marked_at: datetime | None = None
    waiting: int = 0
    parked: int = 0
    unacknowledged: int = 0
    refused: int = 0
    calls: int = 0
    failed: int = 0
    half: int | None = None
    most: int | None = None
    rooms: int = 0
    unmapped_rooms: int = 0
    unmapped_rates: int = 0
    cases: Mapping[str, int] = field(default_factory=dict)

    @property
    def open_cases(self) -> int:
        """How many cases wait for somebody: notes do not."""
        return sum(count for kind, count in self.cases.items() if kind not in NOTES)

    @property
    def success_permille(self) -> int | None:
        """How many of a thousand calls were answered without an error; None where there were none."""
        return None if not self.calls else round(1000 * (self.calls - self.failed) / self.calls)


def connections_of(places: Collection[Property]) -> list[Connection]:
    """Return the connections of properties with their standing, in one query."""
    rows = Connection.objects.filter(property__in=[place.pk for place in places])
    return list(rows.select_related("property", "standing", "fallback_type", "fallback_plan", "company"))


def healths(connections: Sequence[Connection], *, now: datetime) -> list[Health]:
    """Return how connections are doing, in their order. Eight queries, whatever their number."""
    keys = [row.pk for row in connections]
    marks = _by(Mark.objects.filter(connection__in=keys), count=Count("pk"), at=Min("asked_at"))
    messages = _by(
        BookingMessage.objects.filter(connection__in=keys),
        waiting=Count("pk", filter=Q(state=MessageState.WAITING)),
        parked=Count("pk", filter=Q(state=MessageState.PARKED)),
        unnoted=Count("pk", filter=Q(state__in=[MessageState.APPLIED, MessageState.OUTDATED], acknowledged_at=None)),
    )
    calls = _by(
        ExchangeLog.objects.filter(connection__in=keys, at__gte=now - RECENT),
        count=Count("pk"),
        failed=Count("pk", filter=~_SUCCEEDED),
        half=Percentile("waited_milliseconds", share=0.5),
        most=Percentile("waited_milliseconds", share=0.95),
    )
    rooms = _by(
        RoomLink.objects.filter(connection__in=keys, gone_at=None),
        count=Count("pk"),
        unmapped=Count("pk", filter=Q(room_type=None)),
    )
    unmapped = RateLink.objects.filter(
        room__connection__in=keys, rate_plan=None, gone_at=None, read_only=False, room__gone_at=None
    )
    rates = _by(unmapped, "room__connection", count=Count("pk"))
    refused = _by(
        ToldRooms.objects.filter(link__connection__in=keys).exclude(refused=""), "link__connection", count=Count("pk")
    )
    refused_rates = _by(
        ToldRate.objects.filter(link__room__connection__in=keys).exclude(refused=""),
        "link__room__connection",
        count=Count("pk"),
    )
    cases: dict[int, dict[str, int]] = {}
    opened = Case.objects.filter(connection__in=keys, resolved_at=None).order_by()
    for key, kind, count in opened.values_list("connection", "kind").annotate(count=Count("pk")):
        cases.setdefault(key, {})[kind] = count
    nothing: dict[str, Any] = {}
    found = []
    for row in connections:
        mark, message, call = marks.get(row.pk, nothing), messages.get(row.pk, nothing), calls.get(row.pk, nothing)
        found.append(
            Health(
                connection=row,
                standing=getattr(row, "standing", None),
                marks=mark.get("count", 0),
                marked_at=mark.get("at"),
                waiting=message.get("waiting", 0),
                parked=message.get("parked", 0),
                unacknowledged=message.get("unnoted", 0),
                refused=refused.get(row.pk, nothing).get("count", 0)
                + refused_rates.get(row.pk, nothing).get("count", 0),
                calls=call.get("count", 0),
                failed=call.get("failed", 0),
                half=_whole(call.get("half")),
                most=_whole(call.get("most")),
                rooms=rooms.get(row.pk, nothing).get("count", 0),
                unmapped_rooms=rooms.get(row.pk, nothing).get("unmapped", 0),
                unmapped_rates=rates.get(row.pk, nothing).get("count", 0),
                cases=cases.get(row.pk, {}),
            )
        )
    return found


def _by(rows: QuerySet[Any], path: str = "connection", **aggregates: Aggregate) -> dict[int, dict[str, Any]]:
    return {row[path]: row for row in rows.order_by().values(path).annotate(**aggregates)}


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def cases_of(
    connections: Iterable[Connection], *, kind: str = "", is_open: bool = True, most: int = PAGE_CASES
) -> list[Case]:
    """Return cases of connections, those that were last found first, notes after them; the resolved ones by when they were.

    One query.
    """
    rows = Case.objects.filter(connection__in=[row.pk for row in connections], resolved_at__isnull=is_open)
    if kind in CaseKind.values:
        rows = rows.filter(kind=kind)
    order = ["is_note", "-seen_at"] if is_open else ["-resolved_at"]
    rows = rows.annotate(is_note=ExpressionWrapper(Q(kind__in=NOTES), BooleanField()))
    return list(rows.select_related("connection__property", "reservation__guest").order_by(*order, "-pk")[:most])


def open_cases_of(connections: Iterable[Connection]) -> int:
    """Return how many cases of connections wait for somebody: notes do not. One query."""
    rows = Case.objects.filter(connection__in=[row.pk for row in connections], resolved_at=None)
    return rows.exclude(kind__in=NOTES).count()


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which exchanges are looked at; everything may be left out."""

    connection: str = ""
    direction: str = ""
    what: str = ""
    only_failures: bool = False


def exchanges_of(
    connections: Iterable[Connection], *, wanted: LogFilter, before: datetime | None = None, most: int = PAGE_LOG
) -> list[ExchangeLog]:
    """Return what was said, newest first, without the messages themselves; `before` continues a page. One query."""
    rows = ExchangeLog.objects.filter(connection__in=[row.pk for row in connections])
    if wanted.connection:
        rows = rows.filter(connection__code=wanted.connection)
    if wanted.direction in Direction.values:
        rows = rows.filter(direction=wanted.direction)
    if wanted.what:
        rows = rows.filter(what__startswith=wanted.what)
    if wanted.only_failures:
        rows = rows.exclude(_SUCCEEDED)
    if before is not None:
        rows = rows.filter(at__lt=before)
    return list(rows.select_related("connection").defer("request", "response").order_by("-at", "-pk")[:most])


def kinds_said(connections: Iterable[Connection], *, now: datetime) -> list[str]:
    """Return the kinds of exchanges of the last week, for a filter. One query."""
    rows = ExchangeLog.objects.filter(connection__in=[row.pk for row in connections], at__gte=now - timedelta(days=7))
    return sorted(set(rows.order_by().values_list("what", flat=True).distinct()))


@dataclass(frozen=True, slots=True)
class Told:
    """A booking as its channel told it: the messages, oldest first, with the letters they came in, and the cases about it."""

    known: ChannelBooking
    messages: tuple[BookingMessage, ...]
    letters: Mapping[int, StoredLetter]
    cases: tuple[Case, ...]


def told_of(known: ChannelBooking) -> Told:
    """Return what a channel told of a booking. Three queries."""
    messages = tuple(
        BookingMessage.objects.filter(connection=known.connection_id, external_id=known.external_id).order_by("pk")
    )
    letters = StoredLetter.objects.in_bulk({row.letter_id for row in messages if row.letter_id})
    about = Q(message__in=[row.pk for row in messages]) | Q(reservation__booking=known.booking_id)
    if known.booking_id is None:
        about = Q(message__in=[row.pk for row in messages])
    cases = Case.objects.filter(about, connection=known.connection_id).order_by("-pk")
    return Told(known, messages, letters, tuple(cases))


def channel_booking_of(booking: Booking) -> ChannelBooking | None:
    """Return where a booking was sold, with its connection, or None where no channel has it. One query."""
    return ChannelBooking.objects.filter(booking=booking).select_related("connection__property", "booking").first()


@dataclass(frozen=True, slots=True)
class ToldPrice:
    """What a channel was last told a night costs, by number of guests (0: the room, whoever comes)."""

    connection: Connection
    room: str
    rate: str
    prices: tuple[tuple[int, int], ...]
    closed: bool
    told_at: datetime
    refused: str


def prices_told(*, room_type: RoomType, rate_plan: RatePlan, day: date) -> list[ToldPrice]:
    """Return what each live or paused connection was last told of a night of a type under a plan. One query."""
    rows = ToldRate.objects.filter(
        link__rate_plan=rate_plan, link__room__room_type=room_type, date=day, link__gone_at=None
    ).select_related("link__room__connection")
    return [
        ToldPrice(
            connection=row.link.room.connection,
            room=str(row.link.room),
            rate=str(row.link),
            prices=tuple(zip(row.link.guests or [0], row.prices, strict=False)),
            closed=row.closed,
            told_at=row.told_at,
            refused=row.refused,
        )
        for row in rows.order_by("link__room__connection__name", "link__room__name", "link__name")
    ]
