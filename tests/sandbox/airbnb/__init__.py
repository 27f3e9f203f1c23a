"""A channel with Airbnb's ways, ours and unproven: there is no public document of its interface.

What is known by way of others and kept here: OAuth only, one rate for a listing, one kind of minimum stay (arrival),
arrival and departure closed by weekday, one amount for each extra guest, no card, mail by alias, payouts to the host,
inquiries, requests and alterations. Paths, field names and the signature are this stand-in's own.
"""
