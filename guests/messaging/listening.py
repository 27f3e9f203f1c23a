"""From events to mails: what each fact means for whom. Every function may run twice for one event, and must not mind.

Events only say that something happened; what a mail says is read from the rows as they are now. That is why the first
event of several may make the mail of them all, and why the others then make none.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from django.utils import translation

from billing.payments.enums import Method
from billing.payments.models import PaymentIntent
from bookings.rates.enums import Source
from bookings.reservations.enums import LOST, Status
from bookings.reservations.models import Booking, Reservation, StayNight
from guests.messaging.addresses import host_here
from guests.messaging.content import reservations_of
from guests.messaging.enums import Kind
from guests.messaging.models import Message, Question
from guests.messaging.policy import language_for
from guests.messaging.sending import CALENDAR, PAPER
from guests.messaging.services.queueing import message_queue
from pms.audit.selectors import audit_of
from pms.branding.formats import day, price
from pms.events.models import OutboxEvent
from pms.kernel.actors import Actor, ActorKind
from pms.kernel.addresses import address_at
from pms.kernel.dates import business_date_at

MACHINE = Actor.system("messages")
#: A booking that is written down later than this after it was made was brought in from elsewhere: its guest knows.
BROUGHT_IN = timedelta(days=1)
#: A check-in or check-out told later than this is told for the books.
FOR_THE_BOOKS = timedelta(days=2)
PAPERS = (PAPER, CALENDAR)
AT_THE_DESK = frozenset({Method.CASH, Method.TERMINAL})


def heard(event: OutboxEvent) -> None:
    """Write the mails that an event asks for."""
    for listen in LISTENERS.get(event.kind, ()):
        listen(event)


def confirmed(event: OutboxEvent) -> None:
    """One confirmation for all rooms of a booking, once none of them waits; a room added later changes the booking."""
    row = _reservation(event.subject_code)
    if row is None or event.at - row.booking.made_at > BROUGHT_IN:
        return
    rooms = reservations_of(row.booking)
    if any(each.status in {Status.HOLD, Status.PENDING} for each in rooms):
        return
    live = [each for each in rooms if each.status == Status.CONFIRMED]
    if not live:
        return
    told = Message.objects.filter(kind=Kind.CONFIRMATION, subject_code=row.booking.code, subject_type="booking")
    first = told.first()
    if first is not None:
        if row in live and row.code not in first.told.get("rooms", {}):
            _changed(row, rooms)
        return
    facts = {"rooms": {each.code: _face(each) for each in live}}
    common: dict[str, Any] = {"booking": row.booking, "subject_type": "booking", "subject_code": row.booking.code}
    message_queue(kind=Kind.CONFIRMATION, rooms=live, attachments=PAPERS, told=facts, actor=MACHINE, **common)
    if row.booking.source == Source.DIRECT_WEB:
        message_queue(kind=Kind.STAFF_BOOKING, rooms=live, actor=MACHINE, **common)


def changed(event: OutboxEvent) -> None:
    """A mail when what the guest sees is another than what the last mail said: not when only the room was moved."""
    row = _reservation(event.subject_code)
    if row is not None and row.status == Status.CONFIRMED:
        _changed(row, reservations_of(row.booking))


def reinstated(event: OutboxEvent) -> None:
    """Who heard that a stay was cancelled hears that it stands again; who paid after the hold had run out is confirmed."""
    row = _reservation(event.subject_code)
    if row is not None and row.status == Status.CONFIRMED:
        written = Message.objects.filter(kind=Kind.CONFIRMATION, subject_code=row.booking.code, subject_type="booking")
        if not written.exists() and event.at - row.booking.made_at <= BROUGHT_IN:
            confirmed(event)
            return
        _changed(row, reservations_of(row.booking), force=True)


def _changed(row: Reservation, rooms: list[Reservation], *, force: bool = False) -> None:
    live = [each for each in rooms if each.status == Status.CONFIRMED]
    faces = {each.code: _face(each) for each in live}
    last = Message.objects.filter(
        booking=row.booking, kind__in=[Kind.CONFIRMATION, Kind.MODIFICATION], told__rooms__has_key=row.code
    ).first()
    if not force and last is not None and last.told["rooms"][row.code] == faces[row.code]:
        return
    message_queue(
        kind=Kind.MODIFICATION,
        booking=row.booking,
        rooms=live,
        subject_type="booking",
        subject_code=row.booking.code,
        revision=f"{row.code} v{row.version}",
        attachments=PAPERS,
        told={"rooms": faces},
        actor=MACHINE,
    )


def cancelled(event: OutboxEvent) -> None:
    """One mail for the rooms that were given up together; staff hear of it when it was the guest."""
    row = _reservation(event.subject_code)
    if row is None or row.status != Status.CANCELLED or row.confirmed_at is None:
        return
    told = Message.objects.filter(kind=Kind.CANCELLATION, booking=row.booking)
    known = {code for message in told for code in message.told.get("cancelled", {}).items()}
    rooms = [
        each
        for each in reservations_of(row.booking)
        if each.status == Status.CANCELLED and each.confirmed_at and (each.code, each.version) not in known
    ]
    if row.pk not in {each.pk for each in rooms}:
        return
    facts = {each.code: each.version for each in rooms}
    fee, currency = sum(each.cancellation_fee_minor for each in rooms), row.currency
    by_guest = _by_guest(row)
    for kind in (Kind.CANCELLATION, Kind.STAFF_CANCELLATION) if by_guest else (Kind.CANCELLATION,):
        message_queue(
            kind=kind,
            booking=row.booking,
            rooms=rooms,
            subject_type="booking",
            subject_code=row.booking.code,
            revision=sha256(repr(sorted(facts.items())).encode()).hexdigest()[:32],
            special={"fee": _money(kind, row, fee, currency) if fee else ""},
            attachments=(CALENDAR,) if kind == Kind.CANCELLATION else (),
            told={"cancelled": facts},
            actor=MACHINE,
        )


def checked_in(event: OutboxEvent) -> None:
    """A welcome with the room's number, once, when it happened just now."""
    row = _reservation(event.subject_code)
    if row is None or row.status != Status.CHECKED_IN or not _just_now(row, event, row.arrival):
        return
    night = StayNight.objects.filter(reservation=row, released_at=None).select_related("unit").order_by("date").first()
    number = night.unit.number if night is not None and night.unit else ""
    of_stay(Kind.WELCOME, row, special={"room_number": number})


