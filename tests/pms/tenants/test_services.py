"""Organizations are made whole or not at all."""

import pytest
from django.db import connection
from django_tenants.utils import schema_context

from pms.access.models import Role
from pms.audit.models import AuditEvent
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.tenancy import current_schema
from pms.tenants import provisioning
from pms.tenants.models import Domain, Organization
from pms.tenants.services import domain_add, organization_create, organization_resume, organization_suspend

OLIVIA = Actor.system("Olivia")


def schemas():
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace")
        return {name for (name,) in cursor.fetchall()}


def test_it_works(db):
    organization = organization_create(slug="grand-hotel", name="Grand Hotel", actor=OLIVIA)
    assert organization.schema_name == "grand_hotel"
    assert list(organization.domains.values_list("domain", "is_primary")) == [("grand-hotel.localhost", True)]
    assert current_schema() == "public"
    with schema_context("grand_hotel"):
        assert Role.objects.filter(code="administrator").count() == 1
        first = AuditEvent.objects.earliest("pk")
        assert (first.action, first.actor_label) == ("organization.created", "Olivia")


def test_it_leaves_the_connection_where_it_was(in_tenant):
    organization_create(slug="grand-hotel", name="Grand Hotel", actor=OLIVIA)
    assert current_schema() == in_tenant.schema_name


def test_a_taken_name_is_refused(hotel_a):
    with pytest.raises(Conflict) as refusal:
        organization_create(slug=hotel_a.slug, name="Another", actor=OLIVIA)
    assert refusal.value.code == "slug_taken"


def test_a_schema_of_somebody_else_is_refused(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA grand_hotel")
    with pytest.raises(Conflict) as refusal:
        organization_create(slug="grand-hotel", name="Grand Hotel", actor=OLIVIA)
    assert refusal.value.code == "slug_taken"
    assert not Organization.objects.filter(slug="grand-hotel").exists()


@pytest.mark.parametrize(
    ("slug", "code"),
    [
        ("Grand", "bad_slug"),
        ("a", "bad_slug"),
        ("grand_hotel", "bad_slug"),
        ("-grand", "bad_slug"),
        ("grand-", "bad_slug"),
        ("grand\n", "bad_slug"),
        ("pg-catalog", "bad_slug"),
        ("x" * 41, "bad_slug"),
        ("public", "reserved_slug"),
        ("information-schema", "reserved_slug"),
        ("www", "reserved_slug"),
    ],
)
def test_a_bad_name_is_refused(db, slug, code):
    with pytest.raises(Invalid) as refusal:
        organization_create(slug=slug, name="Grand Hotel", actor=OLIVIA)
    assert refusal.value.code == code


def test_a_step_that_fails_undoes_everything(db, monkeypatch):
    def fail(_made):
        raise RuntimeError("no")

    monkeypatch.setitem(provisioning._steps, "failing", fail)
    with pytest.raises(RuntimeError):
        organization_create(slug="grand-hotel", name="Grand Hotel", actor=OLIVIA)
    assert not Organization.objects.filter(slug="grand-hotel").exists()
    assert "grand_hotel" not in schemas()


def test_a_step_hears_of_the_administrator(db, monkeypatch):
    heard: list[provisioning.Provisioning] = []
    monkeypatch.setitem(provisioning._steps, "listening", heard.append)
    organization_create(slug="grand-hotel", name="Grand", actor=OLIVIA, admin_email="olivia@grand.test")
    assert [(made.organization.slug, made.admin_email) for made in heard] == [("grand-hotel", "olivia@grand.test")]


def test_suspending_and_resuming_are_idempotent(hotel_a):
    first = organization_suspend(organization=hotel_a, actor=OLIVIA).suspended_at
    assert first is not None
    assert organization_suspend(organization=hotel_a, actor=OLIVIA).suspended_at == first
    assert organization_resume(organization=hotel_a, actor=OLIVIA).suspended_at is None
    assert organization_resume(organization=hotel_a, actor=OLIVIA).suspended_at is None


def test_a_host_is_added_once(hotel_a, hotel_b):
    domain_add(organization=hotel_a, host="Booking.Hotel-A.example.", actor=OLIVIA)
    assert Domain.objects.get(domain="booking.hotel-a.example").is_primary is False
    assert hotel_a.domains.get(is_primary=True).domain == "hotel-a.localhost"
    with pytest.raises(Conflict) as refusal:
        domain_add(organization=hotel_b, host="booking.hotel-a.example", actor=OLIVIA)
    assert refusal.value.code == "host_taken"


@pytest.mark.parametrize("host", ["", "hotel", "hotel..example", "hotel.example:80", "-a.example", "a.example/x"])
def test_a_bad_host_is_refused(hotel_a, host):
    with pytest.raises(Invalid) as refusal:
        domain_add(organization=hotel_a, host=host, actor=OLIVIA)
    assert refusal.value.code == "bad_host"
