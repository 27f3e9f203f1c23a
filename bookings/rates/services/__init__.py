"""Prices and rules: the quote that every price comes from, and the changes that managers make, by hand and by file."""

from bookings.rates.changing import Cell, ChangePreview, RollBackPreview
from bookings.rates.services.changing import (
    change_discard,
    change_draft,
    change_publish,
    change_roll_back,
    change_roll_back_preview,
    rates_change,
)
from bookings.rates.services.counting import (
    extra_days_count,
    extra_days_ensure,
    extra_days_lock,
    promotion_count,
    promotion_lock,
)
from bookings.rates.services.importing import file_receive, file_save
from bookings.rates.services.previewing import change_preview
from bookings.rates.services.quoting import explain, offer_for, quote

__all__ = [
    "Cell",
    "ChangePreview",
    "RollBackPreview",
    "change_discard",
    "change_draft",
    "change_preview",
    "change_publish",
    "change_roll_back",
    "change_roll_back_preview",
    "explain",
    "extra_days_count",
    "extra_days_ensure",
    "extra_days_lock",
    "file_receive",
    "file_save",
    "offer_for",
    "promotion_count",
    "promotion_lock",
    "quote",
    "rates_change",
]
