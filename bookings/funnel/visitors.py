"""Knowing a visitor again for a day, so that what may be held is counted for a person and not for a whole office.

One signed cookie of the site itself, set at the first page: a random number and when it was drawn, nothing else. No page
reads it but to count holds (guards.py), where only its keyed hash is kept, for two days (docs/abuse-and-funnel.md).
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from secrets import token_hex
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

COOKIE = "visitor"
GOOD_FOR = timedelta(days=1)
_SALT = "innkeep.funnel.visitor"


def visitor_of(request: HttpRequest) -> str:
    """Return the number in the visitor's cookie; empty without one, or where it was not signed here or is too old."""
    kept = request.get_signed_cookie(COOKIE, default="", salt=_SALT, max_age=GOOD_FOR)
    return str(kept or "")


def remembers(view: View[P]) -> View[P]:
    """Give who reads a page for the first time a cookie to be known again by; the page is cached for nobody else."""

    @wraps(view)
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        answer = view(request, *args, **kwargs)
        patch_vary_headers(answer, ["Cookie"])
        if request.method == "GET" and not visitor_of(request):
            answer.set_signed_cookie(
                COOKIE,
                token_hex(16),
                salt=_SALT,
                max_age=GOOD_FOR,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return answer

    return cast("View[P]", page)
