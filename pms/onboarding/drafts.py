"""A hotel on paper: everything an import or the demo wants to write, before any of it is written.

Dates are nights of the property, instants are UTC, amounts are minor units of the property's currency. Rows name
each other by code: room types, rate plans and units within their property, companies within the organization.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

from bookings.availability.enums import ClosureKind
from bookings.rates.enums import Board, Guarantee, Source
from bookings.reservations.enums import Status
from guests.profiles.enums import CompanyKind
from pms.housekeeping.enums import Condition
from pms.properties.enums import PropertyKind


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
    """A product; `price_minor` is its default price in the plan that is default, other plans follow their percent."""

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
class RatePlanDraft:
    """Terms; prices are `percent` of the default plan's, plus `extra_minor` for its board."""

    code: str
    name: str
    board: Board
    guarantee: Guarantee
    free_cancellation_days: int | None
    percent: int = 100
    extra_minor: int = 0

    def price(self, base_minor: int) -> int:
        """This plan's price of a night that costs base_minor in the default plan, rounded half up."""
        return (base_minor * self.percent + 50) // 100 + self.extra_minor


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
    prices_minor: Sequence[int]
    guarantee: Guarantee
    made_at: datetime
    external_id: str = ""
    short: tuple[date, ...] = ()
    unassigned_reason: str = ""
    company: str = ""
    agency: str = ""
    commission_minor: int = 0
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
    """A property with everything in it; `daily_factors` scales every plan's prices on a date, in per cent."""

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
    plans: Sequence[RatePlanDraft]
    stays: Sequence[StayDraft]
    street: str = ""
    postal_code: str = ""
    phone: str = ""
    email: str = ""
    house_rules: str = ""
    check_in_time: time = time(15)
    check_out_time: time = time(11)
    closures: Sequence[ClosureDraft] = ()
    daily_prices: dict[tuple[str, date], int] = field(default_factory=dict)
