"""How much an unknown visitor may hold: counted in PostgreSQL under a lock, so that a lost Redis opens nothing.

A hold costs nothing, so a house could be emptied by holding it. Four caps stand against it, all on holds that live:
three bookings and six rooms for a visitor who is known by a cookie, somewhat more for all who bring none from one line;
for a network, whatever cookies and addresses it shows, a share of each room type, a share of the house on each night,
and a number of rooms at one house in all.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.availability.models import InventoryDay
from bookings.funnel.errors import TooManyHolds
from bookings.funnel.facts import RequestFacts, facts_of
from bookings.funnel.models import VisitorHold, VisitorNetwork
from bookings.reservations.enums import Status
from bookings.reservations.models import Booking, Reservation, StayNight
from pms.kernel.dates import nights_between
from pms.kernel.errors import DomainError
from pms.kernel.locking import lock_one, retried
from pms.properties.models import Property, RoomType

#: What one visitor may hold at a time, in the whole organization.
VISITOR_HOLDS, VISITOR_ROOMS = 3, 6
#: The same for everybody on one line who brings no cookie: one of them may be several.
LINE_HOLDS, LINE_ROOMS = 5, 10
#: What one network may hold of a room type, and of all rooms of a house, on one night: in per cent of the rooms, rounded
#: down, and at least so many; of a house with more than one room never all.
TYPE_PERCENT, TYPE_LEAST = 30, 2
HOUSE_PERCENT, HOUSE_LEAST = 30, 3
#: How many rooms one network may hold at one house over all nights.
NETWORK_ROOMS = 24

Held = TypeVar("Held")


@retried
@transaction.atomic
def hold_guarded(
    *,
    facts: RequestFacts,
    property: Property,
    room_types: Sequence[RoomType],
    arrival: date,
    departure: date,
    take: Callable[[], Held],
    booking_of: Callable[[Held], Booking],
    request_key: UUID | None = None,
) -> Held:
    """Ask hold_require, take the hold, note it by hold_claim, all in one transaction; return what `take` returned.

    `room_types` has one entry per room. `request_key` is the one `take` passes to booking_create: a form sent twice is
    not asked again. Locks the visitor's network, then whatever `take` locks. Raises what both raise.
    """
    if request_key is None or not Booking.objects.filter(request_key=request_key).exists():
        hold_require(facts=facts, property=property, room_types=room_types, arrival=arrival, departure=departure)
    held = take()
    hold_claim(facts=facts, booking=booking_of(held))
    return held


def hold_require(
    *, facts: RequestFacts, property: Property, room_types: Sequence[RoomType], arrival: date, departure: date
) -> None:
    """Return if the visitor may hold one room of each entry of `room_types` over the nights [arrival, departure).

    Works only inside the transaction that makes the hold and calls hold_claim: locks the network before anything else,
    so that two holds from it never count past each other. Raises TooManyHolds `too_many_holds` and `too_many_rooms`
    (the visitor), `network_share` (the network); Invalid `no_nights`, `too_long`.
    """
    network = _lock_network(facts)
    _require(network=network, facts=facts, property=property, room_types=room_types, nights=(arrival, departure))


def hold_claim(*, facts: RequestFacts, booking: Booking) -> VisitorHold:
    """Note that this visitor made this booking, once. Locks the network; call it in the transaction of the hold."""
    network = _lock_network(facts)
    now = timezone.now()
    VisitorNetwork.objects.filter(pk=network.pk).update(seen_at=now)
    claim, _made = VisitorHold.objects.get_or_create(
        booking=booking,
        defaults={"network": network, "visitor": facts.visitor, "property": booking.property, "made_at": now},
    )
    return claim


def hold_allowed(
    request: HttpRequest, *, property: Property, room_types: Sequence[RoomType], arrival: date, departure: date
) -> bool:
    """Return whether the visitor could hold these rooms now; for pages that show a button, never instead of the guard."""
    facts = facts_of(request)
    network = VisitorNetwork.objects.filter(network=facts.network).first()
    try:
        if network is not None:
            _require(
                network=network, facts=facts, property=property, room_types=room_types, nights=(arrival, departure)
            )
    except DomainError:
        return False
    return True


def recent_holds(*, facts: RequestFacts, within: timedelta) -> tuple[int, int]:
    """Return how many holds the network, and how many of these the visitor, made in the time before now. One query."""
    rows = VisitorHold.objects.filter(network__network=facts.network, made_at__gt=timezone.now() - within)
    visitors = Counter(rows.values_list("visitor", flat=True))
    return visitors.total(), visitors[facts.visitor]


def cap(rooms: int, *, percent: int, least: int, never_all: bool = False) -> int:
    """Return how many of so many rooms one network may hold.

    >>> [cap(rooms, percent=30, least=2) for rooms in (1, 3, 10, 100)]
    [2, 2, 3, 30]
    >>> [cap(rooms, percent=30, least=3, never_all=True) for rooms in (1, 2, 3, 5, 20)]
    [1, 1, 2, 3, 6]
    """
    share = max(least, rooms * percent // 100)
    return max(1, min(share, rooms - 1)) if never_all else share


def _lock_network(facts: RequestFacts) -> VisitorNetwork:
    fresh = VisitorNetwork(network=facts.network, seen_at=timezone.now())
    VisitorNetwork.objects.bulk_create([fresh], ignore_conflicts=True)
    row = lock_one(VisitorNetwork.objects.filter(network=facts.network))
    # Forgotten between the two statements, which takes a network that was quiet for two days: then it is made again.
    return row if row is not None else _lock_network(facts)


def _living(prefix: str) -> Q:
    """Return what makes a reservation at the lookup `prefix` a live hold."""
    return Q(**{f"{prefix}status": Status.HOLD, f"{prefix}hold__expires_at__gt": timezone.now()})


def _require(
    *,
    network: VisitorNetwork,
    facts: RequestFacts,
    property: Property,
    room_types: Sequence[RoomType],
    nights: tuple[date, date],
) -> None:
    held = list(
        Reservation.objects.filter(_living(""), booking__visitor_hold__network=network).values_list(
            "booking_id", "property_id", "booking__visitor_hold__visitor"
        )
    )
    own = [booking for booking, _place, visitor in held if visitor == facts.visitor]
    _require_visitor(facts, holds=len(set(own)), rooms=len(own), wanted=len(room_types))
    here = sum(1 for _booking, place, _visitor in held if place == property.pk)
    if here + len(room_types) > NETWORK_ROOMS:
        raise _network_share()
    _require_share(network=network, property=property, room_types=room_types, nights=nights_between(*nights))


def _require_visitor(facts: RequestFacts, *, holds: int, rooms: int, wanted: int) -> None:
    most_holds, most_rooms = (VISITOR_HOLDS, VISITOR_ROOMS) if facts.is_known else (LINE_HOLDS, LINE_ROOMS)
    if holds + 1 > most_holds:
        raise TooManyHolds(
            "too_many_holds",
            ngettext(
                "You keep rooms for %(count)s booking already. Finish it, or let it go, before you keep more.",
                "You keep rooms for %(count)s bookings already. Finish one, or let one go, before you keep more.",
                holds,
            )
            % {"count": holds},
        )
    if rooms + wanted > most_rooms:
        raise TooManyHolds(
            "too_many_rooms",
            ngettext(
                "Up to %(count)s room can be kept at a time. For more, please ask the hotel.",
                "Up to %(count)s rooms can be kept at a time. For more, please ask the hotel.",
                most_rooms,
            )
            % {"count": most_rooms},
        )


def _require_share(
    *, network: VisitorNetwork, property: Property, room_types: Sequence[RoomType], nights: Sequence[date]
) -> None:
    taken = _taken(network, property, nights)
    capacity = {
        (room_type, day): rooms
        for room_type, day, rooms in InventoryDay.objects.filter(
            room_type__property=property, date__in=nights
        ).values_list("room_type_id", "date", "capacity")
    }
    wanted = Counter(kind.pk for kind in room_types)
    for day in nights:
        for kind, rooms in wanted.items():
            most = cap(capacity.get((kind, day), 0), percent=TYPE_PERCENT, least=TYPE_LEAST)
            if taken[kind, day] + rooms > most:
                raise _network_share()
        house = sum(rooms for (_kind, date_), rooms in capacity.items() if date_ == day)
        held = sum(rooms for (_kind, date_), rooms in taken.items() if date_ == day)
        if held + len(room_types) > cap(house, percent=HOUSE_PERCENT, least=HOUSE_LEAST, never_all=True):
            raise _network_share()


def _taken(network: VisitorNetwork, property: Property, nights: Sequence[date]) -> Counter[tuple[int, date]]:
    """Return how many rooms of each type live holds of the network take on each night."""
    rows: QuerySet[StayNight] = StayNight.objects.filter(
        _living("reservation__"),
        reservation__property=property,
        reservation__booking__visitor_hold__network=network,
        released_at=None,
        date__in=nights,
    )
    return Counter(rows.values_list("consumed_type_id", "date"))


def _network_share() -> TooManyHolds:
    return TooManyHolds(
        "network_share",
        _(
            "Many rooms are being kept from your network right now. Please try again in some minutes,"
            " or ask the hotel directly."
        ),
    )
