"""How a reservation is lost, and how it comes back."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
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
from bookings.lifecycle.telling import snapshot, tell
from bookings.rates.enums import CHANNEL_SOURCES
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation, StayNight
from bookings.reservations.transitions import transition_check
from pms.kernel.actors import Actor
from pms.kernel.dates import each_day, nights_between
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import retried
from pms.kernel.text import clean_text

HOLD_EXPIRED = "The option ran out"
#: Longest reason of an ending, in characters.
MAX_REASON = 200


@retried
@transaction.atomic
def reservation_cancel(
    *, reservation: Reservation, reason: str, actor: Actor, version: int | None = None
) -> Reservation:
    """Cancel a reservation; its nights are free at once. Cancelling what is cancelled changes nothing.

    Locks inventory days, then the reservation. Raises Invalid `reason_missing`; Conflict `transition_refused`.
    """
    return _lose(reservation, to=Status.CANCELLED, kind="cancelled", reason=reason, actor=actor, version=version)


@retried
@transaction.atomic
def reservation_reject(*, reservation: Reservation, reason: str, actor: Actor) -> Reservation:
    """Turn an inquiry, option or pending reservation down. Idempotent; raises like reservation_cancel."""
    return _lose(reservation, to=Status.REJECTED, kind="rejected", reason=reason, actor=actor)


@retried
@transaction.atomic
def reservation_no_show(
    *,
    reservation: Reservation,
    actor: Actor,
    reason: str = "Did not arrive",
    release_nights: bool = False,
) -> Reservation:
    """Say that a guest who was due has not come. The nights stay taken until somebody decides to release them (T49).

    Calling it again with `release_nights` releases them; otherwise again changes nothing. Raises Invalid
    `arrival_to_come` before the arrival; Conflict `transition_refused`.
    """
    still = hold_still(reservation=reservation)
    row = still.reservation
    reason = clean_text(reason, field="reason", most=MAX_REASON) or "Did not arrive"
    if row.status == Status.NO_SHOW and not (release_nights and still.nights):
        return row
    if row.arrival > row.property.business_date:
        raise Invalid("arrival_to_come", f"{row.guest.full_name} is expected only on {row.arrival:%-d %B %Y}.")
    before = snapshot(row)
    if row.status != Status.NO_SHOW:
        transition_check(row.status, Status.NO_SHOW)
        row.status = Status.NO_SHOW
        row.ended_at = timezone.now()
        row.end_reason = reason
    if release_nights:
        release(still=still)
    row.version += 1
    row.save()
    tell(reservation=row, kind="no_show", actor=actor, before=before, reason=reason)
    return row


@retried
@transaction.atomic
def hold_expire(*, reservation: Reservation, now: datetime, actor: Actor) -> Reservation:
    """Cancel an option whose time ran out at `now` (UTC), and free its nights (T15). Otherwise changes nothing."""
    still = hold_still(reservation=reservation)
    row = still.reservation
    if row.status != Status.HOLD or row.hold is None or row.hold.expires_at > now:
        return row
    return _lose_still(still, to=Status.CANCELLED, kind="hold_expired", reason=HOLD_EXPIRED, actor=actor)


def holds_expire_due(*, property_id: int, room_type_ids: Iterable[int], first: date, until: date) -> int:
    """Expire the options of the types that touch [first, until) and have run out by now; return how many there were."""
    now = timezone.now()
    due = Reservation.objects.filter(
        property_id=property_id,
        status=Status.HOLD,
        hold__expires_at__lte=now,
        hold__released_at=None,
        nights__released_at=None,
        nights__consumed_type__in=list(room_type_ids),
        nights__date__gte=first,
        nights__date__lt=until,
    )
    rows = list(due.distinct().order_by("pk"))
    if not rows:
        return 0
    # Everything in one go and in order, or two who sweep different options could each wait for the other's nights.
    touched = StayNight.objects.filter(reservation__in=rows, released_at=None)
    keys = list(touched.values_list("consumed_type_id", "date"))
    inventory_lock(
        room_type_ids={type_id for type_id, _ in keys} | set(room_type_ids),
        days={day for _, day in keys} | set(each_day(first, until)),
    )
    for row in due.distinct().order_by("pk"):  # asked again: somebody else may have swept while we waited
        hold_expire(reservation=row, now=now, actor=Actor.system("options"))
    return len(rows)


@retried
@transaction.atomic
def reservation_reinstate(*, reservation: Reservation, actor: Actor, reason: str = "") -> Reservation:
    """Bring a cancelled or no-show reservation back, at the prices it was sold at, if there is still room (T56).

    Nights before the business date are not taken again: the arrival then is the business date. The former unit is
    preferred. Locks inventory days, then the reservation. Raises Conflict `transition_refused`, `sold_out`,
    Invalid `stay_over`.
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
    nights = [
        PlannedNight(n.date, n.room_type_id, n.rate_plan_id, n.price_minor) for n in (former[day] for day in days)
    ]
    row.status = Status.CONFIRMED
    row.arrival = days[0]
    row.hold = None
    row.confirmed_at = row.confirmed_at or timezone.now()
    row.ended_at, row.end_reason = None, ""
    units = {day: former[day].unit for day in days}
    accept = row.booking.source in CHANNEL_SOURCES
    try:
        with transaction.atomic():
            if any(unit is None for unit in units.values()):
                raise Conflict("room_taken", "There was no unit for every night.")
            where = {day: unit for day, unit in units.items() if unit}
            allocate(still=still, nights=nights, placement=Placement(units=where))
    except (Conflict, Invalid):
        allocate(still=_anew(still), nights=nights, placement=Placement(accept_overbooking=accept))
    row.version += 1
    row.save()
    tell(reservation=row, kind="reinstated", actor=actor, before=before, reason=reason)
    return row


def _anew(still: Still) -> Still:
    """Return still with counters and nights as they are in the database, after a savepoint was rolled back."""
    types, days = zip(*still.inventory, strict=True) if still.inventory else ((), ())
    still.inventory = inventory_lock(room_type_ids=types, days=days)
    still.nights = live_nights(still.reservation)
    return still


def _lose(
    reservation: Reservation, *, to: Status, kind: str, reason: str, actor: Actor, version: int | None = None
) -> Reservation:
    reason = clean_text(reason, field="reason", most=MAX_REASON)
    if not reason:
        raise Invalid("reason_missing", "Say why.", field="reason")
    if reservation.status == to:
        return reservation
    still = hold_still(reservation=reservation, version=version)
    if still.reservation.status == to:
        return still.reservation
    return _lose_still(still, to=to, kind=kind, reason=reason, actor=actor)


def _lose_still(still: Still, *, to: Status, kind: str, reason: str, actor: Actor) -> Reservation:
    row = still.reservation
    transition_check(row.status, to)
    before = snapshot(row)
    release(still=still)
    if row.hold_id:
        Hold.objects.filter(pk=row.hold_id, released_at=None).update(released_at=timezone.now())
    row.status = to
    row.ended_at = timezone.now()
    row.end_reason = reason
    row.version += 1
    row.save()
    tell(reservation=row, kind=kind, actor=actor, before=before, reason=reason)
    return row
