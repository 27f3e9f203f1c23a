"""Stripe, by its official library: Checkout for guests, PaymentIntents for saved cards (docs.stripe.com/api, 2026-10-28).

Everything is read again after a message: messages come more than once and in any order.
"""

from billing.payments.providers.stripe.provider import StripeProvider

provider = StripeProvider()
