"""What a production needs and does not have yet, said in one go: `manage.py check --deploy`, and at every start."""

from base64 import b64decode
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as Caution

from config.env import PRODUCTION
from pms.kernel.encryption import unusable_keys

SHORTEST_SECRET = 40
SHORTEST_TOKEN = 24
NOT_SENDING = ("console", "dummy", "locmem", "filebased")


@register("innkeep")
def production_is_complete(**_: Any) -> list[CheckMessage]:
    """Name every setting without which a production would be unsafe or mute; nothing outside production."""
    return missing_for_production() if PRODUCTION else []


def missing_for_production() -> list[CheckMessage]:
    """Return what the settings lack for a production."""
    found: list[CheckMessage] = []
    if len(settings.SECRET_KEY) < SHORTEST_SECRET or settings.SECRET_KEY.startswith("development"):
        found.append(
            Error(
                "SECRET_KEY is too short to be a secret.",
                hint="python3 -c 'import secrets; print(secrets.token_urlsafe(50))'",
                id="innkeep.E001",
            )
        )
    if settings.DEBUG:
        found.append(Error("DEBUG is on: every error would show the source.", hint="Unset DEBUG.", id="innkeep.E002"))
    if settings.BASE_DOMAIN == "localhost":
        found.append(
            Error(
                "BASE_DOMAIN is not set: no organization could be reached.",
                hint="BASE_DOMAIN=example.com makes https://lusitania.example.com/",
                id="innkeep.E003",
            )
        )
    if any(word in settings.EMAIL_BACKEND for word in NOT_SENDING):
        found.append(
            Error(
                "EMAIL_URL is not set: invitations and passwords would reach nobody.",
                hint="EMAIL_URL=smtp+tls://user:password@smtp.example.com:587",
                id="innkeep.E004",
            )
        )
    if ".test" in settings.DEFAULT_FROM_EMAIL:
        found.append(
            Error(
                "DEFAULT_FROM_EMAIL is not set: mail servers would refuse the sender.",
                hint='DEFAULT_FROM_EMAIL="Innkeep <noreply@example.com>"',
                id="innkeep.E005",
            )
        )
    if unusable_keys(settings.ENCRYPTION_KEYS) or any(_is_development(key) for key in settings.ENCRYPTION_KEYS):
        found.append(
            Error(
                "ENCRYPTION_KEYS holds something that is no key: the hotels' secrets could not be kept.",
                hint='python3 -c "import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())"',
                id="innkeep.E006",
            )
        )
    if 0 < len(settings.METRICS_TOKEN) < SHORTEST_TOKEN:
        found.append(
            Error(
                "METRICS_TOKEN is too short to be a secret.",
                hint="python3 -c 'import secrets; print(secrets.token_urlsafe(32))'",
                id="innkeep.E007",
            )
        )
    if not settings.SECURE_SSL_REDIRECT:
        found.append(Caution("SECURE_SSL_REDIRECT is off: pages are served without TLS, too.", id="innkeep.W001"))
    if "*" in settings.ALLOWED_HOSTS:
        # Hosts are checked against the organizations' domains; a proxy that passes any host on is still worth a word.
        found.append(
            Caution(
                "ALLOWED_HOSTS is not set: hosts that belong to nobody reach the application, which answers 404.",
                hint="ALLOWED_HOSTS=.example.com,hotel-lusitania.example",
                id="innkeep.W002",
            )
        )
    return found


def _is_development(key: str) -> bool:
    return b64decode(key, altchars=b"-_").startswith(b"development")
