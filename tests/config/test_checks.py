"""A production says what it lacks, all of it at once."""

import pytest
from cryptography.fernet import Fernet

from config.checks import missing_for_production

COMPLETE = {
    "SECRET_KEY": "s" * 50,
    "ENCRYPTION_KEYS": [Fernet.generate_key().decode()],
    "DEBUG": False,
    "BASE_DOMAIN": "example.com",
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "DEFAULT_FROM_EMAIL": "Innkeep <noreply@example.com>",
    "SECURE_SSL_REDIRECT": True,
    "ALLOWED_HOSTS": [".example.com"],
}


@pytest.fixture
def complete(settings):
    for name, value in COMPLETE.items():
        setattr(settings, name, value)
    return settings


def test_a_complete_production_lacks_nothing(complete):
    assert missing_for_production() == []


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("SECRET_KEY", "short", "innkeep.E001"),
        ("SECRET_KEY", "development-only-not-a-secret-but-quite-long-indeed", "innkeep.E001"),
        ("ENCRYPTION_KEYS", ["short"], "innkeep.E006"),
        ("ENCRYPTION_KEYS", ["ZGV2ZWxvcG1lbnQtb25seS1ub3QtYS1zZWNyZXQtLS0="], "innkeep.E006"),
        ("METRICS_TOKEN", "watch-me", "innkeep.E007"),
        ("DEBUG", True, "innkeep.E002"),
        ("BASE_DOMAIN", "localhost", "innkeep.E003"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "innkeep.E004"),
        ("DEFAULT_FROM_EMAIL", "Innkeep <noreply@innkeep.test>", "innkeep.E005"),
        ("SECURE_SSL_REDIRECT", False, "innkeep.W001"),
        ("ALLOWED_HOSTS", ["*"], "innkeep.W002"),
    ],
)
def test_each_thing_that_is_missing_is_named(complete, name, value, found):
    setattr(complete, name, value)
    assert [message.id for message in missing_for_production()] == [found]
