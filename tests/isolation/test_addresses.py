"""Every address of an organization's host: who declares what, and who gets in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django_tenants.utils import schema_context

from pms.access.models import Grant, Role
from pms.access.permissions import BY_CODE, SYSTEM_ROLES
from pms.frontdesk.money.actions import FOLIO_ACTIONS, STAY_ACTIONS
from pms.frontdesk.operations import OPERATIONS
from pms.properties.models import Unit
from tests.conftest import TODAY
from tests.house import make_house
from tests.isolation.conftest import PUBLIC, TENANT, Address, addresses, values_for

#: Addresses that need no permission: signing in and one's own account, the way in, an invitation's signed link, and
#: what proves itself by a signature.
OPEN_NAMES = {"photo", "logo", "home", "access:join", "go", "inbox:hook", "calendars:file"} | {
    f"payments:{name}" for name in ("pay", "go", "back", "cancelled")
}
OPEN_NAMES |= {row.name for row in addresses(TENANT) if row.name.startswith("portal:")}
ADDRESSES = addresses(TENANT)


def is_account(address: Address) -> bool:
    return address.route.startswith("accounts/")


def is_back_office(address: Address) -> bool:
    return address.name.startswith(("hotel:", "platform:"))


def is_for_guests(address: Address) -> bool:
    """Return whether it is a page that guests see, without a login or behind a signed link."""
    return address.name.startswith(("website:", "checkout:", "portal:", "funnel:"))


def permission_of(address: Address) -> str | None:
    """Return what an address really asks for: what is done at the desk shares a view and names its own in a table."""
    tables = (("desk:reservation-", OPERATIONS), ("desk:folio-", FOLIO_ACTIONS), ("desk:stay-money-", STAY_ACTIONS))
    for prefix, table in tables:
        verb = address.name.removeprefix(prefix)
        if address.name.startswith(prefix) and verb in table:
            return str(table[verb].permission)
    return address.declared


GUARDED = [row for row in ADDRESSES if row.declared]
WITH_PARAMETERS = [row for row in GUARDED if "<" in row.route and "roles/" not in row.route]


@contextmanager
def undone() -> Iterator[None]:
    """Roll back what a request did, so that the next finds the house as it was."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def answers(client: Any, addresses: list[Address], booked: dict[str, Any], **extra: Any) -> Iterator[tuple[str, Any]]:
    """Yield what each address answers to GET and to POST, each undone; a method it does not take is left out."""
    for address in addresses:
        for method in (client.get, client.post):
            with undone():
                answer = method(address.path(values_for(address, booked)), **extra)
            if answer.status_code != 405:
                yield f"{answer.request['REQUEST_METHOD']} {address.name}", answer


def test_every_view_declares_a_permission_or_is_known_to_be_open():
    undeclared = {
        row.name
        for row in ADDRESSES
        if not (row.declared or is_account(row) or is_back_office(row) or is_for_guests(row) or row.name in OPEN_NAMES)
    }
    assert undeclared == set()
    assert {row.declared for row in GUARDED} <= set(BY_CODE)
    assert len(GUARDED) > 30


def test_public_host_has_nothing_but_the_way_in():
    others = {row.name for row in addresses(PUBLIC) if not is_account(row) and not is_back_office(row)}
    assert others == {"home", "go", "inbox:hook", "agreed"}  # the last only leads on to a host that we signed


def test_stranger_is_sent_to_sign_in_from_everywhere(client_for, hotel_a, booked):
    seen = dict(answers(client_for(None, hotel_a), GUARDED, booked))
    assert len(seen) >= len(GUARDED)
    inside = {name for name, answer in seen.items() if not answer.get("Location", "").startswith("/accounts/login/?")}
    assert inside == set()


def test_session_of_another_organization_opens_nothing(client_for, hotel_b, otto, booked, fingerprint):
    client, before = client_for(otto, hotel_b), fingerprint("hotel_a")
    for address in GUARDED:
        for method in (client.get, client.post):
            answer = method(address.path(values_for(address, booked)), headers={"host": "hotel-a.localhost"})
            assert answer.status_code == 405 or answer["Location"].startswith("/accounts/login/"), address.name
    assert fingerprint("hotel_a") == before


def test_codes_of_another_organization_are_not_there(client_for, hotel_b, otto, booked, fingerprint):
    with schema_context("hotel_b"):
        make_house(code="BER", name="Berlin", today=TODAY, horizon_days=30)
        Unit.objects.filter(number="101").update(number="B101")
    client, before = client_for(otto, hotel_b), fingerprint("hotel_a")
    for address in WITH_PARAMETERS:
        for method in (client.get, client.post):
            answer = method(address.path(values_for(address, booked)))
            assert answer.status_code in {404, 405}, f"{address.name}: {answer.status_code}"
    assert fingerprint("hotel_a") == before


@pytest.mark.parametrize("role", SYSTEM_ROLES, ids=[role.code for role in SYSTEM_ROLES])
def test_role_opens_what_it_includes_and_nothing_else(client_for, hotel_a, hana, booked, role):
    Grant.objects.filter(user=hana).update(role=Role.objects.get(code=role.code))
    by_name = {row.name: permission_of(row) for row in GUARDED}
    wrong = []
    for request, answer in answers(client_for(hana, hotel_a), GUARDED, booked):
        included = by_name[request.split()[1]] in role.permissions
        if (answer.status_code == 403) == included or answer.status_code >= 500:
            wrong.append(f"{request} answered {answer.status_code}, {'included' if included else 'not included'}")
    assert wrong == []


def test_role_at_another_property_opens_nothing_here(client_for, hotel_a, felix, booked, property_other, fingerprint):
    Unit.objects.filter(property=property_other.property, number="101").update(number="P101")
    Grant.objects.filter(user=felix).update(role=Role.objects.get(code="administrator"), property_code="POR")
    client, before = client_for(felix, hotel_a), fingerprint("hotel_a")
    for address in WITH_PARAMETERS:
        if address.name.startswith("access:"):
            continue  # people belong to the organization; test_services has who may give and take what
        for method in (client.get, client.post):
            answer = method(address.path(values_for(address, booked)))
            assert answer.status_code in {403, 404, 405}, f"{address.name}: {answer.status_code}"
    assert fingerprint("hotel_a") == before


def test_lists_of_another_property_are_empty_here(client_for, hotel_a, felix, booked, property_other):
    Grant.objects.filter(user=felix).update(role=Role.objects.get(code="administrator"), property_code="POR")
    client = client_for(felix, hotel_a)
    for address in GUARDED:
        if "<" not in address.route and address.name.startswith("desk:"):
            answer = client.get(address.path({}), {"q": "Lindqvist"})
            body = b"".join(answer.streaming_content if answer.streaming else [answer.content]).decode()
            assert booked["code"] not in body, address.name
            assert "Greta" not in body, address.name
            assert client.get(address.path({}), {"property": "LIS"}).status_code in {404, 405}, address.name


@pytest.mark.parametrize("host", ["hotel-a.localhost", "hotel-b.localhost", "localhost"])
def test_test_client_comes_back_to_its_schema(client_for, hotel_a, booked, host):
    client_for(None, None).get("/accounts/login/", headers={"host": host})
    assert connection.schema_name == "hotel_a"
