"""Days and reasons in the guest's language: short, about the house and not about its rate plans."""

from django.utils.translation import gettext, ngettext

from bookings.rates.quoting import Refusal
from bookings.website.calendar import CalendarDay
from bookings.website.formats import amount, day_in_words, long_day


def refusal_said(refusal: Refusal, *, nights: int) -> str:
    """Return one sentence for a refusal of a stay of so many nights; a rule of its own for every code of REFUSALS."""
    day = "" if refusal.date is None else day_in_words(refusal.date)
    value = refusal.value if isinstance(refusal.value, int) else 0
    if refusal.code == "plan_nights":
        return _at_least_here(value) if value > nights else _at_most_here(value)
    if refusal.code.startswith("promo_"):
        return gettext("The code does not hold for these days.")
    said = {
        "sold_out": gettext("Sold out on %(day)s."),
        "quota": gettext("Sold out on %(day)s."),
        "rooms_left": ngettext("Only %(value)s room is left.", "Only %(value)s rooms are left.", value),
        "beyond_horizon": gettext("Not on sale yet for %(day)s."),
        "too_many_guests": gettext("The rooms are for fewer guests: try more rooms."),
        "arrival_past": gettext("The day of arrival is over there."),
        "no_price": gettext("No price yet for %(day)s."),
        "retired": gettext("No longer sold."),
        "min_stay_arrival": ngettext(
            "Stays arriving on %(day)s have at least %(value)s night.",
            "Stays arriving on %(day)s have at least %(value)s nights.",
            value,
        ),
        "min_stay_through": ngettext(
            "Stays over %(day)s have at least %(value)s night.",
            "Stays over %(day)s have at least %(value)s nights.",
            value,
        ),
        "max_stay": ngettext(
            "Stays arriving on %(day)s have at most %(value)s night.",
            "Stays arriving on %(day)s have at most %(value)s nights.",
            value,
        ),
        "closed_to_arrival": gettext("No arrival on %(day)s."),
        "closed_to_departure": gettext("No departure on %(day)s."),
        "stop_sell": gettext("Closed on %(day)s."),
        "lead_hours_min": ngettext(
            "Booked at least %(value)s hour before check-in on %(day)s.",
            "Booked at least %(value)s hours before check-in on %(day)s.",
            value,
        ),
        "lead_days_max": ngettext(
            "Booked at most %(value)s day before %(day)s.", "Booked at most %(value)s days before %(day)s.", value
        ),
        "sale_window": gettext("Not on sale today."),
        "stay_window": gettext("Not sold for %(day)s."),
        "plan_lead_time": ngettext(
            "Sold only with another distance to the arrival: %(value)s day.",
            "Sold only with another distance to the arrival: %(value)s days.",
            value,
        ),
    }
    return said.get(refusal.code, gettext("Not sold for these days.")) % {"day": day, "value": value}


def day_said(day: CalendarDay, *, currency: str, ends: bool) -> str:
    """Return what a screen reader says of a day of the calendar; `ends`: it is offered as the day of departure."""
    said = [long_day(day.date)]
    if ends:
        said.append(gettext("possible as departure"))
    elif day.nights_min is not None and day.night_minor is not None:
        said.append(gettext("possible as arrival"))
        if day.nights_min > 1:
            least = ngettext("at least %(value)s night", "at least %(value)s nights", day.nights_min)
            said.append(least % {"value": day.nights_min})
        said.append(gettext("%(price)s a night") % {"price": amount(day.night_minor, currency)})
    elif day.refusal is not None:
        said.append(refusal_said(day.refusal, nights=1).rstrip("."))
    if day.closed_to_departure:
        said.append(gettext("no departure"))
    return ", ".join(said)


def _at_least_here(value: int) -> str:
    return ngettext(
        "Stays here have at least %(value)s night.", "Stays here have at least %(value)s nights.", value
    ) % {"value": value}


def _at_most_here(value: int) -> str:
    return ngettext("Stays here have at most %(value)s night.", "Stays here have at most %(value)s nights.", value) % {
        "value": value
    }
