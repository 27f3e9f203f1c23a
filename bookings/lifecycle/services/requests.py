"""What is asked for when a booking is made, and whether it makes sense."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from billing.taxes.enums import Purpose
from billing.taxes.party import ADULT_AGE, Party
from bookings.availability.models import Block
from bookings.rates.enums import CHANNEL_SOURCES, Source
from bookings.rates.models import RatePlan
from bookings.rates.quoting import ExtraWish
from bookings.reservations.enums import Status
from bookings.reservations.models import Booking
from guests.profiles.models import Guest
from pms.kernel.dates import nights_between
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.prepared import Prepared
from pms.kernel.text import clean_text
from pms.properties.models import Property, RoomType, Unit

OPENING = frozenset({Status.INQUIRY, Status.HOLD, Status.PENDING, Status.CONFIRMED})
MAX_HOLD_MINUTES = 60 * 24 * 60
#: How far ahead even a channel's booking is taken, in days: farther is a slip of the pen, and inventory for it a flood.
FARTHEST_DAYS = 5 * 366


@dataclass(frozen=True, slots=True)
class RoomRequest:
    """One room of a booking.

    `child_births` are in the order of `child_ages` and decide where known (T33). `prices` (minor units per night) are a
    channel's, or staff's with an `override_reason`; otherwise the quote's apply (T67). The reason also lets the rules in
    OVERRIDABLE pass; whoever shows the page asks for the permission.
    """

    room_type: RoomType
    rate_plan: RatePlan
    arrival: date
    departure: date
    adults: int = 2
    child_ages: Sequence[int] = ()
    infants: int = 0
    unit: Unit | None = None
    pinned: bool = False
    prices: Mapping[date, int] | None = None
    special_requests: str = ""
    notes: str = ""
    tags: Sequence[str] = field(default_factory=tuple)
    block: Block | None = None
    guest: Guest | None = None
    child_births: Sequence[date | None] = ()
    purpose: Purpose = Purpose.LEISURE
    promo_code: str = ""
    access_code: str = ""
    extras: Sequence[ExtraWish] = ()
    override_reason: str = ""
    #: What a channel told of its commission for this room; then it is not reckoned from a percentage.
    commission_minor: int | None = None

    @property
    def party(self) -> Party:
        """Who stays. Raises Invalid `bad_age`, `no_adult`."""
        return party_made(
            adults=self.adults,
            child_ages=self.child_ages,
            infants=self.infants,
            child_births=self.child_births,
            purpose=self.purpose,
            arrival=self.arrival,
        )


def party_made(
    *,
    adults: int,
    child_ages: Sequence[int],
    infants: int,
    child_births: Sequence[date | None],
    purpose: Purpose,
    arrival: date,
) -> Party:
    """Return the party; where a child's day of birth is known, it says how old the child is on arrival.

    Raises Invalid `bad_age` for a child of eighteen and older or not yet born, or births of more children than there are.
    """
    ages, births = list(child_ages), list(child_births)
    if len(births) > len(ages) or any(born is not None and born > arrival for born in births):
        raise Invalid("bad_age", "Each child has an age, and is born before the arrival.", field="child_ages")
    for index, born in enumerate(births):
        if born is not None:
            ages[index] = arrival.year - born.year - ((arrival.month, arrival.day) < (born.month, born.day))
    if any(not 0 <= age < ADULT_AGE for age in ages):
        raise Invalid("bad_age", "A child is under eighteen.", field="child_ages")
    return Party(
        adults=adults,
        child_ages=tuple(ages),
        infants=infants,
        child_births=tuple(births) if any(births) else (),
        purpose=purpose,
    )


def request_check(
    *,
    property: Property,
    rooms: Sequence[RoomRequest],
    source: Source,
    status: Status,
    hold_minutes: int | None,
    external_id: str,
) -> None:
    """Raise what speaks against a booking before anything is locked; see booking_create."""
    if not rooms:
        raise Invalid("no_rooms", "A booking has at least one room.", field="rooms")
    if status not in OPENING:
        raise Invalid("bad_status", f"A booking does not begin as {status.label.lower()}.", field="status")
    if hold_minutes is not None and not 1 <= hold_minutes <= MAX_HOLD_MINUTES:
        raise Invalid("bad_hold", "An option lasts between a minute and sixty days.", field="hold_minutes")
    if external_id and is_here_already(property_id=property.pk, source=source, external_id=external_id):
        raise here_already(external_id, source)
    for room in rooms:
        nights_between(room.arrival, room.departure)
        if room.room_type.property_id != property.pk or room.rate_plan.property_id != property.pk:
            raise Invalid(
                "other_property", "The room type and the rate plan must be this property's.", field="room_type"
            )
        on_sale_check(room.room_type, room.rate_plan)
        if room.arrival < property.business_date and source not in CHANNEL_SOURCES:
            raise Invalid(
                "arrival_past",
                f"The arrival is before the business date, {property.business_date:%-d %B %Y}.",
                field="arrival",
            )
        if (room.departure - property.business_date).days > FARTHEST_DAYS:
            raise Conflict(
                "beyond_horizon", f"No room is on sale on {room.arrival:%-d %B %Y}.", field="arrival", date=room.arrival
            )
        if any(unit_owner != property.pk for unit_owner in _owners(room)):
            raise Invalid("other_property", "The room and the block must be this property's.", field="unit")
        party_check(room.room_type, room.adults, len(room.child_ages), room.infants)
        _check_party_and_prices(room, source)


def _check_party_and_prices(room: RoomRequest, source: Source) -> None:
    _ = room.party
    if not room.prices:
        return
    if any(price < 0 for price in room.prices.values()):
        raise Invalid("bad_price", "A price is never negative.", field="prices")
    for day in nights_between(room.arrival, room.departure):
        if day not in room.prices:
            raise Invalid("no_price", f"There is no price for the night of {day:%-d %B %Y}.", field="prices")
    if source not in CHANNEL_SOURCES and not room.override_reason:
        raise Invalid("reason_missing", "Say why it is sold at another price.", field="override_reason")


def _owners(room: RoomRequest) -> list[int]:
    return [thing.property_id for thing in (room.unit, room.block) if thing is not None]


_HERE = Prepared(
    lambda property_id, source, external_id: Booking.objects.filter(
        property_id=property_id, source=source, external_id=external_id
    ).values_list("pk"),
    property_id=int,
    source=str,
    external_id=str,
)


def is_here_already(*, property_id: int, source: str, external_id: str) -> bool:
    """Return whether a source's booking with this number was taken before."""
    return bool(_HERE.rows(property_id=property_id, source=str(source), external_id=external_id))


