"""How guests read prices, days, moments and names, for templates: `{% load guest %}`. The formats are pms.branding.formats."""

from typing import Any

from django import template

from pms.branding import formats
from pms.kernel import wording

register = template.Library()
for _written in (
    formats.price,
    formats.amount,
    formats.day,
    formats.day_short,
    formats.month_name,
    formats.weekday_short,
    formats.weekday_long,
    formats.moment,
):
    register.filter(_written.__name__, _written)


@register.filter
def said(row: Any, field: str) -> str:
    """Write a row's field in the guest's language."""
    return wording.said(row, field)
