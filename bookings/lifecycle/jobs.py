"""Jobs: thin, idempotent, inside the tenant already."""

from datetime import date

from django.utils import timezone

from bookings.availability.models import Block
from bookings.availability.services import block_release
from bookings.lifecycle.services import assign_waiting, hold_expire
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from pms.events.models import OutboxEvent
from pms.kernel.actors import Actor
from pms.properties.models import Property


def expire_holds() -> int:
    """Expire every option that has run out; return how many there were."""
    now = timezone.now()
    due = list(Reservation.objects.filter(status=Status.HOLD, hold__expires_at__lte=now).order_by("pk"))
    for reservation in due:
        hold_expire(reservation=reservation, now=now, actor=Actor.system("options"))
    return len(due)


def release_blocks() -> int:
    """Release every block whose cut-off has come by its property's business date; return how many there were."""
    count = 0
    for block in Block.objects.filter(released_at=None).select_related("property"):
        if block.release_on <= block.property.business_date:
            block_release(block=block, actor=Actor.system("blocks"))
            count += 1
    return count


def assign_waiting_after(event_id: str) -> int:
    """Give rooms to those who wait, after the event with this public id freed some; return how many got one.

    Looks at the nights the event names, or at all to come when it names none."""
    event = OutboxEvent.objects.filter(public_id=event_id).first()
    if event is None or "property" not in event.payload:
        return 0
    hotel = Property.objects.filter(code=event.payload["property"]).first()
    if hotel is None:
        return 0
    span = (event.payload.get("arrival"), event.payload.get("departure"))
    first, until = (date.fromisoformat(day) if day else None for day in span)
    return len(assign_waiting(property=hotel, actor=Actor.system("assignment"), first=first, until=until))
