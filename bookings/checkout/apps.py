from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    name = "bookings.checkout"
    label = "checkout"
