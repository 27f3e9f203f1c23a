"""The confirmation on paper."""

from django.template.loader import render_to_string
from django.utils import translation

from billing.invoices.rendering import pdf_of
from bookings.reservations.models import Booking
from guests.messaging.content import letter_of, reservations_of
from guests.messaging.enums import Kind
from guests.messaging.wording import labels


def confirmation_pdf(*, booking: Booking, language: str) -> bytes:
    """Return the booking as it is now, as PDF, for mails and for the guest's page. Takes tenths of a second; fetches nothing.

    What is paid and due is read now, so a paper fetched later says what has changed since.
    """
    rooms = reservations_of(booking)
    letter = letter_of(kind=Kind.CONFIRMATION, booking=booking, rooms=rooms, language=language, special={})
    with translation.override(language):
        page = render_to_string("messaging/confirmation.html", {"letter": letter, "w": labels(language)})
    return pdf_of(page)
