"""Small calendars as channels write them, made for the day a test plays on."""

from datetime import date, timedelta

AIRBNB = "PRODID;X-RICAL-TZSOURCE=TZINFO:-//Airbnb Inc//Hosting Calendar 1.0//EN"
BOOKINGCOM = "PRODID:-//admin.booking.com\\, b.v.//NONSGML v1.0//EN"
VRBO = "PRODID:-//HomeAway.com, Inc.//EN"
GOOGLE = "PRODID:-//Google Inc//Google Calendar 70.9054//EN"
OTHER = "PRODID:-//Channels Anonymous//EN"


def event(first: date, until: date | None = None, *, uid: str = "1@test", summary: str = "", more: str = "") -> str:
    """Return a VEVENT over whole days; without `until` it has no end. `more` are further lines."""
    lines = ["BEGIN:VEVENT"]
    if until is not None:
        lines.append(f"DTEND;VALUE=DATE:{until:%Y%m%d}")
    lines += [f"DTSTART;VALUE=DATE:{first:%Y%m%d}", f"UID:{uid}"]
    lines += [f"SUMMARY:{summary}"] if summary else []
    return "\r\n".join([*lines, *more.splitlines(), "END:VEVENT"])


def calendar(*events: str, product: str = OTHER) -> bytes:
    """Return a whole calendar of these events."""
    return "\r\n".join(["BEGIN:VCALENDAR", product, "VERSION:2.0", *events, "END:VCALENDAR", ""]).encode()


def airbnb_stay(first: date, until: date, *, number: int = 1) -> str:
    """Return a booking as Airbnb tells it: its own number in a folded address."""
    more = (
        "DESCRIPTION:Reservation URL: https://www.airbnb.com/hosting/reservations/\r\n"
        f" details/HMTEST{number:04d}\\nPhone Number (Last 4 Digits): 0001"
    )
    return event(first, until, uid=f"1418fb94e984-{number:032x}@airbnb.com", summary="Reserved", more=more)


def airbnb_block(first: date, until: date, *, number: int = 1) -> str:
    """Return closed nights as Airbnb tells them."""
    return event(first, until, uid=f"6fec1092d3fa-{number:032x}@airbnb.com", summary="Airbnb (Not available)")


def bookingcom_closed(first: date, until: date, *, today: date) -> str:
    """Return what Booking.com tells of a stay or of closed nights: with a UID of the day, and no night of the past."""
    shown = max(first, today)
    return event(
        shown,
        until,
        uid=f"{hash((shown, until, today)) & 0xFFFFFFFF:032x}@booking.com",
        summary="CLOSED - Not available",
    )


def many(count: int, *, first: date) -> bytes:
    """Return a calendar of so many bookings."""
    days = [first + timedelta(days=3 * index % 3000) for index in range(count)]
    return calendar(
        *(airbnb_stay(day, day + timedelta(days=2), number=index) for index, day in enumerate(days)), product=AIRBNB
    )
