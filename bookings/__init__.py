"""What is sold: rates, availability, reservations and their life."""
