"""Confirming, checking in and checking out."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from bookings.availability.models import Hold
from bookings.lifecycle.allocation import (
    Placement,
    PlannedNight,
    Still,
    allocate,
    convert_hold,
    hold_still,
)
from bookings.lifecycle.goods import goods_move
from bookings.lifecycle.quoted import cut_short, override_told
from bookings.lifecycle.reselling import Resale, resold
from bookings.lifecycle.services.leaving import hold_expire
from bookings.lifecycle.services.settling import charge_what_is_due, settle, unsettle
from bookings.lifecycle.sold import Sold, charges_write, money_set, party_of, sold_now, version_keep
from bookings.lifecycle.telling import snapshot, tell
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation, StayNight
from bookings.reservations.transitions import transition_check
from pms.housekeeping.enums import READY, Condition
from pms.housekeeping.models import UnitCondition
from pms.housekeeping.services import unit_condition_set
from pms.kernel.actors import Actor
from pms.kernel.dates import nights_between
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import retried
from pms.kernel.ranges import slot_span, touches
from pms.properties.models import Unit

#: What can be confirmed. What was lost is reinstated, who is in house is taken back by undoing the check-in.
OPEN = frozenset({Status.INQUIRY, Status.HOLD, Status.PENDING})


@retried
@transaction.atomic
def reservation_confirm(*, reservation: Reservation, actor: Actor, override_reason: str = "") -> Reservation:
    """Confirm an inquiry, option or pending reservation. Confirming what is confirmed changes nothing.

    An option that has run out is not simply confirmed: its room is taken again if there still is one (T15), at what it
    was sold for. An inquiry is sold now, at the quote of now; `override_reason` lets the rules in OVERRIDABLE pass.
    Locks inventory days, the reservation, promotions, days of extras. Raises Conflict `transition_refused`, `sold_out`,
    and for an inquiry every refusal of `offer_for`.
    """
    still = hold_still(reservation=reservation, days=nights_between(reservation.arrival, reservation.departure))
    row = still.reservation
    if row.status == Status.CONFIRMED:
        return row
    transition_check(row.status, Status.CONFIRMED, only_from=OPEN)
    before = snapshot(row)
    lapsed = row.status == Status.HOLD and row.hold is not None and row.hold.expires_at <= timezone.now()
    overridden = ""
    if lapsed:
        units = {night.date: night.unit for night in still.nights if night.unit}
        was = sold_now(row, still.nights)
        types = {night.consumed_type_id for night in still.nights}
        hold_expire(reservation=row, now=timezone.now(), actor=actor)
        still = hold_still(reservation=row, room_type_ids=types, days=[night.date for night in was.nights])
        row = still.reservation
        row.ended_at, row.end_reason = None, ""
        row.status = Status.CONFIRMED
        _sell(still, was, Placement(units=units))
    elif row.hold is not None and row.status == Status.HOLD:
        convert_hold(still=still, to=Status.CONFIRMED)
        Hold.objects.filter(pk=row.hold.pk).update(released_at=timezone.now())
    elif row.status == Status.INQUIRY:
        wish = Resale(party=party_of(row), reprice=True, override_reason=override_reason.strip())
        sold, overridden = resold(still=still, was=sold_now(row, ()), wish=wish)
        row.status = Status.CONFIRMED
        _sell(still, sold, Placement())
    row.status = Status.CONFIRMED
    row.confirmed_at = timezone.now()
    row.version += 1
    row.save()
    reason = override_reason.strip() if overridden else ""
    tell(
        reservation=row,
        kind="confirmed",
        actor=actor,
        before=before,
        reason=reason,
        further=override_told(overridden),
    )
    return row


def _sell(still: Still, sold: Sold, placement: Placement) -> None:
    """Take everything that is sold, for a reservation that takes nothing yet."""
    goods_move(before=Sold(), after=sold)
    charges_write(still.reservation, before=Sold(), after=sold)
    allocate(still=still, nights=sold.nights, placement=placement)
    money_set(still.reservation, sold)


@retried
@transaction.atomic
def reservation_check_in(
    *, reservation: Reservation, actor: Actor, override_reason: str = "", version: int | None = None
) -> Reservation:
    """Give the guest the key. Checking in who is in house changes nothing.

    Without a unit the best free one is taken. A unit that is not clean, or that the last guest has not left, refuses
    unless `override_reason` says why (T55). Raises Invalid `arrival_to_come`, `stay_over`, `no_unit`; Conflict
    `unit_dirty`, `unit_occupied`, `transition_refused`, `changed_meanwhile`.
    """
    still = hold_still(reservation=reservation, version=version if reservation.status != Status.CHECKED_IN else None)
    row = still.reservation
    if row.status == Status.CHECKED_IN:
        return row
    transition_check(row.status, Status.CHECKED_IN, only_from={Status.CONFIRMED})
    today = row.property.business_date
    if row.arrival > today:
        raise Invalid("arrival_to_come", f"{row.guest.full_name} is expected only on {row.arrival:%-d %B %Y}.")
    if row.departure <= today:
        raise Invalid("stay_over", f"The stay ended on {row.departure:%-d %B %Y}.")
    before = snapshot(row)
    unit = _unit_on(still, today)
    if unit is None:
        nights = [PlannedNight.of(night) for night in still.nights]
        allocate(still=still, nights=nights, placement=Placement())
        unit = _unit_tonight(row, today)
        if unit is None:
            raise Invalid(
                "no_unit", f"No room is free for {row.guest.full_name}: {row.unassigned_reason}.", field="unit"
            )
    if not override_reason.strip():
        _refuse_unready(row, unit)
    row.status = Status.CHECKED_IN
    row.checked_in_at = timezone.now()
    row.version += 1
    row.save()
    tell(reservation=row, kind="checked_in", actor=actor, before=before, reason=override_reason.strip())
    return row


def _unit_on(still: Still, day: date) -> Unit | None:
    return next((night.unit for night in still.nights if night.date == day), None)


def _unit_tonight(row: Reservation, today: date) -> Unit | None:
    night = StayNight.objects.filter(reservation=row, date=today, released_at=None).select_related("unit").first()
    return night.unit if night else None


def _refuse_unready(row: Reservation, unit: Unit) -> None:
    others = (
        Reservation.objects.filter(
            status=Status.CHECKED_IN,
            occupancies__active=True,
            occupancies__slots__overlap=unit.slots,
            occupancies__nights__contains=row.property.business_date - timedelta(days=1),
        )
        .exclude(pk=row.pk)
        .select_related("guest")
        .distinct()
    )
    for other in others:
        last = _where_last(other, row.property.business_date)
        if last is not None and touches(slot_span(last.slots), slot_span(unit.slots)):
            raise Conflict(
                "unit_occupied", f"{other.guest.full_name} has not checked out of room {last.number} yet.", field="unit"
            )
    condition = UnitCondition.objects.filter(unit=unit).first()
    if condition and condition.condition not in READY:
        raise Conflict(
            "unit_dirty", f"Room {unit.number} is {condition.get_condition_display().lower()}.", field="unit"
        )


def _where_last(other: Reservation, today: date) -> Unit | None:
    """Return the unit a guest in house sleeps in: tonight's, or last night's for one who is due to leave."""
    nights = StayNight.objects.filter(reservation=other, released_at=None, date__lte=today).order_by("-date")
    last = nights.select_related("unit").first()
    return last.unit if last else None


@retried
@transaction.atomic
def reservation_undo_check_in(*, reservation: Reservation, actor: Actor, reason: str = "") -> Reservation:
    """Take back a check-in of the same business date; no night was slept, so what was charged is taken back (T55). Idempotent.

    Raises Invalid `too_late` once the night audit has passed; Conflict `transition_refused`.
    """
    still = hold_still(reservation=reservation)
    row = still.reservation
    if row.status == Status.CONFIRMED:
        return row
    transition_check(row.status, Status.CONFIRMED, only_from={Status.CHECKED_IN})
    if row.arrival < row.property.business_date:
        raise Invalid("too_late", "The guest has slept here already: check out instead.")
    before = snapshot(row)
    row.status, row.checked_in_at = Status.CONFIRMED, None
    row.version += 1
    row.save()
    charge_what_is_due(row, actor)
    tell(reservation=row, kind="check_in_undone", actor=actor, before=before, reason=reason)
    return row


@retried
@transaction.atomic
def reservation_check_out(
    *,
    reservation: Reservation,
    actor: Actor,
    reason: str = "",
    version: int | None = None,
    unpaid_reason: str = "",
) -> Reservation:
    """Let the guest go; nights still to come are free at once, the unit is dirty (T51). Idempotent.

    Who leaves on the day of arrival keeps the first night: the room was used. What was consumed is charged, and the
    folios are closed: the guest owes nothing any more, or `unpaid_reason` says why he pays later. Locks inventory days,
    the reservation, then its folios. Raises Conflict `transition_refused`, `changed_meanwhile`, `balance_open`,
    `deposit_left`.
    """
    still = hold_still(reservation=reservation, version=version if reservation.status != Status.CHECKED_OUT else None)
    row = still.reservation
    if row.status == Status.CHECKED_OUT:
        return row
    transition_check(row.status, Status.CHECKED_OUT)
    before = snapshot(row)
    today = row.property.business_date
    unit = _unit_on(still, min(today, row.departure - timedelta(days=1)))
    stays_until = max(today, row.arrival + timedelta(days=1))
    if row.departure > stays_until:
        _leave_early(still, stays_until)
    row.status = Status.CHECKED_OUT
    row.checked_out_at = timezone.now()
    row.version += 1
    row.save()
    charge_what_is_due(row, actor)
    settle(row, unpaid_reason=unpaid_reason, actor=actor)
    if unit is not None:
        unit_condition_set(unit=unit, condition=Condition.DIRTY, actor=actor)
    tell(reservation=row, kind="checked_out", actor=actor, before=before, reason=reason)
    return row


def _leave_early(still: Still, departure: date) -> None:
    """Give back what is still to come: nights, and what is charged by night. What it was can be restored (T51)."""
    row = still.reservation
    was = sold_now(row, still.nights)
    version_keep(row, was, party_of(row)).save(force_insert=True)
    sold = cut_short(was, departure=departure)
    row.departure = departure
    goods_move(before=was, after=sold)
    charges_write(row, before=was, after=sold)
    units = {night.date: night.unit for night in still.nights if night.unit and night.date < departure}
    allocate(still=still, nights=sold.nights, placement=Placement(units=units))
    money_set(row, sold)


@retried
@transaction.atomic
def reservation_undo_check_out(*, reservation: Reservation, actor: Actor, reason: str = "") -> Reservation:
    """Take back a check-out of the same business date. Nights that were released stay released:
    extending with `restore` gets them back as they were sold.

    Raises Invalid `too_late` after the day of departure, Conflict `unit_occupied` when somebody else is in the unit.
    """
    still = hold_still(reservation=reservation)
    row = still.reservation
    if row.status == Status.CHECKED_IN:
        return row
    transition_check(row.status, Status.CHECKED_IN, only_from={Status.CHECKED_OUT})
    if row.departure < row.property.business_date:
        raise Invalid("too_late", "The departure is past; it cannot be undone any more.")
    before = snapshot(row)
    unit = _unit_on(still, row.departure - timedelta(days=1))
    taken = (
        unit is not None
        and Reservation.objects.filter(
            status=Status.CHECKED_IN,
            occupancies__active=True,
            occupancies__slots__overlap=unit.slots,
            occupancies__nights__contains=row.property.business_date,
        )
        .exclude(pk=row.pk)
        .exists()
    )
    if unit is not None and taken:
        raise Conflict("unit_occupied", f"Somebody else is in room {unit.number} already.", field="unit")
    row.status, row.checked_out_at = Status.CHECKED_IN, None
    row.version += 1
    row.save()
    unsettle(row, actor=actor)
    if row.commission_minor:
        # What the seller keeps is known once the guest has left.
        charge_what_is_due(row, actor)
    tell(reservation=row, kind="check_out_undone", actor=actor, before=before, reason=reason)
    return row
