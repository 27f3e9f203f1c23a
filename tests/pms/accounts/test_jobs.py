"""Expired sessions go, schema by schema."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.utils import timezone
from django_tenants.utils import schema_context

from pms.kernel.jobs import run_in_tenant


def keep_session(key: str, expires_at: datetime) -> None:
    Session.objects.create(session_key=key, session_data="", expire_date=expires_at)


def test_expired_sessions_go_and_live_ones_stay(in_tenant: Any, hotel_b: Any) -> None:
    now = timezone.now()
    keep_session("old", now - timedelta(minutes=1))
    keep_session("live", now + timedelta(minutes=1))
    with schema_context(hotel_b.schema_name):
        keep_session("elsewhere", now - timedelta(minutes=1))

    run_in_tenant("pms.accounts.jobs.clear_sessions", in_tenant.schema_name, {})

    assert list(Session.objects.values_list("session_key", flat=True)) == ["live"]
    with schema_context(hotel_b.schema_name):
        assert list(Session.objects.values_list("session_key", flat=True)) == ["elsewhere"]


def test_the_public_host_has_sessions_too(db: None) -> None:
    keep_session("old", timezone.now() - timedelta(minutes=1))
    run_in_tenant("pms.accounts.jobs.clear_sessions", "public", {})
    assert Session.objects.count() == 0
