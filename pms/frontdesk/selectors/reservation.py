"""One reservation: its nights, people, history, and what happened to it."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from bookings.reservations.enums import LOST, TAKING, Status
from bookings.reservations.models import Booking, Occupant, Reservation, StayNight
from pms.audit.models import AuditEvent
from pms.frontdesk.selectors.money import Sheet
from pms.frontdesk.selectors.sold import sold_sheet
from pms.frontdesk.selectors.stays import Stay, stays
from pms.frontdesk.selectors.telling import Sentence, sentences
from pms.kernel.money import Money
from pms.properties.models import Property

HISTORY_SHOWN = 8
TIMELINE_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Night:
    """One night as sold and slept. `is_moved` when the room differs from the night before, `is_upgrade` from the type sold."""

    date: date
    type_sold: str
    type_slept: str
    room: str
    plan: str
    price: Money
    is_past: bool
    is_moved: bool
    is_overbooked: bool

    @property
    def is_upgrade(self) -> bool:
        """Whether the guest sleeps in another type than was sold (T53)."""
        return bool(self.room) and self.type_slept != self.type_sold


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the timeline. `at` is UTC."""

    at: datetime
    who: str
    title: str
    reason: str
    changes: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class History:
    """A guest's other stays at the properties the reader may see."""

    count: int
    nights: int
    lost: int
    total: Money | None
    stays: tuple[Reservation, ...]


@dataclass(frozen=True, slots=True)
class ReservationPage:
    """Everything the page of a reservation shows."""

    stay: Stay
    nights: tuple[Night, ...]
    released: int
    occupants: tuple[Occupant, ...]
    siblings: tuple[Reservation, ...]
    history: History
    timeline: tuple[Event, ...]
    money: Sheet

    @property
    def reservation(self) -> Reservation:
        """The reservation."""
        return self.stay.reservation

    @property
    def fee(self) -> Money | None:
        """What losing it cost, if anything is owed."""
        minor = self.reservation.cancellation_fee_minor
        return Money(minor, self.reservation.currency) if minor else None

    @property
    def commission(self) -> Money | None:
        """What the seller gets, if anything."""
        minor = self.reservation.commission_minor
        return Money(minor, self.reservation.currency) if minor else None


def reservation_get(*, code: str, property_ids: list[int]) -> Reservation | None:
    """Return the reservation called code if it is at one of the properties, with all that a page of it names."""
    return (
        Reservation.objects.filter(code=code.upper(), property_id__in=property_ids)
        .select_related(
            "booking__company", "booking__agency", "booking__booker", "guest", "room_type", "rate_plan", "hold",
            "property", "block", "promotion",
        )
        .first()
    )  # fmt: skip


def booking_get(*, code: str, property_ids: list[int]) -> Booking | None:
    """Return the booking called code if it is at one of the properties."""
    return (
        Booking.objects.filter(code=code.upper(), property_id__in=property_ids)
        .select_related("booker", "company", "agency", "property")
        .first()
    )


def stay_of(*, reservation: Reservation) -> Stay:
    """Return the reservation as it stands now: its unit, the unit's condition, who is in it."""
    place = reservation.property
    return stays(reservations=[reservation], on=max(place.business_date, reservation.arrival), place=place)[0]


def reservation_page(*, reservation: Reservation, places: tuple[Property, ...]) -> ReservationPage:
    """Return everything about a reservation, in a fixed number of queries."""
    rows = list(
        StayNight.objects.filter(reservation=reservation)
        .select_related("unit", "room_type", "consumed_type", "rate_plan")
        .order_by("date", "pk")
    )
    live = [row for row in rows if row.released_at is None]
    shown = live or [row for row in rows if row.date >= reservation.arrival]
    return ReservationPage(
        stay=stay_of(reservation=reservation),
        nights=tuple(_night(row, shown[index - 1] if index else None, reservation) for index, row in enumerate(shown)),
        released=len(rows) - len(live),
        occupants=tuple(Occupant.objects.filter(reservation=reservation).select_related("guest")),
        siblings=tuple(
            Reservation.objects.filter(booking_id=reservation.booking_id)
            .exclude(pk=reservation.pk)
            .select_related("guest", "room_type")
            .order_by("arrival", "pk")[:50]
        ),
        history=_history(reservation, places),
        timeline=timeline(reservation=reservation),
        money=sold_sheet(reservation=reservation, nights=shown),
    )


