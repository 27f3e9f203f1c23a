"""Why a stay is not sold, for the templates of the search."""

from django import template

from bookings.checkout.refusals import rule_said
from bookings.rates.quoting import Refusal

register = template.Library()


@register.filter
def said_for(refusal: Refusal, nights: int) -> str:
    """Say why a stay of so many nights is not sold; other dates stand below it."""
    return rule_said(refusal, nights=nights)
