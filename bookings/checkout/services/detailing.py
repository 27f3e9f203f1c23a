"""Extras, and who the guest is."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import time

from django.db import transaction
from django.utils import timezone

from bookings.checkout.enums import OPEN
from bookings.checkout.models import Checkout
from bookings.checkout.services.recording import checkout_lock, price_set, rooms_of, told
from bookings.lifecycle.services import (
    booking_guest_set,
    booking_invoice_to_set,
    hold_extras_set,
    reservation_details_set,
)
from bookings.rates.quoting import ExtraWish
from guests.profiles.models import Company
from guests.profiles.services import CompanyDetails, GuestDetails, company_find_or_create, guest_find_or_create
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict
from pms.kernel.locking import retried


@dataclass(frozen=True, slots=True)
class Details:
    """Who books, as typed. Countries are ISO 3166 alpha-2; the arrival time is local."""

    first_name: str
    last_name: str
    email: str
    phone: str = ""
    country: str = ""
    arrival_time: time | None = None
    special_requests: str = ""
    company_name: str = ""
    company_street: str = ""
    company_postal_code: str = ""
    company_city: str = ""
    company_country: str = ""
    company_vat_id: str = ""
    wants_reminder: bool = False


@retried
@transaction.atomic
def checkout_extras_set(*, checkout: Checkout, extras: Mapping[int, Sequence[ExtraWish]], actor: Actor) -> Checkout:
    """Sell each room (by its reservation's key) with these extras. Locks the checkout, then as hold_extras_set.

    Raises Conflict `hold_ended`, `extra_sold_out`; Invalid `extra_unknown`.
    """
    row = _open(checkout)
    for room in rooms_of(row):
        hold_extras_set(reservation=room, extras=extras.get(room.pk, ()), actor=actor)
    before = row.agreed_minor
    price_set(row, rooms_of(row))
    if row.agreed_minor != before:
        row.seen_minor = None
        row.save(update_fields=["agreed_minor", "due_minor", "seen_minor"])
        told(row, "extras_set", actor, {"agreed_minor": [before, row.agreed_minor]})
    return row


@retried
@transaction.atomic
def checkout_details_set(*, checkout: Checkout, details: Details, consent_text: str, actor: Actor) -> Checkout:
    """Keep who books and that they agreed to `consent_text`, when and from where (the actor's address).

    The rooms are the guest's from now on; with a company, invoices are for it (`Booking.invoice_to`). Locks the checkout,
    then as booking_guest_set. Raises Conflict `hold_ended`; Invalid `bad_character`, `text_too_long`.
    """
    row = _open(checkout)
    typed = asdict(details)
    guest = guest_find_or_create(
        details=GuestDetails(
            details.last_name, details.first_name, details.email, details.phone, details.country, row.language
        ),
        actor=actor,
    )
    booking_guest_set(booking=row.booking, guest=guest, actor=actor)
    booking_invoice_to_set(booking=row.booking, company=_company(row, details, actor), actor=actor)
    for room in rooms_of(row):
        reservation_details_set(
            reservation=room,
            actor=actor,
            special_requests=details.special_requests,
            arrival_time=details.arrival_time,
        )
    for name, value in typed.items():
        setattr(row, name, value)
    row.consent_text, row.consent_at, row.consent_ip = consent_text, timezone.now(), actor.ip
    row.save(update_fields=[*typed, "consent_text", "consent_at", "consent_ip"])
    told(row, "named", actor, {"guest": [None, guest.full_name], "consent_ip": [None, actor.ip]})
    return row


def _open(checkout: Checkout) -> Checkout:
    row = checkout_lock(checkout)
    if row.state not in OPEN or row.expires_at <= timezone.now():
        raise Conflict("hold_ended", "The rooms are not kept any more.")
    return row


def _company(row: Checkout, details: Details, actor: Actor) -> Company | None:
    """Return the company that invoices are for; without a country of its own it has the guest's."""
    if not details.company_name:
        return None
    company = CompanyDetails(
        name=details.company_name,
        street=details.company_street,
        postal_code=details.company_postal_code,
        city=details.company_city,
        country=details.company_country or details.country,
        vat_id=details.company_vat_id,
    )
    return company_find_or_create(details=company, language=row.language, actor=actor)
