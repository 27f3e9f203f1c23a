"""Changing dates, guests, room type and rate of a reservation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import zip_longest

from django.db import transaction

from billing.taxes.enums import Purpose
from billing.taxes.party import Party
from bookings.availability.models import Hold
from bookings.availability.selectors import in_the_way
from bookings.lifecycle.allocation import Placement, Still, allocate, hold_still
from bookings.lifecycle.goods import goods_move
from bookings.lifecycle.quoted import override_told
from bookings.lifecycle.reselling import Resale, resold, restored
from bookings.lifecycle.services.creating import alternatives
from bookings.lifecycle.services.requests import (
    FARTHEST_DAYS,
    clean_tags,
    on_sale_check,
    party_check,
    party_made,
)
from bookings.lifecycle.sold import Sold, charges_write, money_set, party_of, sold_now, version_keep
from bookings.lifecycle.telling import snapshot, tell
from bookings.rates.enums import CHANNEL_SOURCES
from bookings.rates.models import RatePlan
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


@dataclass(frozen=True, slots=True)
class PartyWish:
    """What shall be different about a party; None stays."""

    adults: int | None
    child_ages: Sequence[int] | None
    infants: int | None
    child_births: Sequence[date | None] | None
    purpose: Purpose | None


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
    child_births: Sequence[date | None] | None = None,
    purpose: Purpose | None = None,
    room_type: RoomType | None = None,
    rate_plan: RatePlan | None = None,
    unit: Unit | None = None,
    reprice: bool = False,
    party_pays: bool = False,
    promo_code: str | None = None,
    restore: bool = False,
    restore_version: int | None = None,
    reason: str = "",
    override_reason: str = "",
    prices: Mapping[date, int] | None = None,
    sold_elsewhere: bool = False,
) -> Reservation:
    """Change a reservation; what is left out stays. Nights that were sold keep their price unless `reprice` (T28, T29).

    A guest in house keeps the nights already slept. A unit named is taken for all nights still to come; without one the
    guest keeps the unit, and a guest not yet here gets another one when it is taken on an added night. Nothing changed
    writes nothing. `restore` takes a change back: what the reservation was sold as when it last had these dates, type,
    plan and party comes back to the cent, else nights given up come back at the price they had; `restore_version` says
    which version is meant where it had them more than once. `promo_code` is for `reprice`; left out, the code sold
    stays, "" drops it. With `party_pays` kept nights cost more or less by what the party differs in today (Conflict
    `party_unpriced`). `override_reason` lets the rules in OVERRIDABLE pass. `sold_elsewhere`: the channel it came from has
    sold the change already, so that it is accepted beyond the last room and flagged (T17); `prices` (minor units by
    night) are then what it sold the whole stay for: they bind, and no rule refuses (T67).
    Locks inventory days, then the reservation, quotas, promotions, days of extras, then units. Raises Invalid
    `not_changeable`, `past_nights`, `arrival_past`, `no_nights`, `too_many_guests`, `no_price`, `retired`; Conflict
    `sold_out` and `room_taken` (both with alternatives), `beyond_horizon`, `changed_meanwhile`, and every refusal of
    `offer_for`.
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
    new_type, new_plan = room_type or row.room_type, rate_plan or row.rate_plan
    if prices is not None and row.booking.source not in CHANNEL_SOURCES:
        raise Invalid("bad_price", "Only a channel names the prices of a change.", field="prices")
    if new_type.property_id != row.property_id or new_plan.property_id != row.property_id:
        raise Invalid("other_property", "The room type and the rate plan must be this property's.", field="room_type")
    on_sale_check(
        new_type if new_type.pk != row.room_type_id else None, new_plan if new_plan.pk != row.rate_plan_id else None
    )
    was = sold_now(row, still.nights)
    old_party = party_of(row)
    kept_version = version_keep(row, was, old_party)
    same = (begin, end, new_type.pk, new_plan.pk) == (row.arrival, row.departure, row.room_type_id, row.rate_plan_id)
    was_type = row.room_type
    row.arrival, row.departure, row.room_type, row.rate_plan = begin, end, new_type, new_plan
    party = _party(old_party, PartyWish(adults, child_ages, infants, child_births, purpose), begin)
    _set_party(row, was_type=was_type, old=old_party, new=party)
    differs = reprice or prices is not None or not same or party != old_party
    before_that = restored(still=still, was=was, party=party, version=restore_version) if restore else None
    sold, overridden = before_that or was, ""
    if differs and before_that is None:
        wish = Resale(
            party=party,
            reprice=reprice or prices is not None or row.status == Status.INQUIRY,
            prices=prices,
            bound=prices is not None,
            promo_code=promo_code,
            override_reason=clean_text(override_reason, field="override_reason", most=200),
            take_back=restore,
            paid_from=old_party if party_pays and party != old_party else None,
        )
        sold, overridden = resold(still=still, was=was, wish=wish)
    bound = sold_elsewhere or prices is not None
    _write(still=still, was=was, sold=sold, unit=unit, room_type=room_type, sold_elsewhere=bound)
    if snapshot(row) == before and party == old_party and sold == was:
        return row
    if row.status != Status.INQUIRY and (sold != was or party != old_party):
        kept_version.save(force_insert=True)
    row.version += 1
    row.save()
    further = override_told(overridden)
    if party.child_ages != old_party.child_ages:
        further["child_ages"] = [list(old_party.child_ages), list(party.child_ages)]
    tell(
        reservation=row,
        kind="changed",
        actor=actor,
        before=before,
        reason="; ".join(why for why in (reason, override_reason if overridden else "") if why),
        further=further,
    )
    return row


