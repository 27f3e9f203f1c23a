"""What managers may set of policies, payment terms, extras and promo codes; nothing is half saved."""

from datetime import time, timedelta
from decimal import Decimal

import pytest

from bookings.rates.enums import Deposit, Penalty
from bookings.rates.models import (
    CancellationPolicy,
    CancellationTier,
    Extra,
    ExtraDay,
    PaymentTerms,
    Promotion,
)
from bookings.rates.services import (
    extra_save,
    payment_terms_save,
    policy_save,
    promotion_save,
)
from bookings.rates.services.terms import policy_sentences
from pms.audit.models import AuditEvent
from pms.events.models import OutboxEvent
from pms.properties.models import Property
from tests.bookings.rates.refusing import refusal
from tests.conftest import TODAY
from tests.house import TESTER

# --- cancellation policies -----------------------------------------------------------------------


def policy_of(house, code="FLEX"):
    return CancellationPolicy(property=house.property, code=code, name="Flexible", deadline_time=time(18))


def tier(days_before=None, penalty=Penalty.NONE, **fields):
    return CancellationTier(days_before=days_before, penalty=penalty, **fields)


def test_policy_is_saved_with_its_steps_and_told_in_sentences(property_a):
    tiers = [tier(2, Penalty.NIGHTS, nights=1), tier(), tier(penalty=Penalty.FULL, booked_days_below=3)]
    policy = policy_save(policy=policy_of(property_a), tiers=tiers, actor=TESTER)
    assert policy_sentences(policy=policy, tiers=policy.tiers.all(), language="en") == [
        "Free until 18:00 two days before arrival, then the first night.",
        "Booked less than 3 days before arrival: Cancelling costs the whole stay.",
    ]
    row = AuditEvent.objects.get(action="cancellation_policy.created")
    assert row.changes["tiers"][1][0] == "Free until 18:00 two days before arrival, then the first night."
    assert OutboxEvent.objects.filter(kind="cancellation_policy.created").count() == 1


@pytest.mark.parametrize(
    ("below", "language", "start"),
    [
        (1, "en", "Booked less than 1 day before arrival:"),
        (2, "en", "Booked less than 2 days before arrival:"),
        (1, "de", "Bei Buchung weniger als 1 Tag vor der Anreise:"),
        (7, "de", "Bei Buchung weniger als 7 Tage vor der Anreise:"),
        (7, "lt", "Užsakius vėliau nei likus 7 d. iki atvykimo:"),
    ],
)
def test_group_of_lead_times_is_introduced(below, language, start):
    policy = CancellationPolicy(property=Property(currency="EUR"), code="FLEX", name="F", deadline_time=time(18))
    tiers = [tier(), tier(penalty=Penalty.FULL, booked_days_below=below)]
    general, late = policy_sentences(policy=policy, tiers=tiers, language=language)
    assert late.startswith(f"{start} ")
    assert not general.startswith(start)


def test_changing_the_steps_replaces_them(property_a):
    policy = policy_save(policy=policy_of(property_a), tiers=[tier()], actor=TESTER)
    policy_save(policy=policy, tiers=[tier(penalty=Penalty.FULL)], actor=TESTER)
    assert list(policy.tiers.values_list("penalty", flat=True)) == ["full"]
    rows = AuditEvent.objects.filter(action__startswith="cancellation_policy.")
    policy_save(policy=policy, tiers=list(policy.tiers.all()), actor=TESTER)
    assert rows.count() == 2


FROM_SALE = "add a step that holds from the sale on"


@pytest.mark.parametrize(
    ("tiers", "sentence"),
    [
        ([], f"No day has a rule: {FROM_SALE} (without days)."),
        (
            [tier(14, Penalty.FULL), tier(2, Penalty.FULL)],
            f"The days from the sale until 18:00 14 days before arrival are without a rule: {FROM_SALE} (without days).",
        ),
        (
            [tier(0, Penalty.FULL)],
            f"The days from the sale until 18:00 on the day of arrival are without a rule: {FROM_SALE} (without days).",
        ),
        (
            [tier(), tier(1, Penalty.FULL, booked_days_below=7)],
            (
                "Bookings made less than 7 days before arrival: The days from the sale until 18:00 1 day before arrival are "
                f"without a rule: {FROM_SALE} (without days)."
            ),
        ),
        (
            [tier(), tier(penalty=Penalty.FULL, is_no_show=True, booked_days_below=2)],
            f"Bookings made less than 2 days before arrival: Every day is without a rule: {FROM_SALE} (without days).",
        ),
        (
            [tier(booked_days_below=7)],
            f"Bookings made 7 days before arrival or earlier are without a rule: {FROM_SALE} for every booking.",
        ),
    ],
)
def test_gap_in_a_policy_is_named(property_a, tiers, sentence):
    with refusal("policy_gap", "tiers", sentence):
        policy_save(policy=policy_of(property_a), tiers=tiers, actor=TESTER)
    assert CancellationPolicy.objects.count() == 0


