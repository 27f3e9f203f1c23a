"""Bookings, reservations, their nights and occupants, and the table of allowed transitions."""
