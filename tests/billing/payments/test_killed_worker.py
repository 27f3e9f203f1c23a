"""A real worker is killed in the middle of a call to the provider, and Redis forgets: what was asked for is done once."""

import time
from datetime import timedelta

import django_rq
import pytest
from django.db.models import F
from django_tenants.utils import schema_context

from billing.folios.models import Folio
from billing.payments.enums import PaymentStatus, Purpose, RefundStatus
from billing.payments.models import PaymentIntent, Refund
from billing.payments.services import payment_charge_saved, refund_start
from billing.payments.services.submitting import LEASE
from pms.kernel.jobs import enqueue_for_every_tenant
from pms.kernel.money import Money
from tests.billing.payments.test_losses import agree
from tests.billing.payments.test_stripe import pay
from tests.house import TESTER
from tests.workers import kill_tree, worker_start

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]

WORKER = """
    import django
    django.setup()
    import django_rq
    django_rq.get_worker("default").work(burst=True, logging_level="WARNING")
"""


def worker(sandbox):
    """Start a real worker that speaks to the stand-in."""
    return worker_start(WORKER, STRIPE_API_BASE=sandbox.url)


def killed_while_it_calls(sandbox, path):
    """Let a worker begin the call and kill it there; then let Redis forget everything."""
    sandbox.fault("hang", method="POST", path_prefix=path, seconds=8)
    process = worker(sandbox)
    sandbox.wait_for_fault()
    kill_tree(process)
    django_rq.get_connection("default").flushdb()


def time_passes(sandbox, row):
    """Let leases end, the clock tick and workers work, until the row is no longer on its way.

    The first tries meet the call of the dead worker, which the provider is still at: it says so, and they come again.
    """
    state = row.status
    for _ in range(12):
        for model in (PaymentIntent, Refund):
            rows = model.objects.filter(next_attempt_at__isnull=False)
            rows.update(next_attempt_at=F("next_attempt_at") - LEASE - timedelta(hours=7))
        enqueue_for_every_tenant("billing.payments.jobs.sweep")
        assert worker(sandbox).wait(timeout=120) == 0
        row.refresh_from_db()
        if row.status != state:
            return
        time.sleep(1)


@pytest.fixture
def paid(in_tenant, folio, stripe_account, stripe_sandbox):
    """Greta paid a deposit, and her card is kept."""
    django_rq.get_connection("default").flushdb()
    return pay(folio, stripe_account, stripe_sandbox, save_card=True)


def test_charge(paid, folio, stripe_sandbox):
    fee = payment_charge_saved(
        folio=folio, saved_method=paid.saved_method, amount=Money(5_000, "EUR"), purpose=Purpose.NO_SHOW, actor=TESTER
    )
    killed_while_it_calls(stripe_sandbox, "/v1/payment_intents")
    time_passes(stripe_sandbox, fee)
    with schema_context("hotel_a"):
        fee.refresh_from_db()
        assert (fee.status, fee.captured_minor) == (PaymentStatus.CAPTURED, 5_000)
        assert agree(Folio.objects.get(pk=folio.pk), stripe_sandbox)


def test_refund(paid, folio, stripe_sandbox):
    refund = refund_start(payment=paid, amount=Money(4_000, "EUR"), reason="Rain", actor=TESTER)
    killed_while_it_calls(stripe_sandbox, "/v1/refunds")
    time_passes(stripe_sandbox, refund)
    with schema_context("hotel_a"):
        refund.refresh_from_db()
        assert (refund.status, Refund.objects.count()) == (RefundStatus.SUCCEEDED, 1)
        assert agree(Folio.objects.get(pk=folio.pk), stripe_sandbox)
