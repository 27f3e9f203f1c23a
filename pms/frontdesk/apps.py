from django.apps import AppConfig


class FrontdeskConfig(AppConfig):
    name = "pms.frontdesk"
    label = "frontdesk"
