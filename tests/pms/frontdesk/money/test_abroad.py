"""Foreign money at the desk: at a rate with a source and a day, after the amount was seen, and back at the same rate (T37)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from billing.folios.models import Folio
from billing.folios.selectors import folio_findings
from billing.ledger.exchange import rate_set
from billing.ledger.services import entity_of
from billing.payments.models import PaymentIntent
from billing.payments.services import account_save, accounts_by_hand_ensure, refund_start
from pms.kernel.money import Money
from tests.pms.frontdesk.desk_cast import SYSTEM, TODAY


@pytest.fixture
def dollars(property_a):
    """A drawer that takes dollars, at 0.80 euros each."""
    drawer = accounts_by_hand_ensure(entity=entity_of(property_a.property), actor=SYSTEM)[0]
    drawer.currencies = ["EUR", "USD", "JPY"]
    account_save(account=drawer, actor=SYSTEM)
    for currency, rate in (("USD", "0.80"), ("JPY", "0.00613")):
        rate_set(currency="EUR", per=currency, day=TODAY, rate=Decimal(rate), source="ECB", actor=SYSTEM)
    return drawer


def url(folio):
    return reverse("desk:folio-pay", args=[folio.code])


def test_it_is_offered_with_the_amount_and_the_rate(desk, folio, dollars):
    names = [row.name for row in desk.get(url(folio)).context["form"].tenders if "@" in row.value]
    assert names == ["Cash, $125.00", "Cash, ¥16,313"]
    assert "1 USD = 0.8 EUR, ECB, 20 Nov 2026" in desk.get(url(folio)).content.decode()


def test_it_is_taken_at_the_rate_that_is_kept(desk, folio, dollars):
    desk.post(url(folio), {"amount": "100.00", "shown_amount": "100.00", "account": "hand:CASH@USD"})
    paid = PaymentIntent.objects.get()
    assert (paid.amount_minor, paid.currency, paid.folio_amount_minor) == (12_500, "USD", 10_000)
    assert (paid.fx_rate, paid.fx_source, paid.fx_date) == (Decimal("0.80"), "ECB", TODAY)
    assert Folio.objects.get(pk=folio.pk).balance_minor == 0
    assert folio_findings(property=folio.property) == []


def test_another_amount_is_shown_before_the_yes(desk, folio, dollars):
    wish = {"amount": "40.00", "shown_amount": "100.00", "account": "hand:CASH@USD"}
    answer = desk.post(url(folio), wish)
    assert (answer.status_code, PaymentIntent.objects.count()) == (422, 0)
    assert "For €40.00 it is Cash, $50.00" in answer.content.decode()
    desk.post(url(folio), wish | {"shown_amount": answer.context["form"]["shown_amount"].value()})
    assert PaymentIntent.objects.get().amount_minor == 5_000


def test_it_goes_back_at_the_same_rate(desk, folio, dollars):
    desk.post(url(folio), {"amount": "100.00", "shown_amount": "100.00", "account": "hand:CASH@USD"})
    rate_set(currency="EUR", per="USD", day=TODAY, rate=Decimal("0.95"), source="ECB", actor=SYSTEM)
    refund_start(payment=PaymentIntent.objects.get(), amount=Money(12_500, "USD"), reason="Too much", actor=SYSTEM)
    assert Folio.objects.get(pk=folio.pk).balance_minor == 10_000
    assert folio_findings(property=folio.property) == []


def test_without_a_rate_of_these_days_it_is_not_offered(desk, folio, dollars):
    folio.property.business_date = TODAY + timedelta(days=20)
    folio.property.save()
    assert not [row for row in desk.get(url(folio)).context["form"].tenders if "@" in row.value]
