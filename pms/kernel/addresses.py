"""Addresses of pages as browsers see them, for mails and settings that no request stands behind."""

from django.conf import settings


def address_at(*, host: str, path: str) -> str:
    """Return the whole address of a path (with its leading slash) on a host of ours."""
    port = f":{settings.PUBLIC_PORT}" if settings.PUBLIC_PORT else ""
    return f"{settings.PUBLIC_SCHEME}://{host}{port}{path}"
