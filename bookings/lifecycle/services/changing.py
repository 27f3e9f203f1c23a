"""Changing dates, guests, room type and rate of a reservation."""

from collections.abc import Sequence
from datetime import date, time, timedelta

from django.db import transaction

from bookings.availability.models import Hold
from bookings.availability.selectors import in_the_way
from bookings.lifecycle.allocation import Placement, PlannedNight, Still, allocate, hold_still
from bookings.lifecycle.services.creating import FARTHEST_DAYS, alternatives, clean_tags, on_sale_check, party_check
from bookings.lifecycle.telling import snapshot, tell
from bookings.rates.enums import CHANNEL_SOURCES
from bookings.rates.models import RatePlan
from bookings.rates.selectors import night_prices
from bookings.reservations.enums import CHANGEABLE, OccupantKind, Status
from bookings.reservations.models import Occupant, Reservation
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.dates import night_range, nights_between
from pms.kernel.errors import Busy, Conflict, Invalid
from pms.kernel.locking import lock, retried
from pms.kernel.text import clean_text
from pms.properties.models import RoomType, Unit


@retried
@transaction.atomic
def reservation_modify(
    *,
    reservation: Reservation,
    actor: Actor,
    version: int | None = None,
    arrival: date | None = None,
    departure: date | None = None,
    adults: int | None = None,
    child_ages: Sequence[int] | None = None,
    infants: int | None = None,
    room_type: RoomType | None = None,
    rate_plan: RatePlan | None = None,
    unit: Unit | None = None,
    reprice: bool = False,
    reason: str = "",
) -> Reservation:
    """Change a reservation; what is left out stays. Nights that were sold keep their price unless `reprice` (T28, T29).

    A guest in house keeps the nights already slept. A unit named is taken for all nights still to come; without one the
    guest keeps the unit, and a guest not yet here gets another one when it is taken on an added night. Nothing changed
    writes nothing. Locks inventory days, then the reservation, then units. Raises Invalid `not_changeable`,
    `past_nights`, `arrival_past`, `no_nights`, `too_many_guests`, `no_price`, `retired`; Conflict `sold_out` and `room_taken`
    (both with alternatives), `beyond_horizon`, `changed_meanwhile`.
    """
    seen = Reservation.objects.get(pk=reservation.pk)
    days = nights_between(arrival or seen.arrival, departure or seen.departure)
    types = {row.pk for row in (room_type,) if row} | ({unit.room_type_id} if unit else set())
    still = hold_still(reservation=reservation, room_type_ids=types, days=days, version=version)
    row = still.reservation
    begin, end = arrival or row.arrival, departure or row.departure
    locked_days, days = set(days), nights_between(begin, end)
    if not locked_days.issuperset(days):
        raise Busy("contended", "This reservation is being changed by others. Please try again.")
    before = snapshot(row)
    _check(row=row, arrival=begin, departure=end)
    nights = _nights(still=still, days=days, room_type=room_type, rate_plan=rate_plan, reprice=reprice)
    row.arrival, row.departure = begin, end
    was_type = row.room_type
    on_sale_check(
        room_type if room_type is not None and room_type.pk != row.room_type_id else None,
        rate_plan if rate_plan is not None and rate_plan.pk != row.rate_plan_id else None,
    )
    row.room_type, row.rate_plan = room_type or row.room_type, rate_plan or row.rate_plan
    _set_party(row, was_type=was_type, adults=adults, child_ages=child_ages, infants=infants)
    if row.status != Status.INQUIRY:
        placement = _placement(still=still, days=days, unit=unit, room_type=room_type)
        try:
            allocate(still=still, nights=nights, placement=placement)
        except Conflict as refusal:
            refusal.context["alternatives"] = alternatives(property_id=row.property_id, arrival=begin, departure=end)
            raise
    else:
        row.total_minor = sum(night.price_minor for night in nights)
    if row.hold_id and row.status == Status.HOLD:
        Hold.objects.filter(pk=row.hold_id).update(room_type=row.room_type, nights=night_range(begin, end))
    if snapshot(row) == before:
        return row
    row.version += 1
    row.save()
    tell(reservation=row, kind="changed", actor=actor, before=before, reason=reason)
    return row


