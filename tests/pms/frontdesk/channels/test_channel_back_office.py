"""Channels in the two back offices: to look at, a few fields to change by the service, and the switch of the platform."""

import pytest
from django.urls import reverse
from django.utils import timezone

from channels.connections.models import Connection
from channels.sync.cases import case_open
from channels.sync.enums import CaseKind
from channels.sync.models import ExchangeLog, StoredLetter
from pms.accounts.models import User
from pms.audit.models import AuditEvent
from pms.tenants.models import Organization, Plan
from tests.channels.house import make_connection, sold, sold_room, take

PAGES = ("connections/connection", "sync/case", "sync/storedletter", "sync/bookingmessage", "sync/exchangelog")


@pytest.fixture
def live(property_a):
    row = make_connection(property_a)
    take(row, sold(sold_room(property_a)))
    now = timezone.now()
    case_open(connection=row, kind=CaseKind.NOTICE, subject="x", words="A guest wrote.", now=now)
    StoredLetter.objects.create(connection=row, body=b"<b>raw</b>", digest="d", came_at=now)
    ExchangeLog.objects.create(connection=row, what="rooms", at=now, status=200)
    return row


@pytest.mark.parametrize("page", PAGES)
def test_every_page_lists_and_shows_its_rows(client_for, mia, in_tenant, live, page):
    from django.apps import apps

    client = client_for(mia, in_tenant)
    assert client.get(f"/hotel-admin/{page}/").status_code == 200
    row = apps.get_model(*page.split("/")).objects.first()
    shown = client.get(f"/hotel-admin/{page}/{row.pk}/change/")
    assert shown.status_code == 200
    assert "<b>raw</b>" not in shown.content.decode()


def test_keys_are_in_no_page(client_for, mia, in_tenant, live):
    Connection.objects.update(sealed="sealed-keys")
    client = client_for(mia, in_tenant)
    assert "sealed-keys" not in client.get(f"/hotel-admin/connections/connection/{live.pk}/change/").content.decode()


def test_how_it_is_sold_is_changed_by_the_service(client_for, mia, in_tenant, live):
    Connection.objects.update(hints={"api_key": {"set_on": "2026-11-01"}})
    form = {
        "name": "Channex two", "fallback_type": live.fallback_type_id, "fallback_plan": live.fallback_plan_id,
        "sold_as": "ota", "company": "", "keep_back": 2, "days_ahead": 90,
        **{f"room_links-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")},
    }  # fmt: skip
    answer = client_for(mia, in_tenant).post(f"/hotel-admin/connections/connection/{live.pk}/change/", form)
    assert answer.status_code == 302
    live.refresh_from_db()
    assert (live.name, live.keep_back, live.days_ahead) == ("Channex two", 2, 90)
    assert AuditEvent.objects.filter(action="connection.changed").exists()


def test_the_list_leads_to_the_wizard(client_for, mia, in_tenant, live):
    client = client_for(mia, in_tenant)
    assert "Connect a channel" in client.get("/hotel-admin/connections/connection/").content.decode()
    address = reverse("hotel:connections_connection_connect", urlconf="config.urls_tenant")
    assert client.get(address)["Location"] == "/desk/channels/new/"


def test_the_platform_switches_channels_for_an_organization(client_for, hotel_a):
    staff = User.objects.create_user("pia@innkeep.test", "correct-horse-battery", name="Pia", is_staff=True)
    plan = Plan.objects.create(code="small", name="Small", channel_manager=False)
    client = client_for(staff)
    form = {"name": hotel_a.name, "plan": plan.pk, "channel_manager": "true"}
    assert client.post(f"/platform/tenants/organization/{hotel_a.pk}/change/", form).status_code == 302
    assert Organization.objects.get(pk=hotel_a.pk).channel_manager is True
