from django.apps import AppConfig


class BrandingConfig(AppConfig):
    name = "pms.branding"
    label = "branding"
