from django.apps import AppConfig


class ProfilesConfig(AppConfig):
    name = "guests.profiles"
    label = "profiles"
