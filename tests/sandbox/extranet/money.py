"""Amounts as people and messages write them, from integer minor units (ISO 4217: how many digits a currency has)."""

from decimal import Decimal

DIGITS = {"JPY": 0, "KRW": 0, "ISK": 0, "CLP": 0, "VND": 0, "XOF": 0, "KWD": 3, "BHD": 3, "TND": 3, "JOD": 3, "OMR": 3}


def digits(currency: str) -> int:
    return DIGITS.get(currency, 2)


def shown(minor: int, currency: str) -> str:
    """Return "84.50" for 8450 EUR, "8450" for 8450 JPY."""
    return f"{Decimal(minor).scaleb(-digits(currency)):.{digits(currency)}f}"


def minor(amount: str, currency: str) -> int:
    """Return 8450 for "84.50" EUR; ValueError for what is no amount or has more digits than the currency."""
    try:
        scaled = Decimal(amount).scaleb(digits(currency))
    except ArithmeticError:
        raise ValueError(f"{amount} is no amount.") from None
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise ValueError(f"{amount} is no amount of {currency}.")
    return int(scaled)
