"""The fixtures everybody stands on."""

import pytest
from django.db import connection, transaction

from bookings.availability.models import InventoryDay
from pms.access.models import Grant
from pms.audit.models import AuditEvent
from pms.properties.models import Property
from tests.conftest import HORIZON_DAYS, TODAY


def test_the_house_has_rooms_and_inventory(property_a):
    assert property_a.property.code == "LIS"
    assert len(property_a.units) == 5
    nights = InventoryDay.objects.filter(room_type=property_a.double, date__gte=TODAY)
    assert nights.count() == HORIZON_DAYS
    assert nights.get(date=TODAY).free == 3
    assert list(AuditEvent.objects.values_list("action", flat=True)) == ["organization.created"]


def test_two_houses_do_not_share_units(property_a, property_other):
    assert {unit.slots for unit in property_a.units.values()}.isdisjoint(
        unit.slots for unit in property_other.units.values()
    )


def test_every_one_has_their_role(in_tenant, olivia, mia, felix, hana, otto):
    held = {grant.user.name: grant.role.code for grant in Grant.objects.select_related("user", "role")}
    assert held == {"Olivia": "administrator", "Mia": "manager", "Felix": "front_desk", "Hana": "housekeeping"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_real_transactions_are_swept_up(turn, hotel_a):
    connection.set_tenant(hotel_a)
    with transaction.atomic():
        Property.objects.create(code="X", name="X", business_date=TODAY)
    assert Property.objects.count() == 1
    assert Grant.objects.count() == 4
