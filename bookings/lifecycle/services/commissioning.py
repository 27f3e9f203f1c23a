"""The commission of a stay, where its seller told it."""

from django.db import transaction

from bookings.reservations.models import Booking, Reservation
from pms.audit.services import audit_record
from pms.kernel.actors import Actor
from pms.kernel.errors import Invalid
from pms.kernel.locking import lock


@transaction.atomic
def reservation_commission_set(*, reservation: Reservation, commission_minor: int, actor: Actor) -> Reservation:
    """Set what the seller of a stay gets, minor units: it told the amount itself, and no percentage reckons it any more.

    The same again writes nothing. Locks the reservation. Raises Invalid `negative_commission`.
    """
    if commission_minor < 0:
        raise Invalid("negative_commission", "A commission is never negative.", field="commission_minor")
    row = lock(Reservation.objects.filter(pk=reservation.pk).select_related("property"))[0]
    Booking.objects.filter(pk=row.booking_id).exclude(commission_percent=None).update(commission_percent=None)
    if row.commission_minor == commission_minor:
        return row
    audit_record(
        action="reservation.commission",
        subject_type="reservation",
        subject_code=row.code,
        property_code=row.property.code,
        actor=actor,
        changes={"commission_minor": [row.commission_minor, commission_minor]},
    )
    row.commission_minor = commission_minor
    row.save(update_fields=["commission_minor"])
    return row
