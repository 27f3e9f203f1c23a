from django.apps import AppConfig


class FunnelConfig(AppConfig):
    name = "bookings.funnel"
    label = "funnel"
