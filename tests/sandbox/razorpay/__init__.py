"""A stand-in for Razorpay: orders, payments, refunds, its checkout page and its webhooks.

Not here: payment links, subscriptions, settlements, payment methods other than cards.
"""
