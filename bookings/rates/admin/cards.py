"""What the overview of the back office says about rates: first what is missing."""

from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from bookings.rates.enums import PRICE
from bookings.rates.models import BasePrice, RatePlan
from pms.access.guards import access_of
from pms.access.sites import hotel_site
from pms.kernel.admin_pages import Card, counted
from pms.properties.models import RoomType

#: So many of one kind are shown; the rest comes when those are done.
SHOWN = 5


@hotel_site.cards
def rate_cards(request: HttpRequest) -> list[Card]:
    """Say what cannot be sold or has no rule, and how many plans there are."""
    access = access_of(request)
    if not access.allows("rates.manage"):
        return []
    plans: QuerySet[RatePlan] = access.scope("rates.manage", RatePlan.objects.filter(retired_at=None))
    kinds: QuerySet[RoomType] = access.scope("rates.manage", RoomType.objects.filter(retired_at=None))
    cards = [*_without_price(kinds), *_without_policy(plans), *_orphaned(plans), *_never_priced(plans)]
    listed = reverse("hotel:rates_rateplan_changelist")
    return [*cards, Card(*counted(plans.count(), "rate plan", "rate plans"), "On sale", listed)]


def _without_price(kinds: QuerySet[RoomType]) -> list[Card]:
    url = reverse("hotel:rates_baseprice_add")
    return [
        Card("price", "No", f"{row.name} of {row.property.name} has no base price.", url, "todo", "Set one")
        for row in kinds.filter(base_prices=None).select_related("property")[:SHOWN]
    ]


def _without_policy(plans: QuerySet[RatePlan]) -> list[Card]:
    rows = plans.filter(cancellation_policy=None).select_related("property")[:SHOWN]
    return [
        _plan_card(
            row,
            "policy",
            f"{row.name} of {row.property.name} can be cancelled for free until arrival.",
            "todo",
            "Choose one",
        )
        for row in rows
    ]


def _orphaned(plans: QuerySet[RatePlan]) -> list[Card]:
    rows = plans.filter(parent__retired_at__isnull=False).select_related("property", "parent")[:SHOWN]
    return [
        _plan_card(
            row,
            "parent",
            f"{row.name} of {row.property.name} is derived from {row.parent}, which is retired.",
            "alert",
            "Give it another",
        )
        for row in rows
    ]


def _never_priced(plans: QuerySet[RatePlan]) -> list[Card]:
    """Name plans with prices of their own, but none for any room type."""
    priced = BasePrice.objects.filter(rate_plan=OuterRef("pk"))
    own = plans.filter(parent=None) | plans.exclude(parent=None).exclude(inherits__contains=[PRICE])
    rows = own.filter(~Exists(priced), daily_prices=None, season_prices=None).select_related("property")
    return [
        Card(
            "price",
            "No",
            f"{row.name} of {row.property.name} has no prices: no room type is sold on it.",
            reverse("hotel:rates_baseprice_add"),
            "todo",
            "Set one",
        )
        for row in rows.order_by(F("position"), "code")[:SHOWN]
    ]


def _plan_card(row: Any, what: str, sentence: str, tone: str, action: str) -> Card:
    return Card(what, "No", sentence, reverse("hotel:rates_rateplan_change", args=[row.pk]), tone, action)
