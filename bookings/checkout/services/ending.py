"""Letting go: time ran out, or the guest chose something else."""

from datetime import datetime

from django.db import transaction

from billing.payments.enums import PaymentStatus
from bookings.checkout.enums import OPEN, State
from bookings.checkout.models import Checkout
from bookings.checkout.selectors import payments_of
from bookings.checkout.services.recording import checkout_lock, resume_path, rooms_of, told
from bookings.lifecycle.services import hold_expire, reservation_cancel
from bookings.lifecycle.services.leaving import HOLD_EXPIRED
from bookings.reservations.enums import SOLD, Status
from pms.kernel.actors import Actor
from pms.kernel.locking import retried


@retried
@transaction.atomic
def checkout_expire(*, checkout: Checkout, now: datetime, actor: Actor) -> Checkout:
    """Free the rooms of a checkout whose time ran out at `now` (UTC); a guest who agreed is reminded, once.

    What is paid later is looked at again (T15). Nobody is reminded where a bank is still at it, or where the desk has
    turned the guest down; what the desk has confirmed meanwhile is booked. Otherwise changes nothing.
    """
    row = checkout_lock(checkout)
    if row.state not in OPEN or row.expires_at > now:
        return row
    rooms = [hold_expire(reservation=room, now=now, actor=actor) for room in rooms_of(row)]
    if all(room.status in SOLD for room in rooms):
        row.state, row.ended_at = State.BOOKED, now
        row.save(update_fields=["state", "ended_at"])
        told(row, "booked", actor, {"agreed_minor": [None, row.agreed_minor]})
        return row
    row.state, row.ended_at = State.EXPIRED, now
    lapsed = all(room.end_reason == HOLD_EXPIRED for room in rooms)
    at_work = any(
        payment.status in {PaymentStatus.PROCESSING, PaymentStatus.AUTHORISED} or payment.captured_minor
        for payment in payments_of(row)
    )
    fields = ["state", "ended_at"]
    if row.wants_reminder and row.email and lapsed and not at_work and row.abandoned_at is None:
        row.abandoned_at = now
        fields.append("abandoned_at")
        told(row, "abandoned", actor, checkout=row.token, path=resume_path(row))
    else:
        told(row, "expired", actor)
    row.save(update_fields=fields)
    return row


@retried
@transaction.atomic
def checkout_release(*, checkout: Checkout, actor: Actor) -> Checkout:
    """Free the rooms at once: the same guest has chosen others. Only while nothing was asked of a provider."""
    row = checkout_lock(checkout)
    if row.state != State.HELD or row.attempts.exists():
        return row
    for room in rooms_of(row):
        if room.status == Status.HOLD:
            reservation_cancel(reservation=room, reason="The guest chose other rooms", actor=actor)
    row.state, row.ended_at = State.EXPIRED, row.expires_at
    row.save(update_fields=["state", "ended_at"])
    told(row, "released", actor)
    return row