@pytest.mark.parametrize(
    ("tiers", "code", "field"),
    [
        ([tier(), tier()], "tier_twice", "tiers-1-days_before"),
        ([tier(), tier(2, Penalty.FULL), tier(2, Penalty.FULL)], "tier_twice", "tiers-2-days_before"),
        ([tier(penalty=Penalty.NIGHTS)], "tier_number_missing", "tiers-0-nights"),
        ([tier(penalty=Penalty.FULL, nights=1)], "tier_number", "tiers-0-nights"),
        ([tier(penalty=Penalty.PERCENT, percent=Decimal(101))], "tier_number", "tiers-0-percent"),
        ([tier(penalty=Penalty.NIGHTS, nights=61)], "tier_number", "tiers-0-nights"),
        ([tier(penalty=Penalty.AMOUNT, amount_minor=-5)], "negative_amount", "tiers-0-amount"),
        ([tier(penalty=Penalty.AMOUNT, amount_minor=10**12)], "absurd_amount", "tiers-0-amount"),
        ([tier(), tier(731, Penalty.FULL)], "tier_too_far", "tiers-1-days_before"),
        ([tier(), tier(3, Penalty.FULL, is_no_show=True)], "no_show_has_days", "tiers-1-days_before"),
        ([tier(), tier(booked_days_below=0)], "tier_number", "tiers-1-booked_days_below"),
        ([tier(penalty=Penalty.FULL), tier(2)], "tier_cheaper", "tiers-1-penalty"),
        (
            [
                tier(),
                tier(2, Penalty.PERCENT, percent=Decimal(50)),
                tier(9, Penalty.PERCENT, percent=Decimal(80)),
            ],
            "tier_cheaper",
            "tiers-1-penalty",
        ),
    ],
)
def test_steps_that_make_no_sense(property_a, tiers, code, field):
    with refusal(code, field):
        policy_save(policy=policy_of(property_a), tiers=tiers, actor=TESTER)
    assert CancellationPolicy.objects.count() == 0


def test_code_of_a_policy_is_unique(property_a):
    policy_save(policy=policy_of(property_a), tiers=[tier()], actor=TESTER)
    with refusal("code_taken", "code", "Flexible has the code FLEX already."):
        policy_save(policy=policy_of(property_a, "flex"), tiers=[tier()], actor=TESTER)


# --- payment terms -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"deposit": Deposit.PERCENT}, "deposit_number_missing", "percent"),
        ({"deposit": Deposit.PERCENT, "percent": Decimal(120)}, "deposit_number", "percent"),
        ({"deposit": Deposit.AMOUNT}, "deposit_number_missing", "amount"),
        ({"deposit": Deposit.FULL, "amount_minor": 5}, "deposit_number", "amount"),
        ({"deposit": Deposit.AMOUNT, "amount_minor": 10**12}, "absurd_amount", "amount"),
        ({"deposit": Deposit.NONE, "deposit_days_before": 3}, "deposit_number", "deposit_days_before"),
        ({"balance_days_before": 900}, "too_far", "balance_days_before"),
        (
            {"deposit": Deposit.FIRST_NIGHT, "deposit_days_before": 3, "balance_days_before": 7},
            "deposit_after_balance",
            "deposit_days_before",
        ),
    ],
)
def test_payment_terms_that_make_no_sense(property_a, fields, code, field):
    with refusal(code, field):
        payment_terms_save(terms=PaymentTerms(property=property_a.property, code="P", name="P", **fields), actor=TESTER)


def test_payment_terms_are_saved(property_a):
    terms = PaymentTerms(
        property=property_a.property, code="P30", name="30 %", deposit=Deposit.PERCENT, percent=Decimal(30)
    )
    payment_terms_save(terms=terms, actor=TESTER)
    assert AuditEvent.objects.get(action="payment_terms.created").changes["percent"] == [None, "30"]


