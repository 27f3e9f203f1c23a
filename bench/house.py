"""The measured hotel: 500 units of 20 types, three years of stays, the same at every run but for today's date."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction
from django_tenants.utils import schema_context

from bench.prices import base_prices, prices_make
from bookings.availability.models import InventoryDay, Occupancy
from bookings.availability.services.units import ROOT_BITS
from bookings.rates.models import BasePrice, RatePlan
from bookings.reservations.models import Booking, Occupant, Reservation, StayNight
from guests.profiles.models import Guest
from pms.access.models import Grant, Role
from pms.accounts.models import Membership, User
from pms.inbox.models import Endpoint
from pms.kernel.actors import Actor
from pms.properties.models import Property, RoomType, Unit
from pms.tenants.models import Organization
from pms.tenants.services import organization_create

SLUG = "bench"
SEED = 20_261_120
UNITS = 500
TYPES = 20
DAYS_BEFORE = 730
DAYS_AFTER = 365
GUESTS = 60_000
#: Nights of a stay and how often: 3.0 on average, as in a city hotel.
LENGTHS = (1, 2, 3, 4, 5, 7, 10, 14)
LENGTH_WEIGHTS = (26, 27, 20, 11, 6, 6, 3, 1)
#: Empty nights between two stays, and how often.
GAPS = (0, 1, 2, 3, 5)
GAP_WEIGHTS = (56, 25, 11, 5, 3)
FIRST_NAMES = ("Greta", "Tomas", "Ana", "Jonas", "Marta", "Luis", "Ieva", "Pedro", "Rasa", "Nuno", "Lina", "Rui")
LAST_NAMES = ("Silva", "Petraitis", "Costa", "Jansen", "Novak", "Weber", "Rossi", "Moreau", "Larsen", "Kowalska")


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay over [arrival, departure) in the unit at this position."""

    unit: int
    arrival: date
    departure: date

    @property
    def nights(self) -> Iterator[date]:
        """Its nights in order."""
        return (self.arrival + timedelta(days=index) for index in range((self.departure - self.arrival).days))


def stays(today: date, units: int) -> list[Stay]:
    """Return the stays of so many units around today, from a seeded generator."""
    random = Random(SEED)
    first, last = today - timedelta(days=DAYS_BEFORE), today + timedelta(days=DAYS_AFTER)
    made = []
    for unit in range(units):
        day = first + timedelta(days=random.choices(GAPS, GAP_WEIGHTS)[0])
        while day < last:
            until = min(day + timedelta(days=random.choices(LENGTHS, LENGTH_WEIGHTS)[0]), last)
            made.append(Stay(unit, day, until))
            day = until + timedelta(days=random.choices(GAPS, GAP_WEIGHTS)[0])
    return made


def house_make(*, today: date, units: int = UNITS) -> Organization:
    """Make the organization `bench` with its hotel, removing the one of a run before."""
    actor = Actor.system("bench")
    organization_remove(slug=SLUG)
    organization = organization_create(slug=SLUG, name="Bench", actor=actor)
    user, _ = User.objects.get_or_create(email="olivia@bench.test", defaults={"name": "Olivia"})
    Membership.objects.get_or_create(user=user, organization=organization, ended_at=None)
    with schema_context(organization.schema_name), transaction.atomic():
        Grant.objects.create(user=user, role=Role.objects.get(code="administrator"))
        _fill(today, units)
    with schema_context(organization.schema_name), connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return organization


def is_of(organization: Organization, today: date) -> bool:
    """Whether the hotel of a run before still trades today."""
    with schema_context(organization.schema_name):
        return Property.objects.filter(business_date=today).exists()


def organization_remove(*, slug: str) -> None:
    """Drop an organization of the bench with everything in it; nothing happens when there is none."""
    found = Organization.objects.filter(slug=slug).first()
    if found is not None:
        Membership.objects.filter(organization=found).delete()
        Endpoint.objects.filter(organization=found).delete()
        found.delete(force_drop=True)


