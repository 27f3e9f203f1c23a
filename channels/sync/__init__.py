"""Keeping channels and the house the same: what is true goes out, what was sold comes in, exactly once."""
