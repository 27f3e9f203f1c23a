"""Razorpay: orders and its hosted checkout (razorpay.com/docs/api). Cards, UPI, wallets and net banking in India.

An order is not idempotent there: it is looked for by its receipt, which is our payment's id, before it is made.
"""

from billing.payments.providers.razorpay.provider import RazorpayProvider

provider = RazorpayProvider()
