"""How prices and restrictions are written on pages."""

from collections.abc import Iterable

from django import template

from bookings.rates.enums import Source

register = template.Library()


@register.filter
def source_words(codes: Iterable[str]) -> str:
    """Return where something is sold in words: "Website, Booking.com"."""
    return ", ".join(str(Source(code).label) for code in codes)
