"""Calendars that channels exchange (RFC 5545), read and written. Pure: no model, no network, no clock."""
