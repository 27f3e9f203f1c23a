"""A stand-in for Channex: one API in front of Booking.com, Airbnb and Expedia, which are extranets of this process.

Written from its public documentation (API v1, 2025-07 and later pages where they say more). Not here: groups, users,
photos, facilities, taxes, rate plans derived from a parent, reviews, its channel API (the control interface connects
OTAs), and card numbers in the clear.
"""
