"""The rates calendar: prices, restrictions and rooms left by day, and editing them. Not the rules: bookings.rates."""
