from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "pms.accounts"
    label = "accounts"
