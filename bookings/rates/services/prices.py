"""Base prices, seasons and price rules: what they may be, and which other one stands in the way."""

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from bookings.rates.enums import PRICE, PriceRuleKind
from bookings.rates.models import BasePrice, PriceRule, Season, SeasonPrice
from bookings.rates.services.saving import (
    amount_require,
    code_require_free,
    either,
    fits,
    likely_require,
    percent_require,
    rates_told,
    recorded,
    row_save,
    same_property_require,
    span_require,
)
from pms.kernel.actors import Actor
from pms.kernel.dates import MAX_NIGHTS
from pms.kernel.errors import Invalid
from pms.kernel.locking import lock
from pms.kernel.money import Money
from pms.properties.models import Property

#: Longest season, in days.
MOST_SEASON_DAYS = 1100
#: What a rule counts, with its least and greatest; None counts nothing.
COUNTED: dict[str, tuple[str, int, int] | None] = {
    PriceRuleKind.WEEKEND: None,
    PriceRuleKind.WEEKDAY: ("day of the week", 1, 7),
    PriceRuleKind.SINGLE: None,
    PriceRuleKind.EXTRA_ADULT: ("extra adult", 1, 50),
    PriceRuleKind.CHILD: ("age", 0, 17),
    PriceRuleKind.LENGTH_OF_STAY: ("night", 1, MAX_NIGHTS),
    PriceRuleKind.LEAD_TIME: ("day before arrival", 0, 1465),
}
#: Rules that are added for a person: never less than nothing.
SUPPLEMENTS = frozenset({PriceRuleKind.EXTRA_ADULT, PriceRuleKind.CHILD})


@transaction.atomic
def base_price_save(*, price: BasePrice, actor: Actor, confirmed: bool = False) -> BasePrice:
    """Set what a night of a room type costs in a plan before any rule. Minor units of the property's currency.

    Locks the property. Raises Invalid `other_property`, `price_derived`, `price_twice`, `negative_amount`,
    `absurd_amount`; Conflict `unlikely_price` unless `confirmed`.
    """
    plan, place = price.rate_plan, price.rate_plan.property
    lock(Property.objects.filter(pk=place.pk))
    same_property_require(place, room_type=price.room_type)
    if plan.parent is not None and PRICE in plan.inherits:
        sentence = f"{plan.name} takes its prices from {plan.parent.name}; one of its own would never be read."
        raise Invalid("price_derived", sentence, field="rate_plan")
    amount_require(price.price_minor, currency=place.currency, field="price")
    others = BasePrice.objects.filter(rate_plan=plan).exclude(pk=price.pk)
    if others.filter(room_type=price.room_type).exists():
        sentence = f"{price.room_type.name} has a base price in {plan.name} already."
        raise Invalid("price_twice", sentence, field="room_type")
    likely_require(
        price.price_minor,
        others=list(others.values_list("price_minor", flat=True)),
        currency=place.currency,
        field="price",
        confirmed=confirmed,
    )
    code = f"{plan.code}/{price.room_type.code}"
    if row_save(price, subject="price", code=code, property=place, actor=actor, told=False):
        rates_told(place, room_types=[price.room_type], rate_plans=[plan])
    return price


@transaction.atomic
def base_price_remove(*, price: BasePrice, actor: Actor) -> None:
    """Take a base price away: the room type is no longer sold in the plan, but on days with a price of their own (T24)."""
    plan, kind, place = price.rate_plan, price.room_type, price.rate_plan.property
    lock(Property.objects.filter(pk=place.pk))
    changes = {"price_minor": [price.price_minor, None]}
    price.delete()
    recorded("price.removed", code=f"{plan.code}/{kind.code}", property=place, actor=actor, changes=changes, told=False)
    rates_told(place, room_types=[kind], rate_plans=[plan])


