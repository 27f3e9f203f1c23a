"""Making bookings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from bookings.availability.models import Block, Hold, InventoryDay
from bookings.availability.selectors import Nesting, nesting, sellable_types
from bookings.availability.services import inventory_extend, inventory_lock
from bookings.lifecycle.allocation import Placement, PlannedNight, Still, allocate
from bookings.lifecycle.services.leaving import holds_expire_due
from bookings.lifecycle.telling import tell
from bookings.rates.enums import CHANNEL_SOURCES, Source
from bookings.rates.models import RatePlan
from bookings.rates.selectors import night_prices
from bookings.reservations.enums import OccupantKind, Status
from bookings.reservations.models import Booking, Occupant, Reservation, StayNight
from guests.profiles.models import Company, Guest
from guests.profiles.services import GuestDetails, guest_find_or_create
from pms.kernel.actors import Actor
from pms.kernel.codes import random_code
from pms.kernel.dates import night_range, nights_between
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import retried, violated
from pms.kernel.money import Money
from pms.kernel.text import clean_text
from pms.properties.models import Property, RoomType, Unit

OPENING = frozenset({Status.INQUIRY, Status.HOLD, Status.PENDING, Status.CONFIRMED})
DEFAULT_HOLD_MINUTES = 24 * 60
MAX_HOLD_MINUTES = 60 * 24 * 60
#: How far ahead even a channel's booking is taken, in days: farther is a slip of the pen, and inventory for it a flood.
FARTHEST_DAYS = 5 * 366


P = ParamSpec("P")
R = TypeVar("R")


def _offering_alternatives(function: Callable[P, R]) -> Callable[P, R]:
    """Add to a refusal that names the nights wanted what could be sold instead.

    Asked after the transaction: whoever waits for the same nights need not wait for the answer.
    """

    @wraps(function)
    def offering(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Conflict as refusal:
            wanted = refusal.context.pop("wanted", None)
            if wanted is not None:
                refusal.context["alternatives"] = alternatives(
                    property_id=wanted.room_type.property_id, arrival=wanted.arrival, departure=wanted.departure
                )
            raise

    return offering


@dataclass(frozen=True, slots=True)
class RoomRequest:
    """One room of a booking. `prices` (minor units per night) are those of a channel; otherwise the plan's apply (T67)."""

    room_type: RoomType
    rate_plan: RatePlan
    arrival: date
    departure: date
    adults: int = 2
    child_ages: Sequence[int] = ()
    infants: int = 0
    unit: Unit | None = None
    pinned: bool = False
    prices: Mapping[date, int] | None = None
    special_requests: str = ""
    notes: str = ""
    tags: Sequence[str] = field(default_factory=tuple)
    block: Block | None = None
    guest: Guest | None = None


def booking_create(
    *,
    property: Property,
    rooms: Sequence[RoomRequest],
    booker: Guest | GuestDetails,
    source: Source,
    actor: Actor,
    made_at: datetime | None = None,
    company: Company | None = None,
    agency: Company | None = None,
    commission_percent: Decimal | None = None,
    external_id: str = "",
    request_key: UUID | None = None,
    status: Status = Status.CONFIRMED,
    hold_minutes: int | None = None,
    notes: str = "",
) -> Booking:
    """Make a booking of one or more rooms at a property, with a unit for every night where one is free.

    Sold by a channel it is accepted even when no room is left, flagged as overbooked and unassigned (T17); otherwise
    refused. The same `request_key` again returns the booking that is there. `made_at` is a UTC instant; now if left out.
    Locks inventory days, then units. Raises Invalid `no_rooms`, `retired`, `no_nights`, `too_long`, `arrival_past`, `no_adult`,
    `too_many_guests`, `bad_age`, `no_price`, `bad_price`, `bad_hold`, `bad_status`, `bad_character`, `text_too_long`,
    `other_property`; Conflict `sold_out`, `room_taken`, `beyond_horizon`, `block_used_up`, `duplicate_external_id`.
    """
    try:
        return _create(
            property=property,
            rooms=[_cleaned(room) for room in rooms],
            booker=booker,
            source=source,
            actor=actor,
            made_at=made_at,
            company=company,
            agency=agency,
            commission_percent=commission_percent,
            external_id=clean_text(external_id, field="external_id", most=64),
            request_key=request_key,
            status=status,
            hold_minutes=hold_minutes,
            notes=clean_text(notes, field="notes"),
        )
    except IntegrityError as error:
        if request_key and (known := Booking.objects.filter(request_key=request_key).first()):
            return known
        if violated(error) == "ux_booking_external_id":
            raise _here_already(external_id, source) from error
        raise


