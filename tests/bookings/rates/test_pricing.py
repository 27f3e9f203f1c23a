"""What a night costs: every step of docs/rates.md by itself, and what happens where they meet."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from billing.taxes.party import Party
from bookings.rates.enums import PriceRuleKind, Source
from bookings.rates.models import BasePrice, PlanChannel, Season, SeasonPrice
from tests.bookings.rates.asking import AT, daily, day, derived, path, prices, rule
from tests.house import refused

WEEKEND, WEEKDAY, SINGLE = PriceRuleKind.WEEKEND, PriceRuleKind.WEEKDAY, PriceRuleKind.SINGLE
EXTRA_ADULT, CHILD = PriceRuleKind.EXTRA_ADULT, PriceRuleKind.CHILD
LENGTH, LEAD = PriceRuleKind.LENGTH_OF_STAY, PriceRuleKind.LEAD_TIME


def season(house, first, last, percent=0, code="HIGH"):
    return Season.objects.create(
        property=house.property,
        code=code,
        name="High season",
        first=day(first),
        last=day(last),
        percent=Decimal(str(percent)),
    )


def test_the_days_own_price_or_the_default(property_a):
    daily(property_a, 11, 12_000)
    assert prices(property_a, 10, 13) == [10_000, 12_000, 10_000]


def test_no_price_is_refused_and_nothing_is_a_price(property_a):
    """T24: never 0 for want of a price, and 0 is not replaced by the default."""
    daily(property_a, 11, 0)
    rule(property_a, LENGTH, percent=10)
    assert prices(property_a, 11, 12) == [0]
    BasePrice.objects.filter(room_type=property_a.double).delete()
    assert prices(property_a, 11, 12) == [0]
    told = path(property_a, 10, 13)
    assert [night.price_minor for night in told.nights] == [None, 0, None]
    assert [(refusal.code, refusal.date) for refusal in told.refusals] == [("no_price", day(10))]
    with refused("no_price"):
        prices(property_a, 11, 13)


def test_another_types_or_plans_price_is_none(property_a):
    """T24: not even by accident."""
    BasePrice.objects.filter(room_type=property_a.double).delete()
    daily(property_a, 10, 1, room_type=property_a.suite)
    with refused("no_price"):
        prices(property_a, 10, 11)


def test_a_season_by_percent_or_at_its_own_price(property_a):
    high = season(property_a, 11, 12, 12.5)
    assert prices(property_a, 10, 14) == [10_000, 11_250, 11_250, 10_000]
    SeasonPrice.objects.create(
        season=high, rate_plan=property_a.rate_plan, room_type=property_a.double, price_minor=14_000
    )
    assert prices(property_a, 10, 12) == [10_000, 14_000]
    BasePrice.objects.filter(room_type=property_a.double).delete()
    assert prices(property_a, 11, 13) == [14_000, 14_000]


def test_the_weekend_unless_the_day_has_a_rule(property_a):
    """TODAY is a Friday, and the weekend's nights are Friday and Saturday."""
    rule(property_a, WEEKEND, percent=20)
    assert prices(property_a, 6, 10) == [10_000, 12_000, 12_000, 10_000]
    rule(property_a, WEEKDAY, amount=500, first=6, last=7)
    assert prices(property_a, 6, 10) == [10_000, 12_000, 10_500, 10_500]


def test_single_occupancy_is_one_adult_alone_in_a_room_for_more(property_a):
    rule(property_a, SINGLE, percent=-15)
    assert prices(property_a, 10, 11, party=Party(adults=1)) == [8_500]
    assert prices(property_a, 10, 11, party=Party(adults=1, infants=1)) == [8_500]
    assert prices(property_a, 10, 11, party=Party(adults=1, child_ages=(4,))) == [10_000]
    assert prices(property_a, 10, 11) == [10_000]
    property_a.double.base_occupancy = 1
    property_a.double.save()
    assert prices(property_a, 10, 11, party=Party(adults=1)) == [10_000]


@pytest.mark.parametrize(
    ("party", "price"),
    [
        (Party(adults=2), 25_000),
        (Party(adults=3), 25_000 + 4_000),
        # The child takes no place that an adult has, and pays for its age.
        (Party(adults=2, child_ages=(5,)), 25_000 + 1_500),
        # A place is left for one of the two: the oldest has it.
        (Party(adults=1, child_ages=(5, 9)), 25_000 + 1_500),
        # Nobody has a rule for a child of fifteen: the next extra adult's.
        (Party(adults=2, child_ages=(15,)), 25_000 + 4_000),
        (Party(adults=3, child_ages=(15,)), 25_000 + 4_000 + 2_500),
        (Party(adults=2, child_ages=(15, 16)), 25_000 + 4_000 + 2_500),
        (Party(adults=2, child_ages=(15, 5)), 25_000 + 4_000 + 1_500),
        (Party(adults=2, infants=2), 25_000),
    ],
)
def test_guests_beyond_the_base_occupancy_pay(property_a, party, price):
    rule(property_a, EXTRA_ADULT, amount=4_000, first=1, last=1)
    rule(property_a, EXTRA_ADULT, percent=10, first=2)
    rule(property_a, CHILD, amount=1_500, first=3, last=12)
    assert prices(property_a, 10, 11, room_type=property_a.suite, party=party) == [price]


