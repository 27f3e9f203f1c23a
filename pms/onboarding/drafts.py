"""A hotel on paper: everything an import or the demo wants to write, before any of it is written.

Dates are nights of the property, instants are UTC, amounts are minor units of the property's currency. Rows name
each other by code: room types, rate plans and units within their property, companies within the organization.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from bookings.availability.enums import ClosureKind
from bookings.rates.enums import Guarantee, Source
from bookings.reservations.enums import Status
from guests.profiles.enums import CompanyKind
from pms.housekeeping.enums import Condition
from pms.properties.enums import PropertyKind

from .rate_drafts import RatesDraft


@dataclass(frozen=True, slots=True)
class CompanyDraft:
    """A company or agency."""

    code: str
    kind: CompanyKind
    name: str
    country: str = ""
    email: str = ""
    phone: str = ""
    commission_percent: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class RoomTypeDraft:
    """A product; `price_minor` is its base price in plans that are derived from none, see RatePlanDraft."""

    code: str
    name: str
    price_minor: int
    description: str = ""
    base_occupancy: int = 2
    max_occupancy: int = 2
    max_adults: int = 2
    max_children: int = 1
    size_square_metres: int | None = None
    overbooking_limit: int = 0


@dataclass(frozen=True, slots=True)
class UnitDraft:
    """A room; `parent` is the number of the unit it is a part of, which stands before it."""

    number: str
    room_type: str
    name: str = ""
    floor: str = ""
    zone: str = ""
    features: str = ""
    parent: str = ""
    condition: Condition = Condition.CLEAN
    condition_note: str = ""


@dataclass(frozen=True, slots=True)
class GuestDraft:
    """A person; nobody real."""

    first_name: str
    last_name: str
    country: str
    language: str
    email: str = ""
    phone: str = ""
    is_vip: bool = False
    notes: str = ""


@dataclass(frozen=True, slots=True)
class StayDraft:
    """One booking with one reservation over [arrival, departure), `prices_minor` night by night.

    Without `prices_minor` it costs what the property's rules say at `made_at`, with `promo_code` where there is one.
    `consumed_type` is the type slept in; `unit` is empty when unassigned; `short` are the nights nobody has a room for.
    """

    key: str
    status: Status
    source: Source
    sold_type: str
    consumed_type: str
    unit: str
    plan: str
    guest: GuestDraft
    arrival: date
    departure: date
    adults: int
    children: int
    infants: int
    guarantee: Guarantee
    made_at: datetime
    prices_minor: Sequence[int] = ()
    promo_code: str = ""
    child_ages: tuple[int, ...] = ()
    external_id: str = ""
    short: tuple[date, ...] = ()
    unassigned_reason: str = ""
    company: str = ""
    agency: str = ""
    commission_percent: int = 0
    confirmed_at: datetime | None = None
    checked_in_at: datetime | None = None
    checked_out_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str = ""
    expires_at: datetime | None = None
    unit_pinned: bool = False
    arrival_time: time | None = None
    special_requests: str = ""
    notes: str = ""
    tags: tuple[str, ...] = ()

    @property
    def nights(self) -> int:
        """Length of stay."""
        return (self.departure - self.arrival).days

    @property
    def takes_room(self) -> bool:
        """Whether it counts in the inventory."""
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class ClosureDraft:
    """A unit that is closed over [first, until)."""

    unit: str
    first: date
    until: date
    kind: ClosureKind
    reason: str


@dataclass(frozen=True, slots=True)
class HotelDraft:
    """A property with everything in it."""

    code: str
    name: str
    kind: PropertyKind
    time_zone: str
    currency: str
    business_date: date
    country: str
    city: str
    room_types: Sequence[RoomTypeDraft]
    units: Sequence[UnitDraft]
    rates: RatesDraft
    stays: Sequence[StayDraft]
    street: str = ""
    postal_code: str = ""
    phone: str = ""
    email: str = ""
    house_rules: str = ""
    check_in_time: time = time(15)
    check_out_time: time = time(11)
    closures: Sequence[ClosureDraft] = ()
