"""Tidying up."""

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone


def clear_sessions() -> None:
    """Delete expired sessions of this schema, and the entries of session lists that no session stands behind."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
