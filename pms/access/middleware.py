"""Puts `request.access` on every request and sends strangers to the sign-in page."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from pms.access.errors import SignInNeeded
from pms.access.guards import access_of


class AccessMiddleware:
    """Sets `request.access` (lazy, one query at most) and answers SignInNeeded with the way to the sign-in page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.__dict__["access"] = SimpleLazyObject(lambda: access_of(request))
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Send a stranger to sign in: a browser comes back to the page it asked for, htmx reloads as a whole."""
        if not isinstance(exception, SignInNeeded) or request.headers.get("Accept", "").startswith("application/json"):
            return None
        back = request.get_full_path() if request.method == "GET" else "/"
        htmx = getattr(request, "htmx", None)
        if htmx:
            sign_in = redirect_to_login(htmx.current_url_abs_path or "/", str(settings.LOGIN_URL))
            return HttpResponse(status=204, headers={"HX-Redirect": sign_in["Location"]})
        return redirect_to_login(back, str(settings.LOGIN_URL))
