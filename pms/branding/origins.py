"""Which sites may show the widget."""

from urllib.parse import urlsplit

from django.core.exceptions import ValidationError


def validate_origin(origin: str) -> None:
    """Refuse what is not scheme and host alone: it goes into a header as it stands."""
    parts = urlsplit(origin)
    plain = parts.scheme in {"https", "http"} and origin == f"{parts.scheme}://{parts.netloc}" and parts.hostname
    if not plain or not all(each.isalnum() or each in "-.:[]" for each in parts.netloc):
        raise ValidationError("Write the address without a path, such as https://www.example.com.", code="bad_origin")
