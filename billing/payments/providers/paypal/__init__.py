"""PayPal: Orders v2 and Payments v2 (developer.paypal.com). The guest approves, we capture: an order is no money."""

from billing.payments.providers.paypal.provider import PayPalProvider

provider = PayPalProvider()
