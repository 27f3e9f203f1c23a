"""The formats and sentences of the search and the calendar, for their templates."""

from django import template

from bookings.rates.quoting import Refusal
from bookings.website import formats
from bookings.website.saying import refusal_said

register = template.Library()
for _written in (
    formats.amount,
    formats.at_the_house,
    formats.long_day,
    formats.month_name,
    formats.short_day,
    formats.weekday_long,
    formats.weekday_short,
):
    register.filter(_written.__name__, _written)


@register.filter
def said_for(refusal: Refusal, nights: int) -> str:
    """Say why a stay of so many nights is not sold."""
    return refusal_said(refusal, nights=nights)
