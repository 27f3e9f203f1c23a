"""The channel manager: from a change to the channel's yes, everything told anew, and ten thousand reservations taken."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import count
from time import monotonic, perf_counter, sleep
from urllib.parse import urlsplit

from django.db.models import Max, Sum
from django.utils import timezone
from django_tenants.utils import schema_context

from bench import raw
from bench.channel_houses import (
    ACTOR,
    BOOKING_COM,
    CHANNEX,
    StandIns,
    channel_workers,
    connected,
    organization_make,
    place_make,
    stand_ins,
    told,
    waited,
)
from bench.house import organization_remove
from bench.measuring import Figure, Outcome, compared, quietest, timed, together
from bookings.availability.models import InventoryDay
from bookings.lifecycle.invariants import certify
from bookings.lifecycle.services import RoomRequest, booking_create
from bookings.rates.changing import Cell
from bookings.rates.enums import Source
from bookings.rates.models import RatePlan
from bookings.rates.services import change_draft, change_publish
from bookings.reservations.models import Reservation, StayNight
from channels.adapters import adapter_of
from channels.connections.enums import State
from channels.connections.models import Connection
from channels.connections.wire import access_of
from channels.sync.comparing import compare
from channels.sync.enums import Anew
from channels.sync.models import (
    BookingMessage,
    ChannelBooking,
    ExchangeLog,
    Mark,
    Standing,
    StoredLetter,
    ToldRate,
    ToldRooms,
)
from channels.sync.pushing import push
from channels.sync.standing import pull_asked
from channels.sync.telling import Spell, cells_due, spans_of
from channels.sync.waking import wake
from guests.profiles.services import GuestDetails
from pms.kernel.tenancy import current_schema
from pms.properties.models import Property, RoomType
from pms.tenants.models import Organization

HOUSES = 20
#: Changes of all houses together, half of them bookings and half prices.
PER_SECOND = 20
SPREAD_DAYS = 59
#: Adapter, how it is called in the report, seconds at p99. Channex takes ten messages a minute of a house.
CASES = (
    ("bookingcom", "Booking.com, told every 2 s", 5),
    ("channex", "Channex, told every 6 s", None),
)
REFRESH_DAYS, REFRESH_TYPES, REFRESH_PLANS = 500, 20, 5
REFRESH_TARGET_MS = 3_000
IMPORTED_TYPES, IMPORTED_UNITS, IMPORTED_DAYS = 5, 40, 300
IMPORTED_PER_SECOND = 50
#: Channel workers that run, as bin/Procfile starts them: one reads, the other helps.
WORKERS = 2
#: So many are booked at the desk, to compare with.
ALONE = 100


@dataclass(frozen=True, slots=True)
class Change:
    """What was changed at which instant: the rooms left, or the price, of one type on one day, and nothing twice."""

    is_booking: bool
    room_type: RoomType
    day: date
    at: datetime


def measure_channels(*, today: date, seconds: int, reservations: int, times: int) -> list[Figure]:
    """Measure over real HTTP, with the worker and the stand-ins in processes of their own."""
    organization = organization_make()
    with stand_ins() as at, schema_context(organization.schema_name):
        places = [place_make(f"H{number:02}", today=today, types=2, units=20, days=90) for number in range(HOUSES)]
        figures = [figure for case in CASES for figure in _latency(places, at, case, seconds)]
        figures += _refresh(organization, at, today, times)
        figures += _import(at, today, reservations)
    organization_remove(slug=organization.slug)
    return figures


# From a change to the channel's yes


def _latency(places: list[Property], at: StandIns, case: tuple[str, str, int | None], seconds: int) -> list[Figure]:
    adapter, name, target = case
    connections = [connected(place, adapter=adapter, at=at, days=SPREAD_DAYS + 1) for place in places]
    with channel_workers(1):
        waited(told)
        changes = _changes(places, seconds, least_minor=9_000 if target else 12_000)
        waited(told)
    taken = sorted(_waits(changes))
    plain = _bare(connections[0], at)
    differing = sum(found.count for each in connections if (found := compare(each, repair=False)) is not None)
    Connection.objects.filter(pk__in=[each.pk for each in connections]).update(state=State.DRAFT)
    p50, p99 = taken[len(taken) // 2], taken[min(len(taken) - 1, round(len(taken) * 0.99))]
    rate = len(changes) / (changes[-1].at - changes[0].at).total_seconds()
    question = f"{HOUSES} connections, {rate:.1f} changes a second: to the yes of {name}, p50 / p99"
    return [
        Figure(
            "channels",
            question,
            f"{p50:.2f} / {p99:.2f} s",
            f"{plain.p50:.1f} ms, a bare POST",
            f"{p50 * 1000 / plain.p50:.0f}",
            f"{target} s at p99" if target else "",
            p99 < target if target else None,
        ),
        Figure("channels", "values that differ there afterwards", f"{differing}", target="0", met=differing == 0),
    ]


def _changes(places: list[Property], seconds: int, *, least_minor: int) -> list[Change]:
    """Change something at a steady pace, now in this house and now in that."""
    kinds = {place.pk: list(RoomType.objects.filter(property=place).order_by("position")) for place in places}
    plans = {place.pk: RatePlan.objects.get(property=place) for place in places}
    begin, made = monotonic(), []
    for number in range(seconds * PER_SECOND):
        sleep(max(0.0, begin + number / PER_SECOND - monotonic()))
        place, turn = places[number % HOUSES], number // HOUSES
        kind = kinds[place.pk][turn % 2]
        change = Change(
            turn % 4 < 2, kind, place.business_date + timedelta(days=1 + turn * 7 % SPREAD_DAYS), timezone.now()
        )
        _make(place, plans[place.pk], change, least_minor + 10 * turn)
        made.append(change)
    return made


def _make(place: Property, plan: RatePlan, change: Change, price_minor: int) -> None:
    if change.is_booking:
        until = change.day + timedelta(days=1)
        booking_create(
            property=place,
            rooms=[RoomRequest(room_type=change.room_type, rate_plan=plan, arrival=change.day, departure=until)],
            booker=GuestDetails(first_name="Greta", last_name="Bench"),
            source=Source.PHONE,
            actor=ACTOR,
        )
        return
    cells = [Cell(change.room_type.pk, plan.pk, change.day, "price", price_minor)]
    change_publish(change=change_draft(property=place, title="Bench", cells=cells, actor=ACTOR), actor=ACTOR)


def _waits(changes: list[Change]) -> list[float]:
    """Return the seconds from each change to the note that the channel has taken it."""
    rooms = _told_at(ToldRooms, "link__room_type")
    rates = _told_at(ToldRate, "link__room__room_type")
    waits = []
    for change in changes:
        at = (rooms if change.is_booking else rates)[change.room_type.pk, change.day]
        if at < change.at:
            raise RuntimeError(f"{change} was never told.")
        waits.append((at - change.at).total_seconds())
    return waits


def _told_at(model: type[ToldRooms] | type[ToldRate], kind: str) -> dict[tuple[int, date], datetime]:
    live = {f"{kind.removesuffix('room_type')}connection__state": State.LIVE}
    rows = model.objects.filter(**live).values_list(kind, "date").annotate(Max("told_at"))
    return {(room_type, day): at for room_type, day, at in rows}


def _bare(connection: Connection, at: StandIns) -> Outcome:
    """Post the last message of rooms again, with nothing around it."""
    last = ExchangeLog.objects.filter(connection=connection, what__in=("availability", "availability_notice")).first()
    if last is None:
        names = sorted(set(ExchangeLog.objects.filter(connection=connection).values_list("what", flat=True)))
        raise RuntimeError(f"No message of rooms among {names}.")
    if connection.adapter == "channex":
        at.tell("channex", "clock", seconds=61)
        headers, times = {"user-api-key": CHANNEX["api_key"]}, 5
    else:
        opened = b64encode(":".join(BOOKING_COM.values()).encode()).decode()
        headers, times = {"Authorization": f"Basic {opened}", "Content-Type": "application/xml"}, 50
    path = urlsplit(last.url).path

    def post() -> None:
        status, body = at.post(path, last.request.encode(), headers)
        if status != 200:
            raise RuntimeError(body.decode())

    return timed(post, times, warm=1)


# Everything told anew


def _refresh(organization: Organization, at: StandIns, today: date, times: int) -> list[Figure]:
    place = place_make("BIG", today=today, types=REFRESH_TYPES, units=5, days=REFRESH_DAYS + 10, plans=REFRESH_PLANS)
    _prices(place, today)
    connection = connected(place, adapter="channex", at=at, days=REFRESH_DAYS)
    span = {"first": today, "until": today + timedelta(days=REFRESH_DAYS)}
    plain = quietest(
        partial(together, raw.asking_all(organization.schema_name, raw.TOLD, span), clients=1, times=times)
    )
    spell = Spell(span["first"], span["until"], None, Anew.ALL)
    adapter, access = adapter_of("channex"), access_of(connection)
    cells: list[int] = []

    def compute() -> None:
        due = cells_due(connection=connection, spell=spell, now=timezone.now())
        cells[:] = [due.count, len(adapter.parcels(access, spans_of(due)))]

    got = quietest(partial(timed, compute, times, warm=1))
    begin = perf_counter()
    sent = push(connection.pk)
    seconds = perf_counter() - begin
    question = f"{REFRESH_DAYS} days, {REFRESH_TYPES} types, {REFRESH_PLANS} plans"
    Connection.objects.filter(pk=connection.pk).update(state=State.DRAFT)
    return [
        compared(
            "channels", f"{question}: {cells[0]:,} cells and their messages computed", got, plain,
            target_ms=REFRESH_TARGET_MS,
        ),
        Figure("channels", f"the same told: {sent:,} cells in {cells[1]} messages", f"{seconds:.1f} s"),
    ]  # fmt: skip


def _prices(place: Property, today: date) -> None:
    """Give every third day a price of its own and every fifth a minimum stay, in each type and plan."""
    kinds = list(RoomType.objects.filter(property=place))
    cells = []
    for plan in RatePlan.objects.filter(property=place):
        for kind in kinds:
            for offset in range(0, REFRESH_DAYS, 3):
                day = today + timedelta(days=offset)
                cells.append(Cell(kind.pk, plan.pk, day, "price", 9_000 + offset * 10 + kind.position * 100))
                if offset % 5 == 0:
                    cells.append(Cell(kind.pk, plan.pk, day, "min_stay_arrival", 2 + offset % 2))
    change_publish(change=change_draft(property=place, title="Bench", cells=cells, actor=ACTOR), actor=ACTOR)


# What a channel sold


def _import(at: StandIns, today: date, reservations: int) -> list[Figure]:
    desk = timed(_at_the_desk(today), ALONE)
    place = place_make("IMP", today=today, types=IMPORTED_TYPES, units=IMPORTED_UNITS, days=IMPORTED_DAYS + 10)
    connection = connected(place, adapter="channex", at=at, days=IMPORTED_DAYS)
    Standing.objects.filter(connection=connection).update(pull_at=timezone.now() + timedelta(days=1))
    with channel_workers(WORKERS):
        waited(told)
        # At the prices that were told by now.
        nights = _sold(connection, at, today, reservations)
        begin = perf_counter()
        pull_asked(connection.pk, now=timezone.now())
        wake(current_schema())
        waited(partial(_acknowledged, connection, reservations), seconds=reservations, pause=0.25)
        seconds = perf_counter() - begin
    made = Reservation.objects.filter(property=place)
    counted = InventoryDay.objects.filter(room_type__property=place).aggregate(Sum("sold"))["sold__sum"]
    standing = StayNight.objects.filter(reservation__property=place, released_at=None).count()
    complaints = {
        "letters": StoredLetter.objects.filter(connection=connection).count() - reservations,
        "reservations": made.count() - reservations,
        "bookings": ChannelBooking.objects.filter(connection=connection).count() - reservations,
        "nights": standing - nights,
        "counters": (counted or 0) - nights,
        "findings": len(certify(property=place).findings),
    }
    Connection.objects.filter(pk=connection.pk).update(state=State.DRAFT)
    Mark.objects.all().delete()
    rate = reservations / seconds
    return [
        Figure(
            "channels",
            f"{reservations:,} reservations of Channex taken: read, kept, applied, acknowledged",
            f"{rate:.0f}/s ({seconds:.0f} s)",
            f"{desk.per_second:.0f}/s booked at the desk",
            f"{desk.per_second / rate:.1f}",
            target=f"{IMPORTED_PER_SECOND}/s",
            met=rate >= IMPORTED_PER_SECOND,
        ),
        Figure(
            "channels",
            "lost, doubled or miscounted afterwards",
            ", ".join(f"{name} {number:+}" for name, number in complaints.items() if number) or "0",
            target="0",
            met=not any(complaints.values()),
        ),
    ]


def _acknowledged(connection: Connection, reservations: int) -> bool:
    done = BookingMessage.objects.filter(connection=connection, acknowledged_at__isnull=False)
    return done.count() >= reservations


def _at_the_desk(today: date) -> Callable[[], None]:
    """Return what books one stay of the same kind through the service alone, each time another one."""
    place = place_make("DSK", today=today, types=IMPORTED_TYPES, units=IMPORTED_UNITS, days=IMPORTED_DAYS + 10)
    plan = RatePlan.objects.get(property=place)
    kinds = list(RoomType.objects.filter(property=place).order_by("position"))
    numbers = count()

    def book() -> None:
        number = next(numbers)
        day = today + timedelta(days=1 + number * 7 % (IMPORTED_DAYS - 5))
        _make(place, plan, Change(True, kinds[number % IMPORTED_TYPES], day, timezone.now()), 0)

    return book


def _sold(connection: Connection, at: StandIns, today: date, reservations: int) -> int:
    """Sell so many rooms at an OTA behind Channex, spread over the days; return how many nights that is."""
    rates = [link.rate_links.get().rate_id for link in connection.room_links.order_by("room_type__position")]
    nights = 0
    for number in range(reservations):
        arrival = today + timedelta(days=1 + number * 7 % (IMPORTED_DAYS - 5))
        length = 1 + number % 3
        nights += length
        room = {
            "rate_plan_id": rates[number % IMPORTED_TYPES],
            "arrival": arrival.isoformat(),
            "departure": (arrival + timedelta(days=length)).isoformat(),
            "adults": 2,
        }
        at.tell("channex", "sell", channel="booking.com", rooms=[room], property_id=connection.account)
    return nights
