"""Bookings through the service: alone, eight at a time, racing for the last rooms, and side by side."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from statistics import median
from time import perf_counter

from django.utils import timezone
from django_tenants.utils import schema_context

from bench import raw
from bench.house import DAYS_AFTER
from bench.measuring import Client, Figure, Outcome, Taken, compared, quietest, shown, together
from bookings.availability.models import InventoryDay, Occupancy
from bookings.availability.selectors import availability
from bookings.lifecycle.services import RoomRequest, booking_create
from bookings.rates.enums import Source
from bookings.rates.models import RatePlan
from bookings.reservations.models import StayNight
from guests.profiles.services import GuestDetails
from pms.kernel.actors import Actor
from pms.kernel.dates import night_range
from pms.kernel.errors import Busy, DomainError
from pms.kernel.locking import dry_run
from pms.properties.models import Property, RoomType, Unit
from pms.tenants.models import Organization

CLIENTS = 8
RACERS = 64
NEIGHBOURS = 32
NIGHTS = 2
#: A stay that can be sold: the room type's key and the arrival.
Pick = tuple[int, date]


def measure_booking(*, organization: Organization, today: date, times: int) -> list[Figure]:
    """Measure a booking of two nights with guest, guards, nights, audit and outbox, at c=1 and c=8."""
    figures = []
    _warm(organization.schema_name, today)
    schema = organization.schema_name
    for clients in (1, CLIENTS):
        plain = quietest(partial(_raw_bookings, schema, today, clients, times))
        got = quietest(partial(_bookings, schema, today, clients, times))
        figures.append(
            compared(
                "booking",
                f"two nights through the quote, c={clients}",
                got,
                plain,
                target_ms=30 if clients == 1 else None,
            )
        )
        if clients > 1:
            figures.append(
                Figure(
                    "booking",
                    "bookings a second, c=8",
                    f"{got.per_second:.0f}/s",
                    f"{plain.per_second:.0f}/s",
                    f"{plain.per_second / got.per_second:.1f}",
                    "50/s",
                    got.per_second >= 50,
                )
            )
        figures += _complaints(f"c={clients}", got.counts)
    return figures


def _raw_bookings(schema: str, today: date, clients: int, times: int) -> Outcome:
    with schema_context(schema):
        rooms = _free_rooms(today + timedelta(days=1), times * clients)
    plain = together(raw.booking(schema, rooms), clients=clients, times=times)
    _unsell(schema)
    return plain


def _bookings(schema: str, today: date, clients: int, times: int) -> Outcome:
    with schema_context(schema):
        picks = _sellable(today, times * clients)
    return together(_booking(schema, picks), clients=clients, times=times)


def measure_race(*, organization: Organization, today: date, rounds: int) -> list[Figure]:
    """Have 64 clients race for the last rooms of one type, several times."""
    _warm(organization.schema_name, today)
    slowest, wrong, waiting, medians, left_in_all = [], 0, 0, [], 0
    for number in range(rounds):
        with schema_context(organization.schema_name):
            pick, left = scarce(today + timedelta(days=20 * number + 5))
        got = together(_booking(organization.schema_name, [pick] * RACERS), clients=RACERS, times=1)
        refused = got.counts.get("sold_out", 0)
        wrong += got.counts.get("booked", 0) != left or refused != RACERS - left
        waiting += sum(count for name, count in got.counts.items() if name not in {"booked", "sold_out"})
        left_in_all += left
        slowest.append(got.worst)
        medians.append(got.p50)
    with schema_context(organization.schema_name):
        oversold = InventoryDay.objects.filter(free__lt=0).count() + _doubled()
    return [
        Figure(
            "race",
            f"{RACERS} clients, the last rooms of a type, {rounds} rounds",
            f"{shown(median(medians))} ms, slowest {shown(median(slowest))} ms ({shown(min(slowest))} to {shown(max(slowest))})",
            target="1000 ms slowest",
            met=median(slowest) <= 1000,
        ),
        Figure(
            "race",
            f"rounds in which not exactly the {left_in_all} free rooms were sold",
            f"{wrong}",
            target="0",
            met=wrong == 0,
        ),
        Figure("race", "answers other than booked or sold out", f"{waiting}", target="0", met=waiting == 0),
        Figure("race", "oversold nights and doubled rooms afterwards", f"{oversold}", target="0", met=oversold == 0),
    ]


def measure_neighbours(*, organization: Organization, today: date, times: int) -> list[Figure]:
    """Have 32 clients book different rooms of 20 types on the same nights: none may fail because of another."""
    _warm(organization.schema_name, today)
    with schema_context(organization.schema_name):
        rooms = _free_rooms(today + timedelta(days=60), times * NEIGHBOURS)
    got = together(_booking(organization.schema_name, rooms), clients=NEIGHBOURS, times=times)
    failed = sum(count for name, count in got.counts.items() if name != "booked")
    return [
        Figure("neighbours", f"{NEIGHBOURS} clients, different rooms", str(got), target="", met=None),
        Figure("neighbours", "bookings that failed", f"{failed}", target="0", met=failed == 0),
    ]


def _booking(schema: str, picks: Sequence[Pick | tuple[int, int, date, int]]) -> Client:
    """Return a client that books its share of the picks and counts how each ended."""

    def client(number: int, times: int, go: Callable[[], object]) -> Taken:
        taken = Taken()
        with schema_context(schema):
            hotel, plan = Property.objects.get(), RatePlan.objects.get(is_default=True)
            types = {kind.pk: kind for kind in RoomType.objects.all()}
            actor = Actor.system("bench")
            _rehearse(hotel, plan, types[picks[number * times][0]], number)
            go()
            for index in range(number * times, (number + 1) * times):
                pick = picks[index]
                arrival = pick[1] if isinstance(pick[1], date) else pick[2]
                unit = None if isinstance(pick[1], date) else Unit.objects.get(pk=pick[1])
                room = RoomRequest(
                    room_type=types[pick[0]],
                    rate_plan=plan,
                    arrival=arrival,
                    departure=arrival + timedelta(days=NIGHTS),
                    unit=unit,
                )
                start = perf_counter()
                try:
                    booking_create(
                        property=hotel,
                        rooms=[room],
                        booker=GuestDetails(
                            last_name=f"Racer {number}", first_name="Greta", email=f"r{index}@example.com"
                        ),
                        source=Source.PHONE,
                        actor=actor,
                    )
                    taken.count("booked")
                except DomainError as refusal:
                    taken.count(
                        f"{type(refusal).__name__} {refusal.code}" if isinstance(refusal, Busy) else refusal.code
                    )
                taken.seconds.append(perf_counter() - start)
        return taken

    return client


def _rehearse(hotel: Property, plan: RatePlan, room_type: RoomType, number: int) -> None:
    """Make a booking on some other night and take it back: servers keep their processes and connections warm, too."""
    arrival = hotel.business_date + timedelta(days=1 + number * 3 % (DAYS_AFTER - 10))
    room = RoomRequest(room_type=room_type, rate_plan=plan, arrival=arrival, departure=arrival + timedelta(days=NIGHTS))
    with suppress(DomainError), dry_run():
        booking_create(
            property=hotel,
            rooms=[room],
            booker=GuestDetails(last_name="Rehearsal"),
            source=Source.PHONE,
            actor=Actor.system("bench"),
        )


def _warm(schema: str, today: date) -> None:
    """Make one booking and take it back: the processes forked from this one start with everything loaded."""
    with schema_context(schema):
        pick = _sellable(today, 1)
        with dry_run():
            _booking(schema, pick)(0, 1, lambda: None)


def _complaints(where: str, counts: dict[str, int]) -> list[Figure]:
    failed = {name: count for name, count in counts.items() if name != "booked"}
    return [Figure("booking", f"refused, {where}", f"{failed}", target="none", met=False)] if failed else []


def _sellable(today: date, count: int) -> list[Pick]:
    """Return so many stays that can all be sold, spread over types and nights."""
    hotel = Property.objects.get()
    first = today + timedelta(days=1)
    free = _free(hotel, first, today + timedelta(days=DAYS_AFTER))
    picks: list[Pick] = []
    while len(picks) < count:
        before = len(picks)
        for offset in range(DAYS_AFTER - NIGHTS - 1):
            kind = sorted(free)[offset % len(free)]
            nights = free[kind][offset : offset + NIGHTS]
            if min(nights) >= 2 and len(picks) < count:
                for night in range(NIGHTS):
                    free[kind][offset + night] -= 1
                picks.append((kind, first + timedelta(days=offset)))
        if len(picks) == before:
            raise RuntimeError("The hotel is too full for this many bookings.")
    return picks


def scarce(day: date) -> tuple[Pick, int]:
    """Return a stay of a type that has between three and eight rooms left, and how many."""
    free = _free(Property.objects.get(), day, day + timedelta(days=NIGHTS))
    least = {kind: min(frees) for kind, frees in free.items()}
    kind = min((kind for kind, left in least.items() if left >= 1), key=lambda kind: abs(least[kind] - 5))
    return (kind, day), least[kind]


def _free(hotel: Property, first: date, until: date) -> dict[int, list[int]]:
    answer = availability(property_id=hotel.pk, first=first, until=until, now=timezone.now())
    return {kind: [free or 0 for free in each.sellable] for kind, each in answer.items()}


def _free_rooms(first: date, count: int) -> list[tuple[int, int, date, int]]:
    """Return so many rooms from first on that can be booked for two nights: (room type, unit, arrival, guest)."""
    hotel = Property.objects.get()
    rooms: list[tuple[int, int, date, int]] = []
    for offset in range(0, DAYS_AFTER // 2, NIGHTS):
        arrival, departure = first + timedelta(days=offset), first + timedelta(days=offset + NIGHTS)
        left = {kind: min(frees) for kind, frees in _free(hotel, arrival, departure).items()}
        taken = Occupancy.objects.filter(active=True, nights__overlap=night_range(arrival, departure))
        for kind, unit in Unit.objects.exclude(pk__in=taken.values("unit_id")).values_list("room_type_id", "pk"):
            if left[kind] > 0:
                left[kind] -= 1
                rooms.append((kind, unit, arrival, 1))
        if len(rooms) >= count:
            return rooms[:count]
    raise RuntimeError("The hotel is too full for this many bookings.")


def _unsell(schema: str) -> None:
    """Take back what the raw bookings sold, so that both sides find the same hotel."""
    with raw.connected(schema) as connection, connection.transaction():
        connection.execute(
            "UPDATE availability_inventoryday d SET sold = d.sold - n.count FROM (SELECT consumed_type_id, date, count(*)"
            " FROM reservations_staynight s JOIN reservations_reservation r ON r.id = s.reservation_id"
            " WHERE r.code LIKE 'R%-%' GROUP BY 1, 2) n WHERE d.room_type_id = n.consumed_type_id AND d.date = n.date"
        )
        ours = "(SELECT id FROM reservations_reservation WHERE code LIKE 'R%-%')"
        connection.execute(f"DELETE FROM availability_occupancy WHERE reservation_id IN {ours}")
        connection.execute(f"DELETE FROM reservations_staynight WHERE reservation_id IN {ours}")
        connection.execute("DELETE FROM reservations_reservation WHERE code LIKE 'R%-%'")
        connection.execute("DELETE FROM reservations_booking WHERE code LIKE 'R%-%'")


def _doubled() -> int:
    """Return how many nights have two stays in one unit."""
    nights = StayNight.objects.filter(released_at=None, unit__isnull=False).values_list("unit_id", "date")
    seen = list(nights)
    return len(seen) - len(set(seen))
