from django.apps import AppConfig


class RatesConfig(AppConfig):
    name = "bookings.rates"
    label = "rates"
