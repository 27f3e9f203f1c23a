from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "guests.portal"
    label = "portal"