def reservation_extend(
    *, reservation: Reservation, departure: date, actor: Actor, version: int | None = None, reason: str = ""
) -> Reservation:
    """Let the guest stay longer, in the same unit. Raises Invalid `not_longer` and what reservation_modify raises."""
    seen = Reservation.objects.get(pk=reservation.pk)
    if departure <= seen.departure:
        raise Invalid("not_longer", "The new departure must be later than the present one.", field="departure")
    return reservation_modify(
        reservation=reservation, departure=departure, actor=actor, version=version or seen.version, reason=reason
    )


def reservation_shorten(
    *, reservation: Reservation, departure: date, actor: Actor, version: int | None = None, reason: str = ""
) -> Reservation:
    """Let the guest leave sooner; the nights given back are free at once (T51). Raises Invalid `not_shorter`."""
    seen = Reservation.objects.get(pk=reservation.pk)
    if departure >= seen.departure:
        raise Invalid("not_shorter", "The new departure must be earlier than the present one.", field="departure")
    return reservation_modify(
        reservation=reservation, departure=departure, actor=actor, version=version or seen.version, reason=reason
    )


@transaction.atomic
def reservation_details_set(
    *,
    reservation: Reservation,
    actor: Actor,
    notes: str | None = None,
    special_requests: str | None = None,
    tags: Sequence[str] | None = None,
    arrival_time: time | None = None,
) -> Reservation:
    """Change what is written about a reservation; what is left out stays. Nothing changed writes nothing."""
    row = lock(Reservation.objects.filter(pk=reservation.pk))[0]
    wanted = {
        "notes": None if notes is None else clean_text(notes, field="notes"),
        "special_requests": None
        if special_requests is None
        else clean_text(special_requests, field="special_requests"),
        "tags": list(clean_tags(tags)) if tags is not None else None,
        "arrival_time": arrival_time,
    }
    changes = {
        name: [getattr(row, name), value]
        for name, value in wanted.items()
        if value is not None and getattr(row, name) != value
    }
    if not changes:
        return row
    for name, (_, value) in changes.items():
        setattr(row, name, value)
    row.save(update_fields=list(changes))
    audit_record(
        action="reservation.details",
        subject_type="reservation",
        subject_code=row.code,
        property_code=row.property.code,
        actor=actor,
        changes=changes,
    )
    event_publish(
        kind="reservation.details",
        subject_type="reservation",
        subject_code=row.code,
        payload={"fields": sorted(changes), "property": row.property.code},
    )
    return row


def _check(*, row: Reservation, arrival: date, departure: date) -> None:
    today = row.property.business_date
    if (departure - today).days > FARTHEST_DAYS:
        raise Conflict("beyond_horizon", f"No room is on sale on {arrival:%-d %B %Y}.", field="arrival", date=arrival)
    if row.status not in CHANGEABLE and row.status != Status.INQUIRY:
        raise Invalid(
            "not_changeable", f"A reservation that is {Status(row.status).label.lower()} cannot be changed any more."
        )
    if row.status == Status.CHECKED_IN:
        if arrival != row.arrival:
            raise Invalid("past_nights", "The guest is in house: the arrival cannot change any more.", field="arrival")
        if departure < today:
            raise Invalid("past_nights", "Nights already slept cannot be given back.", field="departure")
    elif arrival != row.arrival and arrival < today:
        raise Invalid("arrival_past", f"The arrival is before the business date, {today:%-d %B %Y}.", field="arrival")


