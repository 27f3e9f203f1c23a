"""A channel's booking in the house: made, changed, cancelled, in whatever order its messages come (T59 to T69).

One message is one transaction under the locks of itself and its ChannelBooking. What the hotel cannot refuse is taken; what
a person has to decide becomes a case beside it. Who takes which message is the queue's to say (`channels.sync.queue`).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from billing.ledger.exchange import Rate
from bookings.lifecycle.services import (
    RoomRequest,
    booking_collector_set,
    booking_create,
    is_here_already,
    reservation_cancel,
    reservation_commission_set,
    reservation_details_set,
    reservation_fee_set,
    reservation_guests_set,
    reservation_modify,
    reservation_reinstate,
    room_add,
)
from bookings.rates.enums import Source
from bookings.reservations.enums import EXPECTED, LOST, Status
from bookings.reservations.models import Booking, Reservation
from channels.adapters.base import SoldBooking, SoldRoom
from channels.adapters.content import from_json
from channels.adapters.enums import Told
from channels.connections.models import Connection
from channels.sync.arrived import ARRIVED, Speaker, change_noted, collector_noted, commission_take, commission_told
from channels.sync.cases import case_note, case_open, cases_over
from channels.sync.charged import difference_of, told_nights, words_for
from channels.sync.enums import Anew, CaseKind, MessageState
from channels.sync.marking import mark
from channels.sync.models import BookingMessage, ChannelBooking, ChannelStay
from channels.sync.requests import Doubt, Links, Mapped, by_ref, guest_of, rate_of, request_of, shares_of
from guests.profiles.enums import Collector
from guests.profiles.models import Company
from guests.profiles.services import agency_find_or_create
from pms.kernel.actors import Actor, ActorKind
from pms.kernel.errors import Busy, Invalid
from pms.kernel.locking import lock_prepared
from pms.kernel.money import allocate
from pms.kernel.prepared import PreparedRows, insert_if_new
from pms.kernel.text import clean_text

#: What nobody has to look at any more once the stay is cancelled.
OVER_WITH_THE_STAY = (
    CaseKind.OVERBOOKED, CaseKind.UNMAPPED_ROOM, CaseKind.UNMAPPED_RATE, CaseKind.PRICE_DIFFERS, CaseKind.CARD_DUE,
)  # fmt: skip


def message_apply(links: Links, row: BookingMessage, now: datetime) -> None:
    """Bring the house to where a message of the links' connection says it is, and note that it is done.

    The caller holds the message's lock (`channels.sync.queue`). Locks the ChannelBooking, then as the lifecycle does.
    Raises what the house refuses it for.
    """
    connection = links.connection
    sold = from_json(row.content)
    known = _known(connection, sold)
    row.channel_booking = known
    if known.order and sold.order and sold.order < known.order:
        row.state = MessageState.OUTDATED
        _nights_told_again(connection, sold, ())
    else:
        _Applying(links, known, sold, row, now).run()
        row.state = MessageState.APPLIED
    if row.error:
        cases_over(connection=connection, kinds=[CaseKind.UNREADABLE], subject=f"message {row.pk}", now=now)
    row.applied_at, row.error, row.acknowledge_again_at = now, "", now
    row.save(update_fields=["channel_booking", "state", "applied_at", "error", "acknowledge_again_at"])


def _known(connection: Connection, sold: SoldBooking) -> ChannelBooking:
    """Return the channel's booking, made on its first message, locked."""
    asked = {"connection_id": connection.pk, "external_id": sold.booking_id[:64]}
    if found := lock_prepared(_KNOWN, **asked):
        return found[0]
    made = ChannelBooking(
        **asked,
        channel=sold.channel[:40],
        source=sold.source or connection.sold_as,
        told=sold.told,
        currency=sold.currency or connection.property.currency,
    )
    # Nobody else sees what this transaction makes, so that it is as good as locked.
    if insert_if_new(made):
        return made
    if found := lock_prepared(_KNOWN, **asked):
        return found[0]
    raise Busy("locked", "The booking is being taken by somebody else.")


