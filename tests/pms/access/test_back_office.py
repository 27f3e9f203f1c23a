"""The hotel's back office: every page opens for who may see it, saves by services, and is audited."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django_tenants.utils import schema_context

from bookings.availability.models import Block, Closure, InventoryDay
from bookings.rates.models import BasePrice, DailyPrice
from guests.profiles.models import Guest
from pms.access.models import Grant, Role
from pms.access.sites import hotel_site
from pms.audit.models import AuditEvent
from pms.properties.models import Property, RoomType, Unit
from tests.conftest import TODAY

PAGES = [(model._meta.app_label, model._meta.model_name) for model in hotel_site._registry]


def page(app, model, what="changelist", *args):
    return reverse(f"hotel:{app}_{model}_{what}", urlconf="config.urls_tenant", args=args)


@pytest.mark.parametrize(("app", "model"), PAGES)
def test_every_list_and_form_opens_for_the_administrator(client_for, hotel_a, olivia, property_a, app, model):
    client = client_for(olivia, hotel_a)
    assert client.get(page(app, model)).status_code == 200
    admin = next(row for kind, row in hotel_site._registry.items() if kind._meta.model_name == model)
    expected = 200 if getattr(admin, "can_add", False) else 403
    assert client.get(page(app, model, "add")).status_code == expected


def test_dashboard_says_what_a_new_organization_does_first(client_for, hotel_a, olivia):
    body = client_for(olivia, hotel_a).get("/hotel-admin/").content.decode()
    assert "No properties yet" in body
    assert "Add the first one" in body


def test_dashboard_of_a_running_house(client_for, hotel_a, olivia, property_a):
    body = client_for(olivia, hotel_a).get("/hotel-admin/").content.decode()
    assert "Add the first one" not in body
    assert "<b>5</b><span>units</span>" in body


def test_policy_is_relaxed_here_and_nowhere_else(client_for, hotel_a, olivia):
    client = client_for(olivia, hotel_a)
    assert "'unsafe-eval'" in client.get("/hotel-admin/")["Content-Security-Policy"]
    assert "unsafe" not in client.get("/access/matrix/")["Content-Security-Policy"]


def test_property_is_saved_by_the_service(client_for, hotel_a, olivia, in_tenant):
    fields = {
        "name": "Casa Sintra",
        "code": "SIN",
        "kind": "hotel",
        "position": 0,
        "time_zone": "Europe/Lisbon",
        "currency": "EUR",
        "business_date": TODAY.isoformat(),
        "selling_horizon_days": 120,
        "check_in_time": "15:00",
        "check_out_time": "11:00",
        "day_close_time": "06:00",
    }
    answer = client_for(olivia, hotel_a).post(page("properties", "property", "add"), fields)
    assert answer.status_code == 302
    row = AuditEvent.objects.get(action="property.created")
    assert (row.subject_code, row.actor_label, row.actor_user_id) == ("SIN", "Olivia", olivia.pk)
    assert row.ip == "127.0.0.1"


def test_wrong_time_zone_is_a_form_error(client_for, hotel_a, olivia, property_a):
    url = page("properties", "property", "change", property_a.property.pk)
    answer = client_for(olivia, hotel_a).post(url, {"name": "X", "time_zone": "Mars/Olympus"})
    assert answer.status_code == 200
    assert "is not a time zone" in answer.content.decode()


def test_unit_comes_into_service_with_inventory(client_for, hotel_a, olivia, property_a):
    fields = {"room_type": property_a.double.pk, "number": "104", "position": 104, "in_service_from": TODAY.isoformat()}
    answer = client_for(olivia, hotel_a).post(page("properties", "unit", "add"), fields)
    assert answer.status_code == 302
    assert InventoryDay.objects.get(room_type=property_a.double, date=TODAY).capacity == 4
    assert AuditEvent.objects.get(action="unit.created").subject_code == "LIS/104"


def test_second_unit_of_a_number_is_a_form_error(client_for, hotel_a, olivia, property_a):
    fields = {"room_type": property_a.double.pk, "number": "101", "position": 1, "in_service_from": TODAY.isoformat()}
    answer = client_for(olivia, hotel_a).post(page("properties", "unit", "add"), fields)
    assert answer.status_code == 200
    assert "a unit with this number already" in answer.content.decode()
    assert Unit.objects.count() == 5


def test_unit_is_retired_by_the_service(client_for, hotel_a, olivia, property_a):
    unit = property_a.units["103"]
    until = TODAY + timedelta(days=10)
    fields = {"name": "Corner", "floor": "1", "position": 103, "in_service_until": until.isoformat()}
    assert client_for(olivia, hotel_a).post(page("properties", "unit", "change", unit.pk), fields).status_code == 302
    unit.refresh_from_db()
    assert (unit.name, unit.in_service_until) == ("Corner", until)
    assert InventoryDay.objects.get(room_type=property_a.double, date=until).capacity == 2
    actions = AuditEvent.objects.filter(action__startswith="unit.").values_list("action", flat=True)
    assert set(actions) == {"unit.changed", "unit.retired"}


def test_overbooking_limit_reaches_the_nights(client_for, hotel_a, olivia, property_a):
    fields = {"name": "Double", "position": 1, "overbooking_limit": 2}
    fields |= {"base_occupancy": 2, "max_occupancy": 2, "max_adults": 2, "max_children": 1}
    url = page("properties", "roomtype", "change", property_a.double.pk)
    assert client_for(olivia, hotel_a).post(url, fields).status_code == 302
    assert InventoryDay.objects.get(room_type=property_a.double, date=TODAY).overbooking_limit == 2
    assert RoomType.objects.get(pk=property_a.double.pk).overbooking_limit == 2


def test_closure_is_made_and_ended_by_the_services(client_for, hotel_a, felix, property_a):
    client = client_for(felix, hotel_a)
    fields = {"unit": property_a.units["101"].pk, "kind": "out_of_order", "reason": "Boiler"}
    fields |= {"first": TODAY.isoformat(), "until": (TODAY + timedelta(days=2)).isoformat()}
    assert client.post(page("availability", "closure", "add"), fields).status_code == 302
    assert InventoryDay.objects.get(room_type=property_a.double, date=TODAY).free == 2
    closure = Closure.objects.get()
    ticked = {"action": "release", "_selected_action": [closure.pk]}
    assert client.post(page("availability", "closure"), ticked).status_code == 302
    assert InventoryDay.objects.get(room_type=property_a.double, date=TODAY).free == 3


def test_refusal_of_a_service_is_a_form_error(client_for, hotel_a, felix, property_a):
    fields = {"unit": property_a.units["101"].pk, "kind": "out_of_order", "reason": "Boiler"}
    fields |= {"first": TODAY.isoformat(), "until": TODAY.isoformat()}
    answer = client_for(felix, hotel_a).post(page("availability", "closure", "add"), fields)
    assert answer.status_code == 200
    assert "a stay has at least one night" in answer.content.decode()
    assert Closure.objects.count() == 0


def test_block_keeps_rooms(client_for, hotel_a, felix, property_a):
    fields = {"property": property_a.property.pk, "code": "EXPO", "name": "Expo", "rooms": "DBL 2\nSTE 1"}
    fields |= {"arrival": "2026-12-01", "departure": "2026-12-03", "release_on": "2026-11-25"}
    assert client_for(felix, hotel_a).post(page("availability", "block", "add"), fields).status_code == 302
    assert Block.objects.get().nights.count() == 4
    fields |= {"code": "EXPO2", "rooms": "PENTHOUSE 2"}
    answer = client_for(felix, hotel_a).post(page("availability", "block", "add"), fields)
    assert "is not a room type of the property" in answer.content.decode()


def test_prices_are_typed_in_euros_and_fill_a_season(client_for, hotel_a, olivia, property_a):
    client = client_for(olivia, hotel_a)
    fields = {"rate_plan": property_a.rate_plan.pk, "room_type": property_a.double.pk, "price": "129.50"}
    fields |= {"date": "2026-12-01", "until": "2026-12-05"}
    assert client.post(page("rates", "dailyprice", "add"), fields).status_code == 302
    assert list(DailyPrice.objects.values_list("price_minor", flat=True)) == [12950] * 5
    row = BasePrice.objects.get(room_type=property_a.double)
    client.post(page("rates", "baseprice", "change", row.pk), {"price": "110"})
    row.refresh_from_db()
    assert row.price_minor == 11000
    assert AuditEvent.objects.filter(action="price.changed").count() == 1


def test_guest_is_changed_by_the_service(client_for, hotel_a, felix, in_tenant):
    guest = Guest.objects.create(last_name="Lindqvist", first_name="Greta")
    fields = {"last_name": "Lindqvist", "first_name": "Greta", "email": "greta@example.test"}
    assert client_for(felix, hotel_a).post(page("profiles", "guest", "change", guest.pk), fields).status_code == 302
    assert AuditEvent.objects.get(action="guest.changed").changes == {"email": ["", "greta@example.test"]}


def test_djangos_own_log_stays_empty(client_for, hotel_a, olivia, property_a):
    fields = {"code": "pool", "name": "Pool"}
    assert client_for(olivia, hotel_a).post(page("properties", "amenity", "add"), fields).status_code == 302
    assert AuditEvent.objects.get(action="amenity.created").subject_code == "pool"
    with schema_context("public"):
        assert LogEntry.objects.count() == 0


@pytest.fixture
def felix_at_lisbon(in_tenant, felix):
    """Felix as the manager of LIS alone."""
    Grant.objects.filter(user=felix).update(role=Role.objects.get(code="manager"), property_code="LIS")
    return felix


def test_lists_show_the_own_property_only(client_for, hotel_a, felix_at_lisbon, property_a, property_other):
    body = client_for(felix_at_lisbon, hotel_a).get(page("properties", "unit")).content.decode()
    assert body.count("Casa Lisboa") > body.count("Casa Porto") == 0


def test_rows_of_another_property_are_not_there(client_for, hotel_a, felix_at_lisbon, property_a, property_other):
    url = page("properties", "unit", "change", property_other.units["101"].pk)
    client = client_for(felix_at_lisbon, hotel_a)
    assert client.get(url).status_code == 302
    assert client.post(url, {"name": "Mine", "position": 1}).status_code == 302
    assert Unit.objects.get(pk=property_other.units["101"].pk).name == ""


def test_rows_cannot_be_made_at_another_property(client_for, hotel_a, felix_at_lisbon, property_a, property_other):
    fields = {"room_type": property_other.double.pk, "number": "9", "position": 9, "in_service_from": TODAY.isoformat()}
    answer = client_for(felix_at_lisbon, hotel_a).post(page("properties", "unit", "add"), fields)
    assert answer.status_code == 200
    assert "Select a valid choice" in answer.content.decode()
    assert Unit.objects.filter(number="9").count() == 0


def test_new_house_needs_the_permission_everywhere(client_for, hotel_a, felix_at_lisbon, property_a):
    assert client_for(felix_at_lisbon, hotel_a).get(page("properties", "property", "add")).status_code == 403
    assert Property.objects.count() == 1