def checked_out(event: OutboxEvent) -> None:
    """Thanks, once, when it happened just now."""
    row = _reservation(event.subject_code)
    if (
        row is not None
        and row.status in {Status.CHECKED_OUT, Status.COMPLETED}
        and _just_now(row, event, row.departure)
    ):
        of_stay(Kind.THANKS, row)


def of_stay(kind: Kind, row: Reservation, *, special: Mapping[str, str] | None = None, revision: str = "") -> bool:
    """Write one mail about one stay; return whether there is a new one."""
    made = message_queue(
        kind=kind,
        booking=row.booking,
        reservation=row,
        rooms=[row],
        subject_type="reservation",
        subject_code=row.code,
        revision=revision,
        special=special,
        actor=MACHINE,
    )
    return made is not None


def paid(event: OutboxEvent) -> None:
    """Thank for the money that came, not for the whole payment; who paid at the desk has the receipt in hand."""
    at_the_desk = PaymentIntent.objects.filter(code=event.subject_code, account__method__in=AT_THE_DESK)
    if not at_the_desk.exists():
        _of_payment(event, Kind.PAYMENT_RECEIVED, int(event.payload.get("received_minor") or 0))


def overpaid(event: OutboxEvent) -> None:
    """Tell staff that more was paid than a stay costs, and the guest what of it goes back."""
    returned, over = int(event.payload["returned_minor"]), int(event.payload["over_minor"])
    payment = PaymentIntent.objects.filter(code=event.subject_code).select_related("reservation").first()
    row = _reservation(payment.reservation.code) if payment is not None and payment.reservation else None
    if row is None:
        return
    for kind, minor in ((Kind.OVERPAID, returned), (Kind.STAFF_OVERPAID, over)):
        if minor:
            back = _money(kind, row, returned, row.currency) if returned else ""
            message_queue(
                kind=kind,
                booking=row.booking,
                subject_type="payment",
                subject_code=event.subject_code,
                revision=str(event.public_id),
                special={"amount": _money(kind, row, minor, row.currency), "returned": back},
                actor=MACHINE,
            )


