"""What is paid now, and the way to the provider's page. Calls to a provider are outside any transaction."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from billing.folios.services import main_folio
from billing.payments.enums import UNDER_WAY, PaymentStatus, Purpose
from billing.payments.models import PaymentAccount, PaymentIntent
from billing.payments.providers import provider_of
from billing.payments.providers.base import ProviderError
from billing.payments.selectors import accounts_for
from billing.payments.services import checkout_start, payment_cancel, payment_sync
from bookings.checkout.enums import OPEN, State
from bookings.checkout.models import Attempt, Checkout
from bookings.checkout.selectors import payments_of
from bookings.checkout.services.recording import checkout_lock, rooms_of, told
from bookings.checkout.services.settling import checkout_settle
from bookings.lifecycle.services import booking_confirm
from bookings.rates.enums import Guarantee
from bookings.reservations.terms import terms_from_json
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, DomainError
from pms.kernel.locking import retried
from pms.kernel.money import Money


@dataclass(frozen=True, slots=True)
class PaymentWay:
    """What the guest does now: pays so much, only leaves a card (`amount_minor` is 0), or nothing (no `account`)."""

    amount_minor: int
    purpose: Purpose
    account: PaymentAccount | None
    save_card: bool

    @property
    def is_none(self) -> bool:
        """Whether nothing is asked of a provider."""
        return self.account is None


def payment_way(*, checkout: Checkout) -> PaymentWay:
    """Return what is done now, by the terms the rooms are kept under. Two queries and one for the accounts.

    Raises Conflict `no_online_payment` where money is due now and the hotel takes none online.
    """
    rooms = rooms_of(checkout)
    accounts = accounts_for(property=checkout.booking.property, currency=checkout.currency, online=True)
    steps = [step for room in rooms for step in terms_from_json(room.terms).payments]
    keeping = [account for account in accounts if provider_of(account.provider).abilities.saves_cards]
    later = any(step.due_on is not None and not step.due_now for step in steps)
    by_card = any(room.rate_plan.guarantee == Guarantee.CARD for room in rooms)
    if checkout.due_minor:
        if not accounts:
            raise Conflict("no_online_payment", "This rate is paid in advance, which is not possible online here.")
        account = keeping[0] if keeping and (later or by_card) else accounts[0]
        purpose = Purpose.DEPOSIT if checkout.due_minor < checkout.agreed_minor else Purpose.PAYMENT
        return PaymentWay(checkout.due_minor, purpose, account, bool(keeping) and (later or by_card))
    if (later or by_card) and keeping:
        return PaymentWay(0, Purpose.GUARANTEE, keeping[0], save_card=True)
    return PaymentWay(0, Purpose.PAYMENT, None, save_card=False)


@retried
@transaction.atomic
def checkout_book(*, checkout: Checkout, actor: Actor) -> Checkout:
    """Confirm a checkout of which nothing is paid now. Idempotent. Locks the checkout, then as booking_confirm.

    Raises Conflict `hold_ended`, `details_missing`, `payment_due`.
    """
    row = checkout_lock(checkout)
    if row.state == State.BOOKED:
        return row
    _require_ready(row)
    if not payment_way(checkout=row).is_none:
        raise Conflict("payment_due", "This booking is paid, or guaranteed by a card, before it is made.")
    booking_confirm(booking=row.booking, actor=actor)
    row.state, row.ended_at = State.BOOKED, timezone.now()
    row.save(update_fields=["state", "ended_at"])
    told(row, "booked", actor, {"agreed_minor": [None, row.agreed_minor]})
    return row


def checkout_pay(*, checkout: Checkout, return_url: str, cancel_url: str, actor: Actor) -> PaymentIntent:
    """Return a payment with the provider's page for the guest who waits; the open one, if it asks the same.

    The attempt is committed before the provider hears of it, so that its money finds its booking whatever happens.
    Outside any transaction. Raises Conflict `hold_ended`, `details_missing`, `nothing_due`, `paid_already`,
    `payment_under_way` while a bank decides, and what checkout_start raises (ProviderAway: again with the same payment).
    """
    way, key = _attempt(checkout, actor)
    if way.account is None:
        raise Conflict("nothing_due", "Nothing is paid now.")
    if key is None:
        key = _ask_anew(checkout)
    known = PaymentIntent.objects.filter(request_key=key).first()
    if known is not None and known.status != PaymentStatus.CREATED:
        known = payment_sync(payment=known)
        if known.status in {PaymentStatus.SUBMITTED, PaymentStatus.REQUIRES_ACTION}:
            return known
        if known.status in {PaymentStatus.PROCESSING, PaymentStatus.AUTHORISED}:
            raise Conflict("payment_under_way", "The bank is still at work on the payment.")
        if known.captured_minor or known.status == PaymentStatus.SAVED:
            checkout_settle(checkout=checkout, actor=actor)
            raise Conflict("paid_already", "It is paid already.")
        key = _ask_anew(checkout)
    folio = main_folio(reservation=rooms_of(checkout)[0])
    return checkout_start(
        folio=folio,
        account=way.account,
        amount=Money(way.amount_minor, checkout.currency),
        purpose=way.purpose,
        save_card=way.save_card,
        return_url=return_url,
        cancel_url=cancel_url,
        email=checkout.email,
        request_key=key,
        actor=actor,
    )


def checkout_payments_let_go(*, checkout: Checkout, actor: Actor) -> Checkout:
    """Close the provider's pages that are still open: the guest changes what is to be paid. Outside any transaction.

    Where one was paid meanwhile it is settled instead. A provider that does not answer closes its page later by itself.
    """
    for payment in payments_of(checkout):
        if payment.status in UNDER_WAY:
            try:
                payment_cancel(payment=payment, reason="The guest changed the booking", actor=actor)
            except (DomainError, ProviderError):
                checkout_settle(checkout=checkout, actor=actor)
    return Checkout.objects.select_related("booking__property", "booking__booker").get(pk=checkout.pk)


@retried
@transaction.atomic
def _attempt(checkout: Checkout, actor: Actor) -> tuple[PaymentWay, UUID | None]:
    row = checkout_lock(checkout)
    if row.state == State.BOOKED:
        raise Conflict("paid_already", "It is paid already.")
    _require_ready(row)
    way = payment_way(checkout=row)
    if way.account is None:
        return way, None
    if row.state == State.HELD:
        row.state = State.PAYING
        row.save(update_fields=["state"])
        told(row, "paying", actor, {"state": [State.HELD, State.PAYING]})
    payment = next((payment for payment in reversed(payments_of(row)) if payment.status in UNDER_WAY), None)
    if payment is not None and payment.amount_minor == way.amount_minor and payment.account_id == way.account.pk:
        return way, payment.request_key
    return way, None


@transaction.atomic
def _ask_anew(checkout: Checkout) -> UUID:
    key = uuid4()
    Attempt.objects.create(checkout=checkout, request_key=key, made_at=timezone.now())
    return key


def _require_ready(row: Checkout) -> None:
    if row.state not in OPEN or row.expires_at <= timezone.now():
        raise Conflict("hold_ended", "The rooms are not kept any more.")
    if not row.is_named:
        raise Conflict("details_missing", "Say first who is coming.")
