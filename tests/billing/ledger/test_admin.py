"""The back office's pages of the books."""

import pytest
import time_machine
from django.urls import reverse

from billing.ledger.models import Account, Entry, LegalEntity, Line, PropertyBooks
from billing.ledger.services import entity_of
from pms.access.models import Grant, Role
from pms.audit.models import AuditEvent
from tests.billing.ledger.busy_house import make_busy
from tests.bookings.lifecycle.test_quote_is_sold import NOW


@pytest.fixture
def busy(in_tenant):
    with time_machine.travel(NOW, tick=False):
        return make_busy()


@pytest.fixture
def mias(client_for, mia, hotel_a):
    return client_for(mia, hotel_a)


def page(name, *args):
    return reverse(f"hotel:ledger_{name}", urlconf="config.urls_tenant", args=args)


def fields(**more):
    return {"code": "NEW", "name": "New GmbH", "currency": "EUR", "country": "DE", "places": [], **more}


def test_manager_makes_an_entity_and_gives_it_a_property(mias, property_a):
    assert mias.post(page("legalentity_add"), fields(places=["LIS"])).status_code == 302
    assert PropertyBooks.objects.get().entity.code == "NEW"
    assert AuditEvent.objects.filter(action="ledger.property_assigned").exists()
    assert entity_of(property_a.property).name == "New GmbH"


def test_a_property_with_open_folios_stays(mias, busy):
    answer = mias.post(page("legalentity_add"), fields(places=["LIS"]))
    assert answer.status_code == 200
    assert "settle them first" in answer.content.decode()
    assert not LegalEntity.objects.filter(code="NEW").exists()


def test_a_property_is_never_left_without_books(mias, busy):
    answer = mias.post(page("legalentity_change", busy.entity.pk), fields(name="Renamed"))
    assert "LIS must be somebody" in answer.content.decode()
    renamed = fields(name="Renamed", places=["LIS"], datev_consultant="29098")
    assert mias.post(page("legalentity_change", busy.entity.pk), renamed).status_code == 302
    busy.entity.refresh_from_db()
    assert (busy.entity.name, busy.entity.code, busy.entity.datev_consultant) == ("Renamed", "LIS", "29098")


def test_an_account_keeps_its_role(mias, busy):
    account = Account.objects.get(role="city_ledger")
    changed = {"name": "Debtors", "datev_account": "1400", "code": "9", "role": "bank", "key": "x"}
    assert mias.post(page("account_change", account.pk), changed).status_code == 302
    account.refresh_from_db()
    assert (account.name, account.datev_account, account.code, account.role) == (
        "Debtors",
        "1400",
        "1210",
        "city_ledger",
    )
    assert AuditEvent.objects.get(action="account.changed").actor_label == "Mia"


def test_numbers_are_typed_in_the_list(mias, busy):
    rows = list(Account.objects.order_by("code"))
    form = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": len(rows), "_save": "Save"}
    for place, row in enumerate(rows):
        form |= {f"form-{place}-id": row.pk, f"form-{place}-datev_account": str(1000 + place)}
    assert mias.post(page("account_changelist"), form).status_code == 302
    assert list(Account.objects.order_by("code").values_list("datev_account", flat=True)) == [
        str(1000 + place) for place in range(len(rows))
    ]


def test_entries_and_lines_are_read_only(mias, busy):
    for model, row in (("entry", Entry.objects.first()), ("line", Line.objects.first())):
        assert mias.get(page(f"{model}_changelist")).status_code == 200
        assert mias.get(page(f"{model}_change", row.pk)).status_code == 200
        assert mias.post(page(f"{model}_change", row.pk), {}).status_code == 403
        assert mias.get(page(f"{model}_add")).status_code == 403


@pytest.mark.parametrize(("role", "status"), [("accountant", 200), ("front_desk", 403)])
def test_role_sees_or_does_not(client_for, hana, busy, in_tenant, role, status):
    Grant.objects.filter(user=hana).update(role=Role.objects.get(code=role))
    client = client_for(hana, in_tenant)
    names = ("legalentity", "account", "entry", "line", "exchangerate")
    assert [client.get(page(f"{name}_changelist")).status_code for name in names] == [status] * len(names)


def test_one_property_is_not_enough(client_for, hana, busy, in_tenant):
    """The books of every property of an entity are in its rows."""
    Grant.objects.filter(user=hana).update(role=Role.objects.get(code="accountant"), property_code="LIS")
    assert client_for(hana, in_tenant).get(page("entry_changelist")).status_code == 403
