"""How changes of prices are written on pages."""

from django import template

from bookings.rates.models import RateChange
from pms.frontdesk.ratefiles.telling import days_told

register = template.Library()


@register.filter
def change_days(change: RateChange) -> str:
    """Return the days a change touches: 3 to 9 May 2027, with a dash."""
    return days_told(change.first, change.last)
