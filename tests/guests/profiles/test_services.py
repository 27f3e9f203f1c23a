import pytest
from django.core.exceptions import ValidationError

from guests.profiles.models import Guest
from guests.profiles.services import GuestDetails, guest_change, guest_find_or_create
from pms.audit.models import AuditEvent
from pms.events.models import OutboxEvent
from tests.house import TESTER, refused

pytestmark = pytest.mark.usefixtures("in_tenant")


def greta(**details):
    defaults = {"last_name": "Garbo", "first_name": "Greta", "email": "greta@example.org"}
    return guest_find_or_create(details=GuestDetails(**(defaults | details)), actor=TESTER)


def test_it_works():
    guest = greta(country="SE", language="sv", phone="+46 8 123")
    assert (guest.full_name, guest.country) == ("Greta Garbo", "SE")
    audit = AuditEvent.objects.get(action="guest.created")
    assert (audit.subject_code, audit.changes["country"]) == (str(guest.code), [None, "SE"])
    assert OutboxEvent.objects.get(kind="guest.created").subject_code == str(guest.code)


@pytest.mark.parametrize(
    "details", [{}, {"email": " GRETA@Example.org "}, {"last_name": "GARBO "}, {"first_name": " greta"}]
)
def test_the_same_address_and_name_is_the_same_guest(details):
    assert greta(**details) == greta()
    assert Guest.objects.count() == 1


@pytest.mark.parametrize("details", [{"email": "otto@example.org"}, {"last_name": "Otto"}, {"first_name": "Hilda"}])
def test_anything_else_is_somebody_else(details):
    assert greta(**details) != greta()


def test_without_an_address_nobody_is_taken_for_somebody_else():
    assert greta(email="") != greta(email="")


@pytest.mark.parametrize("name", ["", "   "])
def test_a_guest_has_a_last_name(name):
    with refused("name_missing"):
        greta(last_name=name)


@pytest.mark.parametrize(
    "details", [{"email": "no address"}, {"last_name": "x" * 10_000}, {"country": "Sweden"}, {"phone": "1" * 33}]
)
def test_what_does_not_fit_is_refused(details):
    with pytest.raises(ValidationError):
        greta(**details)


def test_names_of_every_kind():
    for name in ("O'Brien", "Nguyễn", "王", "🦆", "'; DROP TABLE guests; --", "<b>"):
        assert greta(last_name=name, email="").last_name == name
    with refused("bad_character"):
        greta(last_name="Gar\x00bo")


def test_changing_a_profile():
    guest = guest_change(guest=greta(), actor=TESTER, phone=" 123 ", is_vip=True)
    assert (guest.phone, guest.is_vip) == ("123", True)
    assert AuditEvent.objects.get(action="guest.changed").changes == {"phone": ["", "123"], "is_vip": [False, True]}


def test_changing_nothing_writes_nothing():
    guest_change(guest=greta(), actor=TESTER, first_name="Greta", notes="")
    assert not AuditEvent.objects.filter(action="guest.changed").exists()


def test_a_change_that_does_not_fit_is_refused():
    guest = greta()
    with pytest.raises(ValidationError):
        guest_change(guest=guest, actor=TESTER, email="no address")
    with pytest.raises(ValidationError):
        guest_change(guest=guest, actor=TESTER, last_name=" ")
    with refused("bad_character"):
        guest_change(guest=guest, actor=TESTER, notes="\x00")
    guest.refresh_from_db()
    assert (guest.email, guest.last_name) == ("greta@example.org", "Garbo")
