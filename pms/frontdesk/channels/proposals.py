"""What can be done about a case, computed from the house as it is now: each a link to the form that does it, or a button."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.urls import reverse

from billing.folios.enums import FolioKind
from billing.folios.models import Folio
from bookings.availability.selectors import TypeAvailability, availability_of_many, free_units
from bookings.reservations.enums import CHANGEABLE, Status
from bookings.reservations.models import Reservation
from channels.sync.enums import CaseKind
from channels.sync.models import Case
from channels.sync.selectors import channel_booking_of
from pms.frontdesk.channels.scope import MANAGE
from pms.frontdesk.desk import Desk
from pms.properties.models import Property, RoomType

#: So many rooms, types or houses are proposed of each.
MOST = 4


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something that can be done: what, why, and the address that does it. `posts` marks a button, the others are links."""

    label: str
    detail: str
    url: str
    icon: str = "arrow-right"
    posts: bool = False
    in_dialog: bool = False


def proposals_for(case: Case, *, desk: Desk, now: datetime) -> list[Proposal]:
    """Return what somebody may do about a case, the likeliest first. A fixed number of queries for each kind."""
    known = _BY_KIND.get(CaseKind(case.kind))
    found = known(case, desk, now) if known else []
    booking = _booking(case)
    return [*found, *([booking] if booking else [])]


# --- overbooked -------------------------------------------------------------------------------------


def _overbooked(case: Case, desk: Desk, now: datetime) -> list[Proposal]:
    stay = case.reservation
    if stay is None or stay.status not in CHANGEABLE or not stay.is_overbooked:
        return []
    place, arrival = stay.property, max(stay.arrival, stay.property.business_date)
    may_change = desk.allows("reservation.change", place)
    may_create = [each for each in desk.properties if desk.allows("reservation.create", each)]
    others = [each for each in may_create if each.pk != place.pk]
    free = availability_of_many(
        property_ids=[each.pk for each in (place, *others)], first=arrival, until=stay.departure, now=now
    )
    found: list[Proposal] = []
    if may_change:
        found += _same_type(stay, arrival, case)
        found += _other_types(stay, free, case)
    found += _other_houses(stay, others, free)
    if desk.allows("reservation.cancel", place) and stay.status == Status.CONFIRMED:
        found.append(
            Proposal(
                "Walk the guest",
                "Book and pay a room elsewhere, then cancel here with the reason, and write below where the guest went.",
                _operation(stay, "cancel", case),
                "log-out",
            )
        )
    return [*found, *_ask(stay)]


def _ask(stay: Reservation) -> list[Proposal]:
    known = channel_booking_of(stay.booking)
    if known is None or known.booking is None:
        return []
    name = known.channel or known.get_source_display()
    detail = (
        f"No channel takes such a request from here: open booking {known.booking.external_id} in {name}'s extranet or call its "
        "line for hotels, and write below what it said."
    )
    return [Proposal(f"Ask {name}", detail, reverse("desk:channel-booking", args=[known.booking.code]), "mail")]


def _same_type(stay: Reservation, arrival: date, case: Case) -> list[Proposal]:
    gaps = free_units(
        room_type_id=stay.room_type_id, arrival=arrival, departure=stay.departure, ignoring_reservation_id=stay.pk
    )
    if not gaps:
        return []
    numbers = ", ".join(gap.unit.number for gap in gaps[:MOST])
    detail = f"Free for all its nights by now: {numbers}."
    return [Proposal(f"Give a {stay.room_type.name}", detail, _operation(stay, "assign", case), "key-round")]


def _other_types(stay: Reservation, free: dict[int, TypeAvailability], case: Case) -> list[Proposal]:
    found = []
    kinds = RoomType.objects.filter(property=stay.property_id, retired_at=None).exclude(pk=stay.room_type_id)
    for kind in kinds:
        left = _least(free.get(kind.pk))
        if left > 0 and kind.max_occupancy >= stay.adults + stay.children:
            detail = f"{left} free for all its nights. The guest pays what was sold."
            url = _operation(stay, "assign", case, room_type=kind.code)
            found.append(Proposal(f"Give a {kind.name} instead", detail, url, "corner-up-right"))
    return found[:MOST]


