"""What must hold once everything runs again: no booking without its payment known, no payment without booking or refund."""

import re
from collections import Counter
from typing import Any

from django.core.management import call_command

from billing.payments.enums import PaymentStatus, RefundStatus
from billing.payments.models import PaymentIntent, Refund
from bookings.checkout.enums import State
from bookings.checkout.models import Attempt, Checkout
from bookings.checkout.selectors import payments_of, unsettled
from bookings.reservations.enums import Status
from guests.messaging.enums import DUE, Kind, MessageStatus
from guests.messaging.models import Message
from pms.events.models import EventDelivery, OutboxEvent
from pms.inbox.enums import MessageStatus as InboundStatus
from pms.inbox.models import InboundMessage
from tests.crashes.premises import Premises

#: Rows that somebody claims for a while: their leases end when time passes.
DONE = (InboundStatus.HANDLED, InboundStatus.IGNORED)
CLAIMED = (PaymentIntent, Refund, EventDelivery, InboundMessage, Message)


def taken_at(premises: Premises) -> dict[str, tuple[int, int]]:
    """Return what the provider took and gave back, minor units, by its payment's id."""
    client = premises.sandbox.client()
    took = {each.id: each.amount_received for each in client.v1.payment_intents.list().auto_paging_iter()}
    gave: Counter[str] = Counter()
    for refund in client.v1.refunds.list().auto_paging_iter():
        gave[str(refund.payment_intent)] += refund.amount
    return {each: (minor, gave[each]) for each, minor in took.items() if minor}


def recovered(premises: Premises) -> None:
    """Let time pass until nothing is left to do, then certify."""

    def unfinished() -> list[str]:
        left = {
            "unsettled": unsettled(),
            "not relayed": OutboxEvent.objects.filter(relayed_at=None),
            "not delivered": EventDelivery.objects.filter(delivered_at=None),
            "not handled": InboundMessage.objects.exclude(status__in=DONE),
            "not submitted": PaymentIntent.objects.filter(status=PaymentStatus.CREATED),
            "not refunded": Refund.objects.filter(status=RefundStatus.REQUESTED),
            "not written": Message.objects.filter(status__in=DUE),
        }
        known = dict(PaymentIntent.objects.values_list("provider_payment_id", "captured_minor"))
        unheard = [each for each, (minor, _) in taken_at(premises).items() if known.get(each) != minor]
        return [f"{name}: {list(rows)}" for name, rows in left.items() if rows.exists()] + unheard

    premises.recover(unfinished, CLAIMED)
    certify(premises)


def certify(premises: Premises) -> None:
    """Assert the rule for every payment, booking, night and mail there is."""
    call_command("check_invariants", organization="hotel-a", verbosity=0, stdout=Silence())
    for provider_id, (took, gave) in taken_at(premises).items():
        payment = PaymentIntent.objects.get(provider_payment_id=provider_id)
        assert payment.request_key is not None
        attempt = Attempt.objects.select_related("checkout").get(request_key=payment.request_key)
        assert (payment.captured_minor, payment.refunded_minor) == (took, gave)
        assert attempt.settled_at is not None
        assert gave in {0, took}, "all of it, or nothing"
        assert gave or attempt.checkout.state == State.BOOKED
    for checkout in Checkout.objects.all():
        kept = sum(payment.captured_minor - payment.refunded_minor for payment in payments_of(checkout))
        rooms = set(checkout.booking.reservations.values_list("status", flat=True))
        is_booked = checkout.state == State.BOOKED
        assert kept == (checkout.due_minor if is_booked else 0), checkout
        assert (rooms == {Status.CONFIRMED}) == is_booked, (checkout, rooms)
        assert confirmations(checkout) == [MessageStatus.SENT] * is_booked, checkout


def confirmations(checkout: Checkout) -> list[str]:
    """Return the states of the confirmations of a booking."""
    rows = Message.objects.filter(booking=checkout.booking_id, kind=Kind.CONFIRMATION)
    return [str(status) for status in rows.values_list("status", flat=True)]


def letters(premises: Premises, checkout: Checkout) -> int:
    """Return how often the confirmation of a booking left the house."""
    message = Message.objects.get(booking=checkout.booking_id, kind=Kind.CONFIRMATION)
    sent = "".join(path.read_text(errors="replace") for path in premises.mails.iterdir())
    return len(re.findall(rf"^Message-ID:\s+<{message.public_id}@", sent, re.MULTILINE))


class Silence:
    def write(self, *given: Any) -> None:
        """Say nothing: what is found is raised."""