@retried
@_offering_alternatives
@transaction.atomic
def _create(
    *,
    property: Property,
    rooms: Sequence[RoomRequest],
    booker: Guest | GuestDetails,
    source: Source,
    actor: Actor,
    made_at: datetime | None,
    company: Company | None,
    agency: Company | None,
    commission_percent: Decimal | None,
    external_id: str,
    request_key: UUID | None,
    status: Status,
    hold_minutes: int | None,
    notes: str,
) -> Booking:
    if request_key and (known := Booking.objects.filter(request_key=request_key).first()):
        return known
    _check(
        property=property, rooms=rooms, source=source, status=status, hold_minutes=hold_minutes, external_id=external_id
    )
    accept = source in CHANNEL_SOURCES
    guest = booker if isinstance(booker, Guest) else guest_find_or_create(details=booker, actor=actor)
    tree = nesting(property_id=property.pk)
    inventory = _lock_all(property=property, rooms=rooms, tree=tree, extend=accept)
    # Asked again now that the nights are ours: the first of two clicks may have taken the last room meanwhile.
    if request_key and (known := Booking.objects.filter(request_key=request_key).first()):
        return known
    if not accept and status != Status.INQUIRY:
        _refuse_sold_out(rooms, inventory)
    code = _free_code()
    booking = Booking.objects.create(
        code=code,
        property=property,
        booker=guest,
        source=source,
        company=company,
        agency=agency,
        external_id=external_id,
        request_key=request_key,
        notes=notes,
        made_at=made_at or timezone.now(),
    )
    percent = (
        commission_percent if commission_percent is not None else (agency.commission_percent if agency else Decimal(0))
    )
    for number, room in enumerate(rooms, start=1):
        still = Still(
            reservation=_reservation(
                booking, room, code if len(rooms) == 1 else f"{code}-{number}", status, hold_minutes
            ),
            inventory=inventory,
            nesting=tree,
            nights=[],
            is_new=True,
        )
        _sell(still=still, room=room, percent=percent, accept=accept, actor=actor)
    return booking


def _check(
    *,
    property: Property,
    rooms: Sequence[RoomRequest],
    source: Source,
    status: Status,
    hold_minutes: int | None,
    external_id: str,
) -> None:
    if not rooms:
        raise Invalid("no_rooms", "A booking has at least one room.", field="rooms")
    if status not in OPENING:
        raise Invalid("bad_status", f"A booking does not begin as {status.label.lower()}.", field="status")
    if hold_minutes is not None and not 1 <= hold_minutes <= MAX_HOLD_MINUTES:
        raise Invalid("bad_hold", "An option lasts between a minute and sixty days.", field="hold_minutes")
    if external_id and Booking.objects.filter(property=property, source=source, external_id=external_id).exists():
        raise _here_already(external_id, source)
    for room in rooms:
        nights_between(room.arrival, room.departure)
        if room.room_type.property_id != property.pk or room.rate_plan.property_id != property.pk:
            raise Invalid(
                "other_property", "The room type and the rate plan must be this property's.", field="room_type"
            )
        on_sale_check(room.room_type, room.rate_plan)
        if room.arrival < property.business_date and source not in CHANNEL_SOURCES:
            raise Invalid(
                "arrival_past",
                f"The arrival is before the business date, {property.business_date:%-d %B %Y}.",
                field="arrival",
            )
        if (room.departure - property.business_date).days > FARTHEST_DAYS:
            raise Conflict(
                "beyond_horizon", f"No room is on sale on {room.arrival:%-d %B %Y}.", field="arrival", date=room.arrival
            )
        if any(unit_owner != property.pk for unit_owner in _owners(room)):
            raise Invalid("other_property", "The room and the block must be this property's.", field="unit")
        if any(not 0 <= age < 18 for age in room.child_ages):
            raise Invalid("bad_age", "A child is under eighteen.", field="child_ages")
        if room.prices is not None and any(price < 0 for price in room.prices.values()):
            raise Invalid("bad_price", "A price is never negative.", field="prices")
        party_check(room.room_type, room.adults, len(room.child_ages), room.infants)


