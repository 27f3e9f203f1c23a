"""Rate plans and the price of each night."""
