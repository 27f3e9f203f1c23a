from django.apps import AppConfig


class WebsiteConfig(AppConfig):
    name = "bookings.website"
    label = "website"
