"""What is asked for, refused, frozen and guarded, without a provider in sight."""

import threading
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone
from django_tenants.utils import schema_context

from billing.folios.models import Posting
from billing.folios.selectors import folio_findings
from billing.folios.services import folio_close, folio_open
from billing.ledger.enums import Role
from billing.ledger.models import Line
from billing.payments.enums import CaptureMode, PaymentStatus, Purpose, RefundStatus
from billing.payments.keys import credentials_of
from billing.payments.models import PaymentAccount, PaymentIntent, Refund, SavedMethod
from billing.payments.providers.base import SavedCard
from billing.payments.services import (
    Exchange,
    Way,
    account_save,
    payment_cancel,
    payment_charge_saved,
    payment_pursue,
    payment_request,
    payment_take_manual,
    refund_start,
    virtual_card_keep,
)
from billing.payments.transitions import (
    DISPUTE_TRANSITIONS,
    REFUND_TRANSITIONS,
    TRANSITIONS,
    dispute_may_become,
    may_become,
    refund_may_become,
    transition_check,
)
from pms.audit.models import AuditEvent
from pms.events.models import OutboxEvent
from pms.kernel.errors import Conflict, DomainError
from pms.kernel.money import Money
from tests.billing.payments.conftest import account_make
from tests.billing.payments.test_stripe import balance
from tests.conftest import TODAY
from tests.house import TESTER, refused

RATE = Exchange(Decimal("0.92"), "ECB", date(2026, 11, 19))


def take(folio, account, minor=10_000, currency="EUR", **more):
    """Take money by hand."""
    return payment_take_manual(folio=folio, account=account, amount=Money(minor, currency), actor=TESTER, **more)


def back(payment, minor, **more):
    """Give so much back."""
    amount = Money(minor, more.pop("currency", payment.currency))
    return refund_start(payment=payment, amount=amount, reason=more.pop("reason", "Rain"), actor=TESTER, **more)


def ledger(role, currency="EUR"):
    """Return the sum of an account."""
    lines = Line.objects.filter(account__role=role, currency=currency)
    return sum(lines.values_list("amount_minor", flat=True))


def test_cash_is_paid_and_posted_at_once(folio, cash):
    payment = take(folio, cash)
    assert (payment.status, payment.receipt_number, balance(folio)) == (PaymentStatus.CAPTURED, 1, -10_000)
    assert (ledger(Role.CLEARING), ledger(Role.DEPOSITS)) == (10_000, -10_000)
    assert take(folio, cash).receipt_number == 2
    kinds = set(OutboxEvent.objects.filter(subject_code=str(payment.code)).values_list("kind", flat=True))
    assert kinds == {"payment.requested", "payment.received"}
    assert AuditEvent.objects.filter(action="payment.received", subject_code=str(payment.code)).count() == 1


def test_cash_is_given_back_by_hand_at_once(folio, cash):
    payment = take(folio, cash)
    refund = back(payment, 4_000)
    assert (refund.status, balance(folio), ledger(Role.CLEARING)) == (RefundStatus.SUCCEEDED, -6_000, 6_000)
    payment.refresh_from_db()
    assert payment.refunded_minor == 4_000


def test_same_request_is_one_payment_and_one_refund(folio, cash):
    key = uuid4()
    first, second = take(folio, cash, request_key=key), take(folio, cash, request_key=key)
    assert (first.pk, balance(folio)) == (second.pk, -10_000)
    assert back(first, 100, request_key=key).pk == back(first, 100, request_key=key).pk
    assert balance(folio) == -9_900


def test_money_on_a_closed_folio_by_hand_is_refused(folio, cash):
    folio_close(folio=folio, actor=TESTER)
    folio.refresh_from_db()
    with refused("folio_closed"):
        take(folio, cash)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"minor": 0}, "no_amount"),
        ({"minor": -5}, "no_amount"),
        ({"currency": "GBP"}, "currency_not_taken"),
        ({"currency": "USD"}, "currency_not_taken"),
    ],
)
def test_what_makes_no_sense_is_refused(folio, cash, change, code):
    with refused(code):
        take(folio, cash, **change)
    assert PaymentIntent.objects.count() == 0


def test_account_that_is_closed_or_elsewhere_is_refused(folio, cash, property_other):
    PaymentAccount.objects.filter(pk=cash.pk).update(property=property_other.property)
    cash.refresh_from_db()
    with refused("account_elsewhere"):
        take(folio, cash)
    PaymentAccount.objects.filter(pk=cash.pk).update(property=None, is_active=False)
    cash.refresh_from_db()
    with refused("account_closed"):
        take(folio, cash)


