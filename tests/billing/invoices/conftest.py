"""Greta's stay in Lisbon, and a guest and a company to invoice."""

import pytest

from billing.folios.services import main_folio, stay_post
from billing.ledger.services import entity_of
from bookings.lifecycle import services as desk
from guests.profiles.models import Company
from tests.billing.invoices.cases import COMPANY, SELLER
from tests.conftest import TODAY
from tests.house import TESTER, book


@pytest.fixture
def stay(property_a):
    """Greta in house for three nights at 100 euros, the first of them charged."""
    entity = entity_of(property_a.property)
    for name, value in SELLER.items():
        setattr(entity, name, value)
    entity.save()
    row = desk.reservation_check_in(reservation=book(property_a, 0, 3, guest="Greta"), actor=TESTER)
    stay_post(reservation=row, through=TODAY, actor=TESTER)
    return row


@pytest.fixture
def folio(stay):
    return main_folio(reservation=stay)


@pytest.fixture
def greta(stay):
    return stay.guest


@pytest.fixture
def acme(in_tenant):
    return Company.objects.create(**COMPANY)
