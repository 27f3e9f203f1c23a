"""What the journeys of guests need of a hotel: `house`, Casa Lisboa, which sells on its website in two languages."""

from datetime import date
from typing import Any

import pytest
from django_tenants.utils import schema_context

from billing.ledger.services import entity_of
from billing.payments.models import PaymentAccount
from billing.payments.services import account_save
from bookings.rates.enums import Deposit
from bookings.rates.models import Extra, PaymentTerms, RatePlan
from pms.kernel.actors import Actor
from tests.house import House, make_house

TODAY = date(2026, 11, 20)
SIZES = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
#: What the house is called and sells, in Lithuanian.
LITHUANIAN = {
    "Double": "Dvivietis",
    "Twin": "Su dviem lovomis",
    "Best available rate": "Geriausia kaina",
    "Paid in advance": "Mokama iš anksto",
    "Parking": "Stovėjimo vieta",
}


@pytest.fixture
def house(hotel_a: Any, stripe_sandbox: Any, settings: Any) -> House:
    """Casa Lisboa with a flexible rate that asks nothing and one that is paid in advance at the stand-in."""
    settings.STRIPE_API_BASE = stripe_sandbox.url
    with schema_context(hotel_a.schema_name):
        made = make_house(code="LIS", name="Casa Lisboa", today=TODAY, horizon_days=120)
        made.rate_plan.guarantee = "until_6pm"
        made.rate_plan.save()
        terms = PaymentTerms.objects.create(property=made.property, code="ALL", name="All", deposit=Deposit.FULL)
        plan = RatePlan.objects.create(
            property=made.property, code="NRF", name="Paid in advance", parent=made.rate_plan, payment_terms=terms,
            guarantee="prepaid", derive_percent=-10,
        )  # fmt: skip
        extra = Extra.objects.create(
            property=made.property, code="PARK", name="Parking", basis="night", price_minor=1_500
        )
        for row in (made.double, made.rate_plan, plan, extra):
            row.texts = {"lt": {"name": LITHUANIAN[row.name]}}
            row.save()
        account = PaymentAccount(
            code="STRIPE", name="Card", entity=entity_of(made.property), provider="stripe", public_key="pk_test_1"
        )
        secrets = {"secret_key": stripe_sandbox.secret_key, "webhook_secret": "whsec_sandbox"}
        account_save(account=account, secrets=secrets, actor=Actor.system("tests"))
    return made


def fits(page: Any) -> bool:
    """Return whether nothing sticks out at the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