_KNOWN = PreparedRows(
    ChannelBooking,
    lambda connection_id, external_id: ChannelBooking.objects.filter(
        connection_id=connection_id, external_id=external_id
    ).select_for_update(no_key=True),
    connection_id=int,
    external_id=str,
)


_ROOMS = PreparedRows(
    Reservation,
    lambda booking_id: Reservation.objects.filter(booking_id=booking_id).order_by("pk"),
    booking_id=int,
)


def _nights_told_again(connection: Connection, sold: SoldBooking, touched: Iterable[Reservation]) -> None:
    """Tell the channel the rooms left anew on every night that it or we have counted: it counts by itself (T68).

    The nights of a message that was overtaken too: the channel has sold them, and may not have given them back.
    """
    stays = {(room.arrival, room.departure) for room in sold.rooms if room.arrival < room.departure}
    stays |= {(reservation.arrival, reservation.departure) for reservation in touched}
    for first, until in sorted(stays):
        mark(connection_row=connection, first=first, until=until, anew=Anew.ROOMS)


def _ours(amount_minor: int, rate: Rate | None) -> int:
    return amount_minor if rate is None else rate.convert(amount_minor)


class _Applying:
    """One message on its way into the house; everything runs in the caller's transaction."""

    def __init__(
        self, links: Links, known: ChannelBooking, sold: SoldBooking, message: BookingMessage, now: datetime
    ) -> None:
        self.links = links
        self.connection = links.connection
        self.known = known
        self.sold = sold
        self.message = message
        self.now = now
        self.channel = sold.channel or Source(known.source).label
        self.actor = Actor(kind=ActorKind.CHANNEL, label=f"{self.channel} ({self.connection.name})"[:120])

    def run(self) -> None:
        """Bring the booking to where the message says it is."""
        touched: list[Reservation] = []
        if self.sold.told is Told.CANCELLED:
            touched = self._cancel_all()
        elif self.known.told == Told.CANCELLED and not self.sold.order > self.known.order:
            # Cancelled before it was made (T64): it stays so.
            pass
        elif self.known.booking_id is None:
            touched = self._make()
        else:
            touched = self._change()
        self._keep()
        _nights_told_again(self.connection, self.sold, touched)

    def _keep(self) -> None:
        sold, known, card = self.sold, self.known, self.sold.virtual_card
        known.told = sold.told
        known.order = max(known.order, sold.order[:80])
        known.channel = sold.channel[:40] or known.channel
        known.total_minor = sold.total_minor if sold.total_minor is not None else known.total_minor
        known.currency = sold.currency or known.currency
        if sold.commission_minor is not None:
            known.commission_minor = sold.commission_minor
        if sold.told is not Told.CANCELLED:
            # Who cancels says nothing of who collects.
            known.collector = sold.collector
        known.made_at = known.made_at or sold.made_at
        if card is not None:
            known.virtual_from, known.virtual_until = card.from_day, card.until_day
            known.virtual_minor = card.amount_minor
        last4 = card.last4 if card is not None and card.last4 else sold.card_last4
        known.card_last4 = last4[-4:] or known.card_last4
        known.save()

    # --- made ---------------------------------------------------------------------------------------

    def _make(self) -> list[Reservation]:
        sold = self.sold
        rooms = list(by_ref(sold.rooms).values())
        if not rooms:
            raise Invalid("no_rooms", f"Booking {sold.booking_id} names no room.")
        rate, doubt = rate_of(sold, self.connection)
        commissions = shares_of(self._commission(rate), rooms)
        mapped = [self.links.of(room) for room in rooms]
        requests = [
            request_of(sold, room, where, rate=rate, commission_minor=share)
            for room, where, share in zip(rooms, mapped, commissions, strict=True)
        ]
        booking = booking_create(
            property=self.connection.property,
            rooms=requests,
            booker=guest_of(sold.booker, channel=self.channel),
            source=Source(self.known.source),
            actor=self.actor,
            made_at=sold.made_at,
            agency=self._agency(),
            external_id=self._number(),
            status=Status.CONFIRMED,
            collector=sold.collector,
            notes=f"{self.channel} {sold.number or sold.booking_id}",
        )
        self.known.booking = booking
        self._collected(booking)
        reservations = _ROOMS.all(booking_id=booking.pk)
        for room, where, reservation in zip(rooms, mapped, reservations, strict=True):
            # Known already, and not read again.
            reservation.room_type, reservation.guest = where.room_type, booking.booker
            self._stay(room, where, reservation, None)
            self._name(room, reservation)
        if doubt is not None:
            self._doubt(doubt, None)
        return reservations

    def _agency(self) -> Company | None:
        """Return who owes us, or gets its commission: the connection's company, else the channel under its own name."""
        if self.connection.company is not None or self.sold.collector != Collector.SELLER:
            return self.connection.company
        return agency_find_or_create(name=self.channel, actor=self.actor)

    def _collected(self, booking: Booking) -> None:
        """Have the nights be owed by whoever takes the guest's money (T50)."""
        has_changed = booking.collector != self.sold.collector
        if has_changed or self.sold.collector == Collector.SELLER:
            booking_collector_set(
                booking=booking, collector=self.sold.collector, agency=self._agency(), actor=self.actor
            )
        if has_changed:
            collector_noted(speaker=self._speaker(), booking=booking)

    def _speaker(self) -> Speaker:
        return Speaker(self.connection, self.channel, self.message, self.actor, self.now)

    def _number(self) -> str:
        """Return the number that the guest was given; the channel's own where another booking has that one already."""
        number = (self.sold.number or self.sold.booking_id)[:64]
        place = self.connection.property_id
        taken = is_here_already(property_id=place, source=self.known.source, external_id=number)
        return f"{self.connection.code}:{self.sold.booking_id}"[:64] if taken else number

    def _commission(self, rate: Rate | None) -> int | None:
        told = self.sold.commission_minor
        return None if told is None else _ours(told, rate)

    def _stay(self, room: SoldRoom, where: Mapped, reservation: Reservation, before: ChannelStay | None) -> None:
        """Note which of our reservations, just read, a channel's room is, and what about it a person should see.

        `before`: what was noted of the room when it was sold or changed the last time.
        """
        told = told_nights(links=self.links, room=room, stay=before)
        ChannelStay.objects.bulk_create(
            [
                ChannelStay(
                    channel_booking=self.known,
                    room_ref=room.room_ref[:80],
                    room_id=room.room_id[:64],
                    rate_id=room.rate_id[:64],
                    reservation=reservation,
                    mapped=where.room_known and where.rate_known,
                    told=told,
                )
            ],
            update_conflicts=True,
            unique_fields=["channel_booking", "room_ref"],
            update_fields=["room_id", "rate_id", "reservation", "mapped", "told"],
        )
        self._price(room, reservation, told, is_new=before is None)
        if not where.room_known:
            words = (
                f"{self.channel} sold a room that is not mapped ({room.room_id or 'without a number'}): "
                f"taken as {where.room_type.name}. Map it, then move the booking if need be."
            )
            self._doubt(Doubt(CaseKind.UNMAPPED_ROOM, reservation.code, words, {"room_id": room.room_id}), reservation)
        if not where.rate_known:
            words = (
                f"{self.channel} sold a rate that is not mapped ({room.rate_id or 'without a number'}): "
                f"taken as {where.rate_plan.name}, at the channel's price."
            )
            self._doubt(Doubt(CaseKind.UNMAPPED_RATE, reservation.code, words, {"rate_id": room.rate_id}), reservation)
        if reservation.is_overbooked:
            words = (
                f"{self.channel} sold {reservation.room_type.name} from {reservation.arrival:%-d %b} to "
                f"{reservation.departure:%-d %b} although no room was left. The guest has bought it."
            )
            self._doubt(Doubt(CaseKind.OVERBOOKED, reservation.code, words), reservation)
        elif before is not None:
            cases_over(connection=self.connection, kinds=[CaseKind.OVERBOOKED], subject=reservation.code, now=self.now)

    def _price(self, room: SoldRoom, reservation: Reservation, told: Mapping[str, object], *, is_new: bool) -> None:
        """Note that the channel sold at another price than it was told: its price binds all the same (T67)."""
        currency = reservation.currency
        try:
            found = difference_of(sold=self.sold, room=room, told=told, currency=currency)
        except LookupError:
            return
        if found is None:
            if not is_new:
                kinds = [CaseKind.PRICE_DIFFERS]
                cases_over(connection=self.connection, kinds=kinds, subject=reservation.code, now=self.now)
            return
        charged, wanted = found
        nights = (room.departure - room.arrival).days
        case_note(
            connection=self.connection,
            kind=CaseKind.PRICE_DIFFERS,
            reservation=reservation,
            words=words_for(
                channel=self.channel, charged_minor=charged, told_minor=wanted, nights=nights, currency=currency
            ),
            now=self.now,
            message=self.message,
            details={"charged_minor": charged, "told_minor": wanted, "currency": currency},
        )

    def _name(self, room: SoldRoom, reservation: Reservation) -> None:
        """Name the guest of a room where it is another person than the booker."""
        if room.guest is None or not (room.guest.last_name or room.guest.first_name).strip():
            return
        named = guest_of(room.guest, channel=self.channel)
        here = reservation.guest
        if (named.first_name, named.last_name) == (here.first_name, here.last_name):
            return
        if reservation.status in EXPECTED | {Status.CHECKED_IN}:
            reservation_guests_set(
                reservation=reservation, names=[(named.first_name, named.last_name)], actor=self.actor
            )

    def _doubt(self, doubt: Doubt, reservation: Reservation | None) -> None:
        case_open(
            connection=self.connection,
            kind=doubt.kind,
            subject=doubt.subject,
            words=doubt.words,
            now=self.now,
            reservation=reservation,
            message=self.message,
            details=doubt.details,
        )

    # --- changed ------------------------------------------------------------------------------------

    def _change(self) -> list[Reservation]:
        booking = self.known.booking
        if booking is None:
            raise Busy("locked", "The booking is being taken by somebody else.")
        stays = {stay.room_ref: stay for stay in self.known.stays.select_related("reservation__room_type")}
        rooms: Mapping[str, SoldRoom] = by_ref(self.sold.rooms)
        rate, doubt = rate_of(self.sold, self.connection)
        commissions = dict(zip(rooms, shares_of(self._commission(rate), list(rooms.values())), strict=True))
        touched: list[Reservation] = []
        for ref, room in rooms.items():
            where = self.links.of(room)
            request = request_of(self.sold, room, where, rate=rate, commission_minor=commissions[ref])
            stay = stays.get(ref[:80])
            if stay is None:
                reservation = room_add(booking=booking, room=request, actor=self.actor)
                reservation.refresh_from_db()
                touched.append(reservation)
                self._stay(room, where, reservation, None)
                self._name(room, reservation)
            else:
                before = Reservation.objects.get(pk=stay.reservation_id)
                touched += [before, *self._change_room(stay, room, where, request)]
        self._collected(booking)
        if self.sold.is_whole:
            for ref, stay in stays.items():
                if ref not in {each[:80] for each in rooms}:
                    touched += self._cancel(stay.reservation)
        if doubt is not None:
            self._doubt(doubt, None)
        return touched

    def _change_room(self, stay: ChannelStay, room: SoldRoom, where: Mapped, request: RoomRequest) -> list[Reservation]:
        reservation = Reservation.objects.select_related("booking", "property", "guest").get(pk=stay.reservation_id)
        if reservation.status in ARRIVED:
            self._arrived(reservation, room, request)
            return []
        if reservation.status in LOST:
            reservation = reservation_reinstate(
                reservation=reservation, actor=self.actor, reason=f"{self.channel} sold it again"
            )
        # A room nobody had mapped stays where a person has put it since.
        keeps_type = not where.room_known and not stay.mapped
        changed = reservation_modify(
            reservation=reservation,
            actor=self.actor,
            arrival=request.arrival,
            departure=request.departure,
            adults=request.adults,
            child_ages=request.child_ages,
            infants=request.infants,
            room_type=reservation.room_type if keeps_type else request.room_type,
            rate_plan=reservation.rate_plan if keeps_type or not where.rate_known else request.rate_plan,
            prices=request.prices,
            reason=f"Changed at {self.channel}",
        )
        reservation_details_set(
            reservation=changed, actor=self.actor, special_requests=clean_text(room.requests[:4000], field="requests")
        )
        if request.commission_minor is not None:
            reservation_commission_set(reservation=changed, commission_minor=request.commission_minor, actor=self.actor)
        changed.refresh_from_db()
        self._stay(room, where, changed, stay)
        self._name(room, changed)
        return [changed]

    def _arrived(self, reservation: Reservation, room: SoldRoom, request: RoomRequest) -> None:
        """Leave a stay whose guest has come to a person (T69), but for what the channel keeps: it charges that (T44)."""
        sold, known, speaker = self.sold, self.known, self._speaker()
        change_noted(speaker=speaker, sold=sold, known=known, reservation=reservation, room=room, request=request)
        rate, _ = rate_of(sold, self.connection)
        told = commission_told(sold=sold, known=known, reservation=reservation, request=request, rate=rate)
        if told is not None:
            commission_take(speaker=speaker, reservation=reservation, commission_minor=told)

    # --- cancelled ----------------------------------------------------------------------------------

    def _cancel_all(self) -> list[Reservation]:
        if self.known.booking_id is None:
            return []
        named = {room.room_ref[:80] for room in self.sold.rooms}
        touched: list[Reservation] = []
        stays = [
            stay
            for stay in self.known.stays.select_related("reservation").order_by("pk")
            if not named or self.sold.is_whole or stay.room_ref in named
        ]
        for stay in stays:
            touched += self._cancel(stay.reservation)
        self._lost_money([stay.reservation_id for stay in stays])
        return touched

    def _lost_money(self, keys: Sequence[int]) -> None:
        """Take what the channel says that losing the stays costs and what it gets of that, shared by what they cost (T50)."""
        lost = Reservation.objects.filter(pk__in=keys, status__in=LOST).select_related("booking").order_by("pk")
        rows = list(lost)
        rate, _ = rate_of(self.sold, self.connection)
        fee, commission = self.sold.cancellation_fee_minor, self.sold.commission_minor
        weights = [row.total_minor for row in rows]
        if commission is not None:
            shares = allocate(max(0, _ours(commission, rate)), weights)
            for row, share in zip(rows, shares, strict=True):
                reservation_commission_set(reservation=row, commission_minor=share, actor=self.actor)
        if fee is not None:
            shares = allocate(max(0, _ours(fee, rate)), weights)
            for row, share in zip(rows, shares, strict=True):
                reservation_fee_set(reservation=row, fee_minor=share, actor=self.actor)

    def _cancel(self, reservation: Reservation) -> list[Reservation]:
        row = Reservation.objects.select_related("guest", "booking").get(pk=reservation.pk)
        if row.status in LOST:
            return []
        if row.status in ARRIVED:
            words = (
                f"{self.channel} cancelled the stay of {row.guest.full_name}, who is "
                f"{Status(row.status).label.lower()}. Decide at the desk; nothing was changed here."
            )
            self._doubt(Doubt(CaseKind.IN_HOUSE, row.code, words, {"cancelled": True}), row)
            return []
        if row.status not in EXPECTED:
            return []
        if row.booking.commission_percent is None:
            # What it told was for a stay that is no more; what is left of it, it tells with the fee.
            row = reservation_commission_set(reservation=row, commission_minor=0, actor=self.actor)
        lost = reservation_cancel(reservation=row, reason=f"Cancelled at {self.channel}", actor=self.actor)
        cases_over(connection=self.connection, kinds=OVER_WITH_THE_STAY, subject=row.code, now=self.now)
        return [lost]
