"""What the services of a checkout share: its lock, its audit and its facts."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils import translation

from bookings.checkout.models import Checkout
from bookings.reservations.models import Reservation
from bookings.reservations.terms import terms_from_json
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.locking import lock


def checkout_lock(checkout: Checkout) -> Checkout:
    """Lock a checkout, before anything else is; return it as it is now. Only its own services lock it."""
    (row,) = lock(Checkout.objects.filter(pk=checkout.pk).select_related("booking__property", "booking__booker"))
    return row


def rooms_of(checkout: Checkout) -> list[Reservation]:
    """Return the reservations of a checkout as they are now."""
    rows = Reservation.objects.filter(booking=checkout.booking_id)
    return list(rows.select_related("property", "guest", "room_type", "rate_plan", "hold", "booking").order_by("pk"))


def price_set(row: Checkout, rooms: Sequence[Reservation]) -> None:
    """Set what is agreed and what of it is due now from the reservations; saved by the caller."""
    row.agreed_minor = sum(room.grand_total_minor for room in rooms)
    row.due_minor = sum(
        step.amount_minor for room in rooms for step in terms_from_json(room.terms).payments if step.due_now
    )


def told(row: Checkout, verb: str, actor: Actor, changes: dict[str, Any] | None = None, **payload: Any) -> None:
    """Write audit and event `checkout.<verb>` inside the caller's transaction."""
    property_code = row.booking.property.code
    audit_record(
        action=f"checkout.{verb}",
        subject_type="booking",
        subject_code=row.booking.code,
        property_code=property_code,
        actor=actor,
        changes=changes,
    )
    event_publish(
        kind=f"checkout.{verb}",
        subject_type="booking",
        subject_code=row.booking.code,
        payload={"property": property_code, "booking": row.booking.code, "language": row.language, **payload},
    )


def resume_path(row: Checkout) -> str:
    """Return where the guest goes on, in their language."""
    with translation.override(row.language):
        return reverse("checkout:resume", args=[row.token])
