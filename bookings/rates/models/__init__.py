"""Rate plans, prices, rules, restrictions, policies, extras, promotions, and the changes made to them."""

from bookings.rates.models.changes import RateChange, RateChangeCell
from bookings.rates.models.files import RateFile, RateFileRow
from bookings.rates.models.offers import Extra, ExtraDay, Promotion
from bookings.rates.models.plans import BasePrice, DailyPrice, PlanChannel, PlanComponent, RatePlan
from bookings.rates.models.policies import CancellationPolicy, CancellationTier, PaymentTerms
from bookings.rates.models.rules import PriceRule, Restriction, Season, SeasonPrice

__all__ = [
    "BasePrice",
    "CancellationPolicy",
    "CancellationTier",
    "DailyPrice",
    "Extra",
    "ExtraDay",
    "PaymentTerms",
    "PlanChannel",
    "PlanComponent",
    "PriceRule",
    "Promotion",
    "RateChange",
    "RateChangeCell",
    "RateFile",
    "RateFileRow",
    "RatePlan",
    "Restriction",
    "Season",
    "SeasonPrice",
]
