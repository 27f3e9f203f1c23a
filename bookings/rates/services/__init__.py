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
    quota_lock,
)
from bookings.rates.services.importing import file_receive, file_save
from bookings.rates.services.offers import extra_save, promotion_save
from bookings.rates.services.plans import plan_save
from bookings.rates.services.previewing import change_preview
from bookings.rates.services.prices import (
    base_price_remove,
    base_price_save,
    price_rule_remove,
    price_rule_save,
    season_remove,
    season_save,
)
from bookings.rates.services.quoting import explain, offer_for, quote
from bookings.rates.services.terms import payment_terms_save, policy_save

__all__ = [
    "Cell",
    "ChangePreview",
    "RollBackPreview",
    "base_price_remove",
    "base_price_save",
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
    "extra_save",
    "file_receive",
    "file_save",
    "offer_for",
    "payment_terms_save",
    "plan_save",
    "policy_save",
    "price_rule_remove",
    "price_rule_save",
    "promotion_count",
    "promotion_lock",
    "promotion_save",
    "quota_lock",
    "quote",
    "rates_change",
    "season_remove",
    "season_save",
]
