"""The demo as a whole: it is there, nothing speaks against it, and seeding again leaves it alone."""

from collections.abc import Iterator
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django_tenants.utils import schema_context

from bookings.availability.models import InventoryDay
from bookings.reservations.models import Reservation
from pms.access.models import Grant
from pms.access.permissions import SYSTEM_ROLES
from pms.accounts.models import User
from pms.audit.models import AuditEvent
from pms.onboarding.demo_accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from pms.properties.models import Property, Unit


@pytest.fixture
def seeded(db: None) -> Iterator[str]:
    out = StringIO()
    with schema_context("public"):
        call_command("seed_demo", "--business-date", "2026-11-20", stdout=out, stderr=StringIO())
        yield out.getvalue()


def test_the_demo_is_complete_and_sound(seeded: str) -> None:
    """One test for all of it, because making it takes seconds. T11: a flat that is taken closes the whole house."""
    assert "olivia@innkeep.test" in seeded
    for slug in ("lusitania", "baltic"):
        out = StringIO()
        call_command("check_invariants", "--organization", slug, stdout=out)
        assert "everything holds" in out.getvalue()
    with schema_context("lusitania"):
        assert list(Property.objects.values_list("code", "name")) == [
            ("LIS", "Lusitania City"),
            ("ALG", "Lusitania Resort"),
        ]
        assert Unit.objects.count() == 460
        roles = set(Grant.objects.values_list("role__code", flat=True))
        assert roles == {role.code for role in SYSTEM_ROLES}
        assert list(Grant.objects.filter(user__name__startswith="Hana").values_list("property_code", flat=True)) == [
            "LIS"
        ]
        before = (Reservation.objects.count(), AuditEvent.objects.count())
    with schema_context("baltic"):
        assert (Unit.objects.count(), Unit.objects.filter(parent__number="U14").count()) == (13, 4)
        assert InventoryDay.objects.filter(room_type__code="HOUSE", linked=1).exists()
        assert not InventoryDay.objects.filter(room_type__code="HOUSE", linked=1, sold=1).exists()
        assert Property.objects.get().business_date == date(2026, 11, 20)
    olivia = User.objects.get(email="olivia@innkeep.test")
    assert olivia.check_password(DEMO_PASSWORD)
    assert User.objects.get(email="pia@innkeep.test").is_staff
    assert User.objects.filter(email__in=[account.email for account in DEMO_ACCOUNTS]).count() == len(DEMO_ACCOUNTS)

    again = StringIO()
    call_command("seed_demo", "--business-date", "2027-01-01", stdout=again, stderr=StringIO())
    assert "lusitania: was there already" in again.getvalue()
    with schema_context("lusitania"):
        assert (Reservation.objects.count(), AuditEvent.objects.count()) == before
