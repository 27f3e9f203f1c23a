"""What the frame of a guest's page needs."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.functional import SimpleLazyObject

from pms.branding.selectors import look


def guest_frame(request: HttpRequest) -> dict[str, Any]:
    """Offer the look and this page's address in every language; nothing is read until a template asks."""
    kept = SimpleLazyObject(look)
    return {"look": kept, "tongues": SimpleLazyObject(lambda: _tongues(request, kept))}


def _tongues(request: HttpRequest, kept: Any) -> list[dict[str, str]]:
    named = dict(settings.LANGUAGES)
    here = request.get_full_path()
    return [
        {
            "code": code,
            "name": str(named[code]),
            "path": translate_url(here, code),
            "address": request.build_absolute_uri(translate_url(request.path, code)),
        }
        for code in kept.languages
        if code in named
    ]