def payment_failed(event: OutboxEvent) -> None:
    """Ask for another way to pay; not while somebody stands in the checkout, whose page says so."""
    amount = int(event.payload["amount_minor"])
    _of_payment(event, Kind.PAYMENT_FAILED, amount)
    _of_payment(event, Kind.STAFF_PAYMENT_FAILED, amount)


def _of_payment(event: OutboxEvent, kind: Kind, amount_minor: int) -> None:
    payment = PaymentIntent.objects.filter(code=event.subject_code).select_related("reservation").first()
    row = _reservation(payment.reservation.code) if payment is not None and payment.reservation else None
    stands = row is not None and row.status not in LOST and row.status != Status.HOLD
    if row is None or not stands or amount_minor <= 0:
        return
    money = _money(kind, row, amount_minor, event.payload["currency"])
    message_queue(
        kind=kind,
        booking=row.booking,
        subject_type="payment",
        subject_code=event.subject_code,
        revision=str(event.public_id),
        special={"amount": money, "reason": str(event.payload.get("code") or "")},
        actor=MACHINE,
    )


def refund_left(event: OutboxEvent) -> None:
    """Tell staff of money that has to be given back by hand: no provider takes it, or one refused, or never answered."""
    row = _reservation(str(event.payload["reservation"]))
    if row is not None:
        _left(event, row, int(event.payload["amount_minor"]))


def refund_failed(event: OutboxEvent) -> None:
    """The same for a refund that a provider refused or that was given up."""
    payment = PaymentIntent.objects.filter(code=event.subject_code).select_related("reservation").first()
    row = _reservation(payment.reservation.code) if payment is not None and payment.reservation else None
    if row is not None:
        _left(event, row, int(event.payload["refund_minor"]))


def _left(event: OutboxEvent, row: Reservation, amount_minor: int) -> None:
    message_queue(
        kind=Kind.STAFF_REFUND_LEFT,
        booking=row.booking,
        subject_type="booking",
        subject_code=row.booking.code,
        revision=str(event.public_id),
        special={
            "amount": _money(Kind.STAFF_REFUND_LEFT, row, amount_minor, event.payload["currency"]),
            "reason": str(event.payload.get("code") or ""),
        },
        actor=MACHINE,
    )


def payment_due(event: OutboxEvent) -> None:
    """Remind of a step of the schedule, once for each day it was due on.

    A stay that was brought in from elsewhere is not dunned by mail: what its guest owes and knows was agreed there, and a
    house that moves in with a thousand bookings must not write to a thousand guests on its first morning.
    """
    row = _reservation(event.subject_code)
    if row is None or row.status in LOST or not _was_sold_here(row):
        return
    kind = Kind.PAYMENT_OVERDUE if event.kind == "payment.overdue" else Kind.PAYMENT_DUE
    due_on = event.payload["due_on"]
    language = language_for(kind=kind, booking=row.booking, reservation=None)
    with translation.override(language):
        said = day(date.fromisoformat(due_on))
    message_queue(
        kind=kind,
        booking=row.booking,
        subject_type="reservation",
        subject_code=row.code,
        revision=f"{event.payload['step']} {due_on}",
        special={"amount": _money(kind, row, event.payload["open_minor"], event.payload["currency"]), "due_on": said},
        actor=MACHINE,
    )


def abandoned(event: OutboxEvent) -> None:
    """One reminder with a link; the checkout asks for it only where the guest agreed."""
    booking = _booking(event)
    if booking is not None:
        where = address_at(host=host_here(), path=str(event.payload.get("path") or "/"))
        _of_booking(event, Kind.ABANDONED, booking, special={"resume_url": where})


