"""How stays are written on pages: status, party, nights, dates, amounts."""

from datetime import date, datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from pms.frontdesk.operations import OPERATIONS, Offered, Operation, offered
from pms.frontdesk.selectors.stays import Stay
from pms.kernel.money import Money
from pms.properties.models import Property

register = template.Library()

#: Status -> the hue's class and the icon that goes with it.
LOOKS: dict[str, tuple[str, str]] = {
    Status.INQUIRY: ("option", "circle-question-mark"),
    Status.HOLD: ("option", "hourglass"),
    Status.PENDING: ("option", "clock"),
    Status.CONFIRMED: ("confirmed", "circle-check"),
    Status.CHECKED_IN: ("in-house", "key-round"),
    Status.CHECKED_OUT: ("departed", "log-out"),
    Status.COMPLETED: ("departed", "check"),
    Status.CANCELLED: ("cancelled", "ban"),
    Status.NO_SHOW: ("no-show", "user-x"),
    Status.REJECTED: ("cancelled", "circle-x"),
    Status.FAILED: ("cancelled", "circle-x"),
}


@register.filter
def status_class(status: str) -> str:
    """Return the class that gives a status its hue."""
    return LOOKS[status][0]


@register.filter
def status_icon(status: str) -> str:
    """Return the icon of a status."""
    return LOOKS[status][1]


@register.filter
def party(reservation: Reservation) -> str:
    """Return who sleeps here in words: "2 adults, 1 child"."""
    words = [_count(reservation.adults, "adult", "adults")]
    if reservation.children:
        words.append(_count(reservation.children, "child", "children"))
    if reservation.infants:
        words.append(_count(reservation.infants, "infant", "infants"))
    return ", ".join(words)


@register.filter
def party_short(reservation: Reservation) -> str:
    """Return who sleeps here as figures: "2+1" is two adults and a child."""
    little = reservation.children + reservation.infants
    return f"{reservation.adults}+{little}" if little else str(reservation.adults)


@register.filter
def nights(count: int) -> str:
    """Return a length of stay in words."""
    return _count(count, "night", "nights")


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


@register.filter
def day(value: date) -> str:
    """Return a day as the desk says it: Tue 24 Nov."""
    return f"{value:%a %-d %b}"


@register.filter
def day_year(value: date) -> str:
    """Return a day with its year: Tue 24 Nov 2026."""
    return f"{value:%a %-d %b %Y}"


@register.filter
def span(reservation: Reservation) -> str:
    """Return the dates of a stay as short as they can be: 24 to 28 Nov, 30 Nov to 3 Dec, with a dash."""
    first, last, dash = reservation.arrival, reservation.departure, "\N{EN DASH}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} {dash} {last:%-d %b}"
    if first.year == last.year:
        return f"{first:%-d %b} {dash} {last:%-d %b}"
    return f"{first:%-d %b %Y} {dash} {last:%-d %b %Y}"


@register.filter
def amount(minor: int, currency: str) -> str:
    """Return an amount of minor units as people write it."""
    return str(Money(minor, currency))


@register.filter
def local(instant: datetime | None, place: Property) -> SafeString | str:
    """Return an instant in the property's own time, as a <time> element."""
    if instant is None:
        return ""
    here = instant.astimezone(place.zone)
    return format_html('<time datetime="{}">{}</time>', here.isoformat(), f"{here:%-d %b %Y, %H:%M}")


@register.filter
def local_day(instant: datetime, place: Property) -> SafeString:
    """Return the day of an instant in the property's own time, as a <time> element."""
    here = instant.astimezone(place.zone)
    return format_html('<time datetime="{}">{}</time>', here.isoformat(), f"{here:%-d %b %Y}")


@register.filter
def local_short(instant: datetime, place: Property) -> SafeString:
    """Return an instant in the property's own time without its year, as a <time> element."""
    here = instant.astimezone(place.zone)
    return format_html('<time datetime="{}">{}</time>', here.isoformat(), f"{here:%a %-d %b, %H:%M}")


@register.simple_tag(takes_context=True)
def operations_for(context: template.Context, stay: Stay) -> Offered:
    """Return what the signed-in user can do with a reservation now."""
    desk = context["request"].desk
    return offered(stay=stay, allows=lambda permission: desk.allows(permission, stay.reservation.property))


@register.simple_tag(takes_context=True)
def operation_for(context: template.Context, stay: Stay, *verbs: str) -> Operation | None:
    """Return the first of the verbs that makes sense for a reservation and that the signed-in user may do."""
    desk = context["request"].desk
    for verb in verbs:
        row = OPERATIONS[verb]
        if row.applies(stay) and desk.allows(row.permission, stay.reservation.property):
            return row
    return None


@register.filter
def lookup(mapping: dict[str, object], key: str) -> object:
    """Return what mapping holds under key, or the empty word."""
    return mapping.get(key, "")
