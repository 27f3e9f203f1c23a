from django.apps import AppConfig


class HousekeepingConfig(AppConfig):
    name = "pms.housekeeping"
    label = "housekeeping"
