"""Versions of prices and restrictions, and files of them, in and out. The calendar of prices is in `rates`."""