def _other_houses(stay: Reservation, houses: list[Property], free: dict[int, TypeAvailability]) -> list[Proposal]:
    kinds = RoomType.objects.filter(property__in=[house.pk for house in houses], retired_at=None)
    by_house: dict[int, list[RoomType]] = {}
    for kind in kinds:
        if _least(free.get(kind.pk)) > 0 and kind.max_occupancy >= stay.adults + stay.children:
            by_house.setdefault(kind.property_id, []).append(kind)
    found = []
    for house in houses:
        fitting = by_house.get(house.pk, [])
        if fitting:
            asked = {
                "property": house.code, "arrival": stay.arrival.isoformat(), "departure": stay.departure.isoformat(),
                "adults": stay.adults, "type": fitting[0].code,
            }  # fmt: skip
            detail = f"Free for all its nights: {', '.join(kind.name for kind in fitting[:MOST])}. Then cancel here."
            found.append(
                Proposal(f"Book at {house.name}", detail, f"{reverse('desk:new')}?{urlencode(asked)}", "building-2")
            )
    return found[:MOST]


def _least(known: TypeAvailability | None) -> int:
    """Return what is free on the tightest night; nothing past the selling horizon."""
    return 0 if known is None else min((count or 0 for count in known.free), default=0)


# --- the others -------------------------------------------------------------------------------------


def _unmapped(case: Case, desk: Desk, _now: datetime) -> list[Proposal]:
    found: list[Proposal] = []
    place, row = case.connection.property, case.connection
    if desk.allows(MANAGE, place):
        found.append(
            Proposal(
                "Fetch rooms and rates anew", "What the channel lists by now, to be mapped.",
                reverse("desk:channel-fetch", args=[row.code]), "refresh-cw", posts=True,
            )
        )  # fmt: skip
        found.append(
            Proposal(
                "Open the mapping", "All rooms and rates of this channel.",
                reverse("desk:channel-rooms", args=[row.code]), "arrow-left-right",
            )
        )  # fmt: skip
    stay = case.reservation
    if stay is not None and stay.status in CHANGEABLE and desk.allows("reservation.change", place):
        detail = f"It was taken as {stay.room_type.name}. The prices sold stay."
        found.append(Proposal("Change the stay", detail, _operation(stay, "modify", case), "pencil"))
    return found


def _in_house(case: Case, desk: Desk, _now: datetime) -> list[Proposal]:
    stay, details = case.reservation, case.details
    if stay is None or not desk.allows("reservation.change", stay.property):
        return []
    if details.get("cancelled"):
        if stay.status != Status.CHECKED_IN:
            return []
        return [
            Proposal("Check the guest out", "If the guest has left.", _operation(stay, "check-out", case), "log-out"),
            Proposal(
                "Let the guest leave sooner", "If some nights remain.", _operation(stay, "shorten", case), "calendar-x"
            ),
        ]
    if stay.status not in CHANGEABLE or "price_minor" in details:
        return []
    asked = {name: str(details[name]) for name in ("arrival", "departure", "adults") if details.get(name)}
    if stay.status == Status.CHECKED_IN:
        asked.pop("arrival", None)
    detail = "The form opens with what the channel says; nothing changes before the yes."
    return [Proposal("Change it as the channel says", detail, _operation(stay, "modify", case, **asked), "pencil")]


def _refused(case: Case, desk: Desk, _now: datetime) -> list[Proposal]:
    row = case.connection
    found: list[Proposal] = []
    if case.days:
        found.append(
            Proposal(
                "See the first of these days", "What the channel was told beside what is true.",
                reverse("desk:channel-day", args=[row.code, case.days[0].isoformat()]), "calendar-days",
            )
        )  # fmt: skip
    if desk.allows(MANAGE, row.property):
        found.insert(0, _again(case, "Once what it complains about is mended, here or at the channel."))
        found.append(
            Proposal(
                "Open the mapping", "Perhaps the room or the rate is another one now.",
                reverse("desk:channel-rooms", args=[row.code]), "arrow-left-right",
            )
        )  # fmt: skip
    return found


