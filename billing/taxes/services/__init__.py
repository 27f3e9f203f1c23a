"""What changes the taxes and fees of a property."""

from billing.taxes.services.applying import RegimeChange, regime_apply, regime_preview
from billing.taxes.services.saving import fee_save, rate_save, rates_save, settings_save, tax_save

__all__ = [
    "RegimeChange",
    "fee_save",
    "rate_save",
    "rates_save",
    "regime_apply",
    "regime_preview",
    "settings_save",
    "tax_save",
]