def test_infants_pay_the_rule_of_age_nought_where_there_is_one(property_a):
    rule(property_a, CHILD, amount=700, first=0, last=2)
    assert prices(property_a, 10, 11, party=Party(adults=2, infants=2)) == [11_400]


def test_a_percentage_per_guest_is_of_the_price_without_guests_each_rounded(property_a):
    BasePrice.objects.filter(room_type=property_a.suite).update(price_minor=1_005)
    rule(property_a, EXTRA_ADULT, percent=50)
    # 502.5 each, rounded to 503.
    party = Party(adults=3, child_ages=(17,))
    assert prices(property_a, 10, 11, room_type=property_a.suite, party=party) == [1_005 + 503 + 503]


def test_a_child_grows_a_year_older_during_the_stay(property_a):
    """T33 for prices: the age on the night."""
    rule(property_a, CHILD, amount=1_000, first=0, last=5)
    rule(property_a, CHILD, amount=3_000, first=6, last=17)
    born = date(day(11).year - 6, day(11).month, day(11).day)
    party = Party(adults=2, child_ages=(5,), child_births=(born,))
    assert prices(property_a, 10, 13, room_type=property_a.suite, party=party) == [26_000, 28_000, 28_000]


def test_a_long_stay_and_an_early_booking_change_the_price_with_its_supplements(property_a):
    rule(property_a, EXTRA_ADULT, amount=5_000)
    rule(property_a, LENGTH, percent=-10, first=3, last=6)
    rule(property_a, LEAD, amount=-1_000, first=10)
    party = Party(adults=3)
    assert prices(property_a, 9, 11, room_type=property_a.suite, party=party) == [30_000] * 2
    assert prices(property_a, 9, 12, room_type=property_a.suite, party=party) == [27_000] * 3
    assert prices(property_a, 10, 13, room_type=property_a.suite, party=party) == [26_000] * 3
    assert prices(property_a, 9, 16, room_type=property_a.suite, party=party) == [30_000] * 7


def test_the_lead_time_is_between_local_dates(property_a):
    """T26: at half past midnight in Lisbon it is already tomorrow, whatever UTC says; and in Tokyo long before."""
    rule(property_a, LEAD, amount=1, first=10, last=10)
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert prices(property_a, 10, 11, at=late) == [10_001]
    property_a.property.time_zone = "Asia/Tokyo"
    property_a.property.save()
    assert prices(property_a, 10, 11, at=late) == [10_000]
    assert prices(property_a, 11, 12, at=late) == [10_001]


def test_the_lead_time_is_never_below_nought(property_a):
    rule(property_a, LEAD, amount=-100, last=0)
    assert prices(property_a, 1, 2, at=AT + timedelta(days=3)) == [9_900]


def test_the_most_particular_rule_is_taken(property_a):
    """Plan and type, then plan, then type, then neither."""
    plan, double = property_a.rate_plan, property_a.double
    for amount, names in (
        (1, {}),
        (2, {"room_type": double}),
        (3, {"plan": plan}),
        (4, {"plan": plan, "room_type": double}),
    ):
        rule(property_a, LENGTH, amount=amount, **names)
        assert prices(property_a, 10, 11) == [10_000 + amount]
    assert prices(property_a, 10, 11, room_type=property_a.suite) == [25_003]


def test_a_price_is_never_below_nought(property_a):
    rule(property_a, SINGLE, amount=-20_000)
    rule(property_a, LENGTH, amount=700)
    assert prices(property_a, 10, 11, party=Party(adults=1)) == [700]


def test_every_step_is_rounded_half_up(property_a):
    BasePrice.objects.filter(room_type=property_a.double).update(price_minor=1_001)
    season(property_a, 9, 12, 50)  # 1501.5
    rule(property_a, LENGTH, percent=-50)  # 751
    assert prices(property_a, 10, 11) == [751]


def test_a_manual_price_beats_the_day_and_the_stay_but_not_the_guests(property_a):
    """ADR 7: the extra bed is never given away by editing a cell; whoever means "whoever stays" says so."""
    season(property_a, 9, 12, 50)
    for kind in (WEEKDAY, LENGTH, LEAD):
        rule(property_a, kind, percent=30)
    rule(property_a, SINGLE, percent=-10)
    rule(property_a, EXTRA_ADULT, amount=5_000)
    daily(property_a, 10, 20_000)
    daily(property_a, 10, 20_000, room_type=property_a.suite)
    daily(property_a, 11, 20_000, room_type=property_a.suite, all_in=True)
    assert prices(property_a, 10, 11) == [20_000]
    assert prices(property_a, 10, 11, party=Party(adults=1)) == [18_000]
    assert prices(property_a, 10, 12, room_type=property_a.suite, party=Party(adults=3)) == [25_000, 20_000]


