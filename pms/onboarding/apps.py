from django.apps import AppConfig


class OnboardingConfig(AppConfig):
    name = "pms.onboarding"
    label = "onboarding"
