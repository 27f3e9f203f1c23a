"""The guest's link to their booking: signed, without a login, good until the booking's key is changed."""

import uuid

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import translation

from bookings.reservations.models import Booking
from pms.audit.services import audit_record
from pms.kernel.actors import Actor
from pms.kernel.errors import Missing
from pms.kernel.locking import lock_one
from pms.kernel.tenancy import current_schema

SALT = "innkeep.manage"


def manage_token(*, booking: Booking) -> str:
    """Return the token of the booking's link; it holds the organization, the code and the key, and is signed."""
    return signing.dumps([current_schema(), booking.code, booking.manage_key.hex], salt=SALT, compress=False)


def manage_url(*, booking: Booking, host: str, language: str = "en") -> str:
    """Return the whole address of the booking's page on the organization's host, in the guest's language."""
    with translation.override(language):
        page = reverse("portal:booking", args=[manage_token(booking=booking)])
    port = f":{settings.PUBLIC_PORT}" if settings.PUBLIC_PORT else ""
    return f"{settings.PUBLIC_SCHEME}://{host}{port}{page}"


def booking_behind(*, token: str) -> Booking:
    """Return the booking a token leads to. Raises Missing `no_such_link` for a forged, foreign or revoked one alike."""
    try:
        schema, code, key = signing.loads(token, salt=SALT)
        kept = uuid.UUID(key)
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        schema, code, kept = "", "", uuid.UUID(int=0)
    found = Booking.objects.select_related("property", "booker").filter(code=code, manage_key=kept).first()
    if found is None or schema != current_schema():
        raise Missing("no_such_link", "This link is not valid any more. Ask for a new one with “Find my booking”.")
    return found


@transaction.atomic
def manage_link_revoke(*, booking: Booking, actor: Actor) -> Booking:
    """Make every link to the booking that was ever sent useless. Locks the booking."""
    row = lock_one(Booking.objects.filter(pk=booking.pk))
    if row is None:
        raise Missing("no_such_booking", "There is no such booking.")
    row.manage_key = uuid.uuid4()
    row.save(update_fields=["manage_key"])
    audit_record(
        action="booking.link_revoked",
        subject_type="booking",
        subject_code=row.code,
        property_code=row.property.code,
        actor=actor,
        changes={},
    )
    return row
