"""A guest in house with a night charged, a folio of a company beside it, and something to sell."""

import pytest

from billing.folios.models import Article
from billing.folios.services import folio_open, main_folio, stay_post
from bookings.lifecycle.services import reservation_check_in
from guests.profiles.models import Company
from tests.pms.frontdesk.desk_cast import SYSTEM, TODAY, book


@pytest.fixture
def desk(client_for, felix, property_a, in_tenant):
    return client_for(felix, in_tenant)


@pytest.fixture
def manager(client_for, mia, property_a, in_tenant):
    return client_for(mia, in_tenant)


@pytest.fixture
def stay(property_a):
    row = reservation_check_in(reservation=book(property_a, unit="101", nights=2), actor=SYSTEM)
    stay_post(reservation=row, through=TODAY, actor=SYSTEM)
    return row


@pytest.fixture
def folio(stay):
    return main_folio(reservation=stay)


@pytest.fixture
def company(in_tenant):
    return Company.objects.create(code="ACME", kind="company", name="Acme GmbH")


@pytest.fixture
def company_folio(stay, company):
    return folio_open(property=stay.property, reservation=stay, company=company, actor=SYSTEM)


@pytest.fixture
def wine(property_a):
    return Article.objects.create(
        property=property_a.property, code="WINE", name="Bottle of wine", component="beverages", price_minor=2_400
    )
