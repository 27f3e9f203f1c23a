from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "pms.tenants"
    label = "tenants"
