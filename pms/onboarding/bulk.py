"""Writes whole hotels with COPY, constraints on: what services write one by one, for a hundred thousand at a time.

Everything happens in the caller's transaction. The counters of the inventory are counted from the rows written, and
both guards judge the result: a draft that oversells a type or puts two stays into one unit is refused entirely.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from json import dumps
from typing import Any, Final

from django.db import connection

from bookings.availability.enums import TAKING, OccupancyKind
from bookings.lifecycle.sold import Sold
from bookings.rates.models import Promotion
from bookings.reservations.enums import OccupantKind, Status
from guests.profiles.models import Company
from pms.audit.services import audit_record
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict
from pms.kernel.money import round_ratio
from pms.properties.models import Property

from .copying import confirmation_numbers, copy_rows, next_keys, uuid_of
from .drafts import CompanyDraft, HotelDraft, StayDraft
from .frame import Ids, frame_write
from .inventory_sql import INVENTORY_FROM_ROWS
from .stay_pricing import SoldStay, stays_sell

Progress = Callable[[str, int, int], None]
CHUNK: Final = 5000
#: The money of a stay that brought its own prices: no charges, no taxes on top, no terms.
NOTHING_MORE: Final = Sold()


def quiet(_what: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


def companies_write(companies: Sequence[CompanyDraft]) -> dict[str, int]:
    """Writes the companies that are not there yet; keys by code."""
    known = dict(Company.objects.filter(code__in=[c.code for c in companies]).values_list("code", "pk"))
    fresh = [
        Company(
            code=company.code,
            kind=company.kind,
            name=company.name,
            country=company.country,
            email=company.email,
            phone=company.phone,
            commission_percent=company.commission_percent,
        )
        for company in companies
        if company.code not in known
    ]
    return known | {row.code: row.pk for row in Company.objects.bulk_create(fresh, batch_size=500)}


def hotel_write(
    hotel: HotelDraft, *, companies: dict[str, int], actor: Actor, origin: str, progress: Progress = quiet
) -> Property:
    """Writes a property with all its rows in the caller's transaction, one audit row for the bulk of them.

    Raises Conflict `property_exists`; a database error when a guard refuses. The guards are asked before it returns.
    """
    if Property.objects.filter(code=hotel.code).exists():
        raise Conflict("property_exists", f"There is a property with the code {hotel.code} already.")
    ids = frame_write(hotel, companies, actor)
    progress(f"{hotel.name}: pricing the stays", 0, 0)
    _stays(hotel, ids, stays_sell(hotel.stays, ids=ids), progress)
    _closures(hotel, ids)
    progress(f"{hotel.name}: counting the inventory", 0, 0)
    _inventory(hotel, ids)
    progress(f"{hotel.name}: asking the constraints", 0, 0)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    audit_record(
        action="property.imported",
        subject_type="property",
        subject_code=hotel.code,
        property_code=hotel.code,
        actor=actor,
        reason=origin,
        changes={
            "room_types": [None, len(hotel.room_types)],
            "units": [None, len(hotel.units)],
            "bookings": [None, len(hotel.stays)],
            "closures": [None, len(hotel.closures)],
        },
    )
    return Property.objects.get(pk=ids.property_id)


def _stays(hotel: HotelDraft, ids: Ids, sold: Sequence[SoldStay], progress: Progress) -> None:
    stays = hotel.stays
    total = len(stays)
    codes = confirmation_numbers([stay.key for stay in stays])
    guests = next_keys("profiles_guest", total)
    bookings = next_keys("reservations_booking", total)
    reservations = next_keys("reservations_reservation", total)
    holds = _holds(stays, ids)

    def watched(what: str, offset: int) -> Iterator[int]:
        for index in range(total):
            if index % CHUNK == 0:
                progress(f"{hotel.name}: {what}", offset * total + index, 5 * total)
            yield index

    copy_rows(
        "profiles_guest",
        (
            "id",
            "code",
            "first_name",
            "last_name",
            "email",
            "phone",
            "country",
            "language",
            "is_vip",
            "notes",
            "created_at",
        ),
        (
            (
                guests[i],
                uuid_of(hotel.code, stays[i].key),
                g.first_name,
                g.last_name,
                g.email,
                g.phone,
                g.country,
                g.language,
                g.is_vip,
                g.notes,
                stays[i].made_at,
            )
            for i in watched("guests", 0)
            for g in (stays[i].guest,)
        ),
    )
    copy_rows(
        "reservations_booking",
        (
            "id",
            "code",
            "property_id",
            "booker_id",
            "source",
            "company_id",
            "agency_id",
            "external_id",
            "commission_percent",
            "notes",
            "made_at",
        ),
        (
            (
                bookings[i],
                codes[i],
                ids.property_id,
                guests[i],
                s.source.value,
                ids.companies[s.company] if s.company else None,
                ids.companies[s.agency] if s.agency else None,
                s.external_id,
                s.commission_percent,
                "",
                s.made_at,
            )
            for i in watched("bookings", 1)
            for s in (stays[i],)
        ),
    )
    copy_rows(
        "reservations_reservation",
        (
            "id",
            "code",
            "booking_id",
            "property_id",
            "status",
            "room_type_id",
            "rate_plan_id",
            "guest_id",
            "arrival",
            "departure",
            "adults",
            "children",
            "infants",
            "currency",
            "total_minor",
            "charges_minor",
            "taxes_minor",
            "promotion_id",
            "terms",
            "commission_minor",
            "guarantee",
            "hold_id",
            "block_id",
            "unit_pinned",
            "unassigned_reason",
            "is_overbooked",
            "arrival_time",
            "special_requests",
            "notes",
            "tags",
            "made_at",
            "confirmed_at",
            "checked_in_at",
            "checked_out_at",
            "ended_at",
            "end_reason",
            "version",
        ),
        (
            (
                reservations[i],
                codes[i],
                bookings[i],
                ids.property_id,
                s.status.value,
                ids.room_types[s.sold_type],
                ids.plans[s.plan],
                guests[i],
                s.arrival,
                s.departure,
                s.adults,
                s.children,
                s.infants,
                hotel.currency,
                sold[i].total_minor,
                money.charges_minor,
                money.taxes_minor,
                money.promotion_id,
                dumps(sold[i].terms),
                round_ratio(sold[i].total_minor * s.commission_percent, 100),
                s.guarantee.value,
                holds.get(i),
                None,
                s.unit_pinned,
                s.unassigned_reason,
                bool(s.short),
                s.arrival_time,
                s.special_requests,
                s.notes,
                list(s.tags),
                s.made_at,
                s.confirmed_at,
                s.checked_in_at,
                s.checked_out_at,
                s.ended_at,
                s.end_reason,
                1,
            )
            for i in watched("reservations", 2)
            for s in (stays[i],)
            for money in (sold[i].sold or NOTHING_MORE,)
        ),
    )
    copy_rows(
        "reservations_staynight",
        (
            "reservation_id",
            "date",
            "room_type_id",
            "consumed_type_id",
            "unit_id",
            "rate_plan_id",
            "price_minor",
            "parts",
            "taxes",
            "overbooked",
            "released_at",
        ),
        _nights(stays, sold, ids, reservations, watched("nights", 3)),
    )
    copy_rows(
        "availability_occupancy",
        ("unit_id", "slots", "nights", "kind", "active", "reservation_id"),
        (
            (
                ids.units[s.unit],
                ids.slots[s.unit],
                f"[{s.arrival},{s.departure})",
                (OccupancyKind.HOLD if s.status is Status.HOLD else OccupancyKind.STAY).value,
                True,
                reservations[i],
            )
            for i in sorted(watched("rooms", 4), key=lambda i: (stays[i].unit, stays[i].arrival))
            for s in (stays[i],)
            if s.unit and s.takes_room
        ),
    )
    copy_rows(
        "reservations_reservationcharge",
        (
            *("reservation_id", "kind", "extra_id", "code", "name", "component", "basis", "date", "quantity"),
            *("unit_minor", "amount_minor", "taxes"),
        ),
        _charges(sold, reservations),
    )
    _count_promotions(sold)
    copy_rows(
        "reservations_occupant",
        ("reservation_id", "kind", "guest_id", "age"),
        (row for i in range(total) for row in _occupants(stays[i], reservations[i], guests[i])),
    )


def _holds(stays: Sequence[StayDraft], ids: Ids) -> dict[int, int]:
    wanted = [i for i, stay in enumerate(stays) if stay.status is Status.HOLD]
    keys = dict(zip(wanted, next_keys("availability_hold", len(wanted)), strict=True))
    copy_rows(
        "availability_hold",
        ("id", "room_type_id", "nights", "expires_at"),
        (
            (
                key,
                ids.room_types[stays[i].consumed_type],
                f"[{stays[i].arrival},{stays[i].departure})",
                stays[i].expires_at,
            )
            for i, key in keys.items()
        ),
    )
    return keys


def _nights(
    stays: Sequence[StayDraft], money: Sequence[SoldStay], ids: Ids, reservations: Sequence[int], order: Iterable[int]
) -> Iterator[tuple[Any, ...]]:
    for i in order:
        s = stays[i]
        sold, consumed, plan = ids.room_types[s.sold_type], ids.room_types[s.consumed_type], ids.plans[s.plan]
        unit = ids.units[s.unit] if s.unit else None
        for offset, price in enumerate(money[i].prices_minor):
            day = s.arrival + timedelta(days=offset)
            parts, taxes = map(dumps, money[i].kept(offset))
            yield reservations[i], day, sold, consumed, unit, plan, price, parts, taxes, day in s.short, s.ended_at


def _charges(sold: Sequence[SoldStay], reservations: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    for reservation, stay in zip(reservations, sold, strict=True):
        for charge in stay.sold.charges if stay.sold else ():
            line = charge.line
            yield (
                *(reservation, line.kind, charge.extra_id, line.code, line.name, line.component, line.basis),
                *(line.date, line.quantity, line.unit_minor, line.amount_minor),
                dumps([tax.as_json() for tax in charge.taxes]),
            )


def _count_promotions(sold: Sequence[SoldStay]) -> None:
    uses = Counter(stay.sold.promotion_id for stay in sold if stay.sold and stay.sold.promotion_id)
    for promotion, count in uses.items():
        Promotion.objects.filter(pk=promotion).update(uses=count)


def _occupants(stay: StayDraft, reservation: int, guest: int) -> Iterator[tuple[int, str, int | None, int | None]]:
    yield reservation, OccupantKind.ADULT.value, guest, None
    for _ in range(stay.adults - 1):
        yield reservation, OccupantKind.ADULT.value, None, None
    for age in stay.child_ages or (None,) * stay.children:
        yield reservation, OccupantKind.CHILD.value, None, age
    for _ in range(stay.infants):
        yield reservation, OccupantKind.INFANT.value, None, None


def _closures(hotel: HotelDraft, ids: Ids) -> None:
    keys = next_keys("availability_closure", len(hotel.closures))
    made_at = datetime.combine(hotel.business_date, datetime.min.time(), UTC)
    copy_rows(
        "availability_closure",
        ("id", "code", "unit_id", "nights", "kind", "reason", "created_at"),
        (
            (
                key,
                uuid_of(hotel.code, f"{c.unit} {c.first} {c.kind}"),
                ids.units[c.unit],
                f"[{c.first},{c.until})",
                c.kind.value,
                c.reason,
                made_at,
            )
            for key, c in zip(keys, hotel.closures, strict=True)
        ),
    )
    copy_rows(
        "availability_occupancy",
        ("unit_id", "slots", "nights", "kind", "active", "closure_id"),
        (
            (ids.units[c.unit], ids.slots[c.unit], f"[{c.first},{c.until})", TAKING[c.kind].value, True, key)
            for key, c in zip(keys, hotel.closures, strict=True)
            if c.kind in TAKING
        ),
    )


def _inventory(hotel: HotelDraft, ids: Ids) -> None:
    first = min([stay.arrival for stay in hotel.stays], default=hotel.business_date)
    first = min(first, hotel.business_date - timedelta(days=1))
    horizon = hotel.business_date + timedelta(days=Property.objects.get(pk=ids.property_id).selling_horizon_days)
    until = max([stay.departure for stay in hotel.stays], default=horizon)
    with connection.cursor() as cursor:
        # The planner has no statistics of rows that are not committed yet.
        for table in (
            "reservations_reservation",
            "reservations_staynight",
            "availability_occupancy",
            "properties_unit",
        ):
            cursor.execute(f"ANALYZE {table}")
        cursor.execute(
            INVENTORY_FROM_ROWS, {"property": ids.property_id, "first": first, "last": max(until, horizon) - _DAY}
        )


_DAY: Final = timedelta(days=1)