def room_lost(event: OutboxEvent) -> None:
    """Tell guest and staff that money which came too late goes back."""
    booking = _booking(event)
    if booking is None:
        return
    row = reservations_of(booking)[0]
    for kind in (Kind.ROOM_LOST, Kind.STAFF_ROOM_LOST):
        amount = _money(kind, row, event.payload["amount_minor"], event.payload["currency"], _language(event))
        _of_booking(event, kind, booking, special={"amount": amount}, revision=str(event.public_id))


def link_asked(event: OutboxEvent) -> None:
    """Send the link to the address of the booking, and to no other."""
    booking = _booking(event)
    if booking is not None:
        _of_booking(event, Kind.LINK, booking, revision=str(event.public_id))


def question(event: OutboxEvent) -> None:
    """Pass a question on to the house, and tell the guest that it came."""
    asked = Question.objects.filter(code=event.payload.get("question")).select_related("booking__property").first()
    booking = _booking(event)
    if asked is None or booking is None:
        return
    for kind in (Kind.STAFF_QUESTION, Kind.QUESTION_RECEIVED):
        _of_booking(event, kind, booking, special={"question": asked.text}, revision=str(asked.code))


def _of_booking(
    event: OutboxEvent, kind: Kind, booking: Booking, *, special: Mapping[str, str] | None = None, revision: str = ""
) -> None:
    message_queue(
        kind=kind,
        booking=booking,
        subject_type="booking",
        subject_code=booking.code,
        revision=revision,
        special=special,
        language=_language(event),
        actor=MACHINE,
    )


def _language(event: OutboxEvent) -> str:
    return str(event.payload.get("language") or "")


def _was_sold_here(row: Reservation) -> bool:
    of_it = OutboxEvent.objects.filter(subject_type="reservation", subject_code=row.code)
    return of_it.filter(kind="reservation.created").exists()


def _reservation(code: str) -> Reservation | None:
    rows = Reservation.objects.select_related("booking__property", "booking__booker", "guest", "room_type", "rate_plan")
    return rows.select_related("booking__property", "booking__booker", "guest", "property").filter(code=code).first()


def _booking(event: OutboxEvent) -> Booking | None:
    rows = Booking.objects.select_related("property", "booker")
    return rows.filter(code=event.payload.get("booking"), reservations__isnull=False).first()


def _face(row: Reservation) -> list[Any]:
    """Return what of a stay the guest sees: another face is a change worth a mail."""
    when = [row.arrival.isoformat(), row.departure.isoformat()]
    return [*when, row.room_type_id, row.rate_plan_id, row.adults, row.children, row.infants, row.grand_total_minor]


def _by_guest(row: Reservation) -> bool:
    last = audit_of(subject_type="reservation", subject_code=row.code).filter(action="reservation.cancelled").first()
    return last is not None and last.actor_kind == ActorKind.GUEST


def _just_now(row: Reservation, event: OutboxEvent, on: date) -> bool:
    place = row.property
    today = business_date_at(event.at, place.zone, place.day_close_time)
    return abs(today - on) <= FOR_THE_BOOKS


def _money(kind: Kind, row: Reservation, minor: int, currency: str, wanted: str = "") -> str:
    with translation.override(language_for(kind=kind, booking=row.booking, reservation=None, wanted=wanted)):
        return price(minor, currency)


LISTENERS: Mapping[str, tuple[Callable[[OutboxEvent], None], ...]] = {
    "reservation.created": (confirmed,),
    "reservation.confirmed": (confirmed,),
    "reservation.hold_expired": (confirmed,),
    "reservation.changed": (changed,),
    "reservation.reinstated": (reinstated,),
    "reservation.cancelled": (cancelled,),
    "reservation.checked_in": (checked_in,),
    "reservation.checked_out": (checked_out,),
    "payment.received": (paid,),
    "payment.failed": (payment_failed,),
    "payment.overpaid": (overpaid,),
    "payment.refund_failed": (refund_failed,),
    "payment.refund_parked": (refund_failed,),
    "payment.due": (payment_due,),
    "payment.overdue": (payment_due,),
    "checkout.abandoned": (abandoned,),
    "checkout.room_lost": (room_lost,),
    "booking.refund_left": (refund_left,),
    "booking.link_asked": (link_asked,),
    "guest.question": (question,),
}
