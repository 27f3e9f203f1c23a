"""How an organization gets its first bookings: imports from other systems, and the demo. No tables."""
