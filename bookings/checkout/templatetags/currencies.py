"""A second currency on a page: `{% about minor currency %}` beside a price, `{% currency_chooser %}` at the foot."""

from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html

from bookings.checkout import indicative
from pms.branding.formats import day_within

register = template.Library()


@register.simple_tag(takes_context=True)
def about(context: Context, minor: int | None, currency: str) -> str:
    """Write the amount in the currency that the guest chose, as a guide; nothing where none was chosen."""
    request = context.get("request")
    rate = indicative.rate_for(request, currency) if request is not None and minor is not None else None
    if rate is None or minor is None:
        return ""
    return format_html(' <small class="about">{}</small>', indicative.about(rate, int(minor)))


@register.inclusion_tag("checkout/currencies.html", takes_context=True)
def currency_chooser(context: Context) -> dict[str, Any]:
    """Write the form that chooses it, on pages that let it be chosen and where there are rates."""
    request = context.get("request")
    if request is None or not indicative.lets_choose(request):
        return {"currencies": []}
    currencies = indicative.offered(request)
    code = indicative.chosen(request)
    place = context.get("property")
    rate = indicative.rate_for(request, place.currency) if place is not None else None
    return {
        "currencies": currencies,
        "chosen": code if code in currencies else "",
        "kept": [(name, value) for name, values in request.GET.lists() if name != "currency" for value in values],
        "path": request.path,
        "rate": rate,
        "rate_day": day_within(rate.date) if rate else "",
    }
