"""Calendars of brands that a hotel connects by address alone: feeds with each brand's quirks, and their poll of ours.

Quirks are those of published feeds and bug reports. Smoobu's three events are known by description only: the form is ours.
"""
