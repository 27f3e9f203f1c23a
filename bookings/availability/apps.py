from django.apps import AppConfig


class AvailabilityConfig(AppConfig):
    name = "bookings.availability"
    label = "availability"
