"""Both back offices: another organization's session and rows, and everybody without a business there."""

from itertools import product
from typing import Any

import pytest
from django.urls import reverse
from django_tenants.utils import schema_context

from pms.access.selectors import access_for
from pms.access.sites import hotel_site
from pms.accounts.models import Membership, User
from pms.kernel.jobs import run_in_tenant
from pms.tenants.sites import platform_site
from tests.conftest import PASSWORD

HOTEL = [(model._meta.app_label, model._meta.model_name) for model in hotel_site._registry]
PLATFORM = [(model._meta.app_label, model._meta.model_name) for model in platform_site._registry]
PAGES = ("changelist", "add")


def hotel_page(app: str, model: str, what: str, *args: Any) -> str:
    return reverse(f"hotel:{app}_{model}_{what}", urlconf="config.urls_tenant", args=args)


def platform_page(app: str, model: str, what: str, *args: Any) -> str:
    return reverse(f"platform:{app}_{model}_{what}", urlconf="config.urls_public", args=args)


@pytest.fixture
def pia(db: None) -> User:
    """One of the platform's own staff, who works for no organization."""
    return User.objects.create_superuser("pia@innkeep.test", PASSWORD, name="Pia")


def test_stranger_and_other_organization_are_sent_to_sign_in(client_for, hotel_a, hotel_b, otto, booked):
    for client in (client_for(None, hotel_a), client_for(otto, hotel_b)):
        for (app, model), what in product(HOTEL, PAGES):
            answer = client.get(hotel_page(app, model, what), headers={"host": "hotel-a.localhost"})
            assert answer.status_code == 302
            assert answer["Location"].startswith(("/hotel-admin/login/", "/accounts/login/"))


def test_rows_of_another_organization_are_not_there(client_for, hotel_b, otto, booked, fingerprint):
    client, before, tried = client_for(otto, hotel_b), fingerprint("hotel_a"), 0
    for model in hotel_site._registry:
        row = model._default_manager.order_by("-pk").first()
        with schema_context("hotel_b"):
            if row is None or model._default_manager.filter(pk=row.pk).exists():
                continue  # nothing of it in these tests' house, or hotel_b has a row of the same number, its own
        tried += 1
        for what, method in product(("change", "delete"), (client.get, client.post)):
            answer = method(hotel_page(model._meta.app_label, model._meta.model_name, what, row.pk))
            assert answer.status_code == 403 or answer["Location"] == "/hotel-admin/", model
    assert tried >= 8
    assert fingerprint("hotel_a") == before


@pytest.mark.parametrize("name", ["hana", "felix", "mia"])
def test_page_opens_exactly_for_who_holds_its_permission(client_for, hotel_a, request, booked, name):
    user = request.getfixturevalue(name)
    access, client = access_for(user=user), client_for(user, hotel_a)
    for model, page in hotel_site._registry.items():
        answer = client.get(hotel_page(model._meta.app_label, model._meta.model_name, "changelist"))
        inside = access.allows(page.view_permission) and name != "hana"
        assert answer.status_code == (200 if inside else 302 if name == "hana" else 403), model


def test_housekeeping_reads_that_the_back_office_is_not_theirs(client_for, hotel_a, hana):
    answer = client_for(hana, hotel_a).get("/hotel-admin/", follow=True)
    assert answer.status_code == 403
    assert "not part of your roles" in answer.content.decode()


@pytest.mark.parametrize(("app", "model"), PLATFORM)
def test_platform_is_for_its_staff_only(client_for, olivia, pia, app, model):
    for what in PAGES:
        path = platform_page(app, model, what)
        assert client_for(None).get(path).status_code == 302
        assert client_for(olivia).get(path, follow=True).status_code == 403
    assert client_for(pia).get(platform_page(app, model, "changelist")).status_code == 200


def test_platform_is_not_on_an_organizations_host(client_for, hotel_a, olivia, pia):
    assert client_for(olivia, hotel_a).get("/platform/").status_code == 404
    assert client_for(pia, hotel_a).get("/hotel-admin/").status_code == 302


def test_platform_staff_who_joins_a_hotel_is_nothing_special_there(client_for, hotel_a, pia):
    Membership.objects.create(user=pia, organization=hotel_a)
    answer = client_for(pia, hotel_a).get("/hotel-admin/", follow=True)
    assert answer.status_code == 403


def test_platform_makes_an_organization_with_its_first_administrator(client_for, pia, mailoutbox):
    fields = {"name": "Hotel C", "slug": "hotel-c", "admin_email": "carla@hotel-c.test"}
    answer = client_for(pia).post(platform_page("tenants", "organization", "add"), fields)
    assert answer.status_code == 302
    run_in_tenant("pms.access.jobs.send_invitations", "hotel_c", {})
    assert [mail.to for mail in mailoutbox] == [["carla@hotel-c.test"]]
    assert "hotel-c.localhost" in mailoutbox[0].body


def test_taken_name_of_an_organization_is_a_form_error(client_for, pia, hotel_a):
    answer = client_for(pia).post(platform_page("tenants", "organization", "add"), {"name": "X", "slug": "platform"})
    assert answer.status_code == 200
    assert "kept for Innkeep itself" in answer.content.decode()
