"""Guests, companies and agencies: who they are and what we know of them."""