def _failed(case: Case, desk: Desk, _now: datetime) -> list[Proposal]:
    if not desk.allows(MANAGE, case.connection.property):
        return []
    return [_again(case, "The message is kept; it is taken as if it came now.")]


def _currency(case: Case, desk: Desk, _now: datetime) -> list[Proposal]:
    if not desk.allows("books.view", case.connection.property):
        return []
    return [
        Proposal(
            "Look at exchange rates", "What the nights were converted with.", reverse("desk:books-rates"), "banknote"
        )
    ]


def _price(case: Case, _desk: Desk, _now: datetime) -> list[Proposal]:
    stay, row = case.reservation, case.connection
    if stay is None or stay.arrival < row.property.business_date:
        return []
    return [
        Proposal(
            "See what it is told of these nights", "Beside what is true, and when it was told.",
            reverse("desk:channel-day", args=[row.code, stay.arrival.isoformat()]), "calendar-days",
        )
    ]  # fmt: skip


def _card(case: Case, desk: Desk, _now: datetime) -> list[Proposal]:
    stay = case.reservation
    if stay is None or not desk.allows("payment.take", stay.property):
        return []
    folios = Folio.objects.filter(reservation=stay, kind=FolioKind.COMPANY, company=stay.booking.agency_id)
    folio = folios.order_by("pk").first()
    if folio is None:
        return []
    return [
        Proposal(
            "Write the payment down", f"On the folio of {folio.label}, once the card is charged.",
            reverse("desk:folio", args=[folio.code]), "banknote",
        )
    ]  # fmt: skip


def _folio(case: Case, desk: Desk, _now: datetime) -> list[Proposal]:
    stay, code = case.reservation, str(case.details.get("folio", ""))
    folio = Folio.objects.filter(reservation=stay, code=code).first() if stay is not None else None
    if folio is None or not desk.allows("folio.view", folio.property):
        return []
    detail = f"{folio.label}: choose its nights there, and the folio they go to."
    return [Proposal("Move the nights", detail, reverse("desk:folio", args=[folio.code]), "arrow-left-right")]


def _again(case: Case, detail: str) -> Proposal:
    return Proposal("Try again", detail, reverse("desk:channel-case-retry", args=[case.code]), "refresh-cw", posts=True)


def _booking(case: Case) -> Proposal | None:
    """Return the way to what the channel told of the booking, or to the reservation."""
    known = getattr(case.message, "channel_booking", None) if case.message else None
    if known is not None and known.booking is not None:
        url = reverse("desk:channel-booking", args=[known.booking.code])
        return Proposal("Read what the channel said", "Every message about this booking.", url, "mail")
    if case.reservation is not None:
        url = reverse("desk:reservation", args=[case.reservation.code])
        return Proposal("Open the reservation", case.reservation.code, url, "user-round")
    return None


def _operation(stay: Reservation, verb: str, case: Case, **asked: str) -> str:
    """Return the address of the form of an operation, which comes back to the case."""
    back = {"next": reverse("desk:channel-case", args=[case.code])}
    return f"{reverse(f'desk:reservation-{verb}', args=[stay.code])}?{urlencode(asked | back)}"


_BY_KIND: dict[CaseKind, Callable[[Case, Desk, datetime], list[Proposal]]] = {
    CaseKind.OVERBOOKED: _overbooked,
    CaseKind.UNMAPPED_ROOM: _unmapped,
    CaseKind.UNMAPPED_RATE: _unmapped,
    CaseKind.IN_HOUSE: _in_house,
    CaseKind.SYNC_REFUSED: _refused,
    CaseKind.UNREADABLE: _failed,
    CaseKind.NOT_ACKNOWLEDGED: _failed,
    CaseKind.CURRENCY: _currency,
    CaseKind.PRICE_DIFFERS: _price,
    CaseKind.CARD_DUE: _card,
    CaseKind.COLLECTOR_CHANGED: _folio,
}
