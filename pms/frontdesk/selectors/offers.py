"""What can be sold for a stay: every room type with every rate plan, the price of the stay, the rooms left."""

from dataclasses import dataclass
from datetime import date, datetime

from bookings.availability.selectors import availability
from bookings.rates.models import BasePrice, DailyPrice, RatePlan
from pms.kernel.dates import each_day
from pms.kernel.money import Money
from pms.properties.models import Property, RoomType


@dataclass(frozen=True, slots=True)
class PlanOffer:
    """One rate plan of a type for the whole stay of one room. `refusal` says why it has no price."""

    rate_plan: RatePlan
    total: Money | None
    per_night: Money | None
    refusal: str

    @property
    def key(self) -> str:
        """How the form names it."""
        return self.rate_plan.code


@dataclass(frozen=True, slots=True)
class TypeOffer:
    """One room type for the stay. `left` rooms over all its nights; `refusal` says why none can be booked."""

    room_type: RoomType
    left: int
    plans: tuple[PlanOffer, ...]
    refusal: str


def offers(
    *, place: Property, arrival: date, departure: date, adults: int, children: int, now: datetime
) -> tuple[TypeOffer, ...]:
    """Return what place has for a party over [arrival, departure): what can be booked first, the rest with its reason.

    The rooms left of a type are the least over the nights (T9); a night without a price makes a plan unsellable (T24).
    A fixed number of queries.
    """
    types = list(RoomType.objects.filter(property=place, retired_at=None))
    plans = list(
        RatePlan.objects.filter(property=place, retired_at=None)
        .select_related("cancellation_policy")
        .order_by("-is_default", "position", "code")
    )
    stock = availability(property_id=place.pk, first=arrival, until=departure, now=now)
    daily = _daily(plans, arrival, departure)
    default = {
        (price.rate_plan_id, price.room_type_id): price.price_minor
        for price in BasePrice.objects.filter(rate_plan__in=plans)
    }
    nights = list(each_day(arrival, departure))
    found = []
    for room_type in types:
        there = stock.get(room_type.pk)
        sellable = there.sellable if there else ()
        left = min((count for count in sellable if count is not None), default=0)
        refusal = _refusal(room_type, sellable, nights, adults, children)
        priced = tuple(
            _plan_offer(plan, room_type, nights=nights, daily=daily, default=default, currency=place.currency)
            for plan in plans
        )
        found.append(TypeOffer(room_type=room_type, left=max(left, 0), plans=priced, refusal=refusal))
    return tuple(sorted(found, key=lambda offer: (bool(offer.refusal), offer.room_type.position, offer.room_type.code)))


def _daily(plans: list[RatePlan], arrival: date, departure: date) -> dict[tuple[int, int, date], int]:
    rows = DailyPrice.objects.filter(rate_plan__in=plans, date__gte=arrival, date__lt=departure)
    return {
        (plan_id, type_id, day): price
        for plan_id, type_id, day, price in rows.values_list("rate_plan_id", "room_type_id", "date", "price_minor")
    }


def _refusal(
    room_type: RoomType, sellable: tuple[int | None, ...], nights: list[date], adults: int, children: int
) -> str:
    if adults > room_type.max_adults:
        return f"Takes {room_type.max_adults} adult{'s' if room_type.max_adults > 1 else ''} at most"
    if adults + children > room_type.max_occupancy:
        return f"Takes {room_type.max_occupancy} people at most"
    if not sellable or None in sellable:
        return "Not on sale for all of these nights"
    full = [night for night, count in zip(nights, sellable, strict=True) if count is not None and count < 1]
    if len(full) == len(nights):
        return "Sold out"
    more = f" and {len(full) - 1} more" if len(full) > 1 else ""
    return f"Sold out on {full[0]:%a %-d %b}{more}" if full else ""


def _plan_offer(
    plan: RatePlan,
    room_type: RoomType,
    *,
    nights: list[date],
    daily: dict[tuple[int, int, date], int],
    default: dict[tuple[int, int], int],
    currency: str,
) -> PlanOffer:
    fallback = default.get((plan.pk, room_type.pk))
    total = 0
    for night in nights:
        price = daily.get((plan.pk, room_type.pk, night), fallback)
        if price is None:
            return PlanOffer(rate_plan=plan, total=None, per_night=None, refusal=f"No price on {night:%a %-d %b}")
        total += price
    average = Money(total // len(nights), currency)
    return PlanOffer(rate_plan=plan, total=Money(total, currency), per_night=average, refusal="")
