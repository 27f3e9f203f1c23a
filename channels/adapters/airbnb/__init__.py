"""Airbnb, unproven: our reading of an interface that has no public documents, as our stand-in speaks it."""