@transaction.atomic
def season_save(
    *, season: Season, actor: Actor, prices: Sequence[SeasonPrice] | None = None, confirmed: bool = False
) -> Season:
    """Create or change a season; with `prices` those are its own prices afterwards.

    Locks the property. Raises Invalid `code_taken`, `span_reversed`, `season_too_long`, `absurd_percent`,
    `season_overlap` naming the other one and the days, and at "prices-<index>-<field>"
    `other_property`, `price_twice`, `negative_amount`, `absurd_amount`, `price_derived`; Conflict `unlikely_price`.
    """
    place = season.property
    lock(Property.objects.filter(pk=place.pk))
    code_require_free(season)
    span_require(season.first, season.last, field="last", sentence="The last night is before the first.")
    if (season.last - season.first).days >= MOST_SEASON_DAYS:
        raise Invalid("season_too_long", f"A season has at most {MOST_SEASON_DAYS:,} days.", field="last")
    percent_require(season.percent, field="percent")
    _season_alone(season)
    if prices is not None:
        season_prices_require(season=season, prices=prices, confirmed=confirmed)
    kept = {_season_price_said(row) for row in season.prices.all()} if season.pk else set()
    wanted = kept if prices is None else {_season_price_said(row) for row in prices}
    more = {} if kept == wanted else {"prices": [sorted(kept), sorted(wanted)]}
    before = Season.objects.filter(pk=season.pk).first()
    changes = row_save(season, subject="season", code=season.code, property=place, actor=actor, told=False, more=more)
    if prices is not None and more:
        season.prices.all().delete()
        for row in prices:
            row.pk, row.season = None, season
            row.full_clean()
            row.save()
    if {"first", "last", "percent", "prices"} & set(changes):
        first = min(season.first, before.first) if before else season.first
        rates_told(place, first=first, last=max(season.last, before.last) if before else season.last)
    return season


def season_prices_require(*, season: Season, prices: Sequence[SeasonPrice], confirmed: bool) -> None:
    """Raise what is wrong with a season's own prices; see season_save."""
    place = season.property
    seen: set[tuple[int, int]] = set()
    for index, row in enumerate(prices):
        at = f"prices-{index}-"
        same_property_require(place, **{f"{at}rate_plan": row.rate_plan, f"{at}room_type": row.room_type})
        amount_require(row.price_minor, currency=place.currency, field=f"{at}price")
        if row.rate_plan.parent_id is not None and PRICE in row.rate_plan.inherits:
            sentence = f"{row.rate_plan.name} takes its prices from another plan; this one would never be read."
            raise Invalid("price_derived", sentence, field=f"{at}rate_plan")
        if (row.rate_plan.pk, row.room_type.pk) in seen:
            sentence = f"{row.room_type.name} has a price in {row.rate_plan.name} already."
            raise Invalid("price_twice", sentence, field=f"{at}room_type")
        seen.add((row.rate_plan.pk, row.room_type.pk))
        others = BasePrice.objects.filter(rate_plan=row.rate_plan).values_list("price_minor", flat=True)
        likely_require(
            row.price_minor,
            others=list(others),
            currency=place.currency,
            field=f"{at}price",
            confirmed=confirmed,
        )


@transaction.atomic
def season_remove(*, season: Season, actor: Actor) -> None:
    """Remove a season with its prices: its days cost what they cost without it."""
    place, first, last = season.property, season.first, season.last
    lock(Property.objects.filter(pk=place.pk))
    changes = {"days": [[first, last], None], "percent": [season.percent, None]}
    season.delete()
    recorded("season.removed", code=season.code, property=place, actor=actor, changes=changes, told=False)
    rates_told(place, first=first, last=last)


@transaction.atomic
def price_rule_save(*, rule: PriceRule, actor: Actor) -> PriceRule:
    """Create or change a rule of prices.

    Locks the property. Raises Invalid `other_property`, `rule_counts_nothing`, `rule_out_of_bounds`, `span_reversed`,
    `rule_value`, `absurd_percent`, `absurd_amount`, `supplement_negative`, `rule_overlap` naming the other rule.
    """
    place = rule.property
    lock(Property.objects.filter(pk=place.pk))
    same_property_require(place, rate_plan=rule.rate_plan, room_type=rule.room_type)
    _counted_require(rule)
    if rule.percent is None and rule.amount_minor is None:
        raise Invalid("rule_value", "Say by how much: a percentage or an amount.", field="percent")
    if rule.percent is not None and rule.amount_minor is not None:
        raise Invalid("rule_value", "A rule has a percentage or an amount, not both.", field="amount")
    percent_require(rule.percent, field="percent")
    amount_require(rule.amount_minor, currency=place.currency, field="amount", signed=True)
    if rule.kind in SUPPLEMENTS and ((rule.percent or 0) < 0 or (rule.amount_minor or 0) < 0):
        field = "percent" if rule.percent is not None else "amount"
        raise Invalid("supplement_negative", "This is added for the person: 0 or more.", field=field)
    _rule_alone(rule)
    if row_save(rule, subject="price_rule", code=rule_said(rule), property=place, actor=actor, told=False):
        rates_told(place, room_types=either(rule.room_type), rate_plans=either(rule.rate_plan))
    return rule