def _write(
    *, still: Still, was: Sold, sold: Sold, unit: Unit | None, room_type: RoomType | None, sold_elsewhere: bool
) -> None:
    """Write what is sold now: what it takes besides rooms, then nights and rooms; an inquiry takes nothing."""
    row = still.reservation
    if row.status == Status.INQUIRY:
        money_set(row, sold)
        return
    goods_move(before=was, after=sold)
    charges_write(row, before=was, after=sold)
    days = [night.date for night in sold.nights]
    placement = _placement(still=still, days=days, unit=unit, room_type=room_type, sold_elsewhere=sold_elsewhere)
    try:
        allocate(still=still, nights=sold.nights, placement=placement)
    except Conflict as refusal:
        refusal.context["alternatives"] = alternatives(
            property_id=row.property_id, arrival=row.arrival, departure=row.departure
        )
        raise
    money_set(row, sold)
    if row.hold_id and row.status == Status.HOLD:
        nights = night_range(row.arrival, row.departure)
        Hold.objects.filter(pk=row.hold_id).update(room_type=row.room_type, nights=nights)


def reservation_extend(
    *,
    reservation: Reservation,
    departure: date,
    actor: Actor,
    version: int | None = None,
    restore: bool = False,
    reason: str = "",
    override_reason: str = "",
) -> Reservation:
    """Let the guest stay longer, in the same unit. Raises Invalid `not_longer` and what reservation_modify raises."""
    seen = Reservation.objects.get(pk=reservation.pk)
    if departure <= seen.departure:
        raise Invalid("not_longer", "The new departure must be later than the present one.", field="departure")
    return reservation_modify(
        reservation=reservation,
        departure=departure,
        actor=actor,
        version=version or seen.version,
        restore=restore,
        reason=reason,
        override_reason=override_reason,
    )


def reservation_shorten(
    *,
    reservation: Reservation,
    departure: date,
    actor: Actor,
    version: int | None = None,
    restore: bool = False,
    reason: str = "",
    override_reason: str = "",
) -> Reservation:
    """Let the guest leave sooner; the nights given back are free at once (T51). Raises Invalid `not_shorter`."""
    seen = Reservation.objects.get(pk=reservation.pk)
    if departure >= seen.departure:
        raise Invalid("not_shorter", "The new departure must be earlier than the present one.", field="departure")
    return reservation_modify(
        reservation=reservation,
        departure=departure,
        actor=actor,
        version=version or seen.version,
        restore=restore,
        reason=reason,
        override_reason=override_reason,
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


def _placement(
    *, still: Still, days: list[date], unit: Unit | None, room_type: RoomType | None, sold_elsewhere: bool
) -> Placement:
    """Return where the guest shall sleep: slept nights where they were, the rest in `unit` or where the guest is now."""
    row = still.reservation
    today = row.property.business_date
    in_house = row.status == Status.CHECKED_IN
    accept = (row.is_overbooked or sold_elsewhere) and row.booking.source in CHANNEL_SOURCES
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


def _party(old: Party, wish: PartyWish, arrival: date) -> Party:
    """Return the party as it shall be; ages named anew forget the days of birth, unless those are named too."""
    if wish.adults is not None and wish.adults < 1:
        raise Invalid("no_adult", "At least one adult stays in each room.", field="adults")
    same_children = wish.child_ages is None and wish.child_births is None
    return party_made(
        adults=old.adults if wish.adults is None else wish.adults,
        child_ages=old.child_ages if wish.child_ages is None else wish.child_ages,
        infants=old.infants if wish.infants is None else wish.infants,
        child_births=old.child_births if same_children else wish.child_births or (),
        purpose=old.purpose if wish.purpose is None else wish.purpose,
        arrival=arrival,
    )


def _set_party(row: Reservation, *, was_type: RoomType, old: Party, new: Party) -> None:
    """Set the party; one that a channel sold and that is not touched stays, however crowded the room."""
    sizes = [(party.adults, party.children, party.infants) for party in (old, new)]
    if sizes[0] != sizes[1] or was_type.pk != row.room_type_id:
        party_check(row.room_type, *sizes[1])
    people = Occupant.objects.filter(reservation=row)
    if new.adults != old.adults:
        there = list(people.filter(kind=OccupantKind.ADULT))
        for extra in there[new.adults :]:
            extra.delete()
        Occupant.objects.bulk_create(
            Occupant(reservation=row, kind=OccupantKind.ADULT) for _ in range(new.adults - len(there))
        )
    if (new.child_ages, new.child_births) != (old.child_ages, old.child_births):
        people.filter(kind=OccupantKind.CHILD).delete()
        births = new.child_births or (None,) * new.children
        Occupant.objects.bulk_create(
            Occupant(reservation=row, kind=OccupantKind.CHILD, age=age, born_on=born)
            for age, born in zip_longest(new.child_ages, births)
        )
    if new.infants != old.infants:
        people.filter(kind=OccupantKind.INFANT).delete()
        Occupant.objects.bulk_create(Occupant(reservation=row, kind=OccupantKind.INFANT) for _ in range(new.infants))
    row.adults, row.children, row.infants, row.purpose = new.adults, new.children, new.infants, new.purpose
