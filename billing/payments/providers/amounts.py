"""Between our minor units (CLDR: what people count in) and those that providers count in (T36)."""

from decimal import Decimal

from billing.payments.providers.base import ProviderError
from pms.kernel.money import Money, exponent

#: ISO 4217 currencies without decimals, as Stripe and Razorpay count them.
_WHOLE = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
#: Three decimals, the last of which is always zero at the card schemes.
_THREE = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])


def provider_exponent(currency: str) -> int:
    """Return how many decimals the card providers count for currency."""
    return 0 if currency in _WHOLE else 3 if currency in _THREE else 2


def to_provider(amount: Money) -> int:
    """Return amount as an integer of the provider's units.

    Raises ProviderError `amount_not_payable` where cards know no such fraction: three-decimal currencies end in a zero,
    and what people count whole (ISK, UGX) is sent with two zeros.
    """
    return _whole(amount, provider_exponent(amount.currency), 10 if amount.currency in _THREE else 1)


def from_provider(units: int, currency: str) -> Money:
    """Return the provider's units as Money. Raises ProviderError `amount_not_payable` for a fraction we do not count."""
    code = currency.upper()
    return _counted(Decimal(units).scaleb(-provider_exponent(code)), code)


def to_decimal(amount: Money, *, whole: frozenset[str]) -> str:
    """Return amount as a decimal text of major units, such as "10.00"; without decimals for currencies in `whole`."""
    digits = 0 if amount.currency in whole else 2
    units = _whole(amount, digits, 1)
    return f"{Decimal(units).scaleb(-digits):.{digits}f}"


def from_decimal(text: str, currency: str) -> Money:
    """Return a decimal text of major units as Money."""
    return _counted(Decimal(text), currency.upper())


def _whole(amount: Money, digits: int, step: int) -> int:
    units = amount.amount.scaleb(digits)
    if units != units.to_integral_value() or int(units) % step:
        raise ProviderError(
            permanent=True, code="amount_not_payable", message=f"Cards know no such fraction of {amount.currency}."
        )
    return int(units)


def _counted(major: Decimal, currency: str) -> Money:
    minor = major.scaleb(exponent(currency))
    if minor != minor.to_integral_value():
        raise ProviderError(
            permanent=True, code="amount_not_payable", message=f"{major} {currency} has more decimals than we count."
        )
    return Money(int(minor), currency)
