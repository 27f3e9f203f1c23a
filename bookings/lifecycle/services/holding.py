"""Options as the website sells them: kept a little longer, extras chosen, the guest named, confirmed as one booking."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from billing.folios.services import main_folios_rename
from bookings.availability.models import Hold
from bookings.lifecycle.allocation import hold_all_still, hold_still
from bookings.lifecycle.goods import goods_lock, goods_move
from bookings.lifecycle.quoted import Asked, offer_or_override
from bookings.lifecycle.services.leaving import HOLD_EXPIRED, holds_expire_due, reservation_reinstate
from bookings.lifecycle.services.staying import OPEN, reservation_confirm
from bookings.lifecycle.sold import Sold, charges_write, kept_of, money_set, party_of, sold_now, sold_of
from bookings.lifecycle.telling import snapshot, tell
from bookings.rates.enums import Source
from bookings.rates.quoting import ExtraWish
from bookings.reservations.enums import SOLD, ChargeKind, Status
from bookings.reservations.models import Booking, Occupant, Reservation, StayNight
from bookings.reservations.terms import SoldTerms
from guests.profiles.models import Guest
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.dates import nights_between
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import lock, retried


@retried
@transaction.atomic
def booking_confirm(*, booking: Booking, actor: Actor) -> Booking:
    """Confirm every room of a booking, or none. Rooms that are confirmed already stay as they are.

    Options that ran out are taken again at what they were sold for, if there still is room (T15); one that somebody
    cancelled or rejected is not. Locks the inventory days of all rooms, then the reservations. Raises Conflict
    `transition_refused`, `sold_out`, `promo_used_up`, `extra_sold_out`, Invalid `stay_over`.
    """
    rows = _rooms(booking)
    days = sorted({day for row in rows for day in nights_between(row.arrival, row.departure)})
    taken = StayNight.objects.filter(reservation__in=rows).values_list("consumed_type_id", flat=True)
    types = {*taken, *(row.room_type_id for row in rows)}
    # Before anything is locked: another guest's option that ran out must not refuse this one.
    holds_expire_due(
        property_id=booking.property_id, room_type_ids=types, first=days[0], until=days[-1] + timedelta(days=1)
    )
    for still in hold_all_still(reservations=rows, room_type_ids=types, days=days):
        row = still.reservation
        if row.status in OPEN:
            reservation_confirm(reservation=row, actor=actor)
        elif row.status == Status.CANCELLED and row.hold_id is not None and row.end_reason == HOLD_EXPIRED:
            reservation_reinstate(reservation=row, actor=actor, reason="Paid after the option had run out")
        elif row.status not in SOLD:
            raise Conflict(
                "transition_refused", f"A reservation that is {Status(row.status).label.lower()} is not confirmed."
            )
    return booking


@retried
@transaction.atomic
def hold_renew(*, booking: Booking, until: datetime, actor: Actor) -> Booking:
    """Keep the options of a booking until the UTC instant `until`, never shorter than they are kept already.

    Locks inventory days, then the reservations. Raises Conflict `hold_ended` when one of them is no option any more.
    """
    now = timezone.now()
    for still in hold_all_still(reservations=_rooms(booking)):
        row = still.reservation
        if row.status != Status.HOLD or row.hold is None or row.hold.expires_at <= now:
            raise hold_ended()
        before = row.hold.expires_at
        if until > before:
            Hold.objects.filter(pk=row.hold.pk).update(expires_at=until)
            told = {"hold_until": [before.isoformat(), until.isoformat()]}
            tell(reservation=row, kind="hold_renewed", actor=actor, before=snapshot(row), further=told)
    return booking


@retried
@transaction.atomic
def hold_extras_set(*, reservation: Reservation, extras: Sequence[ExtraWish], actor: Actor) -> Reservation:
    """Sell an option with these extras instead of those it had; the same ones again change nothing.

    Nights and fees stay as they were sold; what is due when is counted anew, because it is one sale.
    Locks inventory days, the reservation, days of extras. Raises Conflict `hold_ended`, `extra_sold_out`; Invalid
    `extra_unknown`.
    """
    still = hold_still(reservation=reservation)
    row = still.reservation
    if row.status != Status.HOLD or row.hold is None or row.hold.expires_at <= timezone.now():
        raise hold_ended()
    before, was = snapshot(row), sold_now(row, still.nights)
    terms = was.terms or SoldTerms(deadline_arrival=row.arrival, source=row.booking.source)
    if terms.extras == tuple(extras):
        return row
    bare = replace(was, charges=tuple(charge for charge in was.charges if charge.line.kind == ChargeKind.FEE))
    codes = {*(wish.code for wish in extras), *(charge.line.code for charge in was.charges if charge.extra_id)}
    days = nights_between(row.arrival, row.departure + timedelta(days=1))
    goods_lock(property_id=row.property_id, promo_codes=(), extra_codes=codes, days=days)
    # What it has is given back first, or its own parking space would be the one that is missing.
    goods_move(before=was, after=bare)
    charges_write(row, before=was, after=bare)
    asked = Asked(
        room_type=row.room_type,
        rate_plan=row.rate_plan,
        arrival=row.arrival,
        departure=row.departure,
        party=party_of(row),
        at=row.made_at,
        source=Source(row.booking.source),
        promo_code=terms.promo_code,
        access_code=row.rate_plan.access_code,
        extras=extras,
        kept=kept_of(bare, settled=frozenset(night.date for night in was.nights)),
    )
    offer, _ = offer_or_override(asked, bound=True)
    after = Sold(
        nights=was.nights,
        charges=sold_of(offer, terms=None).charges,
        promotion_id=was.promotion_id,
        terms=replace(terms, payments=offer.payments, extras=tuple(extras)),
    )
    goods_move(before=bare, after=after)
    charges_write(row, before=bare, after=after)
    money_set(row, after)
    row.version += 1
    row.save()
    tell(reservation=row, kind="extras_set", actor=actor, before=before)
    return row


@retried
@transaction.atomic
def booking_guest_set(*, booking: Booking, guest: Guest, actor: Actor) -> Booking:
    """Name the guest of a booking that was begun without one: booker, rooms, first occupant and open main folios.

    The same guest again changes nothing. Locks the reservations, then their folios. Raises Invalid `not_changeable` once
    somebody is in house or has left.
    """
    rows = lock(Reservation.objects.filter(booking=booking).select_related("property"))
    old = booking.booker
    if old.pk == guest.pk:
        return booking
    if any(row.status in SOLD - {Status.PENDING, Status.CONFIRMED} for row in rows):
        raise Invalid("not_changeable", "The stay has begun: its guest stays who it is.")
    booking.booker = guest
    booking.save(update_fields=["booker"])
    theirs = [row for row in rows if row.guest_id == old.pk]
    Occupant.objects.filter(reservation__in=theirs, guest=old).update(guest=guest)
    for row in theirs:
        row.guest = guest
        row.version += 1
        row.save(update_fields=["guest", "version"])
    main_folios_rename(reservations=theirs, guest=guest)
    audit_record(
        action="booking.guest_set",
        subject_type="booking",
        subject_code=booking.code,
        property_code=booking.property.code,
        actor=actor,
        changes={"booker": [old.full_name, guest.full_name]},
    )
    event_publish(
        kind="booking.guest_set",
        subject_type="booking",
        subject_code=booking.code,
        payload={"property": booking.property.code},
    )
    return booking


def hold_ended() -> Conflict:
    """Return the refusal of whoever comes back to an option that is none any more."""
    return Conflict("hold_ended", "The rooms are not kept any more.")


def _rooms(booking: Booking) -> list[Reservation]:
    return list(Reservation.objects.filter(booking=booking).select_related("property").order_by("pk"))
