"""Taxes and rates in words, for previews, lists and the audit."""

from billing.taxes.models import TaxRate
from pms.kernel.money import Money


def rate_sentence(rate: TaxRate, currency: str) -> str:
    """Return a rate as a person reads it: "12% from 1 January 2026"."""
    amount = Money(rate.amount_minor or 0, currency)
    value = str(amount) if rate.percent is None else f"{rate.percent.normalize():f}%"
    parts = [value]
    if rate.price_from_minor:
        parts.append(f"from a price of {Money(rate.price_from_minor, currency)}")
    if rate.price_until_minor is not None:
        parts.append(f"below a price of {Money(rate.price_until_minor, currency)}")
    if rate.age_from:
        parts.append(f"from the age of {rate.age_from}")
    if rate.nights_cap:
        parts.append(f"for {rate.nights_cap} nights")
    parts.append(f"from {_day(rate.first)}" + (f" to {_day(rate.last)}" if rate.last else ""))
    return " ".join(parts) if len(parts) == 2 else ", ".join(parts)


def _day(day: object) -> str:
    return f"{day:%d %B %Y}".lstrip("0")
