"""Keeps the list of a user's sessions up to date without a write for every page."""

from collections.abc import Callable
from time import time

from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse

#: How exact "last seen" is.
NOTED_SECONDS = 300
SEEN_AT = "seen_at"


class ActivityMiddleware:
    """Notes that a session is in use, from where and with what, at most every NOTED_SECONDS."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        session = request.session
        if session.session_key and time() - session.get(SEEN_AT, 0) > NOTED_SECONDS and request.user.is_authenticated:
            UserSession.objects.create_from_request(request)
            session[SEEN_AT] = int(time())
        return self.get_response(request)