def here_already(external_id: str, source: Source) -> Conflict:
    """Return the refusal of a channel's booking that was taken before."""
    return Conflict("duplicate_external_id", f"Booking {external_id} of {source.label} is here already.")


def cleaned(room: RoomRequest) -> RoomRequest:
    """Return the request with its words cleaned. Raises Invalid `bad_character`, `text_too_long`."""
    return replace(
        room,
        special_requests=clean_text(room.special_requests, field="special_requests"),
        notes=clean_text(room.notes, field="notes"),
        tags=clean_tags(room.tags),
        promo_code=clean_text(room.promo_code, field="promo_code", most=32),
        override_reason=clean_text(room.override_reason, field="override_reason", most=200),
    )


def clean_tags(tags: Sequence[str]) -> tuple[str, ...]:
    """Return tags in lower case, in order, each once. Raises Invalid `text_too_long` past 32 characters."""
    return tuple(sorted({word for tag in tags if (word := clean_text(tag, field="tags", most=32).lower())}))


def on_sale_check(room_type: RoomType | None, rate_plan: RatePlan | None) -> None:
    """Raise Invalid `retired` when a room type or a rate plan is not sold any more."""
    for product, field_name in ((room_type, "room_type"), (rate_plan, "rate_plan")):
        if product is not None and product.retired_at is not None:
            raise Invalid("retired", f"{product.name} is not sold any more.", field=field_name)


def party_check(room_type: RoomType, adults: int, children: int, infants: int) -> None:
    """Raise Invalid `too_many_guests` or `no_adult` unless the party fits; infants sleep in a cot and do not count."""
    if adults < 1:
        raise Invalid("no_adult", "At least one adult stays in each room.", field="adults")
    crowded = adults > room_type.max_adults or children > room_type.max_children
    if crowded or adults + children > room_type.max_occupancy or infants > 3:
        raise Invalid(
            "too_many_guests",
            f"{room_type.name} sleeps {room_type.max_occupancy}, at most {room_type.max_adults} of them adults and "
            f"{room_type.max_children} children.",
            field="adults",
        )
