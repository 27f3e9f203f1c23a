"""A stand-in for Stripe: what a hotel needs of its API, its hosted checkout page and its webhooks.

Not here: prices and subscriptions, transfers between accounts, payment methods other than cards.
"""

#: The version the official SDK of requirements.txt speaks (stripe 16.1.0); a test holds the two together.
API_VERSION = "2026-10-28.endive"
