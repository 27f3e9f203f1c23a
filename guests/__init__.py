"""The people who sleep here, and what we say to them."""
