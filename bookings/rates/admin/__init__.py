"""Back-office pages where managers set up plans, policies, prices, rules, restrictions, extras and promo codes."""

from bookings.rates.admin import cards, changes, days, offers, plans, policies, prices

__all__ = ["cards", "changes", "days", "offers", "plans", "policies", "prices"]
