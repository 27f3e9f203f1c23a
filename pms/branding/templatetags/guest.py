"""How guests read prices, days and moments: in the active language's own formats."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from django import template
from django.utils.translation import get_language

from pms.kernel import wording
from pms.kernel.money import Money

register = template.Library()

#: English as Europe writes it: the day before the month, a clock of 24 hours.
_ENGLISH = "en_GB"


def locale() -> str:
    """Return babel's name of the active language."""
    language = get_language() or "en"
    return _ENGLISH if language == "en" else language


@register.filter
def price(minor: int, currency: str) -> str:
    """Write minor units of a currency as the guest's language does, such as €428.00 or 428,00 €."""
    return Money(int(minor), currency).format(locale())


@register.filter
def day(value: date) -> str:
    """Write a date with its weekday: Tue, 24 November 2026."""
    return str(
        format_date(value, _skeleton("EEE, d MMMM y", "y 'm'. MMMM d 'd'., EEE", "EEE, d. MMMM y"), locale=locale())
    )


@register.filter
def day_short(value: date) -> str:
    """Write a date in few letters: Tue 24 Nov."""
    return str(format_date(value, _skeleton("EEE d MMM", "MMM d 'd'., EEE", "EEE d. MMM"), locale=locale()))


@register.filter
def moment(value: datetime, zone: ZoneInfo) -> str:
    """Write a UTC instant as the wall clock at the property shows it: Mon 23 Nov, 18:00."""
    pattern = _skeleton("EEE d MMM, HH:mm", "MMM d 'd'., EEE, HH:mm", "EEE d. MMM, HH:mm")
    return str(format_datetime(value, pattern, tzinfo=zone, locale=locale()))


@register.filter
def said(row: Any, field: str) -> str:
    """Write a row's field in the guest's language."""
    return wording.said(row, field)


def _skeleton(english: str, lithuanian: str, german: str) -> str:
    return {"lt": lithuanian, "de": german}.get(get_language() or "en", english)