def _owners(room: RoomRequest) -> list[int]:
    return [thing.property_id for thing in (room.unit, room.block) if thing is not None]


def _here_already(external_id: str, source: Source) -> Conflict:
    return Conflict("duplicate_external_id", f"Booking {external_id} of {source.label} is here already.")


def _cleaned(room: RoomRequest) -> RoomRequest:
    return replace(
        room,
        special_requests=clean_text(room.special_requests, field="special_requests"),
        notes=clean_text(room.notes, field="notes"),
        tags=clean_tags(room.tags),
    )


def clean_tags(tags: Sequence[str]) -> tuple[str, ...]:
    """Return tags in lower case, in order, each once. Raises Invalid `text_too_long` past 32 characters."""
    return tuple(sorted({word for tag in tags if (word := clean_text(tag, field="tags", most=32).lower())}))


def on_sale_check(room_type: RoomType | None, rate_plan: RatePlan | None) -> None:
    """Raise Invalid `retired` when a room type or a rate plan is not sold any more."""
    for product, field_name in ((room_type, "room_type"), (rate_plan, "rate_plan")):
        if product is not None and product.retired_at is not None:
            raise Invalid("retired", f"{product.name} is not sold any more.", field=field_name)


def party_check(room_type: RoomType, adults: int, children: int, infants: int) -> None:
    """Raise Invalid `too_many_guests` or `no_adult` unless the party fits; infants sleep in a cot and do not count."""
    if adults < 1:
        raise Invalid("no_adult", "At least one adult stays in each room.", field="adults")
    crowded = adults > room_type.max_adults or children > room_type.max_children
    if crowded or adults + children > room_type.max_occupancy or infants > 3:
        raise Invalid(
            "too_many_guests",
            f"{room_type.name} sleeps {room_type.max_occupancy}, at most {room_type.max_adults} of them adults and "
            f"{room_type.max_children} children.",
            field="adults",
        )


def _lock_all(
    *,
    property: Property,
    rooms: Sequence[RoomRequest],
    tree: Nesting,
    extend: bool,
) -> dict[tuple[int, date], InventoryDay]:
    last = max(room.departure for room in rooms)
    types = tree.family({room.room_type.pk for room in rooms} | {room.unit.room_type_id for room in rooms if room.unit})
    if extend and last > property.business_date + timedelta(days=property.selling_horizon_days - 1):
        inventory_extend(property=property, until=last)
    days = {night for room in rooms for night in nights_between(room.arrival, room.departure)}
    holds_expire_due(property_id=property.pk, room_type_ids=types, first=min(days), until=last)
    return inventory_lock(room_type_ids=types, days=days)


def _refuse_sold_out(rooms: Sequence[RoomRequest], inventory: Mapping[tuple[int, date], InventoryDay]) -> None:
    """Refuse what cannot fit before anything is written, so that those who come too late are soon out of the way.

    The guard that counts is inventory_apply; this one leaves to it what depends on blocks and horizons.
    """
    wanted: dict[tuple[int, date], int] = {}
    for room in rooms:
        if room.block is not None:
            continue
        kind = room.unit.room_type if room.unit else room.room_type
        for night in nights_between(room.arrival, room.departure):
            wanted[kind.pk, night] = wanted.get((kind.pk, night), 0) + 1
            day = inventory.get((kind.pk, night))
            if day is not None and wanted[kind.pk, night] > day.free + day.overbooking_limit:
                raise Conflict(
                    "sold_out",
                    f"{kind.name} is sold out on the night of {night:%-d %B %Y}.",
                    date=night,
                    room_type_id=kind.pk,
                    wanted=room,
                )


