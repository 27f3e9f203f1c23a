"""How guests read amounts, days and moments: in the active language's own formats. The one place that writes them."""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from django.utils.translation import get_language

from pms.kernel.money import Money, exponent

#: English as Europe writes it: the day before the month, a clock of 24 hours.
_ENGLISH = "en_GB"


def locale() -> str:
    """Return babel's name of the active language."""
    language = get_language() or "en"
    return _ENGLISH if language == "en" else language


def price(minor: int, currency: str) -> str:
    """Write minor units of a currency to the last place, as what is charged is written: €428.00 or 428,00 €."""
    return Money(int(minor), currency).format(locale())


def amount(minor: int, currency: str) -> str:
    """Write minor units for choosing between many: whole amounts without their zeros."""
    return _amount(minor, currency, locale())


@lru_cache(maxsize=4096)
def _amount(minor: int, currency: str, language: str) -> str:
    value = Decimal(minor).scaleb(-exponent(currency))
    if value == value.to_integral_value():
        return whole_amount(int(value), currency)
    return str(numbers.format_currency(value, currency, locale=language))


def whole_amount(units: int, currency: str) -> str:
    """Write whole units of a currency, of whatever exponent, without decimals: 1,200 kr or €120."""
    pattern = _whole(locale())
    return str(numbers.format_currency(Decimal(units), currency, pattern, locale=locale(), currency_digits=False))


@lru_cache(maxsize=64)
def _whole(language: str) -> str:
    """Return how a language writes amounts, without decimals."""
    return str(Locale.parse(language).currency_formats["standard"].pattern.replace(".00", ""))


def day(value: date) -> str:
    """Write a date with its weekday: Tue, 24 November 2026."""
    pattern = _pattern("EEE, d MMMM y", "y 'm'. MMMM d 'd'., EEE", "EEE, d. MMMM y")
    return str(dates.format_date(value, pattern, locale=locale()))


def day_short(value: date) -> str:
    """Write a date in few letters: Tue 24 Nov."""
    return str(dates.format_date(value, _pattern("EEE d MMM", "MMM d 'd'., EEE", "EEE d. MMM"), locale=locale()))


def day_within(value: date) -> str:
    """Write a date as it stands within a sentence: 24 November 2026."""
    return str(dates.format_date(value, format="long", locale=locale()))


def day_full(value: date) -> str:
    """Write a date in full, for who hears it: Tuesday, 24 November 2026."""
    return str(dates.format_date(value, format="full", locale=locale()))


def month_name(first: date) -> str:
    """Write a month: December 2026."""
    return str(dates.format_skeleton("yMMMM", first, locale=locale()))


def weekday_short(value: date) -> str:
    """Write the weekday as a column's head: Thu."""
    return str(dates.format_date(value, "ccc", locale=locale()))


def weekday_long(value: date) -> str:
    """Write the weekday in full."""
    return str(dates.format_date(value, "cccc", locale=locale()))


def moment(value: datetime, zone: ZoneInfo) -> str:
    """Write a UTC instant as the wall clock at the property shows it: Mon 23 Nov, 18:00."""
    pattern = _pattern("EEE d MMM, HH:mm", "MMM d 'd'., EEE, HH:mm", "EEE d. MMM, HH:mm")
    return _moment(value, zone, pattern, locale())


@lru_cache(maxsize=1024)
def _moment(value: datetime, zone: ZoneInfo, pattern: str, language: str) -> str:
    return str(dates.format_datetime(value, pattern, tzinfo=zone, locale=language))


def _pattern(english: str, lithuanian: str, german: str) -> str:
    return {"lt": lithuanian, "de": german}.get(get_language() or "en", english)
