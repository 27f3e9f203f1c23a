"""A stand-in for PayPal: tokens, orders, captures, authorisations, refunds, the approval page and its webhooks.

Not here: subscriptions, payouts, cards typed at the hotel, payments without a purchase unit's approval by the payer.
"""
