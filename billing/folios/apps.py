from django.apps import AppConfig


class FoliosConfig(AppConfig):
    name = "billing.folios"
    label = "folios"
