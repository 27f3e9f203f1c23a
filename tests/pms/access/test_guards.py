"""The questions views ask."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from pms.access.errors import SignInNeeded
from pms.access.guards import access_of, actor_of, permitted, require
from pms.access.models import Grant, Role
from pms.kernel.errors import NotAllowed


def request_of(user: object, **meta: Any) -> HttpRequest:
    request = RequestFactory().get("/desk/", **meta)
    request.user = user  # type: ignore[assignment]
    return request


@permitted("reservation.create")
def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("made")


def test_view_opens_for_a_holder(in_tenant, felix):
    assert page(request_of(felix)).content == b"made"


def test_view_refuses_who_does_not_hold_it(in_tenant, hana):
    with pytest.raises(NotAllowed) as refusal:
        page(request_of(hana))
    assert refusal.value.code == "not_allowed"
    assert "Make bookings" in refusal.value.message


def test_stranger_is_sent_to_sign_in(in_tenant):
    with pytest.raises(SignInNeeded):
        page(request_of(AnonymousUser()))


def test_unknown_permission_is_a_mistake_of_ours():
    with pytest.raises(KeyError):
        permitted("reservation.frobnicate")


def test_grant_at_one_property_does_not_reach_another(in_tenant, hana):
    Grant.objects.filter(user=hana).update(property_code="LIS")
    require(request_of(hana), "housekeeping.update")
    require(request_of(hana), "housekeeping.update", "LIS")
    with pytest.raises(NotAllowed):
        require(request_of(hana), "housekeeping.update", "POR")
    assert access_of(request_of(hana)).property_codes("housekeeping.update") == frozenset({"LIS"})


def test_grants_add_up(in_tenant, hana):
    Grant.objects.create(user=hana, role=Role.objects.get(code="front_desk"), property_code="LIS")
    access = access_of(request_of(hana))
    assert access.allows("reservation.create", "LIS")
    assert not access.allows("reservation.create", "POR")
    assert access.property_codes("desk.view") is None


def test_access_costs_one_query_a_request(in_tenant, felix, django_assert_num_queries):
    request = request_of(felix)
    with django_assert_num_queries(1):
        require(request, "desk.view")
        require(request, "reservation.create", "LIS")


def test_nothing_is_held_on_the_public_host(db, olivia):
    connection.set_schema_to_public()
    assert not access_of(request_of(olivia)).everywhere


@pytest.mark.parametrize(("proxies", "address"), [(0, "10.0.0.9"), (1, "203.0.113.7"), (2, "198.51.100.1")])
def test_address_is_looked_up_behind_our_own_proxies_only(in_tenant, felix, settings, proxies, address):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    request = request_of(felix, REMOTE_ADDR="10.0.0.9", HTTP_X_FORWARDED_FOR="198.51.100.1, 203.0.113.7")
    assert actor_of(request).ip == address
