"""A booking as its guest reads it: rooms with their prices to the cent, terms in words, what was paid and what is due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language

from billing.folios.enums import FolioKind
from billing.folios.models import Folio
from billing.folios.selectors import StayAccount, stay_accounts
from billing.invoices.enums import DocumentStatus
from billing.invoices.models import Document
from billing.payments.enums import UNDER_WAY
from billing.payments.models import PaymentIntent
from billing.payments.selectors import accounts_for, payments_of_stay
from billing.payments.services import Schedule, schedule_of
from billing.payments.shares import Share, shares_of
from billing.taxes.naming import levy_said
from billing.taxes.selectors import names_said
from bookings.rates.enums import CHANNEL_SOURCES, Penalty
from bookings.rates.policies import free_until, sentences, tier_at
from bookings.reservations.enums import CHANGEABLE, LOST, Status
from bookings.reservations.models import Booking, Occupant, Reservation, ReservationCharge, StayNight
from bookings.reservations.terms import terms_from_json
from guests.profiles.enums import Collector
from pms.kernel.wording import said

#: What a guest may cancel or change by themselves.
OPEN = frozenset({Status.CONFIRMED, Status.PENDING})


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of a price: a day or none, what it is for (`kind` says which words), and how much, minor units."""

    kind: str
    amount_minor: int
    on: date | None = None
    text: str = ""
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Room:
    """One reservation of a booking as the guest sees it. `lines` sum to `schedule.total_minor` exactly."""

    reservation: Reservation
    lines: tuple[PriceLine, ...]
    taxes_inside_minor: int
    schedule: Schedule
    account: StayAccount
    terms: tuple[str, ...]
    free_until: datetime | None
    people: tuple[Occupant, ...]
    payments: tuple[PaymentIntent, ...]
    paid: tuple[Share, ...]
    documents: tuple[Document, ...]
    is_from_channel: bool
    is_paid_elsewhere: bool
    can_be_paid_online: bool

    @property
    def is_open(self) -> bool:
        """Whether the guest may change and cancel it here."""
        return self.reservation.status in OPEN and not self.is_from_channel

    @property
    def may_ask(self) -> bool:
        """Whether names and wishes can still be told."""
        return self.reservation.status in CHANGEABLE

    @property
    def is_lost(self) -> bool:
        """Whether it was cancelled, refused or nobody came."""
        return self.reservation.status in LOST

    @property
    def payable_minor(self) -> int:
        """Everything the guest can still pay; nothing for what is not booked yet, which is paid in the checkout (T15)."""
        unbooked = self.reservation.status in {Status.INQUIRY, Status.HOLD}
        return 0 if self.is_paid_elsewhere or unbooked else max(0, self.account.guest_due_minor)

    @property
    def due_minor(self) -> int:
        """What of it is due by now: all of it once the stay is lost or over."""
        over = self.is_lost or self.reservation.status in {Status.CHECKED_OUT, Status.COMPLETED}
        return self.payable_minor if over else min(self.payable_minor, self.schedule.due_minor)

    @property
    def payable_now(self) -> bool:
        """Whether a button to pay makes sense."""
        return self.payable_minor > 0 and self.can_be_paid_online

    @property
    def awaited(self) -> bool:
        """Whether a payment is under way that the provider has not decided yet."""
        return any(payment.status in UNDER_WAY - {"created", "submitted", "scheduled"} for payment in self.payments)


def rooms_of(*, booking: Booking) -> list[Room]:
    """Return the rooms of a booking in order of arrival. Deadlines count at this moment."""
    rows = Reservation.objects.filter(booking=booking).order_by("arrival", "pk")
    return rooms_read(rows.select_related("property", "room_type", "rate_plan", "guest", "booking"))


def room_of(*, reservation: Reservation) -> Room:
    """Return one room as the guest sees it."""
    return rooms_read([reservation])[0]


def rooms_read(reservations: Sequence[Reservation] | QuerySet[Reservation]) -> list[Room]:
    """Return reservations as guests see them."""
    rows = list(reservations)
    accounts = stay_accounts(reservations=rows)
    live_nights = StayNight.objects.filter(reservation__in=rows, released_at=None).order_by("date")
    nights = _grouped(live_nights)
    charges = _grouped(ReservationCharge.objects.filter(reservation__in=rows, released_at=None).select_related("extra"))
    people = _grouped(Occupant.objects.filter(reservation__in=rows).select_related("guest"))
    paid = shares_of(reservations=rows)
    online = bool(rows) and bool(accounts_for(property=rows[0].property, currency=rows[0].currency, online=True))
    names = names_said(property_id=rows[0].property_id) if rows else {}
    return [
        _room(
            row,
            accounts[row.pk],
            nights.get(row.pk, []),
            charges.get(row.pk, []),
            people.get(row.pk, []),
            names=names,
            paid=paid[row.pk],
            online=online,
        )
        for row in rows
    ]


