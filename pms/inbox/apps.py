from django.apps import AppConfig


class InboxConfig(AppConfig):
    name = "pms.inbox"
    label = "inbox"
    verbose_name = "Inbound messages"
