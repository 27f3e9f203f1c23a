"""Where money that came goes: into the booking, or back. The webhook, the guest's return and the sweep all come here.

Whoever comes first does it, and everybody after finds it done: the attempt's `settled_at` is set in the transaction
that confirms the rooms or asks for the refund.
"""

from collections.abc import Sequence
from uuid import UUID, uuid5

import structlog
from django.db import transaction
from django.utils import timezone

from billing.folios.models import Posting
from billing.folios.services import main_folios, transfer
from billing.payments.enums import CaptureStatus, PaymentStatus
from billing.payments.models import PaymentIntent
from billing.payments.providers.base import ProviderError
from billing.payments.services import card_remove, payment_sync, refund_start, refundable_minor
from billing.payments.services.hearing import payment_carry_on
from bookings.checkout.enums import State
from bookings.checkout.models import Attempt, Checkout
from bookings.checkout.selectors import payments_of
from bookings.checkout.services.recording import checkout_lock, rooms_of, told
from bookings.lifecycle.services import booking_confirm
from bookings.reservations.models import Reservation
from bookings.reservations.terms import terms_from_json
from pms.kernel.actors import Actor
from pms.kernel.errors import Busy, DomainError
from pms.kernel.locking import retried
from pms.kernel.money import Money, allocate

logger = structlog.get_logger(__name__)

ROOM_GONE = "The room was sold to somebody else before the payment arrived"
PAID_TWICE = "Paid twice"
#: Names the refund of a payment, so that asking again is the same refund.
REFUND = UUID("6f1c3c0e-6f5c-4d7c-9a55-6d9f3f1a5c52")


def checkout_return(*, checkout: Checkout, actor: Actor) -> Checkout:
    """Ask the provider how the payments stand, now that the guest is back, and settle what came. Outside a transaction.

    That somebody came back proves nothing. A provider that does not answer changes nothing: its message comes, or the
    poll asks again.
    """
    for payment in payments_of(checkout):
        if payment.status in {PaymentStatus.CAPTURED, PaymentStatus.SAVED}:
            continue
        try:
            payment_carry_on(payment_sync(payment=payment), actor)
        except (ProviderError, DomainError) as error:
            logger.warning("payment_not_read", payment=str(payment.code), error=str(error))
    return checkout_settle(checkout=checkout, actor=actor)


@retried
@transaction.atomic
def checkout_settle(*, checkout: Checkout, actor: Actor) -> Checkout:
    """Give money that came its place: the first payment confirms the booking, a further one goes back.

    A hold that ended meanwhile is taken again at the agreed price (T15); where that cannot be, everything paid goes back
    by itself and `checkout.room_lost` is told. Idempotent, from whatever side it is called. Locks the checkout, inventory
    days, reservations, folios, payments. Raises Busy: whoever called comes again.
    """
    row = checkout_lock(checkout)
    waiting: dict[UUID | None, Attempt] = {
        attempt.request_key: attempt for attempt in row.attempts.filter(settled_at=None)
    }
    came = [
        payment
        for payment in payments_of(row)
        if payment.request_key in waiting and (payment.captured_minor or payment.status == PaymentStatus.SAVED)
    ]
    for payment in came:
        attempt = waiting[payment.request_key]
        if row.state in {State.BOOKED, State.REFUNDED}:
            _give_back(payment, PAID_TWICE if row.state == State.BOOKED else ROOM_GONE, actor)
        elif _confirmed(row, actor):
            row.state, row.ended_at = State.BOOKED, timezone.now()
            row.save(update_fields=["state", "ended_at"])
            _share_out(row, payment, actor)
            told(row, "booked", actor, {"agreed_minor": [None, row.agreed_minor]}, paid_minor=payment.captured_minor)
        else:
            back = _give_back(payment, ROOM_GONE, actor)
            row.state, row.ended_at = State.REFUNDED, timezone.now()
            row.save(update_fields=["state", "ended_at"])
            told(row, "room_lost", actor, amount_minor=back, currency=payment.currency)
        attempt.settled_at = timezone.now()
        attempt.save(update_fields=["settled_at"])
    return row


def _confirmed(row: Checkout, actor: Actor) -> bool:
    """Confirm all rooms and return whether they could be; nothing of it stays where they could not."""
    try:
        with transaction.atomic():
            booking_confirm(booking=row.booking, actor=actor)
    except Busy:
        raise
    except DomainError as refusal:
        logger.info("room_lost", booking=row.booking.code, code=refusal.code)
        return False
    return True


def _give_back(payment: PaymentIntent, reason: str, actor: Actor) -> int:
    """Refund all that is left of a payment, or forget its card; return how much goes back, minor units."""
    # After a second payment the card stays: it may be the one that guarantees the booking.
    if reason == ROOM_GONE and payment.saved_method is not None:
        card_remove(card=payment.saved_method, actor=actor)
    left = refundable_minor(payment)
    if left:
        refund_start(
            payment=payment,
            amount=Money(left, payment.currency),
            reason=reason,
            request_key=uuid5(REFUND, str(payment.code)),
            actor=actor,
        )
    return left


def _share_out(row: Checkout, payment: PaymentIntent, actor: Actor) -> None:
    """Let each room have what was due now of it: one payment for several rooms comes in on the first one's folio.

    From then on the share counts for its room alone: it is what the room's cancellation gives back.
    """
    rooms = rooms_of(row)
    if len(rooms) == 1 or not payment.captured_minor or payment.currency != row.currency:
        return
    codes = payment.captures.filter(status=CaptureStatus.DONE).values("posting_code")
    posting = Posting.objects.filter(code__in=codes).select_related("folio__property", "folio__entity").first()
    if posting is None:
        return
    folios = main_folios(reservations=rooms)
    for room, share in zip(rooms[1:], _shares(rooms, payment.captured_minor)[1:], strict=True):
        if share:
            transfer(
                postings=[posting],
                to_folio=folios[room.pk],
                amount_minor=share,
                request_key=uuid5(payment.code, room.code),
                for_reservation=room,
                reason="One payment for all rooms",
                actor=actor,
            )


def _shares(rooms: Sequence[Reservation], captured_minor: int) -> list[int]:
    """Return what each room has of a payment: what was due for it, or, where another sum was paid, in proportion (T30)."""
    due = [sum(step.amount_minor for step in terms_from_json(room.terms).payments if step.due_now) for room in rooms]
    return allocate(captured_minor, due if any(due) else [room.grand_total_minor for room in rooms])
