"""Channex: one JSON interface to many travel sites. Written from its public documentation, as it stood in 2025."""
