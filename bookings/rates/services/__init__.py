"""Prices and rules: the quote that every price comes from, and the changes that managers make."""

from bookings.rates.services.quoting import offer_for, quote

__all__ = ["offer_for", "quote"]
