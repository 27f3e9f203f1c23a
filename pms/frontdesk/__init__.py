"""The pages of the front desk: tape chart, day board, bookings. No tables, no rules."""
