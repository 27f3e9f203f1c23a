"""Money of a stay whose guest has come: what its channel says of it is taken, and somebody is told (T44, T69).

Dates and guests are a person's to decide by then. What the channel keeps is not: it charges it whatever stands here.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from billing.folios.enums import FolioKind, PostingKind
from billing.folios.models import Posting
from billing.ledger.exchange import Rate
from bookings.lifecycle.services import RoomRequest, reservation_commission_set
from bookings.reservations.enums import Status
from bookings.reservations.models import Booking, Reservation
from channels.adapters.base import SoldBooking, SoldRoom
from channels.connections.models import Connection
from channels.sync.cases import case_open, cases_over
from channels.sync.enums import CaseKind
from channels.sync.models import BookingMessage, Case, ChannelBooking
from guests.profiles.enums import Collector
from pms.kernel.actors import Actor
from pms.kernel.money import Money

#: Whose guest is here, or has been.
ARRIVED = frozenset({Status.CHECKED_IN, Status.CHECKED_OUT, Status.COMPLETED})


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who says something, in which message, and when that is taken."""

    connection: Connection
    channel: str
    message: BookingMessage
    actor: Actor
    now: datetime


def change_noted(
    *,
    speaker: Speaker,
    sold: SoldBooking,
    known: ChannelBooking,
    reservation: Reservation,
    room: SoldRoom,
    request: RoomRequest,
) -> None:
    """Open a case where other days, guests or another price are told of a stay than it has: a person's to decide (T69)."""
    is_same_stay = (room.arrival, room.departure) == (reservation.arrival, reservation.departure)
    is_same = is_same_stay and reservation.adults == room.adults
    price_minor = _price_told(sold, known, reservation, request) if is_same else None
    if is_same and price_minor is None:
        return
    details = {"arrival": room.arrival.isoformat(), "departure": room.departure.isoformat(), "adults": room.adults}
    if price_minor is None:
        what = f"the stay of {_who(reservation)} to {room.arrival:%-d %b} until {room.departure:%-d %b}, {room.adults} adults"
    else:
        here, there = Money(reservation.total_minor, reservation.currency), Money(price_minor, reservation.currency)
        what = f"the price of the stay of {_who(reservation)}: {there}, and here its nights cost {here}"
    case_open(
        connection=speaker.connection,
        kind=CaseKind.IN_HOUSE,
        subject=reservation.code,
        words=f"{speaker.channel} changed {what}. Decide at the desk; nothing was changed here.",
        now=speaker.now,
        reservation=reservation,
        message=speaker.message,
        details=details if price_minor is None else {"price_minor": price_minor},
    )


def _price_told(sold: SoldBooking, known: ChannelBooking, reservation: Reservation, request: RoomRequest) -> int | None:
    """Return what a stay's nights cost by a message that tells another total than the last one; None where it is no news.

    Whoever gave a discount at the desk is not told of it with every message. A payout is no price.
    """
    is_news = None not in {sold.total_minor, known.total_minor} and sold.total_minor != known.total_minor
    if sold.is_payout or not is_news or request.prices is None:
        return None
    told = sum(request.prices.values())
    return None if told == reservation.total_minor else told


def commission_told(
    *, sold: SoldBooking, known: ChannelBooking, reservation: Reservation, request: RoomRequest, rate: Rate | None
) -> int | None:
    """Return what the channel keeps of a stay, minor units in our currency; None where the message says nothing new of it.

    Where its amounts are what it pays out, it keeps what they lack of the price sold. In another currency only a word that
    differs from its last is news: the same one at the rate of another day is not (T37).
    """
    said = (sold.commission_minor, sold.total_minor)
    if rate is not None and said == (known.commission_minor, known.total_minor):
        return None
    if not sold.is_payout:
        return request.commission_minor
    is_same_stay = (request.arrival, request.departure) == (reservation.arrival, reservation.departure)
    if rate is not None or not is_same_stay or request.prices is None:
        return None
    kept = reservation.total_minor - sum(request.prices.values())
    return kept if kept >= 0 else None


def commission_take(*, speaker: Speaker, reservation: Reservation, commission_minor: int) -> None:
    """Take what the channel keeps of a stay, and note for the desk that it is another amount than before.

    What is in the books already follows by the difference. The same again does nothing; a note that nobody put away goes
    when the first amount comes back. Locks the reservation, then its folios.
    """
    before = reservation.commission_minor or 0
    row = reservation_commission_set(reservation=reservation, commission_minor=commission_minor, actor=speaker.actor)
    if commission_minor == before:
        return
    kind, connection = CaseKind.COMMISSION_CHANGED, speaker.connection
    known = Case.objects.filter(connection=connection, kind=kind, subject=row.code, resolved_at=None).first()
    first = before if known is None else int(known.details["before_minor"])
    if first == commission_minor:
        cases_over(connection=connection, kinds=[kind], subject=row.code, now=speaker.now)
        return
    follows = "It is posted when the guest leaves." if row.status == Status.CHECKED_IN else "The difference is posted."
    case_open(
        connection=connection,
        kind=kind,
        subject=row.code,
        words=(
            f"{speaker.channel} changed its commission for the stay of {_who(row)} from "
            f"{Money(first, row.currency)} to {Money(commission_minor, row.currency)}. {follows}"
        ),
        now=speaker.now,
        reservation=row,
        message=speaker.message,
        details={"before_minor": first, "commission_minor": commission_minor, "currency": row.currency},
    )


def collector_noted(*, speaker: Speaker, booking: Booking) -> None:
    """Open a case for each stay of a booking whose nights stand on a folio of whoever does not owe them any more.

    Called after somebody else collects than before. Nights that are charged stay where they are: only a person knows what
    was paid of them.
    """
    is_sellers = booking.collector == Collector.SELLER
    for row in Reservation.objects.filter(booking=booking, status__in=ARRIVED).select_related("guest").order_by("pk"):
        nights = Posting.objects.filter(reservation=row, of_kind=PostingKind.NIGHT)
        wrong = nights.filter(folio__company=None) if is_sellers else nights.filter(folio__kind=FolioKind.COMPANY)
        amounts = wrong.values("folio__code", "folio__label").annotate(sum=Sum("amount_minor")).order_by("folio__code")
        found = [(each["folio__code"], each["folio__label"], each["sum"]) for each in amounts if each["sum"]]
        if not found:
            kinds = [CaseKind.COLLECTOR_CHANGED]
            cases_over(connection=speaker.connection, kinds=kinds, subject=row.code, now=speaker.now)
            continue
        stand = " and ".join(f"{Money(amount, row.currency)} on {label}'s folio" for _, label, amount in found)
        by_now = (
            f"{speaker.channel} now takes the money itself for the stay of {_who(row)}."
            if is_sellers
            else f"{speaker.channel} takes no money any more for the stay of {_who(row)}: the guest pays here."
        )
        case_open(
            connection=speaker.connection,
            kind=CaseKind.COLLECTOR_CHANGED,
            subject=row.code,
            words=f"{by_now} What was charged before stays until somebody moves it: {stand}.",
            now=speaker.now,
            reservation=row,
            message=speaker.message,
            details={"collector": booking.collector, "folio": found[0][0]},
        )


def _who(row: Reservation) -> str:
    return f"{row.guest.full_name} ({Status(row.status).label.lower()})"