@pytest.mark.parametrize(
    ("amount", "currency", "reason", "code"),
    [
        (10_001, "EUR", "Rain", "refund_above_captured"),
        (0, "EUR", "Rain", "no_amount"),
        (100, "USD", "Rain", "currency_mismatch"),
        (100, "EUR", " ", "reason_missing"),
    ],
)
def test_refund_that_makes_no_sense_is_refused(folio, cash, amount, currency, reason, code):
    """T38."""
    payment = take(folio, cash)
    with refused(code):
        back(payment, amount, currency=currency, reason=reason)
    assert (Refund.objects.count(), balance(folio)) == (0, -10_000)


def test_database_lets_no_more_go_back_than_came(folio, cash):
    """T38."""
    payment = take(folio, cash)
    row = {"payment": payment, "folio_amount_minor": 1, "requested_at": timezone.now()}
    Refund.objects.create(amount_minor=6_000, **row)
    with pytest.raises(DatabaseError, match="No more can be refunded"), transaction.atomic():
        Refund.objects.create(amount_minor=4_001, **row)
    Refund.objects.create(amount_minor=4_000, **row)


@pytest.mark.parametrize("statement", [
    "DELETE FROM payments_capture", "DELETE FROM payments_paymentintent", "UPDATE payments_capture SET amount_minor = 1",
    "UPDATE payments_paymentintent SET amount_minor = 1", "UPDATE payments_paymentintent SET refunded_minor = 10001",
])  # fmt: skip
def test_database_keeps_payments_as_they_were(folio, cash, statement):
    take(folio, cash)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_refunds_at_once_never_give_back_more_than_came(folio, cash):
    payment = take(folio, cash)
    outcomes = []

    def refund():
        with schema_context("hotel_a"):
            try:
                back(PaymentIntent.objects.get(pk=payment.pk), 3_000)
                outcomes.append("done")
            except DomainError as error:
                outcomes.append(error.code)
        connection.close()

    threads = [threading.Thread(target=refund) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done"] * 3 + ["refund_above_captured"] * 5
    assert (balance(folio), folio_findings(property=folio.property)) == (-1_000, [])


@pytest.fixture
def dollars(property_a):
    """A drawer that takes dollars and yen."""
    return account_make(property_a.property, code="DOLLARS", provider="manual", method="cash")


def test_other_currency_needs_a_rate_and_keeps_it(folio, dollars):
    """T37."""
    with refused("exchange_missing"):
        take(folio, dollars, 10_000, "USD")
    payment = take(folio, dollars, 10_000, "USD", exchange=RATE)
    assert (payment.fx_rate, payment.fx_source, payment.folio_amount_minor) == (Decimal("0.92"), "ECB", 9_200)
    assert (balance(folio), ledger(Role.CLEARING, "USD"), ledger(Role.EXCHANGE, "USD")) == (-9_200, 10_000, -10_000)
    first, second, last = (back(payment, minor) for minor in (3_333, 3_333, 3_334))
    assert [row.folio_amount_minor for row in (first, second, last)] == [3_066, 3_067, 3_067]
    assert (balance(folio), ledger(Role.CLEARING, "USD"), ledger(Role.EXCHANGE)) == (0, 0, 0)
    assert folio_findings(property=folio.property) == []


def test_yen_have_no_decimals(folio, dollars):
    """T36."""
    payment = take(folio, dollars, 10_000, "JPY", exchange=Exchange(Decimal("0.0061"), "ECB", TODAY))
    assert (payment.folio_amount_minor, str(Money(payment.amount_minor, "JPY"))) == (6_100, "¥10,000")


@pytest.fixture
def stripe_quiet(property_a):
    """An account at Stripe that nobody asks."""
    return account_make(
        property_a.property, code="STRIPE", provider="stripe", secrets={"secret_key": "sk_test_quiet_1"}
    )


def card_of(account, folio, **more):
    """Keep a card of Greta's."""
    return SavedMethod.objects.create(
        account=account,
        reservation=folio.reservation,
        guest=folio.guest,
        method_id="pm_1",
        saved_at=timezone.now(),
        **more,
    )


def charge(folio, card, minor=5_000, **more):
    """Have a kept card charged."""
    more.setdefault("purpose", Purpose.NO_SHOW)
    return payment_charge_saved(folio=folio, saved_method=card, amount=Money(minor, "EUR"), actor=TESTER, **more)


def test_card_without_a_mandate_is_not_charged_without_the_guest(folio, stripe_quiet):
    """T41: but a guest who is on the phone says yes."""
    card = card_of(stripe_quiet, folio)
    with refused("no_mandate"):
        charge(folio, card)
    payment = charge(folio, card, is_moto=True)
    assert (payment.is_moto, payment.off_session) == (True, False)


def test_removed_card_is_not_charged(folio, stripe_quiet):
    card = card_of(stripe_quiet, folio, mandate="pi_1", removed_at=timezone.now())
    with refused("card_removed"):
        charge(folio, card)


def keep_virtual(account, folio, first=3, last=10, limit=20_000):
    return virtual_card_keep(
        account=account,
        reservation=folio.reservation,
        card=SavedCard("", "pm_virtual", "mastercard", "0001"),
        chargeable_from=TODAY + timedelta(days=first),
        chargeable_until=TODAY + timedelta(days=last),
        limit_minor=limit,
        actor=TESTER,
    )


def test_virtual_card_before_its_day_is_scheduled_not_failed(folio, stripe_quiet):
    """T40: the day is the property's own."""
    card = keep_virtual(stripe_quiet, folio)
    payment = charge(folio, card, purpose=Purpose.BALANCE)
    assert payment.status == PaymentStatus.SCHEDULED
    assert payment.next_attempt_at.astimezone(folio.property.zone).date() == card.chargeable_from
    with refused("above_limit"):
        charge(folio, card, 20_001)


def test_virtual_card_after_its_days_is_refused(folio, stripe_quiet):
    """T40."""
    with refused("card_over"):
        charge(folio, keep_virtual(stripe_quiet, folio, -5, -1))


def test_scheduled_payment_can_be_cancelled(folio, stripe_quiet):
    payment = charge(folio, keep_virtual(stripe_quiet, folio), purpose=Purpose.BALANCE)
    assert payment_cancel(payment=payment, reason="Not needed", actor=TESTER).status == PaymentStatus.CANCELLED
    assert payment_pursue(payment=payment).status == PaymentStatus.SCHEDULED, "what was read before; nothing is done"
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.CANCELLED


def test_what_an_account_cannot_do_is_refused(folio, cash):
    for way in (Way(CaptureMode.MANUAL), Way(save_card=True), Way(is_moto=True)):
        with refused("unsupported"):
            payment_request(
                folio=folio, account=cash, amount=Money(1, "EUR"), purpose=Purpose.PAYMENT, way=way, actor=TESTER
            )


def test_secrets_are_sealed_and_shown_nowhere(folio, stripe_quiet, caplog):
    stored = PaymentAccount.objects.get(pk=stripe_quiet.pk)
    assert credentials_of(stored).secret_key == "sk_test_quiet_1"
    account_save(account=stored, secrets={"secret_key": "sk_test_quiet_9876543210"}, actor=TESTER)
    credentials = credentials_of(stored)
    said = [repr(stored), repr(credentials), str(stored.hints), caplog.text]
    said += [str(row.changes) for row in AuditEvent.objects.all()] + [
        str(row.payload) for row in OutboxEvent.objects.all()
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM payments_paymentaccount t")
        said += [row[0] for row in cursor.fetchall()]
    assert not any("quiet" in text for text in said)
    assert stored.hints["secret_key"]["ends_in"] == "3210"


def test_account_keeps_code_and_provider(stripe_quiet):
    stripe_quiet.provider = "paypal"
    with refused("settled"):
        account_save(account=stripe_quiet, actor=TESTER)


def test_connected_account_belongs_to_one_organization(property_a, hotel_b):
    account_make(property_a.property, code="CONNECT", provider="stripe", mode="connected", connected_account="acct_1")
    with refused("account_taken"):
        account_make(
            property_a.property, code="CONNECT2", provider="stripe", mode="connected", connected_account="acct_1"
        )


@pytest.mark.parametrize("field", [{"method": "cash"}, {"connected_account": "acct_1"}, {"currencies": ["euro"]}])
def test_account_that_makes_no_sense_is_refused(property_a, field):
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError):
        account_make(property_a.property, code="X", provider="stripe", **field)


@pytest.mark.parametrize(
    ("table", "asks"),
    [(TRANSITIONS, may_become), (REFUND_TRANSITIONS, refund_may_become), (DISPUTE_TRANSITIONS, dispute_may_become)],
)
def test_every_pair_of_states_is_allowed_or_refused(table, asks):
    states = list(table)
    assert {(a, b) for a in states for b in states if asks(a, b)} == {(a, b) for a in table for b in table[a]}


def test_paid_stays_paid():
    for to in PaymentStatus:
        with pytest.raises(Conflict):
            transition_check(PaymentStatus.CAPTURED, to)


def test_house_account_takes_money_too(property_a, cash):
    account = folio_open(property=property_a.property, label="Bar", actor=TESTER)
    take(account, cash, 500)
    assert balance(account) == -500


def test_postings_name_their_payment_account(folio, cash):
    take(folio, cash)
    assert Posting.objects.get().item_code == cash.code


def test_two_fields_of_a_request_key_are_refused_by_the_database(folio, cash):
    payment = take(folio, cash, request_key=uuid4())
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentIntent.objects.filter(pk=take(folio, cash).pk).update(request_key=payment.request_key)


def test_rotated_key_still_opens_every_account(stripe_quiet, settings):
    old, new = settings.ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, old]
    call_command("reencrypt", stdout=StringIO())
    settings.ENCRYPTION_KEYS = [new]
    assert credentials_of(PaymentAccount.objects.get(pk=stripe_quiet.pk)).secret_key == "sk_test_quiet_1"
