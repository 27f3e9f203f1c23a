"""Booking.com's own interface: B.XML and OpenTravel. Proven against recorded messages and our stand-in alone."""
