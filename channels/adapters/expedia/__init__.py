"""Expedia's QuickConnect: AR (rates and counts), BR and BC (bookings), PARR (products), BN (bookings pushed to us)."""
