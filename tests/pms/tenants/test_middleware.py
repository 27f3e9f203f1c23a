"""Every host leads to one organization, or nowhere."""

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from pms.kernel.actors import Actor
from pms.kernel.tenancy import current_schema, tenant_connection
from pms.tenants import hosts
from pms.tenants.middleware import TenantMiddleware
from pms.tenants.models import Domain
from pms.tenants.services import domain_add, organization_resume, organization_suspend

SYSTEM = Actor.system("tests")


def ask(host, **headers):
    """Return the response of a view that says where it was."""

    def view(request):
        with connection.cursor() as cursor:
            cursor.execute("SHOW search_path")
            path = cursor.fetchone()[0]
        return HttpResponse(f"{request.tenant.slug} {path} {getattr(request, 'urlconf', '')}")

    schema = current_schema()
    response = TenantMiddleware(view)(RequestFactory().get("/", headers={"host": host, **headers}))
    tenant_connection.set_schema(schema)
    return response


@pytest.mark.parametrize(
    "host", ["hotel-a.localhost", "hotel-a.localhost:8000", "HOTEL-A.localhost", "hotel-a.localhost."]
)
def test_a_host_leads_to_its_schema(hotel_a, host):
    assert ask(host).content == b"hotel-a hotel_a, public "


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1"])
def test_the_public_host_needs_no_row(db, host):
    assert ask(host).content == b"public public config.urls_public"


def test_an_unknown_host_answers_404(db):
    answer = ask("otto.localhost")
    assert answer.status_code == 404
    assert "No hotel answers here" in answer.content.decode()


def test_an_unknown_host_tells_a_program(db):
    answer = ask("otto.localhost", accept="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_a_host_that_is_not_allowed_answers_400(db):
    assert ask("evil.example").status_code == 400


def test_a_suspended_organization_answers_a_plain_page(hotel_a):
    organization_suspend(organization=hotel_a, actor=SYSTEM)
    answer = ask("hotel-a.localhost")
    assert answer.status_code == 403
    assert "This account is suspended" in answer.content.decode()
    organization_resume(organization=hotel_a, actor=SYSTEM)
    assert ask("hotel-a.localhost").status_code == 200


def test_a_host_is_asked_for_once(hotel_a, hotel_b):
    ask("hotel-a.localhost")
    with CaptureQueriesContext(connection) as asked:
        assert ask("hotel-a.localhost").content.startswith(b"hotel-a hotel_a")
    assert [query["sql"] for query in asked if "tenants_domain" in query["sql"]] == []


def test_what_is_remembered_is_not_for_ever(hotel_a, monkeypatch):
    ask("hotel-a.localhost")
    Domain.objects.filter(domain="hotel-a.localhost").delete()
    assert ask("hotel-a.localhost").status_code == 200
    now = hosts.monotonic()
    monkeypatch.setattr(hosts, "monotonic", lambda: now + hosts.REMEMBERED_SECONDS + 0.1)
    assert ask("hotel-a.localhost").status_code == 404


def test_a_stranger_is_not_remembered(hotel_a):
    assert ask("new.localhost").status_code == 404
    domain_add(organization=hotel_a, host="new.localhost", actor=SYSTEM)
    assert ask("new.localhost").status_code == 200
    assert "otto.localhost" not in hosts._remembered


def test_a_request_may_change_its_own_copy(hotel_a):
    first = hosts.organization_at("hotel-a.localhost")
    first.name = "Changed"
    assert hosts.organization_at("hotel-a.localhost").name == hotel_a.name


def test_the_search_path_is_set_once_per_request(hotel_a, hotel_b):
    """TENANT_LIMIT_SET_CALLS: switching sets the path with the next query, and only with that."""
    with CaptureQueriesContext(connection) as asked:
        tenant_connection.set_tenant(hotel_a)
        for _ in range(3):
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        tenant_connection.set_tenant(hotel_b)
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_schema()")
            assert cursor.fetchone() == ("hotel_b",)
        tenant_connection.set_schema_to_public()
    paths = [query["sql"] for query in asked if "search_path" in query["sql"]]
    assert paths == ['SET search_path = "hotel_a","public"', 'SET search_path = "hotel_b","public"']


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_switch_is_made_again(hotel_a, hotel_b):
    """A SET inside a transaction is undone with it; the next query must not believe in it."""
    tenant_connection.set_tenant(hotel_a)
    with transaction.atomic():
        tenant_connection.set_tenant(hotel_b)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        assert cursor.fetchone() == ("hotel_b",)
    tenant_connection.set_schema_to_public()