def test_a_source_has_its_mark_up_and_so_have_manual_prices(property_a):
    PlanChannel.objects.create(
        rate_plan=property_a.rate_plan, source=Source.BOOKING_COM, percent=Decimal("12.5"), amount_minor=-50
    )
    daily(property_a, 11, 8_000)
    assert prices(property_a, 10, 12, source=Source.BOOKING_COM) == [11_200, 8_950]
    assert prices(property_a, 10, 12, source=Source.EXPEDIA) == [10_000, 8_000]


def test_a_derived_plan_takes_its_parents_price_after_all_its_rules(property_a):
    """Percent, then the amount; general rules are in the parent's price and not taken twice."""
    rule(property_a, LENGTH, percent=-10)
    rule(property_a, SINGLE, percent=-20)
    plan = derived(property_a, "NRF", property_a.rate_plan, percent=-5, amount=-150)
    assert prices(property_a, 10, 11, rate_plan=plan) == [8_400]
    assert prices(property_a, 10, 11, rate_plan=plan, party=Party(adults=1)) == [6_690]


def test_a_derived_plan_has_the_rules_that_name_it(property_a):
    plan = derived(property_a, "NRF", property_a.rate_plan, percent=-10)
    rule(property_a, WEEKEND, amount=1_000, plan=plan)
    rule(property_a, LENGTH, percent=-50, first=4, plan=plan, room_type=property_a.double)
    assert prices(property_a, 6, 9, rate_plan=plan) == [9_000, 10_000, 10_000]
    assert prices(property_a, 5, 9, rate_plan=plan) == [4_500, 4_500, 5_000, 5_000]


def test_a_derived_plan_follows_the_manual_price_of_its_parent_and_beats_it_with_its_own(property_a):
    plan = derived(property_a, "NRF", property_a.rate_plan, percent=-10)
    rule(property_a, EXTRA_ADULT, amount=5_000)
    for offset in (10, 11):
        daily(property_a, offset, 30_000, room_type=property_a.suite)
    daily(property_a, 11, 18_000, plan=plan, room_type=property_a.suite)
    wish = {"room_type": property_a.suite, "rate_plan": plan, "party": Party(adults=3)}
    assert prices(property_a, 10, 13, **wish) == [31_500, 23_000, 27_000]


def test_a_chain_of_four_with_the_price_switched_off_in_the_middle(property_a):
    """T23: the price follows as far as the switch is on."""
    second = derived(property_a, "B", property_a.rate_plan, percent=-10)
    third = derived(property_a, "C", second, amount=500)
    fourth = derived(property_a, "D", third, percent=10)
    assert prices(property_a, 10, 11, rate_plan=fourth) == [10_450]
    third.inherits = ["stop_sell"]
    third.save()
    with refused("no_price"):
        prices(property_a, 10, 11, rate_plan=fourth)
    BasePrice.objects.create(rate_plan=third, room_type=property_a.double, price_minor=20_000)
    assert prices(property_a, 10, 11, rate_plan=third) == [20_000]
    assert prices(property_a, 10, 11, rate_plan=fourth) == [22_000]
    assert prices(property_a, 10, 11, rate_plan=second) == [9_000]


def test_a_child_of_a_retired_plan_keeps_its_price(property_a):
    plan = derived(property_a, "NRF", property_a.rate_plan, percent=-10)
    property_a.rate_plan.retired_at = AT - timedelta(days=1)
    property_a.rate_plan.save()
    assert prices(property_a, 10, 11, rate_plan=plan) == [9_000]


@pytest.mark.parametrize(("currency", "change"), [("JPY", "+1,500"), ("EUR", "+15.00"), ("BHD", "+1.500")])
def test_currencies_without_and_with_three_decimals(property_a, currency, change):
    """T36: amounts are minor units, whatever a minor unit is."""
    property_a.property.currency = currency
    property_a.property.save()
    property_a.double.refresh_from_db()
    rule(property_a, LENGTH, amount=1_500)
    assert prices(property_a, 10, 11) == [11_500]
    steps = path(property_a, 10, 11).nights[0].steps
    assert [(step.label, step.change) for step in steps] == [("Base price", ""), ("Stay of 1 night", change)]


def test_the_path_is_told_step_by_step(property_a):
    high = season(property_a, 9, 12, 25)
    friday = rule(property_a, WEEKDAY, percent=-2.5, first=5, last=5)
    PlanChannel.objects.create(rate_plan=property_a.rate_plan, source=Source.AGENCY, percent=10)
    told = path(property_a, 14, 15, source=Source.AGENCY).nights[0].steps
    assert [tuple(step) for step in told] == [
        ("base", "Base price", "", 10_000, "base"),
        ("weekday", "Friday", "-2.5 %", 9_750, f"rule:{friday.pk}"),
        ("channel", "Sold at Travel agency", "+10 %", 10_725, "channel:agency"),
    ]
    plan = derived(property_a, "NRF", property_a.rate_plan, percent=-10)
    told = path(property_a, 10, 11, rate_plan=plan).nights[0].steps
    assert [tuple(step) for step in told] == [
        ("base", "Base price", "", 10_000, "base"),
        ("season", "High season", "+25 %", 12_500, f"season:{high.code}"),
        ("derived", "Plan NRF, from Best available rate", "-10 %", 11_250, "plan:NRF"),
    ]
