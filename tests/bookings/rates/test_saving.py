"""What managers may set: each refusal names its rule, the field, and what stands in the way; nothing is half saved."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from bookings.rates.enums import PriceRuleKind, Source
from bookings.rates.models import (
    BasePrice,
    CancellationPolicy,
    PaymentTerms,
    PlanChannel,
    PlanComponent,
    PriceRule,
    RatePlan,
    Season,
    SeasonPrice,
)
from bookings.rates.services import (
    base_price_remove,
    base_price_save,
    plan_save,
    price_rule_remove,
    price_rule_save,
    season_remove,
    season_save,
)
from pms.audit.models import AuditEvent
from pms.events.models import OutboxEvent
from tests.bookings.rates.refusing import refusal
from tests.conftest import TODAY
from tests.house import TESTER


def told():
    """Return the payload of the newest `rates.changed`, or None."""
    event = OutboxEvent.objects.filter(kind="rates.changed").order_by("-pk").first()
    return event and event.payload


def plan_of(house, code="NR", parent=None, **fields):
    return RatePlan(property=house.property, code=code, name=f"Plan {code}", parent=parent, **fields)


def saved(house, code, parent=None, **fields):
    return plan_save(plan=plan_of(house, code, parent, **fields), actor=TESTER)


# --- plans ---------------------------------------------------------------------------------------


def test_plan_is_saved_with_what_belongs_to_it(property_a):
    plan = plan_save(
        plan=plan_of(property_a, parent=property_a.rate_plan, derive_percent=Decimal(-10)),
        components=[PlanComponent(component="breakfast", amount_minor=1_500)],
        channels=[PlanChannel(source=Source.AIRBNB, is_open=False)],
        actor=TESTER,
    )
    assert [row.amount_minor for row in plan.components.all()] == [1_500]
    assert [row.source for row in plan.channels.all()] == ["airbnb"]
    row = AuditEvent.objects.get(action="rate_plan.created")
    assert (row.subject_code, row.property_code) == ("LIS/NR", "LIS")
    assert row.changes["components"] == [[], ["breakfast 1500 person_night from 0"]]
    payload = told()
    assert (payload["property"], payload["rate_plans"], payload["room_types"]) == ("LIS", ["NR"], ["DBL", "STE"])
    assert (payload["first"], payload["last"]) == (None, None)


def test_saving_the_same_again_writes_nothing(property_a):
    plan = plan_save(
        plan=plan_of(property_a), actor=TESTER, components=[PlanComponent(component="meals", amount_minor=2_000)]
    )
    events, rows = OutboxEvent.objects.count(), AuditEvent.objects.count()
    plan = RatePlan.objects.get(pk=plan.pk)
    plan_save(plan=plan, actor=TESTER, components=list(plan.components.all()), channels=[])
    assert (OutboxEvent.objects.count(), AuditEvent.objects.count()) == (events, rows)


def test_new_name_is_not_told_as_a_new_price(property_a):
    plan = saved(property_a, "NR")
    events = OutboxEvent.objects.count()
    plan.name = "Advance purchase"
    plan_save(plan=plan, actor=TESTER)
    assert OutboxEvent.objects.count() == events
    assert AuditEvent.objects.filter(action="rate_plan.changed").count() == 1


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_plan_cannot_come_from_itself(property_a, depth):
    """T23: at any depth, and the sentence names the whole chain."""
    top = saved(property_a, "P0")
    below = top
    for number in range(1, depth + 1):
        below = saved(property_a, f"P{number}", below)
    top.parent = below
    chain = ["P0", *(f"P{number}" for number in range(depth, -1, -1))]
    with refusal("plan_cycle", "parent", f"A plan cannot come from itself: {' from '.join(chain)}."):
        plan_save(plan=top, actor=TESTER)
    assert RatePlan.objects.get(code="P0").parent is None


def test_plan_cannot_be_its_own_parent(property_a):
    plan = saved(property_a, "P0")
    plan.parent = plan
    with refusal("plan_cycle", "parent", "A plan cannot come from itself: P0 from P0."):
        plan_save(plan=plan, actor=TESTER)


def test_what_a_plan_refers_to_is_of_its_property(property_a, property_other):
    policy = CancellationPolicy.objects.create(property=property_other.property, code="X", name="Strict")
    terms = PaymentTerms.objects.create(property=property_other.property, code="X", name="Early")
    for field, row in (("parent", property_other.rate_plan), ("cancellation_policy", policy), ("payment_terms", terms)):
        with refusal("other_property", field):
            saved(property_a, "NR", **{field: row})


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"code": "bar"}, "code_taken", "code"),
        ({"derive_percent": Decimal(-10)}, "derived_from_nothing", "derive_percent"),
        ({"derive_minor": 500}, "derived_from_nothing", "derive_amount"),
        ({"sale_first": TODAY, "sale_last": TODAY - timedelta(days=1)}, "span_reversed", "sale_last"),
        ({"stay_first": TODAY, "stay_last": TODAY - timedelta(days=1)}, "span_reversed", "stay_last"),
        ({"lead_days_min": 3, "lead_days_max": 2}, "span_reversed", "lead_days_max"),
        ({"nights_min": 3, "nights_max": 2}, "span_reversed", "nights_max"),
        ({"is_default": True}, "default_taken", "is_default"),
    ],
)
def test_plan_that_makes_no_sense(property_a, fields, code, field):
    with refusal(code, field):
        plan_save(plan=plan_of(property_a, **fields), actor=TESTER)
    assert RatePlan.objects.count() == 1


@pytest.mark.parametrize("percent", [-96, -100, 501])
def test_absurd_derivation(property_a, percent):
    with refusal("absurd_percent", "derive_percent"):
        saved(property_a, "NR", property_a.rate_plan, derive_percent=Decimal(percent))


def test_lists_of_a_plan_are_judged_row_by_row(property_a):
    twice = [PlanComponent(component="meals", amount_minor=1), PlanComponent(component="meals", amount_minor=2)]
    with refusal("twice", "components-1-component"):
        plan_save(plan=plan_of(property_a), actor=TESTER, components=twice)
    with refusal("negative_amount", "components-0-amount"):
        plan_save(plan=plan_of(property_a), actor=TESTER, components=[PlanComponent(amount_minor=-1)])
    with refusal("absurd_percent", "channels-0-percent"):
        plan_save(
            plan=plan_of(property_a), actor=TESTER, channels=[PlanChannel(source=Source.OTA, percent=Decimal(900))]
        )


def test_plan_on_which_others_depend_is_not_retired(property_a):
    child = saved(property_a, "NR", property_a.rate_plan)
    saved(property_a, "NRBB", child)
    plan = property_a.rate_plan
    plan.is_default, plan.retired_at = False, timezone.now()
    sentence = (
        "These plans are derived from it: Plan NR (NR), Plan NRBB (NRBB). "
        "Retire them or give them another parent first."
    )
    with refusal("plan_in_use", "retired_at", sentence):
        plan_save(plan=plan, actor=TESTER)


def test_default_plan_is_not_retired_and_nothing_comes_from_a_retired_one(property_a):
    plan = property_a.rate_plan
    plan.retired_at = timezone.now()
    with refusal("default_retired", "retired_at"):
        plan_save(plan=plan, actor=TESTER)
    old = saved(property_a, "OLD", retired_at=timezone.now())
    with refusal("parent_retired", "parent"):
        saved(property_a, "NR", old)


# --- base prices ---------------------------------------------------------------------------------


def test_base_price_is_told_with_the_plans_that_follow(property_a):
    saved(property_a, "NR", property_a.rate_plan)
    price = BasePrice.objects.get(room_type=property_a.double)
    price.price_minor = 11_000
    base_price_save(price=price, actor=TESTER)
    assert AuditEvent.objects.get(action="price.changed").changes == {"price_minor": [10_000, 11_000]}
    payload = told()
    assert (payload["room_types"], payload["rate_plans"], payload["derived_plans"]) == (["DBL"], ["BAR"], ["NR"])


@pytest.mark.parametrize(
    ("minor", "code"), [(-1, "negative_amount"), (10**10, "absurd_amount"), (1_000_001, "unlikely_price")]
)
def test_negative_and_absurd_prices(property_a, minor, code):
    BasePrice.objects.filter(room_type=property_a.suite).update(price_minor=100_000)
    price = BasePrice.objects.get(room_type=property_a.double)
    price.price_minor = minor
    with refusal(code, "price"):
        base_price_save(price=price, actor=TESTER)
    price.refresh_from_db()
    assert price.price_minor == 10_000


@pytest.mark.parametrize(
    ("minor", "likely"), [(2_500, True), (2_499, False), (250_000, True), (250_001, False), (0, False)]
)
def test_price_far_from_the_others_wants_a_confirmation(property_a, minor, likely):
    price = BasePrice.objects.get(room_type=property_a.double)
    price.price_minor = minor
    if not likely:
        sentence = "The other prices of this plan are €250.00. Tick “Yes, I mean it” if this one is right."
        with refusal("unlikely_price", "price", sentence):
            base_price_save(price=price, actor=TESTER)
    base_price_save(price=price, actor=TESTER, confirmed=not likely)
    assert BasePrice.objects.get(pk=price.pk).price_minor == minor


def test_base_price_belongs_where_it_is_read(property_a, property_other):
    plan = property_a.rate_plan
    with refusal("other_property", "room_type"):
        base_price_save(
            price=BasePrice(rate_plan=plan, room_type=property_other.double, price_minor=10_000), actor=TESTER
        )
    with refusal("price_twice", "room_type", "Double has a base price in Best available rate already."):
        base_price_save(price=BasePrice(rate_plan=plan, room_type=property_a.double, price_minor=10_000), actor=TESTER)
    derived = saved(property_a, "NR", plan)
    with refusal("price_derived", "rate_plan"):
        base_price_save(
            price=BasePrice(rate_plan=derived, room_type=property_a.double, price_minor=9_000), actor=TESTER
        )


def test_base_price_goes_with_a_trace(property_a):
    base_price_remove(price=BasePrice.objects.get(room_type=property_a.double), actor=TESTER)
    assert AuditEvent.objects.get(action="price.removed").changes == {"price_minor": [10_000, None]}
    assert told()["room_types"] == ["DBL"]


# --- seasons -------------------------------------------------------------------------------------


def season_of(house, code="HIGH", first=date(2027, 6, 1), last=date(2027, 8, 31), **fields):
    return Season(property=house.property, code=code, name=code.title(), first=first, last=last, **fields)


@pytest.mark.parametrize(
    ("first", "last", "field", "days"),
    [
        (date(2027, 8, 20), date(2027, 9, 30), "first", "from 20 August 2027 to 31 August 2027"),
        (date(2027, 5, 1), date(2027, 6, 1), "last", "on 1 June 2027"),
        (date(2027, 7, 1), date(2027, 7, 2), "first", "from 1 July 2027 to 2 July 2027"),
        (date(2027, 1, 1), date(2027, 12, 31), "last", "from 1 June 2027 to 31 August 2027"),
    ],
)
def test_seasons_do_not_overlap(property_a, first, last, field, days):
    season_save(season=season_of(property_a), actor=TESTER)
    with refusal("season_overlap", field, f"High (HIGH) has the nights {days} already."):
        season_save(season=season_of(property_a, "FAIR", first, last), actor=TESTER)
    assert Season.objects.count() == 1


def test_seasons_may_touch_and_change_and_be_another_propertys(property_a, property_other):
    season = season_save(season=season_of(property_a), actor=TESTER)
    season_save(season=season_of(property_a, "AUTUMN", date(2027, 9, 1), date(2027, 9, 30)), actor=TESTER)
    season_save(season=season_of(property_other), actor=TESTER)
    season.first = date(2027, 5, 1)
    season_save(season=season, actor=TESTER)
    assert (told()["first"], told()["last"]) == ("2027-05-01", "2027-08-31")
    season.first = date(2027, 7, 1)
    season_save(season=season, actor=TESTER)
    assert told()["first"] == "2027-05-01"


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"last": date(2027, 5, 31)}, "span_reversed", "last"),
        ({"last": date(2031, 5, 31)}, "season_too_long", "last"),
        ({"percent": Decimal(900)}, "absurd_percent", "percent"),
    ],
)
def test_season_that_makes_no_sense(property_a, fields, code, field):
    with refusal(code, field):
        season_save(season=season_of(property_a, **fields), actor=TESTER)


def test_prices_of_a_season_are_judged_row_by_row(property_a, property_other):
    def price(minor=20_000, plan=property_a.rate_plan, kind=property_a.double):
        return SeasonPrice(rate_plan=plan, room_type=kind, price_minor=minor)

    derived = saved(property_a, "NR", property_a.rate_plan)
    for rows, code, field in (
        ([price(), price()], "price_twice", "prices-1-room_type"),
        ([price(), price(-1, kind=property_a.suite)], "negative_amount", "prices-1-price"),
        ([price(kind=property_other.double)], "other_property", "prices-0-room_type"),
        ([price(plan=derived)], "price_derived", "prices-0-rate_plan"),
        ([price(900)], "unlikely_price", "prices-0-price"),
    ):
        with refusal(code, field):
            season_save(season=season_of(property_a), prices=rows, actor=TESTER)
    assert Season.objects.count() == 0
    season = season_save(season=season_of(property_a), prices=[price(900)], actor=TESTER, confirmed=True)
    assert list(season.prices.values_list("price_minor", flat=True)) == [900]
    season_save(season=season, prices=[price(12_000)], actor=TESTER)
    assert list(season.prices.values_list("price_minor", flat=True)) == [12_000]


def test_season_goes_with_a_trace(property_a):
    season_remove(season=season_save(season=season_of(property_a), actor=TESTER), actor=TESTER)
    assert AuditEvent.objects.filter(action="season.removed").count() == 1
    assert (told()["first"], told()["last"]) == ("2027-06-01", "2027-08-31")


# --- price rules ---------------------------------------------------------------------------------


def rule_of(house, kind, first=0, last=None, percent=None, **fields):
    return PriceRule(
        property=house.property,
        kind=kind,
        first=first,
        last=last,
        percent=None if percent is None else Decimal(percent),
        **fields,
    )


@pytest.mark.parametrize(
    ("kind", "first", "last", "code", "field"),
    [
        (PriceRuleKind.WEEKEND, 5, None, "rule_counts_nothing", "first"),
        (PriceRuleKind.SINGLE, 0, 3, "rule_counts_nothing", "first"),
        (PriceRuleKind.WEEKDAY, 0, 3, "rule_out_of_bounds", "first"),
        (PriceRuleKind.WEEKDAY, 6, 8, "rule_out_of_bounds", "last"),
        (PriceRuleKind.EXTRA_ADULT, 0, 1, "rule_out_of_bounds", "first"),
        (PriceRuleKind.CHILD, 0, 18, "rule_out_of_bounds", "last"),
        (PriceRuleKind.LENGTH_OF_STAY, 0, 7, "rule_out_of_bounds", "first"),
        (PriceRuleKind.LENGTH_OF_STAY, 14, 7, "span_reversed", "last"),
    ],
)
def test_what_a_rule_counts(property_a, kind, first, last, code, field):
    with refusal(code, field):
        price_rule_save(rule=rule_of(property_a, kind, first, last, 10), actor=TESTER)


def test_by_how_much_a_rule_changes(property_a):
    stay = PriceRuleKind.LENGTH_OF_STAY
    for fields, code, field in (
        ({}, "rule_value", "percent"),
        ({"percent": 5, "amount_minor": 500}, "rule_value", "amount"),
        ({"percent": -99}, "absurd_percent", "percent"),
        ({"amount_minor": -(10**10)}, "absurd_amount", "amount"),
    ):
        with refusal(code, field):
            price_rule_save(rule=rule_of(property_a, stay, 7, **fields), actor=TESTER)
    with refusal("supplement_negative", "percent"):
        price_rule_save(rule=rule_of(property_a, PriceRuleKind.CHILD, 0, 5, -50), actor=TESTER)
    with refusal("supplement_negative", "amount"):
        price_rule_save(rule=rule_of(property_a, PriceRuleKind.EXTRA_ADULT, 1, amount_minor=-50), actor=TESTER)


def test_rules_of_a_kind_do_not_overlap_for_the_same(property_a):
    stay = PriceRuleKind.LENGTH_OF_STAY
    price_rule_save(rule=rule_of(property_a, stay, 7, 13, -10, rate_plan=property_a.rate_plan), actor=TESTER)
    for first, last in ((13, None), (1, 7), (8, 9), (1, None)):
        with refusal("rule_overlap", "first", "“Length of stay 7 to 13, BAR: -10 %” holds for some of the same."):
            price_rule_save(
                rule=rule_of(property_a, stay, first, last, -20, rate_plan=property_a.rate_plan), actor=TESTER
            )
    price_rule_save(rule=rule_of(property_a, stay, 7, 13, -5), actor=TESTER)
    price_rule_save(rule=rule_of(property_a, stay, 7, 13, -5, room_type=property_a.double), actor=TESTER)
    price_rule_save(rule=rule_of(property_a, stay, 14, None, -20, rate_plan=property_a.rate_plan), actor=TESTER)
    price_rule_save(rule=rule_of(property_a, PriceRuleKind.LEAD_TIME, 7, 13, -5), actor=TESTER)
    assert PriceRule.objects.count() == 5


def test_second_weekend_rule_is_named_at_the_kind(property_a):
    price_rule_save(rule=rule_of(property_a, PriceRuleKind.WEEKEND, amount_minor=2_000), actor=TESTER)
    with refusal("rule_overlap", "kind", "“Weekend: +€20.00” holds for some of the same."):
        price_rule_save(rule=rule_of(property_a, PriceRuleKind.WEEKEND, percent=10), actor=TESTER)


def test_rule_of_another_property(property_a, property_other):
    for field, row in (("rate_plan", property_other.rate_plan), ("room_type", property_other.double)):
        with refusal("other_property", field):
            price_rule_save(rule=rule_of(property_a, PriceRuleKind.WEEKEND, percent=10, **{field: row}), actor=TESTER)


def test_rule_is_told_and_goes_with_a_trace(property_a):
    rule = rule_of(property_a, PriceRuleKind.WEEKEND, percent=10, room_type=property_a.suite)
    price_rule_save(rule=rule, actor=TESTER)
    assert (told()["room_types"], told()["rate_plans"]) == (["STE"], ["BAR"])
    price_rule_remove(rule=rule, actor=TESTER)
    row = AuditEvent.objects.get(action="price_rule.removed")
    assert row.changes == {"rule": ["Weekend, STE: +10 %", None]}
    assert OutboxEvent.objects.filter(kind="rates.changed").count() == 2
