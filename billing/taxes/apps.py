from django.apps import AppConfig


class TaxesConfig(AppConfig):
    name = "billing.taxes"
    label = "taxes"
    verbose_name = "Taxes and fees"
