"""Addresses of pages as browsers see them: whole ones where no request stands behind, paths that many rows lead to."""

from functools import lru_cache

from django.conf import settings
from django.urls import get_urlconf, reverse
from django.utils.translation import get_language


def address_at(*, host: str, path: str) -> str:
    """Return the whole address of a path (with its leading slash) on a host of ours."""
    port = f":{settings.PUBLIC_PORT}" if settings.PUBLIC_PORT else ""
    return f"{settings.PUBLIC_SCHEME}://{host}{port}{path}"


def path_of(name: str, *parts: str) -> str:
    """Return the path of a page in the active language as `reverse` does, remembered for the next who lead there."""
    return _path_of(get_language() or "", get_urlconf(), name, parts)


@lru_cache(maxsize=4_096)
def _path_of(_language: str, urlconf: str | None, name: str, parts: tuple[str, ...]) -> str:
    return reverse(name, urlconf=urlconf, args=parts)
