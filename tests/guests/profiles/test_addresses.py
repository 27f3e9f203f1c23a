"""Addresses and VAT ids of guests and companies: what an invoice needs."""

import pytest
from django.core.exceptions import ValidationError

from guests.profiles.models import Company
from guests.profiles.services import GuestDetails, company_change, guest_change, guest_find_or_create
from guests.profiles.vat_ids import is_member_state, vat_country
from pms.audit.models import AuditEvent
from pms.events.models import OutboxEvent
from tests.house import TESTER

ADDRESS = {"street": "Gedimino pr. 1", "postal_code": "01103", "city": "Vilnius", "country": "LT"}


@pytest.fixture
def acme(in_tenant):
    return Company.objects.create(code="ACME", kind="company", name="Acme")


def test_an_address_of_a_guest(in_tenant):
    greta = guest_find_or_create(details=GuestDetails(last_name="Garbo"), actor=TESTER)
    assert greta.street == ""
    assert guest_change(guest=greta, actor=TESTER, **ADDRESS).city == "Vilnius"


def test_a_company(acme):
    changed = company_change(company=acme, actor=TESTER, vat_id="LT119511515", **ADDRESS)
    assert (changed.vat_id, changed.payment_days) == ("LT119511515", 14)
    assert AuditEvent.objects.get(action="company.changed").changes["vat_id"] == ["", "LT119511515"]
    assert OutboxEvent.objects.get(kind="company.changed").subject_code == "ACME"


def test_changing_nothing_writes_nothing(acme):
    company_change(company=acme, actor=TESTER, name=" Acme ")
    assert not AuditEvent.objects.filter(action="company.changed").exists()


def test_a_vat_id_with_wrong_digits_is_refused(acme):
    with pytest.raises(ValidationError, match="not a VAT id of LT"):
        company_change(company=acme, actor=TESTER, vat_id="LT119511516")


@pytest.mark.parametrize(
    ("vat_id", "country"),
    [
        ("LT119511515", "LT"),
        ("de 136,695 976", "DE"),
        ("EL 094259216", "GR"),
        ("DE136695977", ""),
        ("CHE-123.456.788", ""),
        ("", ""),
    ],
)
def test_the_form_of_a_vat_id(vat_id, country):
    assert vat_country(vat_id) == country


@pytest.mark.parametrize("vat_id", ["", "CHE-123.456.788 MWST", "GB 999 9999 73", "12-3456789"])
def test_other_numbers_are_taken_as_they_are(acme, vat_id):
    assert company_change(company=acme, actor=TESTER, vat_id=vat_id).vat_id == vat_id


def test_member_states():
    assert [is_member_state(code) for code in ("LT", "GR", "gr", "GB", "CH", "XI", "")] == [True] * 3 + [False] * 4
