"""How a reservation is lost, and how it comes back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from bookings.availability.models import Hold
from bookings.availability.services import inventory_lock
from bookings.lifecycle.allocation import (
    Placement,
    PlannedNight,
    Still,
    allocate,
    hold_still,
    live_nights,
    release,
)
from bookings.lifecycle.commission import commission_lost
from bookings.lifecycle.goods import goods_move
from bookings.lifecycle.quoted import fee_now
from bookings.lifecycle.reselling import Resale, resold
from bookings.lifecycle.services.settling import charge_what_is_due
from bookings.lifecycle.sold import Sold, charge_of, charges_write, money_set, party_of, sold_now
from bookings.lifecycle.telling import snapshot, tell
from bookings.rates.enums import CHANNEL_SOURCES, GUARANTEED
from bookings.reservations.enums import TAKING, Status
from bookings.reservations.models import Reservation, ReservationCharge, StayNight
from bookings.reservations.transitions import transition_check
from pms.kernel.actors import Actor
from pms.kernel.dates import each_day, nights_between
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import retried
from pms.kernel.prepared import Prepared
from pms.kernel.text import clean_text

HOLD_EXPIRED = "The option ran out"
#: Longest reason of an ending, in characters.
MAX_REASON = 200


@retried
@transaction.atomic
def reservation_cancel(
    *, reservation: Reservation, reason: str, actor: Actor, version: int | None = None, waive_reason: str = ""
) -> Reservation:
    """Cancel a reservation; its nights are free at once. Cancelling what is cancelled changes nothing.

    What it costs by the terms sold, at this moment, is recorded as `cancellation_fee_minor` (T46, T47) and charged to the
    main folio, but for a channel's guest (T50), unless `waive_reason` says why it is waived; only a confirmed stay owes
    any. Locks inventory days, the reservation, promotions, days of extras, its folios. Raises Invalid `reason_missing`;
    Conflict `transition_refused`, `changed_meanwhile`.
    """
    loss = Loss(Status.CANCELLED, "cancelled", owes=True, waive_reason=waive_reason)
    return _lose(reservation, loss, reason=reason, actor=actor, version=version)


@retried
@transaction.atomic
def reservation_lapse(*, reservation: Reservation, reason: str, actor: Actor) -> Reservation:
    """Cancel a reservation that nothing guaranteed and nobody came for: nothing is owed (T49). Raises as cancelling."""
    return _lose(reservation, Loss(Status.CANCELLED, "cancelled"), reason=reason, actor=actor)


@retried
@transaction.atomic
def reservation_reject(*, reservation: Reservation, reason: str, actor: Actor) -> Reservation:
    """Turn an inquiry, option or pending reservation down. Idempotent; raises like reservation_cancel."""
    return _lose(reservation, Loss(Status.REJECTED, "rejected"), reason=reason, actor=actor)


@retried
@transaction.atomic
def reservation_no_show(
    *,
    reservation: Reservation,
    actor: Actor,
    reason: str = "Did not arrive",
    release_nights: bool = False,
    waive_reason: str = "",
) -> Reservation:
    """Say that a guest who was due has not come. Nights and extras stay taken until somebody releases them (T49).

    What it costs by the terms sold is recorded as `cancellation_fee_minor` where the stay was guaranteed, unless
    `waive_reason` says why not. Calling it again with `release_nights` releases them; otherwise again changes nothing.
    Raises Invalid `arrival_to_come` before the arrival; Conflict `transition_refused`.
    """
    still = hold_still(reservation=reservation)
    row = still.reservation
    reason = clean_text(reason, field="reason", most=MAX_REASON) or "Did not arrive"
    if row.status == Status.NO_SHOW and not (release_nights and still.nights):
        return row
    if row.arrival > row.property.business_date:
        raise Invalid("arrival_to_come", f"{row.guest.full_name} is expected only on {row.arrival:%-d %B %Y}.")
    before, at = snapshot(row), timezone.now()
    was = sold_now(row, still.nights)
    further: dict[str, Any] = {}
    promotion_id = None
    if row.status != Status.NO_SHOW:
        transition_check(row.status, Status.NO_SHOW)
        promotion_id = row.promotion_id
        row.status = Status.NO_SHOW
        row.ended_at = at
        row.end_reason = reason
        if row.guarantee in GUARANTEED:
            fee = fee_now(row, nights=[night.price_minor for night in was.nights], at=at, no_show=True)
            further = _owe(row, fee, waive_reason)
        commission_lost(row, was_sold=True)
    left = Sold() if release_nights else Sold(charges=was.charges)
    goods_move(before=Sold(charges=was.charges, promotion_id=promotion_id), after=left)
    if release_nights:
        charges_write(row, before=was, after=Sold(), at=at)
        release(still=still, at=at)
    row.version += 1
    row.save()
    charge_what_is_due(row, actor)
    tell(reservation=row, kind="no_show", actor=actor, before=before, reason=reason, further=further)
    return row


def _owe(row: Reservation, fee_minor: int, waive_reason: str) -> dict[str, Any]:
    """Record what losing the reservation costs, and return what the audit says when it is waived instead."""
    why = clean_text(waive_reason, field="waive_reason", most=MAX_REASON)
    row.cancellation_fee_minor = 0 if why else fee_minor
    return {"waived_fee_minor": [fee_minor, 0], "waived_because": [None, why]} if why and fee_minor else {}


@retried
@transaction.atomic
def hold_expire(*, reservation: Reservation, now: datetime, actor: Actor) -> Reservation:
    """Cancel an option whose time ran out at `now` (UTC), and free its nights (T15). Otherwise changes nothing."""
    still = hold_still(reservation=reservation)
    row = still.reservation
    if row.status != Status.HOLD or row.hold is None or row.hold.expires_at > now:
        return row
    return _lose_still(still, Loss(Status.CANCELLED, "hold_expired"), reason=HOLD_EXPIRED, actor=actor)


#: The options of some types on some days that ran out: asked before every sale, and nearly always none.
_RAN_OUT = Prepared(
    lambda place, types, first, until, now: (
        Reservation.objects.filter(
            property_id=place,
            status=Status.HOLD,
            hold__expires_at__lte=now,
            hold__released_at=None,
            nights__released_at=None,
            nights__consumed_type__in=types,
            nights__date__gte=first,
            nights__date__lt=until,
        )
        .order_by()
        .values_list("pk")
    ),
    place=int,
    types=list,
    first=date,
    until=date,
    now=datetime,
)


def holds_expire_due(*, property_id: int, room_type_ids: Iterable[int], first: date, until: date) -> int:
    """Expire the options of the types that touch [first, until) and have run out by now; return how many there were."""
    now = timezone.now()
    types = sorted(set(room_type_ids))

    def due() -> list[Reservation]:
        keys = {key for (key,) in _RAN_OUT.rows(place=property_id, types=types, first=first, until=until, now=now)}
        return list(Reservation.objects.filter(pk__in=keys).order_by("pk")) if keys else []

    rows = due()
    if not rows:
        return 0
    # Everything in one go and in order, or two who sweep different options could each wait for the other's nights.
    touched = StayNight.objects.filter(reservation__in=rows, released_at=None)
    keys = list(touched.values_list("consumed_type_id", "date"))
    inventory_lock(
        room_type_ids={type_id for type_id, _ in keys} | set(types),
        days={day for _, day in keys} | set(each_day(first, until)),
    )
    for row in due():  # asked again: somebody else may have swept while we waited
        hold_expire(reservation=row, now=now, actor=Actor.system("options"))
    return len(rows)


@retried
@transaction.atomic
def reservation_reinstate(*, reservation: Reservation, actor: Actor, reason: str = "") -> Reservation:
    """Bring a cancelled or no-show reservation back, at the prices it was sold at, if there is still room (T56).

    Nights before the business date are not taken again: the arrival then is the business date. The former unit is
    preferred. What was sold comes back to the cent, extras and the use of a promo code too, and no fee is owed any more.
    Locks inventory days, the reservation, promotions, days of extras. Raises Conflict `transition_refused`, `sold_out`,
    `promo_used_up`, `extra_sold_out`, Invalid `stay_over`.
    """
    kept = StayNight.objects.filter(reservation=reservation).values_list("consumed_type_id", flat=True)
    days = nights_between(reservation.arrival, reservation.departure)
    still = hold_still(reservation=reservation, room_type_ids=set(kept), days=days)
    row = still.reservation
    if row.status == Status.CONFIRMED:
        return row
    transition_check(row.status, Status.CONFIRMED, only_from={Status.CANCELLED, Status.NO_SHOW})
    today = row.property.business_date
    if row.departure <= today:
        raise Invalid("stay_over", f"The stay ended on {row.departure:%-d %B %Y}.")
    days = nights_between(max(row.arrival, today), row.departure)
    before = snapshot(row)
    former: dict[date, StayNight] = {}
    for night in StayNight.objects.filter(reservation=row, date__in=days).select_related("unit").order_by("pk"):
        former[night.date] = night
    if len(former) < len(days):
        raise Invalid("stay_over", "The reservation has no nights that could be taken again.")
    was = sold_now(row, still.nights)
    sold = _sold_before_the_end(row, was, [former[day] for day in days], still)
    row.status = Status.CONFIRMED
    row.arrival = days[0]
    row.hold = None
    row.confirmed_at = row.confirmed_at or timezone.now()
    row.ended_at, row.end_reason, row.cancellation_fee_minor, row.fee_told = None, "", 0, False
    units = {day: former[day].unit for day in days}
    accept = row.booking.source in CHANNEL_SOURCES
    goods_move(before=Sold(charges=was.charges), after=sold)
    charges_write(row, before=was, after=sold)
    try:
        with transaction.atomic():
            if any(unit is None for unit in units.values()):
                raise Conflict("room_taken", "There was no unit for every night.")
            where = {day: unit for day, unit in units.items() if unit}
            allocate(still=still, nights=sold.nights, placement=Placement(units=where))
    except (Conflict, Invalid):
        allocate(still=_anew(still), nights=sold.nights, placement=Placement(accept_overbooking=accept))
    money_set(row, sold)
    row.version += 1
    row.save()
    charge_what_is_due(row, actor)
    tell(reservation=row, kind="reinstated", actor=actor, before=before, reason=reason)
    return row


def _sold_before_the_end(row: Reservation, was: Sold, nights: Sequence[StayNight], still: Still) -> Sold:
    """Return what a lost reservation was sold as, to the cent; where nights are past meanwhile, without them."""
    ended = StayNight.objects.filter(reservation=row).aggregate(last=Max("released_at"))["last"]
    charges = was.charges
    if not charges and ended is not None:
        gone = ReservationCharge.objects.filter(reservation=row, released_at=ended).order_by("date", "pk")
        charges = tuple(charge_of(charge) for charge in gone)
    sold = replace(was, nights=tuple(PlannedNight.of(night) for night in nights), charges=charges)
    begin = nights[0].date
    if begin == row.arrival:
        return sold
    row.arrival = begin
    return resold(still=still, was=sold, wish=Resale(party=party_of(row), bound=True))[0]


def _anew(still: Still) -> Still:
    """Return still with counters and nights as they are in the database, after a savepoint was rolled back."""
    types, days = zip(*still.inventory, strict=True) if still.inventory else ((), ())
    still.inventory = inventory_lock(room_type_ids=types, days=days)
    still.nights = live_nights(still.reservation)
    return still


@dataclass(frozen=True, slots=True)
class Loss:
    """How a reservation is lost: into which status, told as what, and whether the terms sold say what it costs."""

    to: Status
    kind: str
    owes: bool = False
    waive_reason: str = ""


def _lose(
    reservation: Reservation, loss: Loss, *, reason: str, actor: Actor, version: int | None = None
) -> Reservation:
    reason = clean_text(reason, field="reason", most=MAX_REASON)
    if not reason:
        raise Invalid("reason_missing", "Say why.", field="reason")
    if reservation.status == loss.to:
        return reservation
    still = hold_still(reservation=reservation, version=version)
    if still.reservation.status == loss.to:
        return still.reservation
    return _lose_still(still, loss, reason=reason, actor=actor)


def _lose_still(still: Still, loss: Loss, *, reason: str, actor: Actor) -> Reservation:
    row = still.reservation
    transition_check(row.status, loss.to)
    before, at = snapshot(row), timezone.now()
    was = sold_now(row, still.nights)
    further: dict[str, Any] = {}
    if loss.owes and row.status == Status.CONFIRMED:
        fee = fee_now(row, nights=[night.price_minor for night in was.nights], at=at)
        further = _owe(row, fee, loss.waive_reason)
    commission_lost(row, was_sold=row.status == Status.CONFIRMED)
    if row.status in TAKING:
        goods_move(before=was, after=Sold())
    charges_write(row, before=was, after=Sold(), at=at)
    release(still=still, at=at)
    if row.hold_id:
        Hold.objects.filter(pk=row.hold_id, released_at=None).update(released_at=at)
    row.status = loss.to
    row.ended_at = at
    row.end_reason = reason
    row.version += 1
    row.save()
    charge_what_is_due(row, actor)
    tell(reservation=row, kind=loss.kind, actor=actor, before=before, reason=reason, further=further)
    return row
