"""docs/rates.md once more, read aloud: one question at a time, straight to the rows, no thought of speed.

Imports nothing of the calculator it is compared with, and rounds by itself.
"""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from billing.taxes.party import Party
from bookings.availability.models import InventoryDay
from bookings.rates.enums import CHANNEL_SOURCES, UNATTENDED, Source
from bookings.rates.models import (
    BasePrice,
    DailyPrice,
    PlanChannel,
    PlanComponent,
    PriceRule,
    Promotion,
    RatePlan,
    Restriction,
    Season,
    SeasonPrice,
)
from bookings.reservations.models import StayNight
from pms.properties.models import Property, RoomType


def rounded(amount: Fraction) -> int:
    """Half up to a whole minor unit, and never below nothing."""
    return max(0, (2 * amount.numerator + amount.denominator) // (2 * amount.denominator))


def changed(price: int, rule: PriceRule | None) -> int:
    if rule is None:
        return price
    if rule.percent is not None:
        return rounded(price * (100 + Fraction(rule.percent)) / 100)
    return max(0, price + rule.amount_minor)


def shared_out(total: int, weights: list[int]) -> list[int]:
    """Largest remainder; of equal remainders the first is served first."""
    weights = weights if sum(weights) else [1] * len(weights)
    exact = [Fraction(total * weight, sum(weights)) for weight in weights]
    parts = [share.numerator // share.denominator for share in exact]
    order = sorted(range(len(weights)), key=lambda index: (parts[index] - exact[index], index))
    for index in order[: total - sum(parts)]:
        parts[index] += 1
    return parts


class Stay:
    """A wish: who, from when to when, sold when and where."""

    def __init__(
        self, *, place: Property, arrival: date, departure: date, party: Party, at: datetime, source: Source
    ) -> None:
        self.place, self.arrival, self.departure, self.party, self.source = place, arrival, departure, party, source
        self.at = at
        self.nights = [arrival + timedelta(days=index) for index in range((departure - arrival).days)]
        self.sale_date = at.astimezone(ZoneInfo(place.time_zone)).date()
        self.lead = max(0, (arrival - self.sale_date).days)
        # Every table of the property once, whole; who asks walks through all of it.
        self.rules = list(PriceRule.objects.filter(property=place))
        self.daily = list(DailyPrice.objects.filter(rate_plan__property=place))
        self.bases = list(BasePrice.objects.filter(rate_plan__property=place))
        self.seasons = list(Season.objects.filter(property=place))
        self.season_prices = list(SeasonPrice.objects.filter(season__property=place))
        self.components = list(PlanComponent.objects.filter(rate_plan__property=place).order_by("component"))
        self.restrictions = list(Restriction.objects.filter(property=place))
        self.sold = list(StayNight.objects.filter(released_at=None, reservation__property=place))
        self.plans: dict[int | None, RatePlan] = {plan.pk: plan for plan in RatePlan.objects.filter(property=place)}
        self.channels = list(PlanChannel.objects.filter(rate_plan__property=place, source=source))
        self.stock = list(InventoryDay.objects.filter(room_type__property=place))


def first(rows: list[Any], **wanted: Any) -> Any:
    """The first row whose fields are as wanted, or None."""
    return next((row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())), None)


def rule_for(stay: Stay, plan: RatePlan, kind: RoomType, what: str, count: int, *, own: bool) -> PriceRule | None:
    """The most particular rule of a kind whose span contains count; `own` leaves only those that name the plan."""
    found = [
        row
        for row in stay.rules
        if row.kind == what
        and row.rate_plan_id in ({plan.pk} if own else {None, plan.pk})
        and row.room_type_id in {None, kind.pk}
        and row.first <= count
        and (row.last is None or count <= row.last)
    ]
    found.sort(key=lambda row: (row.rate_plan_id is not None, row.room_type_id is not None))
    return found[-1] if found else None


def is_derived(plan: RatePlan) -> bool:
    return plan.parent_id is not None and "price" in plan.inherits


def price_after_nine(stay: Stay, plan: RatePlan, kind: RoomType, night: date) -> tuple[int, int] | None:
    """The price after step 9 and after step 7, or None where there is none."""
    manual = first(stay.daily, rate_plan_id=plan.pk, room_type_id=kind.pk, date=night)
    own = False
    if manual:
        price = manual.price_minor
        if manual.all_in:
            return price, price
    elif is_derived(plan):
        parents = price_after_nine(stay, stay.plans[plan.parent_id], kind, night)
        if parents is None:
            return None
        own = True
        price = rounded(parents[0] * (100 + Fraction(plan.derive_percent)) / 100)
        price = max(0, price + plan.derive_minor)
    else:
        base = base_price(stay, plan, kind, night)
        if base is None:
            return None
        price = base
    if not manual:
        weekday = rule_for(stay, plan, kind, "weekday", night.isoweekday(), own=own)
        if weekday:
            price = changed(price, weekday)
        elif night.isoweekday() in stay.place.weekend_nights:
            price = changed(price, rule_for(stay, plan, kind, "weekend", 0, own=own))
    if stay.party.adults == 1 and not stay.party.child_ages and kind.base_occupancy > 1:
        price = changed(price, rule_for(stay, plan, kind, "single", 0, own=own))
    full = price + supplements(stay, plan, kind, night, price, own=own)
    full = max(0, full)
    price = full
    if not manual:
        price = changed(price, rule_for(stay, plan, kind, "length_of_stay", len(stay.nights), own=own))
        price = changed(price, rule_for(stay, plan, kind, "lead_time", stay.lead, own=own))
    return price, full


def base_price(stay: Stay, plan: RatePlan, kind: RoomType, night: date) -> int | None:
    season = next((row for row in stay.seasons if row.first <= night <= row.last), None)
    if season:
        special = first(stay.season_prices, season_id=season.pk, rate_plan_id=plan.pk, room_type_id=kind.pk)
        if special:
            return int(special.price_minor)
    base = first(stay.bases, rate_plan_id=plan.pk, room_type_id=kind.pk)
    if base is None:
        return None
    return rounded(base.price_minor * (100 + Fraction(season.percent)) / 100) if season else int(base.price_minor)


def supplements(stay: Stay, plan: RatePlan, kind: RoomType, night: date, price: int, *, own: bool) -> int:
    def worth(rule: PriceRule | None) -> int:
        if rule is None:
            return 0
        if rule.percent is None:
            return rule.amount_minor or 0
        amount = price * Fraction(rule.percent) / 100
        return rounded(amount) if amount >= 0 else -rounded(-amount)

    total, extra = 0, 0
    places = kind.base_occupancy
    for _ in range(stay.party.adults):
        if places:
            places -= 1
        else:
            extra += 1
            total += worth(rule_for(stay, plan, kind, "extra_adult", extra, own=own))
    for age in sorted(stay.party.ages_of_children(night), reverse=True):
        if places:
            places -= 1
            continue
        rule = rule_for(stay, plan, kind, "child", age, own=own)
        if rule is None:
            extra += 1
            rule = rule_for(stay, plan, kind, "extra_adult", extra, own=own)
        total += worth(rule)
    total += stay.party.infants * worth(rule_for(stay, plan, kind, "child", 0, own=own))
    return total


def components_of(stay: Stay, plan: RatePlan | None) -> list[PlanComponent]:
    while plan:
        rows = [row for row in stay.components if row.rate_plan_id == plan.pk]
        if rows:
            return rows
        plan = stay.plans.get(plan.parent_id)
    return []


def parts_of(stay: Stay, plan: RatePlan, night: date, price: int, full: int) -> dict[str, int]:
    inside = {
        row.component: row.amount_minor
        * (stay.party.count_from(row.age_from, night) if row.basis == "person_night" else 1)
        for row in components_of(stay, plan)
    }
    names = ["accommodation", *inside]
    weights = [max(0, full - sum(inside.values())), *inside.values()]
    if not any(weights):
        weights[0] = 1
    return dict(zip(names, shared_out(price, weights), strict=True))


def prices(
    stay: Stay, plan: RatePlan, kind: RoomType, promotion: Promotion | None = None
) -> list[tuple[int, dict[str, int]]] | None:
    """Each night's price as sold, with its parts; None where a night has none."""
    found = []
    channel = first(stay.channels, rate_plan_id=plan.pk)
    for night in stay.nights:
        both = price_after_nine(stay, plan, kind, night)
        if both is None:
            return None
        price, full = both
        if channel:
            price = rounded(price * (100 + Fraction(channel.percent)) / 100)
            price = max(0, price + channel.amount_minor)
        if promotion and promotion.percent is not None:
            price = rounded(price * (100 - Fraction(promotion.percent)) / 100)
        found.append((price, full))
    if promotion and promotion.amount_minor is not None:
        off = min(promotion.amount_minor, sum(price for price, _ in found))
        shares = shared_out(off, [price for price, _ in found])
        found = [(price - share, full) for (price, full), share in zip(found, shares, strict=True)]
    return [
        (price, parts_of(stay, plan, night, price, full))
        for night, (price, full) in zip(stay.nights, found, strict=True)
    ]


# --- What may be sold ---------------------------------------------------------------------------------------


def naming(stay: Stay, plan: RatePlan, limit: str) -> list[int]:
    """The plan, and every ancestor whose restriction of this kind it takes over."""
    chain = [plan]
    while chain[-1].parent_id and limit in chain[-1].inherits:
        chain.append(stay.plans[chain[-1].parent_id])
    return [row.pk for row in chain]


def values(stay: Stay, plan: RatePlan, kind: RoomType, day: date, limit: str) -> list[Any]:
    plans = [None, *naming(stay, plan, limit)]
    return [
        getattr(row, limit)
        for row in stay.restrictions
        if row.date == day
        and row.rate_plan_id in plans
        and row.room_type_id in {None, kind.pk}
        and getattr(row, limit) is not None
    ]


def quota_is_full(stay: Stay, plan: RatePlan, kind: RoomType, night: date) -> bool:
    plans = [None, *naming(stay, plan, "quota")]
    for row in stay.restrictions:
        if row.date != night or row.quota is None:
            continue
        if row.rate_plan_id not in plans or row.room_type_id not in {None, kind.pk}:
            continue
        sold = [
            one
            for one in stay.sold
            if one.date == night
            and row.room_type_id in {None, one.consumed_type_id}
            and (row.rate_plan_id is None or row.rate_plan_id in naming(stay, stay.plans[one.rate_plan_id], "quota"))
        ]
        if len(sold) >= row.quota:
            return True
    return False


def nobody_can_have(stay: Stay, kind: RoomType, night: date) -> bool:
    """No room of the type is left that night, or a row that names no plan closes it."""
    stock = first(stay.stock, room_type_id=kind.pk, date=night)
    closed = [
        row
        for row in stay.restrictions
        if row.date == night and row.stop_sell and row.rate_plan_id is None and row.room_type_id in {None, kind.pk}
    ]
    return bool(closed) or (stock is not None and stock.free + stock.overbooking_limit < 1)


def fills_a_gap(stay: Stay, plan: RatePlan, kind: RoomType) -> bool:
    """Whether the stay is all that fits between nights that nobody can have, on a plan that fills gaps."""
    if not plan.fills_gaps or not nobody_can_have(stay, kind, stay.departure):
        return False
    is_first = stay.arrival <= stay.place.business_date
    return is_first or nobody_can_have(stay, kind, stay.arrival - timedelta(days=1))


def refusals(  # noqa: C901, PLR0912 - a list of rules, one after the other, as the page has them
    stay: Stay, plan: RatePlan, kind: RoomType, access_code: str = ""
) -> set[str]:
    """Every code that refuses the pair."""
    found: set[str] = set()
    length = len(stay.nights)
    in_a_gap = fills_a_gap(stay, plan, kind)

    def on(day: date, limit: str) -> list[Any]:
        return values(stay, plan, kind, day, limit)

    for night in stay.nights:
        if any(on(night, "stop_sell")):
            found.add("stop_sell")
        if not in_a_gap and any(length < least for least in on(night, "min_stay_through")):
            found.add("min_stay_through")
        if quota_is_full(stay, plan, kind, night):
            found.add("quota")
        if price_after_nine(stay, plan, kind, night) is None:
            found.add("no_price")
        stock = first(stay.stock, room_type_id=kind.pk, date=night)
        if stock is None:
            found.add("beyond_horizon")
        elif stock.free + stock.overbooking_limit < 1:
            found.add("sold_out")
        if (plan.stay_first and night < plan.stay_first) or (plan.stay_last and night > plan.stay_last):
            found.add("stay_window")
    if not in_a_gap and any(length < least for least in on(stay.arrival, "min_stay_arrival")):
        found.add("min_stay_arrival")
    if any(length > most for most in on(stay.arrival, "max_stay")):
        found.add("max_stay")
    if any(on(stay.arrival, "closed_to_arrival")):
        found.add("closed_to_arrival")
    if any(on(stay.departure, "closed_to_departure")):
        found.add("closed_to_departure")
    check_in = datetime.combine(stay.arrival, stay.place.check_in_time, ZoneInfo(stay.place.time_zone)).astimezone(UTC)
    for hours in on(stay.arrival, "lead_hours_min"):
        if stay.source != Source.WALK_IN and stay.at > check_in - timedelta(hours=hours):
            found.add("lead_hours_min")
    if any((stay.arrival - stay.sale_date).days > most for most in on(stay.arrival, "lead_days_max")):
        found.add("lead_days_max")
    if (plan.sale_first and stay.sale_date < plan.sale_first) or (plan.sale_last and stay.sale_date > plan.sale_last):
        found.add("sale_window")
    if (plan.lead_days_min is not None and stay.lead < plan.lead_days_min) or (
        plan.lead_days_max is not None and stay.lead > plan.lead_days_max
    ):
        found.add("plan_lead_time")
    if (plan.nights_min and length < plan.nights_min) or (plan.nights_max and length > plan.nights_max):
        found.add("plan_nights")
    if plan.access_code and stay.source in UNATTENDED and access_code.casefold() != plan.access_code.casefold():
        found.add("access_code")
    if first(stay.channels, rate_plan_id=plan.pk, is_open=False):
        found.add("channel_closed")
    if stay.arrival < stay.place.business_date and stay.source not in CHANNEL_SOURCES:
        found.add("arrival_past")
    guests = stay.party.adults + len(stay.party.child_ages)
    if (
        stay.party.adults > kind.max_adults
        or len(stay.party.child_ages) > kind.max_children
        or guests > kind.max_occupancy
        or stay.party.infants > 3
    ):
        found.add("too_many_guests")
    return found
