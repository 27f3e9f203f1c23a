"""Cancellation and payment terms: deadlines, fees, what is due when, snapshots. No database: the rules are values."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from json import dumps, loads
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.rates.enums import Deposit, Penalty
from bookings.rates.models import CancellationPolicy, CancellationTier, PaymentTerms
from bookings.rates.policies import (
    as_json,
    cancellation_fee,
    deadline_arrival,
    deadlines,
    free_until,
    from_json,
    no_show_fee,
    payment_steps,
    steps_as_json,
    steps_from_json,
    terms_for,
    tier_at,
)
from bookings.rates.quoting import CancellationTerms, PaymentStep, TierTerms

VILNIUS = ZoneInfo("Europe/Vilnius")
ARRIVAL = date(2026, 11, 19)
FREE = TierTerms(None, "none")
ZONES = ("Europe/Vilnius", "Pacific/Kiritimati", "Pacific/Niue", "Asia/Kathmandu", "America/New_York", "Pacific/Apia")


def policy_with(*rows):
    policy = CancellationPolicy(code="FLEX", name="Flexible", deadline_time=time(18))
    return policy, [CancellationTier(policy=policy, **row) for row in rows]


def fee(terms, at, *, nights=(10_000, 8_000, 6_000), total=25_000, zone=VILNIUS, arrival=ARRIVAL):
    return cancellation_fee(terms, arrival=arrival, zone=zone, at=at, nights=nights, total_minor=total, currency="EUR")


def utc(year, month, day, hour=0, minute=0, second=0):
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def test_no_policy_is_free_until_arrival():
    assert terms_for(policy=None, tiers=(), lead_days=0) == CancellationTerms()


@pytest.mark.parametrize(
    ("lead_days", "penalty", "no_show"),
    [
        (0, "full", "percent"),
        (2, "full", "percent"),
        (3, "percent", "percent"),
        (6, "percent", "percent"),
        (7, "none", "full"),
    ],
)
def test_group_of_the_smallest_number_above_the_lead_time_holds(lead_days, penalty, no_show):
    policy, tiers = policy_with(
        {"penalty": Penalty.FULL, "is_no_show": True},
        {"penalty": Penalty.NONE},
        {"penalty": Penalty.PERCENT, "percent": Decimal("50.000"), "booked_days_below": 7},
        {"penalty": Penalty.PERCENT, "percent": Decimal("80.5"), "booked_days_below": 7, "is_no_show": True},
        {"penalty": Penalty.FULL, "booked_days_below": 3},
    )
    terms = terms_for(policy=policy, tiers=tiers, lead_days=lead_days)
    assert [tier.penalty for tier in terms.tiers] == [penalty]
    assert terms.no_show is not None
    assert terms.no_show.penalty == no_show
    assert (terms.code, terms.name, terms.deadline_time) == ("FLEX", "Flexible", "18:00")
    assert terms.no_show.percent in {None, "80.5"}


def test_tiers_come_in_the_order_in_which_they_begin():
    policy, tiers = policy_with(
        {"penalty": Penalty.FULL, "days_before": 0},
        {"penalty": Penalty.NONE},
        {"penalty": Penalty.NIGHTS, "nights": 1, "days_before": 14},
    )
    assert terms_for(policy=policy, tiers=tiers, lead_days=30).tiers == (
        FREE,
        TierTerms(14, "nights", nights=1),
        TierTerms(0, "full"),
    )


def test_deadline_is_wall_time_at_the_property():
    """T46: 18:00 two days before arrival in Vilnius is 16:00 UTC in winter and 15:00 in summer."""
    terms = CancellationTerms(tiers=(FREE, TierTerms(2, "full")))
    assert deadlines(terms, arrival=ARRIVAL, zone=VILNIUS)[1][0] == utc(2026, 11, 17, 16)
    assert deadlines(terms, arrival=date(2026, 7, 10), zone=VILNIUS)[1][0] == utc(2026, 7, 8, 15)
    assert free_until(terms, arrival=ARRIVAL, zone=VILNIUS) == utc(2026, 11, 17, 16)


def test_instants_are_compared_to_the_second():
    terms = CancellationTerms(tiers=(FREE, TierTerms(2, "full")))
    assert fee(terms, utc(2026, 11, 17, 15, 59, 59)) == 0
    assert fee(terms, utc(2026, 11, 17, 16)) == 25_000


def test_after_arrival_is_never_days_before():
    """T46: the day after arrival is not "one day before", whatever the sign of the difference."""
    terms = CancellationTerms(tiers=(FREE, TierTerms(1, "nights", nights=1), TierTerms(0, "full")))
    for days in range(1, 10):
        assert fee(terms, utc(2026, 11, 19) + timedelta(days=days)) == 25_000


@pytest.mark.parametrize(
    ("arrival", "begins"),
    [
        (date(2027, 3, 28), utc(2027, 3, 28, 1, 30)),  # 03:30 does not exist: 04:30 local
        (date(2026, 10, 25), utc(2026, 10, 25, 0, 30)),  # 03:30 comes twice: the first
    ],
)
def test_deadline_on_the_day_clocks_change(arrival, begins):
    """T6."""
    terms = CancellationTerms(deadline_time="03:30", tiers=(FREE, TierTerms(0, "full")))
    assert free_until(terms, arrival=arrival, zone=VILNIUS) == begins


def test_zones_far_from_utc_have_their_own_deadlines():
    terms = CancellationTerms(tiers=(FREE, TierTerms(1, "full")))
    assert free_until(terms, arrival=ARRIVAL, zone=ZoneInfo("Pacific/Kiritimati")) == utc(2026, 11, 18, 4)
    assert free_until(terms, arrival=ARRIVAL, zone=ZoneInfo("Pacific/Niue")) == utc(2026, 11, 19, 5)


def test_terms_that_never_cost_are_free_and_those_that_always_do_are_not():
    assert free_until(CancellationTerms(), arrival=ARRIVAL, zone=VILNIUS) == utc(2026, 11, 19, 16)
    assert free_until(CancellationTerms(tiers=(TierTerms(None, "full"),)), arrival=ARRIVAL, zone=VILNIUS) is None


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        (TierTerms(None, "none"), 0),
        (TierTerms(None, "nights", nights=1), 10_000),
        (TierTerms(None, "nights", nights=2), 18_000),
        (TierTerms(None, "nights", nights=9), 24_000),
        (TierTerms(None, "percent", percent="50"), 12_500),
        (TierTerms(None, "percent", percent="33.333"), 8_333),
        (TierTerms(None, "percent", percent="0.002"), 1),  # half a cent is rounded up, once
        (TierTerms(None, "amount", amount_minor=4_000), 4_000),
        (TierTerms(None, "amount", amount_minor=99_999), 25_000),
        (TierTerms(None, "full"), 25_000),
    ],
)
def test_fee_of_each_penalty(tier, expected):
    """T47: nights cost what they were sold for, never what they cost today."""
    terms = CancellationTerms(tiers=(tier,))
    assert fee(terms, utc(2026, 1, 1)) == expected
    assert no_show_fee(terms, nights=(10_000, 8_000, 6_000), total_minor=25_000, currency="EUR") == expected


def test_not_coming_has_its_own_rule_or_that_of_the_last_moment():
    """T49."""
    steps = (FREE, TierTerms(1, "nights", nights=1))
    given_rule = CancellationTerms(tiers=steps, no_show=TierTerms(None, "full"))
    assert no_show_fee(given_rule, nights=(7_000, 3_000), total_minor=10_000, currency="EUR") == 10_000
    assert no_show_fee(CancellationTerms(tiers=steps), nights=(7_000,), total_minor=9_000, currency="EUR") == 7_000


def test_deadlines_of_a_moved_stay_are_those_of_the_sale_unless_the_policy_moves_them():
    """T48."""
    later = ARRIVAL + timedelta(days=30)
    assert deadline_arrival(CancellationTerms(), sold_for=ARRIVAL, arrival=later) == ARRIVAL
    assert deadline_arrival(CancellationTerms(deadline_moves=True), sold_for=ARRIVAL, arrival=later) == later


@st.composite
def monotone(draw):
    """Return terms whose steps never become cheaper."""
    days = sorted(draw(st.sets(st.integers(0, 60), max_size=5)), reverse=True)
    percents = sorted(draw(st.lists(st.integers(0, 100), min_size=len(days) + 1, max_size=len(days) + 1)))
    tiers = tuple(
        TierTerms(when, "none") if not part else TierTerms(when, "percent", percent=str(part))
        for when, part in zip([None, *days], percents, strict=True)
    )
    hour = draw(st.times(min_value=time(0), max_value=time(23, 59)))
    return CancellationTerms(deadline_time=hour.strftime("%H:%M"), tiers=tiers)


MOMENTS = st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: utc(2026, 1, 1) + timedelta(minutes=minutes))


@given(
    terms=monotone(),
    arrival=st.dates(date(2026, 2, 1), date(2027, 12, 1)),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    moments=st.lists(MOMENTS, min_size=2, max_size=6).map(sorted),
    nights=st.lists(st.integers(0, 100_000), min_size=1, max_size=10),
    extra=st.integers(0, 50_000),
)
def test_fee_only_grows_and_stays_between_nothing_and_the_total(terms, arrival, zone, moments, nights, extra):
    total = sum(nights) + extra
    fees = [fee(terms, at, nights=nights, total=total, zone=zone, arrival=arrival) for at in moments]
    assert fees == sorted(fees)
    assert all(0 <= amount <= total for amount in fees)


@given(
    terms=monotone(),
    arrival=st.dates(date(2026, 2, 1), date(2027, 12, 1)),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    at=MOMENTS,
)
def test_every_moment_has_exactly_one_tier(terms, arrival, zone, at):
    steps = deadlines(terms, arrival=arrival, zone=zone)
    starts = [begins for begins, _ in steps[1:] if begins is not None]
    assert steps[0][0] is None
    assert starts == sorted(starts)
    ends = [*starts, None]
    holding = [
        tier
        for (begins, tier), end in zip(steps, ends, strict=True)
        if (begins is None or begins <= at) and (end is None or at < end)
    ]
    assert holding == [tier_at(terms, arrival=arrival, zone=zone, at=at)]


@given(terms=monotone(), no_show=st.none() | st.just(TierTerms(None, "amount", amount_minor=500)))
def test_snapshot_gives_the_same_terms_back(terms, no_show):
    """T47."""
    whole = CancellationTerms("NR", "Strict", terms.deadline_time, True, terms.tiers, no_show)
    assert from_json(loads(dumps(as_json(whole)))) == whole


def test_reservation_without_a_snapshot_is_free_until_arrival():
    assert from_json({}) == CancellationTerms()


SOLD_ON = ARRIVAL - timedelta(days=20)


def steps_of(terms, *, sold_on=SOLD_ON, total=30_000, at_property=0, nights=(12_000, 18_000)):
    return payment_steps(
        terms, arrival=ARRIVAL, sold_on=sold_on, nights=nights, total_minor=total, at_property_minor=at_property
    )


def test_without_terms_everything_is_paid_at_the_property():
    assert steps_of(None, at_property=900) == (PaymentStep("balance", None, 30_000),)
    assert steps_of(None, total=0) == ()


def test_deposit_now_and_the_rest_at_the_property():
    terms = PaymentTerms(deposit=Deposit.FIRST_NIGHT)
    assert steps_of(terms, at_property=1_000) == (
        PaymentStep("deposit", SOLD_ON, 12_000, due_now=True),
        PaymentStep("balance", None, 18_000),
    )


def test_deposit_later_balance_before_arrival_and_city_tax_on_the_spot():
    terms = PaymentTerms(
        deposit=Deposit.PERCENT, percent=Decimal("33.335"), deposit_days_before=14, balance_days_before=7
    )
    assert steps_of(terms, total=10_000, at_property=500) == (
        PaymentStep("deposit", ARRIVAL - timedelta(days=14), 3_334),
        PaymentStep("balance", ARRIVAL - timedelta(days=7), 6_166),
        PaymentStep("balance", None, 500),
    )


def test_what_was_due_before_the_sale_is_due_now():
    terms = PaymentTerms(deposit=Deposit.AMOUNT, amount_minor=5_000, deposit_days_before=14, balance_days_before=7)
    late = ARRIVAL - timedelta(days=7)
    assert steps_of(terms, sold_on=late) == (
        PaymentStep("deposit", late, 5_000, due_now=True),
        PaymentStep("balance", late, 25_000, due_now=True),
    )


def test_full_deposit_is_all_but_what_is_paid_on_the_spot():
    assert steps_of(PaymentTerms(deposit=Deposit.FULL), at_property=700) == (
        PaymentStep("deposit", SOLD_ON, 29_300, due_now=True),
        PaymentStep("balance", None, 700),
    )


@given(
    deposit=st.sampled_from(Deposit),
    percent=st.integers(1, 100_000).map(lambda number: Decimal(number).scaleb(-3)),
    amount=st.integers(1, 200_000),
    deposit_days=st.none() | st.integers(0, 60),
    balance_days=st.none() | st.integers(0, 60),
    lead=st.integers(0, 90),
    nights=st.lists(st.integers(0, 90_000), min_size=1, max_size=6),
    spot=st.integers(0, 9_000),
)
def test_steps_sum_to_the_total(deposit, percent, amount, deposit_days, balance_days, lead, nights, spot):
    terms = PaymentTerms(
        deposit=deposit,
        percent=percent if deposit == Deposit.PERCENT else None,
        amount_minor=amount if deposit == Deposit.AMOUNT else None,
        deposit_days_before=deposit_days,
        balance_days_before=balance_days,
    )
    sold_on, total = ARRIVAL - timedelta(days=lead), sum(nights) + spot
    steps = steps_of(terms, sold_on=sold_on, total=total, at_property=spot, nights=nights)
    assert sum(step.amount_minor for step in steps) == total
    assert all(step.amount_minor > 0 for step in steps)
    assert all(step.due_now == (step.due_on == sold_on) for step in steps)
    assert all(step.due_on is None or step.due_on >= sold_on for step in steps)
    assert sum(step.amount_minor for step in steps if step.due_on is None) >= spot
    assert steps_from_json(loads(dumps(steps_as_json(steps)))) == steps
