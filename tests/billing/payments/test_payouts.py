"""From the clearing account to the bank: fees, disputes, changed money, and a payout that comes back."""

from datetime import timedelta

from django.utils import timezone

from billing.ledger.enums import Role
from billing.ledger.models import Line
from billing.payments.exporting import payouts_csv
from billing.payments.models import ProviderPayout
from billing.payments.providers import base
from billing.payments.services import payment_sync, payout_apply, payouts_take
from pms.kernel.money import Money
from tests.billing.payments.test_services import RATE, ledger
from tests.billing.payments.test_stripe import begin, give_back, pay
from tests.conftest import TODAY
from tests.house import TESTER


def payout(*lines, amount, status="paid"):
    return base.ProviderPayout("po_1", Money(amount, "EUR"), status, TODAY, tuple(lines))


def line(number, kind, gross, settled, fee=0, payment_id=""):
    return base.PayoutLine(f"txn_{number}", kind, gross, Money(settled, "EUR"), fee, settled - fee, payment_id)


def test_stripe_pays_out(folio, stripe_account, stripe_sandbox):
    payment = pay(folio, stripe_account, stripe_sandbox)
    give_back(payment, 4_000)
    stripe_sandbox.control("POST", "payouts")
    since = timezone.now() - timedelta(days=1)
    (row,) = payouts_take(account=stripe_account, since=since)
    assert (row.is_posted, ledger(Role.CLEARING), ledger(Role.BANK)) == (True, 0, row.amount_minor)
    assert ledger(Role.PROVIDER_FEES) == 6_000 - row.amount_minor > 0
    payouts_take(account=stripe_account, since=since)
    assert (ProviderPayout.objects.count(), ledger(Role.BANK)) == (1, row.amount_minor)
    assert {each.payment_id for each in row.lines.all()} == {payment.pk}
    sheet = "".join(payouts_csv([row])).splitlines()
    assert len(sheet) == 3
    assert f"{payment.code},1,{folio.reservation.code},{folio.code},100.00,EUR,100.00" in sheet[1] + sheet[2]


def test_disputed_payment_and_its_fee(folio, stripe_account, stripe_sandbox):
    payment = pay(folio, stripe_account, stripe_sandbox)
    pay(folio, stripe_account, stripe_sandbox, 50_000)
    charge = stripe_sandbox.client().v1.payment_intents.retrieve(payment.provider_payment_id).latest_charge
    stripe_sandbox.control("POST", "disputes", charge=charge)
    payment_sync(payment=payment)
    stripe_sandbox.control("POST", "payouts")
    payouts_take(account=stripe_account, since=timezone.now() - timedelta(days=1))
    assert (ledger(Role.CLEARING), ledger(Role.DISPUTES)) == (0, 10_000)
    assert ledger(Role.PROVIDER_FEES) >= 1_500


def test_changed_money_makes_a_gain_or_a_loss(folio, stripe_account, stripe_sandbox):
    """T37."""
    payment = begin(folio, stripe_account, 10_000, "USD", exchange=RATE)
    stripe_sandbox.pay(payment.checkout_url)
    payment = payment_sync(payment=payment)
    assert (payment.folio_amount_minor, ledger(Role.EXCHANGE)) == (9_200, 9_200)
    sold = line(1, "charge", Money(10_000, "USD"), 9_150, 300, payment.provider_payment_id)
    payout_apply(account=stripe_account, theirs=payout(sold, amount=8_850), actor=TESTER)
    assert (ledger(Role.CLEARING, "USD"), ledger(Role.EXCHANGE, "USD"), ledger(Role.EXCHANGE)) == (0, 0, 0)
    assert (ledger(Role.FX_LOSS), ledger(Role.FX_GAIN), ledger(Role.BANK)) == (50, 0, 8_850)


def test_payout_that_fails_is_taken_back(folio, stripe_account):
    lines = (line(1, "charge", Money(10_000, "EUR"), 10_000, 300), line(2, "fee", Money(-200, "EUR"), -200))
    payout_apply(account=stripe_account, theirs=payout(*lines, amount=9_500), actor=TESTER)
    assert (ledger(Role.BANK), ledger(Role.PROVIDER_FEES), ledger(Role.CLEARING)) == (9_500, 500, -10_000)
    for _ in range(2):
        payout_apply(account=stripe_account, theirs=payout(*lines, amount=9_500, status="failed"), actor=TESTER)
    assert not any((ledger(Role.BANK), ledger(Role.PROVIDER_FEES), ledger(Role.CLEARING)))


def test_payout_whose_lines_do_not_sum_is_told_apart(folio, stripe_account):
    lines = (line(1, "charge", Money(10_000, "EUR"), 10_000, 300), line(2, "other", Money(50, "EUR"), 50))
    payout_apply(account=stripe_account, theirs=payout(*lines, amount=9_800), actor=TESTER)
    assert ledger(Role.SUSPENSE) == -100
    assert sum(Line.objects.values_list("amount_minor", flat=True)) == 0


def test_formula_in_a_text_is_no_formula(folio, stripe_account):
    bad = base.PayoutLine("txn_1", "other", Money(5, "EUR"), Money(5, "EUR"), 0, 5, "", "=HYPERLINK(1)")
    row = payout_apply(account=stripe_account, theirs=payout(bad, amount=5), actor=TESTER)
    assert "'=HYPERLINK(1)" in "".join(payouts_csv([row]))
