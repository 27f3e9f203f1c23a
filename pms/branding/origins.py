"""Which sites may show the widget."""

import re
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

_HOST = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*"
#: Encrypted, unless it is a developer's own machine.
_ORIGIN = re.compile(rf"(https://{_HOST}|http://([a-z0-9-]+\.)?localhost|http://127\.0\.0\.1)(:\d{{1,5}})?")


def validate_origin(origin: str) -> None:
    """Refuse what is not scheme, host and port alone, as browsers write it: it goes into a header as it stands.

    An address with letters of its own is written as the network knows it (xn--...).
    """
    if not _ORIGIN.fullmatch(origin) or not _has_a_port(origin):
        sentence = "Write the address in small letters and without a path, such as https://www.example.com."
        raise ValidationError(sentence, code="bad_origin")


def _has_a_port(origin: str) -> bool:
    """Return whether the port is one, or left out."""
    try:
        return urlsplit(origin).port != 0
    except ValueError:
        return False
