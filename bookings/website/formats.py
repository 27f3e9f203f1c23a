"""How the search and the calendar write amounts and days, in the language that is active."""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers

from pms.branding.templatetags.guest import day_short, locale, moment
from pms.kernel.money import exponent


@lru_cache(maxsize=64)
def _whole(language: str) -> str:
    """Return how a language writes amounts, without decimals."""
    return str(Locale.parse(language).currency_formats["standard"].pattern.replace(".00", ""))


def amount(minor: int, currency: str) -> str:
    """Write minor units; whole amounts without their zeros."""
    places = exponent(currency)
    value = Decimal(minor).scaleb(-places)
    if value != value.to_integral_value():
        return str(numbers.format_currency(value, currency, locale=locale()))
    pattern = _whole(locale())
    return str(numbers.format_currency(value, currency, pattern, locale=locale(), currency_digits=False))


def long_day(day: date) -> str:
    """Write a date in full: Thursday 24 December 2026."""
    return str(dates.format_date(day, format="full", locale=locale()))


def short_day(day: date) -> str:
    """Write a date as short as it is clear: Thu 24 Dec."""
    return day_short(day)


def month_name(first: date) -> str:
    """Write a month: December 2026."""
    return str(dates.format_skeleton("yMMMM", first, locale=locale()))


def weekday_short(day: date) -> str:
    """Write the weekday as a column's head: Thu."""
    return str(dates.format_date(day, "ccc", locale=locale()))


def weekday_long(day: date) -> str:
    """Write the weekday in full."""
    return str(dates.format_date(day, "cccc", locale=locale()))


def at_the_house(instant: datetime, zone: ZoneInfo) -> str:
    """Write an instant as clocks in the zone show it."""
    return moment(instant, zone)


def day_in_words(day: date) -> str:
    """Write a date within a sentence: December 24, 2026."""
    return str(dates.format_date(day, format="long", locale=locale()))
