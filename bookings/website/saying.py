"""What a screen reader says of a day of the calendar. Why a stay is refused is said by bookings.checkout.refusals."""

from django.utils.translation import gettext, ngettext

from bookings.checkout.refusals import rule_said
from bookings.website.calendar import CalendarDay
from pms.branding.formats import amount, day_full


def day_said(day: CalendarDay, *, currency: str, ends: bool) -> str:
    """Return what a screen reader says of a day of the calendar; `ends`: it is offered as the day of departure."""
    said = [day_full(day.date)]
    if ends:
        said.append(gettext("possible as departure"))
    elif day.nights_min is not None and day.night_minor is not None:
        said.append(gettext("possible as arrival"))
        if day.nights_min > 1:
            least = ngettext("at least %(value)s night", "at least %(value)s nights", day.nights_min)
            said.append(least % {"value": day.nights_min})
        said.append(gettext("%(price)s a night") % {"price": amount(day.night_minor, currency)})
    elif day.refusal is not None:
        said.append(rule_said(day.refusal, nights=1).rstrip("."))
    if day.closed_to_departure:
        said.append(gettext("no departure"))
    return ", ".join(said)