def _fill(today: date, units: int) -> None:
    hotel = Property.objects.create(
        code="BENCH", name="Bench", business_date=today, selling_horizon_days=DAYS_AFTER, check_in_time=time(15)
    )
    plan = RatePlan.objects.create(property=hotel, code="BAR", name="Best available rate", is_default=True)
    types = RoomType.objects.bulk_create(
        RoomType(property=hotel, code=f"T{index:02}", name=f"Type {index + 1}", position=index, max_occupancy=3)
        for index in range(TYPES)
    )
    BasePrice.objects.bulk_create(base_prices(plan, types))
    prices_make(hotel=hotel, plan=plan, types=types, today=today, days=DAYS_AFTER)
    per_type = units // TYPES
    kinds = [types[index // per_type].pk for index in range(units)]
    first = today - timedelta(days=DAYS_BEFORE)
    slots = [f"[{index + 1 << ROOT_BITS},{index + 2 << ROOT_BITS})" for index in range(units)]
    _copy(
        Unit,
        (
            "id",
            "property",
            "room_type",
            "number",
            "name",
            "floor",
            "zone",
            "features",
            "position",
            "slots",
            "in_service_from",
        ),
        (
            (
                index + 1,
                hotel.pk,
                kinds[index],
                f"{100 + index}",
                "",
                f"{index // 25}",
                "",
                "",
                index,
                slots[index],
                first,
            )
            for index in range(units)
        ),
    )
    random = Random(SEED)
    _copy(
        Guest,
        (
            *("id", "code", "first_name", "last_name", "email", "phone", "country", "language", "is_vip", "notes"),
            "created_at",
        ),
        (
            (
                key,
                UUID(int=random.getrandbits(128), version=4),
                random.choice(FIRST_NAMES),
                f"{random.choice(LAST_NAMES)} {key}",
                f"guest{key}@example.com",
                "",
                "PT",
                "en",
                key % 50 == 0,
                "",
                _at(first),
            )
            for key in range(1, GUESTS + 1)
        ),
    )
    made = stays(today, units)
    _copy_stays(made, hotel=hotel, plan=plan, kinds=kinds, slots=slots, today=today)
    sold: dict[tuple[int, date], int] = {}
    for stay in made:
        for night in stay.nights:
            key = kinds[stay.unit], night
            sold[key] = sold.get(key, 0) + 1
    days = [first + timedelta(days=index) for index in range(DAYS_BEFORE + DAYS_AFTER)]
    zeros = ("out_of_order", "owner", "overbooked", "held", "blocked", "linked", "overbooking_limit")
    _copy(
        InventoryDay,
        ("room_type", "date", "capacity", "sold", *zeros),
        ((kind.pk, day, per_type, sold.get((kind.pk, day), 0), *[0] * len(zeros)) for kind in types for day in days),
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('properties_unit_block_seq', %s)", [units + 2])


def _copy_stays(
    made: Sequence[Stay], *, hotel: Property, plan: RatePlan, kinds: Sequence[int], slots: Sequence[str], today: date
) -> None:
    random = Random(SEED + 1)
    facts = [
        (key, stay, random.randint(1, GUESTS), _at(stay.arrival - timedelta(days=random.randint(1, 120))), _code(key))
        for key, stay in enumerate(made, start=1)
    ]
    _copy(
        Booking,
        ("id", "code", "property", "booker", "source", "external_id", "notes", "made_at"),
        ((key, code, hotel.pk, guest, "phone", "", "", made_at) for key, _, guest, made_at, code in facts),
    )
    _copy(
        Reservation,
        (
            "id",
            "code",
            "booking",
            "property",
            "status",
            "room_type",
            "rate_plan",
            "guest",
            "arrival",
            "departure",
            "adults",
            "children",
            "infants",
            "currency",
            "total_minor",
            "commission_minor",
            "guarantee",
            "unit_pinned",
            "unassigned_reason",
            "is_overbooked",
            "special_requests",
            "notes",
            "tags",
            "made_at",
            "confirmed_at",
            "end_reason",
            "version",
        ),
        (
            (
                key,
                code,
                key,
                hotel.pk,
                _status(stay, today),
                kinds[stay.unit],
                plan.pk,
                guest,
                stay.arrival,
                stay.departure,
                2,
                0,
                0,
                "EUR",
                9900 * (stay.departure - stay.arrival).days,
                0,
                "card",
                False,
                "",
                False,
                "",
                "",
                [],
                made_at,
                made_at,
                "",
                1,
            )
            for key, stay, guest, made_at, code in facts
        ),
    )
    _copy(
        StayNight,
        (
            "reservation",
            "date",
            "room_type",
            "consumed_type",
            "unit",
            "rate_plan",
            "price_minor",
            "taxes",
            "overbooked",
        ),
        (
            (key, night, kinds[stay.unit], kinds[stay.unit], stay.unit + 1, plan.pk, 9_900, "[]", False)
            for key, stay, *_ in facts
            for night in stay.nights
        ),
    )
    _copy(
        Occupancy,
        ("unit", "slots", "nights", "kind", "active", "reservation"),
        (
            (stay.unit + 1, slots[stay.unit], f"[{stay.arrival},{stay.departure})", "stay", True, key)
            for key, stay, *_ in facts
        ),
    )
    _copy(Occupant, ("reservation", "kind", "guest"), ((key, "adult", guest) for key, _, guest, *_ in facts))


def _status(stay: Stay, today: date) -> str:
    if stay.departure <= today:
        return "checked_out"
    return "checked_in" if stay.arrival < today else "confirmed"


def _code(number: int) -> str:
    """Return a code that no random one meets: those have no zero."""
    return f"0{number:06}"


def _at(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)


def _copy(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY rows into the model's table, then move its sequence behind the highest id."""
    meta = model._meta
    columns = ", ".join(f'"{meta.get_field(name).column}"' for name in fields)  # type: ignore[union-attr]
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {meta.db_table} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        if "id" in fields:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{meta.db_table}', 'id'), (SELECT max(id) FROM {meta.db_table}))"
            )
