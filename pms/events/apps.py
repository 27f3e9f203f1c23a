from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "pms.events"
    label = "events"
