from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "guests.messaging"
    label = "messaging"