# --- extras and promo codes ----------------------------------------------------------------------


def extra_of(house, **fields):
    return Extra(property=house.property, **{"code": "PARK", "name": "Parking", "price_minor": 1_500, **fields})


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"price_minor": -1}, "negative_amount", "price"),
        ({"price_minor": 10**10}, "absurd_amount", "price"),
        ({"age_from": 120}, "bad_age", "age_from"),
        ({"code": "park"}, "code_taken", "code"),
    ],
)
def test_extra_that_makes_no_sense(property_a, fields, code, field):
    extra_save(extra=extra_of(property_a), actor=TESTER)
    with refusal(code, field):
        extra_save(extra=extra_of(property_a, **{"code": "PARK2", **fields}), actor=TESTER)


def test_limit_of_an_extra_reaches_its_days_unless_more_are_sold(property_a):
    extra = extra_save(extra=extra_of(property_a, daily_limit=10), actor=TESTER)
    past = ExtraDay.objects.create(extra=extra, date=TODAY - timedelta(days=1), limit=10, sold=9)
    day = ExtraDay.objects.create(extra=extra, date=TODAY, limit=10, sold=6)
    extra.daily_limit = 5
    with refusal("extra_sold_more", "daily_limit", "6 are sold on 20 November 2026: the limit cannot be less."):
        extra_save(extra=extra, actor=TESTER)
    for limit, expected in ((6, 6), (None, 32767)):
        extra.daily_limit = limit
        extra_save(extra=extra, actor=TESTER)
        day.refresh_from_db()
        assert day.limit == expected
    past.refresh_from_db()
    assert past.limit == 10
    ExtraDay.objects.all().delete()  # nobody booked them


def promotion_of(house, **fields):
    return Promotion(property=house.property, **{"code": "SPRING", "name": "Spring", "percent": Decimal(15), **fields})


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"code": "Spring "}, "code_taken", "code"),
        ({"percent": None}, "promotion_value", "percent"),
        ({"amount_minor": 500}, "promotion_value", "amount"),
        ({"percent": Decimal(101)}, "promotion_value", "percent"),
        ({"percent": None, "amount_minor": -5}, "promotion_value", "amount"),
        ({"percent": None, "amount_minor": 10**10}, "absurd_amount", "amount"),
        ({"sale_first": TODAY, "sale_last": TODAY - timedelta(days=1)}, "span_reversed", "sale_last"),
        ({"stay_first": TODAY, "stay_last": TODAY - timedelta(days=1)}, "span_reversed", "stay_last"),
        ({"nights_min": 0}, "bad_nights", "nights_min"),
    ],
)
def test_promotion_that_makes_no_sense(property_a, fields, code, field):
    promotion_save(promotion=promotion_of(property_a), actor=TESTER)
    with refusal(code, field):
        promotion_save(promotion=promotion_of(property_a, **{"code": "FALL", **fields}), actor=TESTER)


def test_promotion_holds_for_the_plans_chosen(property_a, property_other):
    promotion = promotion_save(
        promotion=promotion_of(property_a, code=" summer "), rate_plans=[property_a.rate_plan], actor=TESTER
    )
    assert promotion.code == "SUMMER"
    assert list(promotion.rate_plans.all()) == [property_a.rate_plan]
    assert AuditEvent.objects.get(action="promotion.created").changes["rate_plans"] == [[], ["BAR"]]
    with refusal("other_property", "rate_plans"):
        promotion_save(promotion=promotion, rate_plans=[property_other.rate_plan], actor=TESTER)


def test_uses_are_not_overwritten_and_not_undercut(property_a):
    promotion = promotion_save(promotion=promotion_of(property_a, max_uses=10), actor=TESTER)
    Promotion.objects.filter(pk=promotion.pk).update(uses=4)
    promotion.max_uses = 5
    promotion_save(promotion=promotion, actor=TESTER)
    assert Promotion.objects.get(pk=promotion.pk).uses == 4
    promotion.max_uses = 3
    with refusal("used_more", "max_uses", "It has been used 4 times already."):
        promotion_save(promotion=promotion, actor=TESTER)
    Promotion.objects.update(uses=0)  # nobody booked with it
