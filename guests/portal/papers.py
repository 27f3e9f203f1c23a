"""The booking as a PDF and as a calendar (RFC 5545)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from warnings import catch_warnings, simplefilter
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from weasyprint import HTML

from bookings.reservations.models import Booking
from guests.portal.selectors import Room
from pms.kernel.dates import local_instant
from pms.kernel.wording import said

#: RFC 5545, 3.1: a line has at most 75 octets, and goes on after a line break and a space.
LINE_OCTETS = 75


def confirmation_pdf(*, booking: Booking, rooms: Sequence[Room]) -> bytes:
    """Return the booking on paper, in the active language. Fetches nothing."""
    context = {"booking": booking, "property": booking.property, "rooms": rooms, "now": timezone.now()}
    page = HTML(string=render_to_string("portal/confirmation.html", context))
    with catch_warnings():
        # WeasyPrint leaves a file of its own to the garbage collector.
        simplefilter("ignore", ResourceWarning)
        pdf: bytes = page.write_pdf()
    return pdf


def calendar_of(*, booking: Booking, rooms: Sequence[Room]) -> str:
    """Return the stays of a booking as an iCalendar file; from check-in to check-out, lost ones as cancelled."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Innkeep//Booking//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    for room in rooms:
        lines += _event(booking, room)
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _event(booking: Booking, room: Room) -> list[str]:
    row, place = room.reservation, booking.property
    where = ", ".join(
        part for part in (place.street, f"{place.postal_code} {place.city}".strip(), place.country) if part
    )
    return [
        "BEGIN:VEVENT",
        f"UID:{row.code}@innkeep",
        f"SEQUENCE:{row.version}",
        f"DTSTAMP:{timezone.now():%Y%m%dT%H%M%SZ}",
        f"DTSTART:{_utc(row.arrival, place.check_in_time, place.zone)}",
        f"DTEND:{_utc(row.departure, place.check_out_time, place.zone)}",
        f"SUMMARY:{_escaped(_('Stay at %(house)s') % {'house': said(place, 'name')})}",
        f"LOCATION:{_escaped(where)}",
        f"DESCRIPTION:{_escaped(_('Booking %(code)s') % {'code': booking.code})}",
        f"STATUS:{'CANCELLED' if room.is_lost else 'CONFIRMED'}",
        "END:VEVENT",
    ]


def _utc(day: date, wall: time, zone: ZoneInfo) -> str:
    instant: datetime = local_instant(day, wall, zone)
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    parts, now = [], ""
    for letter in line:
        if len((now + letter).encode()) > LINE_OCTETS - 1:
            parts.append(now)
            now = ""
        now += letter
    return "\r\n ".join([*parts, now])