def _night(row: StayNight, before: StayNight | None, reservation: Reservation) -> Night:
    return Night(
        date=row.date,
        type_sold=row.room_type.name,
        type_slept=row.consumed_type.name,
        room=row.unit.number if row.unit else "",
        plan=row.rate_plan.name,
        price=Money(row.price_minor, reservation.currency),
        is_past=row.date < reservation.property.business_date,
        is_moved=before is not None and before.unit_id != row.unit_id,
        is_overbooked=row.overbooked,
    )


def _history(reservation: Reservation, places: tuple[Property, ...]) -> History:
    others = list(
        Reservation.objects.filter(guest_id=reservation.guest_id, property__in=places)
        .exclude(pk=reservation.pk)
        .select_related("property", "room_type")
        .order_by("-arrival", "-pk")[:200]
    )
    taken = [row for row in others if row.status in TAKING]
    spent = {row.currency for row in taken}
    total = Money(sum(row.grand_total_minor for row in taken), spent.pop()) if len(spent) == 1 else None
    return History(
        count=len(taken),
        nights=sum(row.nights_count for row in taken),
        lost=sum(1 for row in others if row.status in LOST),
        total=total,
        stays=tuple(others[:HISTORY_SHOWN]),
    )


def timeline(*, reservation: Reservation) -> tuple[Event, ...]:
    """Return what happened to a reservation and its booking, the latest first, and when it was booked; one query."""
    mine = Q(subject_type="reservation", subject_code=reservation.code)
    mine |= Q(subject_type="booking", subject_code=reservation.booking.code)
    events = [
        Event(
            at=row.at,
            who=row.actor_label,
            title=TITLES.get(row.action, row.action.split(".")[-1].replace("_", " ").capitalize()),
            reason=row.reason,
            changes=sentences(changes=row.changes, currency=reservation.currency),
        )
        for row in AuditEvent.objects.filter(mine).order_by("-id")[:TIMELINE_SHOWN]
    ]
    if not any((event.at - reservation.made_at).total_seconds() < 5 for event in events):
        booked = f"Booked, {reservation.booking.get_source_display()}"
        events.append(Event(at=reservation.made_at, who="", title=booked, reason="", changes=()))
    return tuple(events)


#: What an audit row is called on the timeline.
TITLES = {
    "booking.created": "Booked",
    "reservation.created": "Booked",
    "reservation.confirmed": "Confirmed",
    "reservation.changed": "Changed",
    "reservation.details": "Notes changed",
    "reservation.assigned": "Room assigned",
    "reservation.unassigned": "Room taken away",
    "reservation.moved": "Moved",
    "reservation.swapped": "Swapped",
    "reservation.pinned": "Room pinned",
    "reservation.unpinned": "Room unpinned",
    "reservation.checked_in": "Checked in",
    "reservation.check_in_undone": "Check-in undone",
    "reservation.payment_waived": "Checked in without the payment that was due",
    "reservation.checked_out": "Checked out",
    "reservation.check_out_undone": "Check-out undone",
    "reservation.cancelled": "Cancelled",
    "reservation.no_show": "No-show",
    "reservation.rejected": "Rejected",
    "reservation.reinstated": "Reinstated",
    "reservation.expired": "Option ran out",
    "reservation.charge_added": "Extra added",
    "reservation.charge_removed": "Extra or fee taken off",
}

#: Statuses whose nights are shown as they were sold, since none is taken any more.
GONE = LOST | {Status.INQUIRY}