def _nights(
    *, still: Still, days: list[date], room_type: RoomType | None, rate_plan: RatePlan | None, reprice: bool
) -> list[PlannedNight]:
    """Return the nights as they shall be: kept ones with the price sold, added ones with today's price (T29)."""
    row = still.reservation
    new_type, new_plan = room_type or row.room_type, rate_plan or row.rate_plan
    if new_type.property_id != row.property_id or new_plan.property_id != row.property_id:
        raise Invalid("other_property", "The room type and the rate plan must be this property's.", field="room_type")
    today = row.property.business_date
    sold = {night.date: night for night in still.nights}
    slept = {day for day in sold if row.status == Status.CHECKED_IN and day < today}
    asked_anew = [day for day in days if day not in slept and (day not in sold or reprice)]
    prices = night_prices(rate_plan=new_plan, room_type=new_type, nights=asked_anew) if asked_anew else {}
    nights = []
    for day in days:
        if day in slept:
            old = sold[day]
            nights.append(PlannedNight(day, old.room_type_id, old.rate_plan_id, old.price_minor))
        elif day in prices:
            nights.append(PlannedNight(day, new_type.pk, new_plan.pk, prices[day]))
        else:
            nights.append(PlannedNight(day, new_type.pk, new_plan.pk, sold[day].price_minor))
    return nights


def _placement(*, still: Still, days: list[date], unit: Unit | None, room_type: RoomType | None) -> Placement:
    """Return where the guest shall sleep: slept nights where they were, the rest in `unit` or where the guest is now."""
    row = still.reservation
    today = row.property.business_date
    in_house = row.status == Status.CHECKED_IN
    accept = row.is_overbooked and row.booking.source in CHANNEL_SOURCES
    kept = {night.date: night.unit for night in still.nights if night.unit and night.date in set(days)}
    slept = {day: where for day, where in kept.items() if in_house and day < today}
    if unit:
        return Placement(units=slept | {day: unit for day in days if day not in slept})
    if (
        room_type is not None
        and any(night.room_type_id != room_type.pk for night in still.nights)
        and not row.unit_pinned
    ):
        if not in_house:
            return Placement(accept_overbooking=accept)
        return Placement(units=kept, accept_overbooking=accept)
    added = [day for day in days if day not in kept]
    if added and kept and not in_house and not row.unit_pinned and _anybody_there(row, kept, added):
        return Placement(accept_overbooking=accept)
    return Placement(units=kept, accept_overbooking=accept)


def _anybody_there(row: Reservation, kept: dict[date, Unit], added: list[date]) -> bool:
    """Return whether the unit next to an added night is taken by somebody else on it, or no longer there."""
    for day in added:
        near = kept[min(kept, key=lambda night: (abs((night - day).days), night))]
        if near.in_service_from > day or (near.in_service_until is not None and near.in_service_until <= day):
            return True
        if in_the_way(unit=near, arrival=day, departure=day + timedelta(days=1), ignoring_reservation_id=row.pk):
            return True
    return False


def _set_party(
    row: Reservation,
    *,
    was_type: RoomType,
    adults: int | None,
    child_ages: Sequence[int] | None,
    infants: int | None,
) -> None:
    """Set the party; one that a channel sold and that is not touched stays, however crowded the room."""
    new_adults = row.adults if adults is None else adults
    new_children = row.children if child_ages is None else len(child_ages)
    new_infants = row.infants if infants is None else infants
    party = (new_adults, new_children, new_infants)
    if party != (row.adults, row.children, row.infants) or was_type.pk != row.room_type_id:
        party_check(row.room_type, new_adults, new_children, new_infants)
    if new_adults != row.adults:
        people = list(Occupant.objects.filter(reservation=row, kind=OccupantKind.ADULT))
        for extra in people[new_adults:]:
            extra.delete()
        Occupant.objects.bulk_create(
            Occupant(reservation=row, kind=OccupantKind.ADULT) for _ in range(new_adults - len(people))
        )
    if child_ages is not None:
        if any(not 0 <= age < 18 for age in child_ages):
            raise Invalid("bad_age", "A child is under eighteen.", field="child_ages")
        Occupant.objects.filter(reservation=row, kind=OccupantKind.CHILD).delete()
        Occupant.objects.bulk_create(Occupant(reservation=row, kind=OccupantKind.CHILD, age=age) for age in child_ages)
    if infants is not None and infants != row.infants:
        Occupant.objects.filter(reservation=row, kind=OccupantKind.INFANT).delete()
        Occupant.objects.bulk_create(Occupant(reservation=row, kind=OccupantKind.INFANT) for _ in range(infants))
    row.adults, row.children, row.infants = new_adults, new_children, new_infants
