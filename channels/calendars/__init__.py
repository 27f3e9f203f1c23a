"""Calendars of channels, both ways: feeds that are read into stays and closed nights, and our own under secret addresses."""
