"""Where a rule stands: the row behind a step or a refusal, in words, and as a link for whoever manages rates."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.urls import NoReverseMatch, reverse

from billing.taxes.models import Fee, Tax
from bookings.rates.enums import PRICE
from bookings.rates.models import BasePrice, DailyPrice, Promotion, RatePlan, Restriction, Season
from bookings.rates.quoting import PriceStep, Refusal
from pms.properties.models import Property, RoomType

#: What a refusal's `where` is called.
WHERE_WORDS = {
    "restriction": "Restriction",
    "rate_plan": "Rate plan",
    "promotion": "Promo code",
    "extra": "Extra",
    "room_type": "Room type",
    "property": "Property",
    "price": "Price",
    "inventory": "Rooms taken",
}


def admin_url(model: str, key: object) -> str:
    """Return the address of a row in the hotel's back office, nothing where it has no page there."""
    try:
        return reverse(f"hotel:{model}_change", args=[key])
    except NoReverseMatch:
        return ""


@dataclass(frozen=True, slots=True)
class Places:
    """The addresses of every row that a path or a refusal of one pair may name. Empty where nobody may open them."""

    place: Property
    room_type: RoomType
    chain: tuple[RatePlan, ...]
    rows: dict[str, str]

    def step(self, step: PriceStep, night: date) -> str:
        """Return the address of the row behind a step."""
        kind, _, name = step.rule.partition(":")
        if not self.rows:
            return ""
        if kind == "rule":
            return admin_url("rates_pricerule", name)
        if kind in {"daily", "season"}:
            return self._first(kind, name or night.isoformat())
        if kind == "channel":
            return self.rows.get(f"plan:{self.chain[0].code}", "")
        if kind == "base":
            return self._first("base", "")
        return self.rows.get(step.rule, "")

    def refusal(self, refusal: Refusal) -> str:
        """Return the address of the row that refuses."""
        if refusal.where == "inventory" and refusal.date:
            return f"{reverse('desk:chart')}?from={refusal.date.isoformat()}&type={refusal.subject}"
        if not self.rows:
            return ""
        day = refusal.date.isoformat() if refusal.date else ""
        plan = self.rows.get(f"plan:{self.chain[0].code}", "")
        known = {
            "restriction": self.rows.get(f"restriction:{refusal.subject}:{day}", ""),
            "room_type": admin_url("properties_roomtype", self.room_type.pk),
            "property": admin_url("properties_property", self.place.pk),
            "price": self._first("base", "") or plan,
            "rate_plan": plan,
        }
        return known.get(refusal.where, self.rows.get(f"{refusal.where}:{refusal.subject}", ""))

    def tax(self, code: str) -> str:
        """Return the address of a tax or a fee."""
        return self.rows.get(f"tax:{code}", "")

    def _first(self, kind: str, name: str) -> str:
        """Return the row of the plan itself, else of the nearest parent that has one."""
        found = (self.rows.get(f"{kind}:{plan.code}:{name}", "") for plan in self.chain)
        return next((url for url in found if url), self.rows.get(f"{kind}:{name}", ""))


def places_of(
    *, place: Property, room_type: RoomType, rate_plan: RatePlan, days: Iterable[date], may_open: bool
) -> Places:
    """Return where everything about a pair on some days stands; a fixed number of queries, none where nobody may look."""
    if not may_open:
        return Places(place, room_type, (rate_plan,), {})
    plans = {plan.pk: plan for plan in RatePlan.objects.filter(property=place)}
    chain = _chain(rate_plan, plans)
    keys = [plan.pk for plan in chain]
    asked = list(days)
    rows: dict[str, str] = {f"plan:{plan.code}": admin_url("rates_rateplan", plan.pk) for plan in plans.values()}
    for base in BasePrice.objects.filter(rate_plan__in=keys, room_type=room_type):
        rows[f"base:{plans[base.rate_plan_id].code}:"] = admin_url("rates_baseprice", base.pk)
    for daily in DailyPrice.objects.filter(rate_plan__in=keys, room_type=room_type, date__in=asked):
        code = plans[daily.rate_plan_id].code
        rows[f"daily:{code}:{daily.date.isoformat()}"] = admin_url("rates_dailyprice", daily.pk)
    for season in Season.objects.filter(property=place, first__lte=max(asked), last__gte=min(asked)):
        rows[f"season:{season.code}"] = admin_url("rates_season", season.pk)
    for promotion in Promotion.objects.filter(property=place, retired_at=None):
        rows[f"promotion:{promotion.code}"] = admin_url("rates_promotion", promotion.pk)
    for row in Restriction.objects.filter(property=place, date__in=asked).select_related("room_type", "rate_plan"):
        kind = row.room_type.code if row.room_type else "*"
        plan = row.rate_plan.code if row.rate_plan else "*"
        rows[f"restriction:{kind}/{plan}:{row.date.isoformat()}"] = admin_url("rates_restriction", row.pk)
    for tax in Tax.objects.filter(property=place):
        rows[f"tax:{tax.code}"] = admin_url("taxes_tax", tax.pk)
    for fee in Fee.objects.filter(property=place):
        rows[f"fee:{fee.code}"] = admin_url("taxes_fee", fee.pk)
    return Places(place, room_type, chain, rows)


def _chain(rate_plan: RatePlan, plans: dict[int, RatePlan]) -> tuple[RatePlan, ...]:
    """Return the plan and, as long as they take their price from it, its parents."""
    chain = [rate_plan]
    while chain[-1].parent_id in plans and PRICE in chain[-1].inherits:
        parent = plans[chain[-1].parent_id]
        if parent in chain:
            break
        chain.append(parent)
    return tuple(chain)


def where_of(refusal: Refusal) -> str:
    """Return in words where a refusal's rule is set: "Restriction DBL/BAR, 24 Nov"."""
    words = WHERE_WORDS.get(refusal.where, "")
    subject = (
        refusal.subject.replace("*/*", "all types, all plans").replace("*/", "all types, ").replace("/*", ", all plans")
    )
    day = f"{refusal.date:%a %-d %b}" if refusal.date else ""
    return ", ".join(part for part in (f"{words} {subject}".strip(), day) if part)