def _free_code() -> str:
    while True:
        code = random_code()
        if not Booking.objects.filter(code=code).exists():
            return code


def _reservation(
    booking: Booking, room: RoomRequest, code: str, status: Status, hold_minutes: int | None
) -> Reservation:
    hold = None
    if status == Status.HOLD:
        expires_at = timezone.now() + timedelta(minutes=hold_minutes or DEFAULT_HOLD_MINUTES)
        hold = Hold.objects.create(
            room_type=room.room_type, nights=night_range(room.arrival, room.departure), expires_at=expires_at
        )
    return Reservation(
        code=code,
        booking=booking,
        property=booking.property,
        status=status,
        room_type=room.room_type,
        rate_plan=room.rate_plan,
        guest=room.guest or booking.booker,
        arrival=room.arrival,
        departure=room.departure,
        adults=room.adults,
        children=len(room.child_ages),
        infants=room.infants,
        currency=booking.property.currency,
        guarantee=room.rate_plan.guarantee,
        hold=hold,
        block=room.block,
        unit_pinned=room.pinned and room.unit is not None,
        special_requests=room.special_requests,
        notes=room.notes,
        tags=list(room.tags),
        made_at=booking.made_at,
        confirmed_at=timezone.now() if status == Status.CONFIRMED else None,
    )


def _sell(*, still: Still, room: RoomRequest, percent: Decimal, accept: bool, actor: Actor) -> None:
    reservation = still.reservation
    days = nights_between(room.arrival, room.departure)
    prices = room.prices or night_prices(rate_plan=room.rate_plan, room_type=room.room_type, nights=days)
    missing = [day for day in days if day not in prices]
    if missing:
        raise Invalid("no_price", f"There is no price for the night of {missing[0]:%-d %B %Y}.", field="prices")
    nights = [PlannedNight(day, room.room_type.pk, room.rate_plan.pk, prices[day]) for day in days]
    reservation.total_minor = sum(prices[day] for day in days)
    reservation.commission_minor = Money(reservation.total_minor, reservation.currency).percent(percent).minor
    reservation.save(force_insert=True)
    Occupant.objects.bulk_create(
        [
            Occupant(reservation=reservation, kind=OccupantKind.ADULT, guest=reservation.guest if not index else None)
            for index in range(room.adults)
        ]
        + [Occupant(reservation=reservation, kind=OccupantKind.CHILD, age=age) for age in room.child_ages]
        + [Occupant(reservation=reservation, kind=OccupantKind.INFANT) for _ in range(room.infants)]
    )
    written: list[StayNight] = []
    if reservation.status != Status.INQUIRY:
        units = dict.fromkeys(days, room.unit) if room.unit else {}
        try:
            written = allocate(still=still, nights=nights, placement=Placement(units=units, accept_overbooking=accept))
        except Conflict as refusal:
            refusal.context["wanted"] = room
            raise
        if reservation.unassigned_reason:
            reservation.save(update_fields=["is_overbooked", "unassigned_reason"])
    tell(reservation=reservation, kind="created", actor=actor, nights=written)


def alternatives(*, property_id: int, arrival: date, departure: date) -> list[str]:
    """Return, in words, what could be sold instead: other types for the same nights, or the same length a day or two off."""
    types = {row.pk: row.name for row in RoomType.objects.filter(property_id=property_id, retired_at=None)}
    free = sellable_types(property_id=property_id, arrival=arrival, departure=departure)
    words = [f"{types[pk]}: {count} free for these nights" for pk, count in free.items() if count > 0 and pk in types]
    if words:
        return sorted(words)[:3]
    for days in (1, -1, 2, -2, 3, -3):
        shift = timedelta(days=days)
        moved = sellable_types(property_id=property_id, arrival=arrival + shift, departure=departure + shift)
        names = sorted(types[pk] for pk, count in moved.items() if count > 0 and pk in types)
        if names:
            words.append(f"{names[0]} from {arrival + shift:%-d %b} to {departure + shift:%-d %b}")
    return words[:3]
