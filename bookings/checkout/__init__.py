"""A guest's way from an offer to a paid booking: hold, extras, details, payment, confirmation."""
