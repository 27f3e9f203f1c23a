"""The use cases that compose inventory, reservations, profiles and housekeeping in one transaction. No tables."""