@transaction.atomic
def price_rule_remove(*, rule: PriceRule, actor: Actor) -> None:
    """Remove a rule of prices."""
    place, said = rule.property, rule_said(rule)
    lock(Property.objects.filter(pk=place.pk))
    kinds, plans = either(rule.room_type), either(rule.rate_plan)
    rule.delete()
    recorded("price_rule.removed", code=said, property=place, actor=actor, changes={"rule": [said, None]}, told=False)
    rates_told(place, room_types=kinds, rate_plans=plans)


def rule_said(rule: PriceRule) -> str:
    """Return a rule in words: "Length of stay 7 and more, BAR, DBL: -10 %"."""
    span = ""
    if COUNTED.get(rule.kind) is not None:
        span = f" {rule.first}"
        if rule.last is None:
            span += " and more"
        elif rule.last != rule.first:
            span += f" to {rule.last}"
    names = "".join(f", {row.code}" for row in (rule.rate_plan, rule.room_type) if row is not None)
    if rule.percent is not None:
        value = f"{Decimal(rule.percent).normalize():+f} %"
    else:
        money = Money(rule.amount_minor or 0, rule.property.currency)
        value = f"{'+' if money.minor >= 0 else ''}{money}"
    return f"{PriceRuleKind(rule.kind).label}{span}{names}: {value}"


def _counted_require(rule: PriceRule) -> None:
    counted = COUNTED[rule.kind]
    if counted is None:
        if rule.first or rule.last is not None:
            label = PriceRuleKind(rule.kind).label.lower()
            sentence = f"A rule for {label} counts nothing: leave “from” at 0 and “to” empty."
            raise Invalid("rule_counts_nothing", sentence, field="first")
        return
    what, least, most = counted
    for field, value in (("first", rule.first), ("last", rule.last)):
        if value is not None and not least <= value <= most:
            sentence = f"The {what} counts from {least:,} to {most:,}."
            raise Invalid("rule_out_of_bounds", sentence, field=field)
    span_require(rule.first, rule.last, field="last", sentence="The last is before the first.")


def _season_alone(season: Season) -> None:
    other = (
        Season.objects.filter(property=season.property, first__lte=season.last, last__gte=season.first)
        .exclude(pk=season.pk)
        .first()
    )
    if other is None:
        return
    first, last = max(season.first, other.first), min(season.last, other.last)
    days = f"on {first:%-d %B %Y}" if first == last else f"from {first:%-d %B %Y} to {last:%-d %B %Y}"
    sentence = f"{other.name} ({other.code}) has the nights {days} already."
    raise Invalid("season_overlap", sentence, field="first" if season.first >= other.first else "last")


def _rule_alone(rule: PriceRule) -> None:
    ends = Q() if rule.last is None else Q(first__lte=rule.last)
    other = (
        PriceRule.objects.filter(
            fits("rate_plan", rule.rate_plan),
            fits("room_type", rule.room_type),
            ends,
            Q(last=None) | Q(last__gte=rule.first),
            property=rule.property,
            kind=rule.kind,
        )
        .exclude(pk=rule.pk)
        .select_related("rate_plan", "room_type", "property")
        .first()
    )
    if other is not None:
        field = "kind" if COUNTED[rule.kind] is None else "first"
        raise Invalid("rule_overlap", f"“{rule_said(other)}” holds for some of the same.", field=field)


def _season_price_said(row: SeasonPrice) -> str:
    return f"{row.rate_plan.code}/{row.room_type.code} {row.price_minor}"
