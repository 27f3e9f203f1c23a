from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "channels.sync"
    label = "sync"
    verbose_name = "Channel sync"
