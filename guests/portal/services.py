"""What a guest does to a booking, each through the lifecycle: the preview is the deed rolled back, the yes is the deed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from billing.folios.selectors import stay_account
from billing.folios.services import main_folio
from billing.payments.enums import UNDER_WAY, Purpose
from billing.payments.models import PaymentIntent, PaymentLink
from billing.payments.selectors import accounts_for
from billing.payments.services import overpaid_minor, payment_link_create, refund_start, refundable_minor
from billing.payments.shares import shares_of
from bookings.lifecycle.services import reservation_cancel, reservation_guests_set, reservation_modify
from bookings.lifecycle.sold import party_of
from bookings.rates.enums import CHANNEL_SOURCES
from bookings.reservations.enums import LOST, Status
from bookings.reservations.models import Booking, Reservation, StayNight
from guests.portal.models import Cancellation
from guests.portal.selectors import OPEN, free_until_of, penalty_now, room_of
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, DomainError, Invalid
from pms.kernel.jobs import enqueue_in_tenant
from pms.kernel.locking import dry_run, lock, lock_one, retried
from pms.kernel.money import Money

BY_GUEST = "Cancelled by the guest"
#: How long a link that leads from here to a provider's page is good.
LINK_DAYS = 2
#: How many bookings of one address are sent links at once.
MOST_BOOKINGS = 5


@dataclass(frozen=True, slots=True)
class StayWish:
    """The stay as the guest wants it; infants of None stay as many as they are."""

    arrival: date
    departure: date
    adults: int
    child_ages: tuple[int, ...]
    infants: int | None = None


@dataclass(frozen=True, slots=True)
class ChangePreview:
    """What a change would cost, or why it is refused. Amounts are of the whole stay, minor units.

    `free_until` is until when the changed stay could be cancelled free of charge (T48).
    """

    old_minor: int
    new_minor: int = 0
    nights: tuple[StayNight, ...] = ()
    free_until: datetime | None = None
    refusal: DomainError | None = None
    alternatives: tuple[str, ...] = ()

    @property
    def difference_minor(self) -> int:
        """What the stay becomes dearer by; below zero cheaper."""
        return self.new_minor - self.old_minor


@dataclass(frozen=True, slots=True)
class CancelPreview:
    """What cancelling now costs and what comes back, minor units; or why it is refused."""

    fee_minor: int = 0
    paid_minor: int = 0
    refund_minor: int = 0
    open_minor: int = 0
    refusal: DomainError | None = None


@retried
def stay_change_preview(*, reservation: Reservation, wish: StayWish, version: int, actor: Actor) -> ChangePreview:
    """Return what stay_change would do: the deed itself, rolled back. Locks what it locks, for as long as it runs."""
    old_minor = reservation.grand_total_minor
    try:
        with dry_run():
            row = _changed(reservation, wish, version, actor)
            nights = tuple(StayNight.objects.filter(reservation=row, released_at=None).order_by("date"))
            found = ChangePreview(old_minor, row.grand_total_minor, nights, free_until_of(row))
    except DomainError as refusal:
        words = tuple(str(word) for word in refusal.context.get("alternatives", ()) if isinstance(word, str))
        return ChangePreview(old_minor, refusal=refusal, alternatives=words)
    return found


@retried
@transaction.atomic
def stay_change(
    *, reservation: Reservation, wish: StayWish, version: int, total_seen_minor: int, actor: Actor
) -> Reservation:
    """Change dates and party at the price that was seen; kept nights keep theirs (T29), who joins pays as of today.

    While cancelling costs something, nights may be added but none given up: else a change would be a way around the fee.
    Locks as reservation_modify. Raises Conflict `channel_booking`, `change_costs`, `price_changed`; Invalid
    `not_changeable`, `nothing_changes`, and what reservation_modify raises.
    """
    row = _changed(reservation, wish, version, actor)
    if row.grand_total_minor != total_seen_minor:
        raise Conflict("price_changed", "The price has changed meanwhile.")
    return row


def _changed(reservation: Reservation, wish: StayWish, version: int, actor: Actor) -> Reservation:
    _require_ours(reservation)
    if reservation.status not in OPEN:
        raise Invalid("not_changeable", "This stay cannot be changed any more.")
    costs = penalty_now(reservation)
    row = reservation_modify(
        reservation=reservation,
        arrival=wish.arrival,
        departure=wish.departure,
        adults=wish.adults,
        # The same ages said again must not make us forget the days of birth.
        child_ages=None if wish.child_ages == party_of(reservation).child_ages else wish.child_ages,
        infants=wish.infants,
        party_pays=True,
        version=version,
        actor=actor,
        reason="By the guest",
    )
    if row.version == version:
        raise Invalid("nothing_changes", "Nothing would change.")
    gives_up = wish.arrival > reservation.arrival or wish.departure < reservation.departure
    if costs and (gives_up or row.grand_total_minor < reservation.grand_total_minor):
        raise Conflict("change_costs", "Nights cannot be given up free of charge any more.")
    return row


@retried
def stay_cancel_preview(*, reservation: Reservation, version: int, actor: Actor) -> CancelPreview:
    """Return what cancelling at this moment costs and gives back: the deed itself, rolled back."""
    try:
        with dry_run():
            row = _cancelled(reservation, version, BY_GUEST, actor)
            account = stay_account(reservation=row)
            found = CancelPreview(
                row.cancellation_fee_minor,
                account.paid_minor,
                max(0, account.paid_minor - account.total_minor),
                max(0, account.total_minor - account.paid_minor),
            )
    except DomainError as refusal:
        return CancelPreview(refusal=refusal)
    return found


@retried
@transaction.atomic
def stay_cancel(
    *, reservation: Reservation, version: int, fee_seen_minor: int, reason: str, actor: Actor
) -> Reservation:
    """Cancel at the fee that was seen; what was paid beyond it goes back by itself. Cancelling again changes nothing.

    Locks as reservation_cancel. Raises Conflict `channel_booking`, `fee_changed`, `changed_meanwhile`,
    `transition_refused`.
    """
    now = Reservation.objects.select_related("property", "booking", "guest").get(pk=reservation.pk)
    if now.status == Status.CANCELLED:
        return now
    row = _cancelled(now, version, reason.strip() or BY_GUEST, actor)
    if row.cancellation_fee_minor != fee_seen_minor:
        raise Conflict("fee_changed", "What cancelling costs has changed meanwhile.")
    account = stay_account(reservation=row)
    over = max(0, account.paid_minor - account.total_minor)
    Cancellation.objects.get_or_create(reservation=row, defaults={"cancelled_at": timezone.now(), "refund_minor": over})
    enqueue_in_tenant("guests.portal.jobs.give_back", code=row.code)
    return row


def _cancelled(reservation: Reservation, version: int, reason: str, actor: Actor) -> Reservation:
    _require_ours(reservation)
    if reservation.status not in OPEN:
        raise Conflict("transition_refused", "This stay cannot be cancelled any more.")
    return reservation_cancel(reservation=reservation, reason=reason, version=version, actor=actor)


@retried
@transaction.atomic
def cancellation_settle(*, cancellation: Cancellation, actor: Actor) -> Cancellation:
    """Ask the providers to give back what was paid beyond the fee, to where it came from, the newest payment first (T38).

    Safe to repeat and to lose: what is over is counted anew each time, refunds under way taken off. A payment still under
    way keeps it open. What cannot go back over a provider (cash, another currency) is told as `booking.refund_left` and
    stays on the folio for the desk. Locks the reservation, the row, then the payments' folios. Raises what refund_start raises.
    """
    lock(Reservation.objects.filter(pk=cancellation.reservation_id))
    row = lock_one(Cancellation.objects.filter(pk=cancellation.pk).select_related("reservation__property"))
    if row is None or row.settled_at is not None:
        return row or cancellation
    stay = Reservation.objects.select_related("property", "booking").get(pk=row.reservation_id)
    over = overpaid_minor(reservation=stay) if stay.status in LOST else 0
    over -= _give_back(stay, over, BY_GUEST, actor)
    waits = PaymentIntent.objects.filter(reservation=stay, status__in=UNDER_WAY).exists()
    if stay.status in LOST and waits:
        return row
    row.left_minor, row.settled_at = over, timezone.now()
    row.save(update_fields=["left_minor", "settled_at"])
    if over:
        event_publish(
            kind="booking.refund_left",
            subject_type="booking",
            subject_code=stay.booking.code,
            payload={
                "booking": stay.booking.code,
                "reservation": stay.code,
                "amount_minor": over,
                "currency": stay.currency,
            },
        )
    return row


def _give_back(stay: Reservation, over_minor: int, reason: str, actor: Actor) -> int:
    """Ask the providers to give back so much of what was paid for a stay; return how much they were asked for.

    Of a payment for several rooms only this one's share goes back, on the payment it came by.
    """
    given = 0
    for share in shares_of(reservations=[stay])[stay.pk]:
        payment = share.payment
        if not payment.account.is_online or payment.currency != stay.currency:
            continue
        amount = min(over_minor - given, share.left_minor, refundable_minor(payment))
        if amount > 0:
            refund_start(
                payment=payment, amount=Money(amount, payment.currency), reason=reason, share=share, actor=actor
            )
            given += amount
    return given


def guests_name(*, reservation: Reservation, names: Sequence[tuple[str, str]], actor: Actor) -> Reservation:
    """Say who sleeps there. Raises Conflict `channel_booking` and what reservation_guests_set raises."""
    return reservation_guests_set(reservation=reservation, names=names, actor=actor)


@retried
@transaction.atomic
def pay_link(*, reservation: Reservation, everything: bool, actor: Actor) -> PaymentLink:
    """Return a link over what is due, or over everything; the one that is open, if it asks the same.

    Locks the reservation, so that two clicks are one link. Raises Conflict `nothing_to_pay`, `no_payment_here`.
    """
    (row,) = lock(
        Reservation.objects.filter(pk=reservation.pk).select_related(
            "property", "room_type", "rate_plan", "guest", "booking"
        )
    )
    room = room_of(reservation=row)
    amount = room.payable_minor if everything else room.due_minor
    if amount <= 0:
        raise Conflict("nothing_to_pay", "Nothing is left to pay here.")
    accounts = accounts_for(property=row.property, currency=row.currency, online=True)
    if not accounts:
        raise Conflict("no_payment_here", "Nothing can be paid here at the moment.")
    folio = main_folio(reservation=row)
    known = PaymentLink.objects.filter(
        at_most_due=True,
        folio=folio,
        account=accounts[0],
        amount_minor=amount,
        paid_at=None,
        revoked_at=None,
        actor_label=actor.label[:160],
    )
    found = known.filter(expires_at__gt=timezone.now()).order_by("-pk").first()
    if found is not None:
        return found
    purpose = Purpose.CANCELLATION if row.status == Status.CANCELLED else Purpose.BALANCE
    return payment_link_create(
        folio=folio,
        account=accounts[0],
        purpose=purpose,
        amount_minor=amount,
        at_most_due=True,
        days=LINK_DAYS,
        actor=actor,
    )


@transaction.atomic
def links_ask(*, email: str, code: str) -> int:
    """Have the links of the bookings of an address sent to it (`booking.link_asked`); return how many were asked for.

    With a code only that booking, else the newest that are not over. Only the address in the booking is ever written to.
    """
    rows = Booking.objects.filter(booker__email__iexact=email.strip()).exclude(booker__email="")
    if code.strip():
        rows = rows.filter(code__iexact=code.strip())
    else:
        rows = rows.filter(reservations__departure__gte=timezone.now().date()).distinct()
    found = list(rows.select_related("property").order_by("-made_at", "-pk")[:MOST_BOOKINGS])
    for booking in found:
        event_publish(
            kind="booking.link_asked",
            subject_type="booking",
            subject_code=booking.code,
            payload={"booking": booking.code, "property": booking.property.code},
        )
    return len(found)


def _require_ours(reservation: Reservation) -> None:
    if reservation.booking.source in CHANNEL_SOURCES:
        raise Conflict("channel_booking", "This booking was made elsewhere and is changed there.")
