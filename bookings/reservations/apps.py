from django.apps import AppConfig


class ReservationsConfig(AppConfig):
    name = "bookings.reservations"
    label = "reservations"
