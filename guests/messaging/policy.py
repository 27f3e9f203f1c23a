"""Who is written to, about what, in which language: the rules, in one place (docs/messages.md)."""

from bookings.rates.enums import CHANNEL_SOURCES, Source
from bookings.reservations.models import Booking, Reservation
from guests.messaging.enums import CHANNEL_SAYS, OF_THE_STAY, SAID_AT_THE_DESK, STAFF, Kind
from guests.messaging.models import MessageSwitch
from guests.messaging.wording import FALLBACK, language_of
from guests.profiles.models import Guest


def is_wanted(*, kind: Kind, source: str) -> bool:
    """Return whether a mail of kind is sent for a booking of this source. One query.

    A channel's guest hears of the booking from the channel; somebody who walked in stands at the desk.
    """
    if source in CHANNEL_SOURCES and kind in CHANNEL_SAYS:
        return False
    if source == Source.WALK_IN and kind in SAID_AT_THE_DESK:
        return False
    return not MessageSwitch.objects.filter(kind=kind, is_active=False).exists()


def reader_of(*, kind: Kind, booking: Booking, reservation: Reservation | None) -> Guest:
    """Return who reads it: who sleeps here for mails of the stay, if we know how to write to them; else who booked."""
    if kind in OF_THE_STAY and reservation is not None and reservation.guest.email:
        return reservation.guest
    return booking.booker


def recipient_of(*, kind: Kind, booking: Booking, reservation: Reservation | None) -> str:
    """Return the address; empty where there is none."""
    if kind in STAFF:
        return str(booking.property.email)
    return str(reader_of(kind=kind, booking=booking, reservation=reservation).email)


def language_for(*, kind: Kind, booking: Booking, reservation: Reservation | None, wanted: str = "") -> str:
    """Return the reader's language; the house's own mails are in English."""
    if kind in STAFF:
        return FALLBACK
    return language_of(wanted or reader_of(kind=kind, booking=booking, reservation=reservation).language)
