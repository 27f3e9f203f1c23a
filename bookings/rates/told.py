"""How dates, numbers and changes are told in refusals and steps."""

from datetime import date
from decimal import Decimal

from pms.kernel.money import exponent


def day_name(day: date) -> str:
    """Return a date as sentences say it: 3 December 2026."""
    return f"{day:%-d %B %Y}"


def counted(number: int, word: str) -> str:
    """Return a number of things: 1 night, 2 nights."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def spoken(percent: int | None, amount_minor: int, currency: str) -> str:
    """Return a change as a person writes it: "+25 %", "-10.00", or both. Percent in thousandths of a per cent."""
    said = []
    if percent is not None:
        said.append(f"{Decimal(percent).scaleb(-3).normalize():+f} %")
    if amount_minor or percent is None:
        said.append(f"{Decimal(amount_minor).scaleb(-exponent(currency)):+,f}")
    return ", ".join(said)
