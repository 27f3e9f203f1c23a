from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "pms.kernel"
    label = "kernel"