def documents_for(*, reservation: Reservation) -> QuerySet[Document]:
    """Return the issued documents of the guest's own folios of a stay, newest first: a company's are not the guest's."""
    own = Folio.objects.filter(reservation=reservation, kind=FolioKind.GUEST)
    return Document.objects.filter(folio__in=own, status=DocumentStatus.ISSUED).order_by("-issued_on", "-pk")


def penalty_now(reservation: Reservation, *, at: datetime | None = None) -> bool:
    """Return whether cancelling costs something by the terms sold at the UTC instant `at`, now if left out (T46)."""
    terms = terms_from_json(reservation.terms)
    tier = tier_at(
        terms.cancellation,
        arrival=terms.deadline_arrival or reservation.arrival,
        zone=reservation.property.zone,
        at=at or timezone.now(),
    )
    return tier.penalty != Penalty.NONE


def free_until_of(reservation: Reservation) -> datetime | None:
    """Return until when (UTC) a stay can be cancelled free of charge by the terms sold; None where it never could (T48)."""
    terms = terms_from_json(reservation.terms)
    return free_until(
        terms.cancellation, arrival=terms.deadline_arrival or reservation.arrival, zone=reservation.property.zone
    )


def terms_said(reservation: Reservation) -> tuple[str, ...]:
    """Return the cancellation terms sold as sentences in the active language, from now on."""
    terms = terms_from_json(reservation.terms)
    return sentences(
        terms.cancellation,
        arrival=terms.deadline_arrival or reservation.arrival,
        zone=reservation.property.zone,
        currency=reservation.currency,
        language=get_language() or "en",
        at=timezone.now(),
    )


def _room(
    row: Reservation,
    account: StayAccount,
    nights: Sequence[StayNight],
    charges: Sequence[ReservationCharge],
    people: Sequence[Occupant],
    *,
    names: Mapping[tuple[str, str], str],
    paid: Sequence[Share],
    online: bool,
) -> Room:
    schedule = schedule_of(reservation=row, today=row.property.business_date, account=account)
    lost = row.status in LOST
    lines = _lost_lines(row) if lost else _lines(nights, charges, names)
    rest = account.total_minor - sum(line.amount_minor for line in lines)
    if rest:
        lines.append(PriceLine("other", rest))
    sold: list[StayNight | ReservationCharge] = [] if lost else [*nights, *charges]
    inside = sum(int(tax["amount_minor"]) for thing in sold for tax in thing.taxes if tax["included"])
    return Room(
        reservation=row,
        lines=tuple(lines),
        taxes_inside_minor=inside,
        schedule=schedule,
        account=account,
        terms=terms_said(row),
        free_until=free_until_of(row),
        people=tuple(people),
        paid=tuple(paid),
        payments=tuple(payments_of_stay(reservation=row).order_by("-created_at")),
        documents=tuple(documents_for(reservation=row)),
        is_from_channel=row.booking.source in CHANNEL_SOURCES,
        is_paid_elsewhere=row.booking.collector == Collector.SELLER,
        can_be_paid_online=online,
    )


def _lines(
    nights: Sequence[StayNight], charges: Sequence[ReservationCharge], names: Mapping[tuple[str, str], str]
) -> list[PriceLine]:
    lines = [PriceLine("night", night.price_minor, night.date) for night in nights]
    for charge in charges:
        name = (
            said(charge.extra, "name")
            if charge.extra
            else (names.get((charge.kind, charge.code)) or levy_said(charge.name))
        )
        lines.append(PriceLine("charge", charge.amount_minor, charge.date, name, charge.quantity))
    on_top: dict[str, int] = {}
    sold: list[StayNight | ReservationCharge] = [*nights, *charges]
    for thing in sold:
        for tax in thing.taxes:
            if not tax["included"]:
                name = names.get(("tax", tax["tax"])) or levy_said(tax["name"])
                on_top[name] = on_top.get(name, 0) + int(tax["amount_minor"])
    return [*lines, *(PriceLine("tax", amount, text=name) for name, amount in on_top.items())]


def _lost_lines(row: Reservation) -> list[PriceLine]:
    if not row.cancellation_fee_minor:
        return []
    return [PriceLine("no_show" if row.status == Status.NO_SHOW else "fee", row.cancellation_fee_minor)]


def _grouped(rows: QuerySet[Any]) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = {}
    for row in rows:
        groups.setdefault(row.reservation_id, []).append(row)
    return groups
