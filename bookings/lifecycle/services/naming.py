"""Who sleeps in a room, by name; whom the invoices are for."""

from collections.abc import Sequence

from django.db import transaction

from billing.folios.services import main_folios_invoice
from bookings.reservations.enums import CHANGEABLE, OccupantKind, Status
from bookings.reservations.models import Booking, Occupant, Reservation
from guests.profiles.models import Company
from guests.profiles.services import GuestDetails, guest_find_or_create
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.errors import Invalid
from pms.kernel.locking import lock, retried


@retried
@transaction.atomic
def reservation_guests_set(*, reservation: Reservation, names: Sequence[tuple[str, str]], actor: Actor) -> Reservation:
    """Name the adults of a reservation as (first name, last name), in order; the first is the reservation's guest.

    A name left empty stays as it is; more names than adults are ignored. The first keeps e-mail address and phone of the
    guest before. Nothing changed writes nothing. Locks the reservation. Raises Invalid `not_changeable`, `name_missing`.
    """
    row = lock(Reservation.objects.filter(pk=reservation.pk).select_related("property", "booking", "guest"))[0]
    if row.status not in CHANGEABLE and row.status != Status.INQUIRY:
        raise Invalid("not_changeable", "The guests of this stay cannot change any more.")
    adults = Occupant.objects.filter(reservation=row, kind=OccupantKind.ADULT).select_related("guest").order_by("pk")
    changes: dict[str, list[str]] = {}
    for index, (occupant, name) in enumerate(zip(adults, names, strict=False)):
        old = occupant.guest if index else row.guest
        first, last = (part.strip() for part in name)
        if not (first or last) or (old is not None and (old.first_name, old.last_name) == (first, last)):
            continue
        contact = {"email": old.email, "phone": old.phone, "country": old.country} if old and not index else {}
        details = GuestDetails(last_name=last, first_name=first, language=row.guest.language, **contact)
        named = guest_find_or_create(details=details, actor=actor)
        occupant.guest = named
        occupant.save(update_fields=["guest"])
        if not index:
            row.guest = named
            row.save(update_fields=["guest"])
        changes[f"guest_{index + 1}"] = [old.full_name if old else "", named.full_name]
    if changes:
        _tell(row, changes, actor)
    return row


@retried
@transaction.atomic
def booking_invoice_to_set(*, booking: Booking, company: Company | None, actor: Actor) -> Booking:
    """Have the invoices of a booking be for a company, or for the guest again; who pays does not change.

    The same again changes nothing; documents that were issued stay as they are. Locks the reservations, then their folios.
    """
    rows = lock(Reservation.objects.filter(booking=booking))
    old = booking.invoice_to
    if (old and old.pk) == (company and company.pk):
        return booking
    booking.invoice_to = company
    booking.save(update_fields=["invoice_to"])
    main_folios_invoice(reservations=rows, company=company)
    audit_record(
        action="booking.invoice_to",
        subject_type="booking",
        subject_code=booking.code,
        property_code=booking.property.code,
        actor=actor,
        changes={"invoice_to": [old.name if old else None, company.name if company else None]},
    )
    event_publish(
        kind="booking.invoice_to",
        subject_type="booking",
        subject_code=booking.code,
        payload={"property": booking.property.code},
    )
    return booking


def _tell(row: Reservation, changes: dict[str, list[str]], actor: Actor) -> None:
    audit_record(
        action="reservation.guests",
        subject_type="reservation",
        subject_code=row.code,
        property_code=row.property.code,
        actor=actor,
        changes=changes,
    )
    event_publish(
        kind="reservation.guests",
        subject_type="reservation",
        subject_code=row.code,
        payload={"booking": row.booking.code, "property": row.property.code},
    )
