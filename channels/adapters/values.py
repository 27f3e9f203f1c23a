"""Reading what somebody else's message says: every function takes anything, and says nothing rather than something wrong."""

import calendar
import re
from datetime import UTC, date, datetime
from decimal import Decimal

from channels.adapters.masking import cards_masked
from pms.kernel.money import exponent, round_half_up

#: No stay and no payment lies outside of these years.
YEARS = range(2000, 2101)
#: No amount of a hotel is longer, in digits before the point.
MOST_DIGITS = 12

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_AMOUNT = re.compile(r"-?\d{1,12}(?:\.\d{1,12})?", re.ASCII)
_MONTH = re.compile(r"(\d{2})/(\d{4})", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
#: What no page, mail or database takes: control characters but for line ends and tabs, and halves of pairs.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def text(value: object, most: int = 200) -> str:
    """Return a string or number as clean text of at most so many characters, without card numbers; else ''."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return ""
    clean = _UNFIT.sub("", str(value).replace("\r\n", "\n")).strip()
    return cards_masked(clean.encode()).decode()[:most].strip()


def name(value: object, most: int = 80) -> str:
    """Return text that says something: sites put a dot or a dash where they know nothing."""
    said = text(value, most)
    return said if any(character.isalnum() for character in said) else ""


def identifier(value: object, most: int = 64) -> str:
    """Return a channel's name for something, untouched; '' for none, or for one that is longer than any we keep."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    said = str(value).strip()
    return "" if len(said) > most or _UNFIT.search(said) else said


def whole(value: object, *, least: int = 0, most: int = 999) -> int | None:
    """Return a whole number within its bounds, else None."""
    said = text(value, 20)
    if not re.fullmatch(r"-?\d{1,9}", said, re.ASCII):
        return None
    number = int(said)
    return number if least <= number <= most else None


def day(value: object) -> date | None:
    """Return a date in ISO form, with or without a time behind it."""
    if not isinstance(value, str) or not _DAY.match(value):
        return None
    try:
        found = date.fromisoformat(value[:10])
    except ValueError:
        return None
    return found if found.year in YEARS else None


def end_of_month(value: object) -> date | None:
    """Return the last day of a month written as 08/2029."""
    found = _MONTH.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return None
    month, year = int(found[1]), int(found[2])
    if not 1 <= month <= 12 or year not in YEARS:
        return None
    return date(year, month, calendar.monthrange(year, month)[1])


def instant(value: object) -> datetime | None:
    """Return an instant in UTC; one without a zone is in UTC already."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    if found.year not in YEARS:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def currency(value: object) -> str:
    """Return a currency of ISO 4217, else ''."""
    said = text(value, 8).upper()
    return said if _CURRENCY.fullmatch(said) else ""


def amount(value: object) -> Decimal | None:
    """Return a number written out or as a string, in whatever unit it is; None for none and for monsters."""
    if isinstance(value, Decimal):
        said = "" if abs(value.adjusted()) > MOST_DIGITS else format(value, "f")
    elif isinstance(value, int | str) and not isinstance(value, bool):
        said = str(value).strip()
    else:
        return None
    return Decimal(said) if _AMOUNT.fullmatch(said) else None


def minor(value: object, in_currency: str, *, decimals: int = 0) -> int | None:
    """Return an amount of major units as minor ones, halves up; `decimals`: so many places it was shifted to the left."""
    found = amount(value)
    if found is None:
        return None
    return round_half_up(found.scaleb(exponent(in_currency) - decimals))


def major(amount_minor: int, in_currency: str) -> str:
    """Return minor units as the decimal number that JSON strings carry: 200.00, 20000 of a currency without decimals."""
    return format(Decimal(amount_minor).scaleb(-exponent(in_currency)), "f")
