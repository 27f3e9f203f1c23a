"""Making bookings."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import wraps
from itertools import zip_longest
from typing import ParamSpec, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from billing.taxes.party import Party
from bookings.availability.models import Hold, InventoryDay
from bookings.availability.selectors import Nesting, nesting, sellable_types
from bookings.availability.services import inventory_extend, inventory_lock
from bookings.lifecycle.allocation import Placement, Still, allocate
from bookings.lifecycle.goods import goods_lock, goods_move
from bookings.lifecycle.quoted import Asked, offer_or_override, override_told
from bookings.lifecycle.services.leaving import holds_expire_due
from bookings.lifecycle.services.requests import RoomRequest, cleaned, here_already, request_check
from bookings.lifecycle.sold import Sold, charges_write, money_set, sold_of, terms_of
from bookings.lifecycle.telling import tell
from bookings.rates.enums import CHANNEL_SOURCES, Source
from bookings.rates.services import quota_lock
from bookings.reservations.enums import OccupantKind, Status
from bookings.reservations.models import Booking, Occupant, Reservation, StayNight
from guests.profiles.enums import Collector
from guests.profiles.models import Company, Guest
from guests.profiles.services import GuestDetails, guest_find_or_create
from pms.kernel.actors import Actor
from pms.kernel.codes import random_code
from pms.kernel.dates import night_range, nights_between
from pms.kernel.errors import Conflict
from pms.kernel.locking import lock, retried, violated
from pms.kernel.prepared import Prepared, insert, insert_all
from pms.kernel.text import clean_text
from pms.properties.models import Property, RoomType

DEFAULT_HOLD_MINUTES = 24 * 60


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
    collector: Collector | None = None,
) -> Booking:
    """Make a booking of one or more rooms at a property, with a unit for every night where one is free.

    Sold by a channel it is accepted even when no room is left, flagged as overbooked and unassigned (T17); otherwise
    refused. The same `request_key` again returns the booking that is there. `made_at` is a UTC instant; now if left out.
    `collector` says who takes the guest's money where it is another than the agency's terms say.
    Every room is sold at what the one quote says under the locks, line for line: nights with parts and taxes, extras and
    fees, terms, the use of a promo code and the days of limited extras.
    Locks inventory days, quotas, promotions, days of extras, then units.
    Raises Invalid `no_rooms`, `retired`, `no_nights`, `too_long`, `arrival_past`, `no_adult`,
    `too_many_guests`, `bad_age`, `no_price`, `bad_price`, `reason_missing`, `bad_hold`, `bad_status`, `bad_character`,
    `text_too_long`, `other_property`; Conflict `sold_out`, `room_taken`, `beyond_horizon`, `block_used_up`,
    `duplicate_external_id`, and every refusal of `offer_for`.
    """
    try:
        return _create(
            property=property,
            rooms=[cleaned(room) for room in rooms],
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
            collector=collector,
        )
    except IntegrityError as error:
        if request_key and (known := Booking.objects.filter(request_key=request_key).first()):
            return known
        if violated(error) == "ux_booking_external_id":
            raise here_already(external_id, source) from error
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
    collector: Collector | None,
) -> Booking:
    if request_key and (known := Booking.objects.filter(request_key=request_key).first()):
        return known
    request_check(
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
    percent = None if any(room.commission_minor is not None for room in rooms) else commission_percent
    if percent is None and all(room.commission_minor is None for room in rooms):
        percent = agency.commission_percent if agency else Decimal(0)
    agreed = agency or Company()
    booking = Booking(
        code=code,
        property=property,
        booker=guest,
        source=source,
        company=company,
        agency=agency,
        external_id=external_id,
        request_key=request_key,
        commission_percent=percent,
        commission_base=agreed.commission_base,
        commission_on_loss=agreed.commission_on_loss,
        collector=collector or agreed.collector,
        notes=notes,
        made_at=made_at or timezone.now(),
    )
    insert(booking)
    codes = [code] if len(rooms) == 1 else [f"{code}-{number}" for number, _ in enumerate(rooms, start=1)]
    _sell_all(
        booking,
        rooms,
        codes=codes,
        inventory=inventory,
        tree=tree,
        status=status,
        hold_minutes=hold_minutes,
        actor=actor,
    )
    return booking


@retried
@transaction.atomic
def room_add(*, booking: Booking, room: RoomRequest, actor: Actor) -> Reservation:
    """Sell one more room of a booking that is there, under its terms; returns its reservation.

    Locks the booking, then as booking_create does, and raises what it raises for a room.
    """
    row = lock(Booking.objects.filter(pk=booking.pk).select_related("property", "booker"))[0]
    room = cleaned(room)
    request_check(
        property=row.property, rooms=[room], source=Source(row.source), status=Status.CONFIRMED, hold_minutes=None,
        external_id="",
    )  # fmt: skip
    accept = row.source in CHANNEL_SOURCES
    tree = nesting(property_id=row.property_id)
    inventory = _lock_all(property=row.property, rooms=[room], tree=tree, extend=accept)
    if not accept:
        _refuse_sold_out([room], inventory)
    taken = set(Reservation.objects.filter(booking=row).values_list("code", flat=True))
    number = next(number for number in range(2, len(taken) + 3) if f"{row.code}-{number}" not in taken)
    code = f"{row.code}-{number}"
    _sell_all(
        row,
        [room],
        codes=[code],
        inventory=inventory,
        tree=tree,
        status=Status.CONFIRMED,
        hold_minutes=None,
        actor=actor,
    )
    return Reservation.objects.get(code=code)


def _sell_all(
    booking: Booking,
    rooms: Sequence[RoomRequest],
    *,
    codes: Sequence[str],
    inventory: dict[tuple[int, date], InventoryDay],
    tree: Nesting,
    status: Status,
    hold_minutes: int | None,
    actor: Actor,
) -> None:
    """Sell rooms of a booking under the locks of their nights."""
    accept = booking.source in CHANNEL_SOURCES
    quota_lock(property_id=booking.property_id, days={day for _, day in inventory})
    goods_lock(
        property_id=booking.property_id,
        promo_codes=[room.promo_code for room in rooms],
        extra_codes=[wish.code for room in rooms for wish in room.extras],
        days=_charge_days(rooms),
    )
    for code, room in zip(codes, rooms, strict=True):
        still = Still(
            reservation=_reservation(booking, room, code, status, hold_minutes),
            inventory=inventory,
            nesting=tree,
            nights=[],
            is_new=True,
        )
        _sell(still=still, room=room, accept=accept, actor=actor)


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


def _charge_days(rooms: Sequence[RoomRequest]) -> list[date]:
    """Return the days on which extras may be had: from arrival to departure, that day included."""
    return sorted(
        {day for room in rooms for day in nights_between(room.arrival, room.departure + timedelta(days=1))}
        if any(room.extras for room in rooms)
        else ()
    )


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
        if not _CODES.rows(code=code):
            return code


_CODES = Prepared(lambda code: Booking.objects.filter(code=code).values_list("pk"), code=str)


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
        purpose=room.purpose,
        currency=booking.property.currency,
        commission_minor=room.commission_minor or 0,
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


def _sell(*, still: Still, room: RoomRequest, accept: bool, actor: Actor) -> None:
    """Sell one room at what the quote says, line for line; goods and inventory are locked."""
    reservation = still.reservation
    offer, overridden = offer_or_override(_asked(room, reservation), override_reason=room.override_reason, bound=accept)
    source = reservation.booking.source
    terms = terms_of(offer, property_id=reservation.property_id, source=source, extras=room.extras)
    sold = sold_of(offer, terms=terms)
    money_set(reservation, sold)
    insert(reservation)
    insert_all(occupants(reservation, room.party))
    written: list[StayNight] = []
    if reservation.status != Status.INQUIRY:
        units = dict.fromkeys((night.date for night in sold.nights), room.unit) if room.unit else {}
        goods_move(before=Sold(), after=sold)
        charges_write(reservation, before=Sold(), after=sold)
        try:
            written = allocate(
                still=still, nights=sold.nights, placement=Placement(units=units, accept_overbooking=accept)
            )
        except Conflict as refusal:
            refusal.context["wanted"] = room
            raise
        if reservation.unassigned_reason:
            reservation.save(update_fields=["is_overbooked", "unassigned_reason"])
    by_hand = None if accept else room.prices
    further = override_told(overridden, prices=by_hand)
    reason = room.override_reason if further else ""
    tell(reservation=reservation, kind="created", actor=actor, nights=written, reason=reason, further=further)


def _asked(room: RoomRequest, reservation: Reservation) -> Asked:
    return Asked(
        room_type=room.room_type,
        rate_plan=room.rate_plan,
        arrival=room.arrival,
        departure=room.departure,
        party=room.party,
        at=reservation.made_at,
        source=Source(reservation.booking.source),
        promo_code=room.promo_code,
        access_code=room.access_code,
        extras=room.extras,
        prices=room.prices or None,
    )


def occupants(reservation: Reservation, party: Party) -> list[Occupant]:
    """Return the rows of a party; the first adult is the reservation's guest."""
    births = party.child_births or (None,) * party.children
    return [
        *(
            Occupant(reservation=reservation, kind=OccupantKind.ADULT, guest=None if index else reservation.guest)
            for index in range(party.adults)
        ),
        *(
            Occupant(reservation=reservation, kind=OccupantKind.CHILD, age=age, born_on=born)
            for age, born in zip_longest(party.child_ages, births)
        ),
        *(Occupant(reservation=reservation, kind=OccupantKind.INFANT) for _ in range(party.infants)),
    ]


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
