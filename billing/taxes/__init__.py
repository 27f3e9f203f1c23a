"""What the law and the house add to a price: taxes with their rates by date, fees, and the calculator. Not: folios."""
