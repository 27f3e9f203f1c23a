"""The quote as a whole: offers in order, alternatives that are sellable, one offer like the other, a fixed number of queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.taxes.enums import Component, Rounding
from billing.taxes.models import Fee, TaxSettings
from billing.taxes.party import Party
from bookings.availability.models import InventoryDay
from bookings.rates.enums import Deposit, Penalty, Source
from bookings.rates.models import CancellationPolicy, CancellationTier, PaymentTerms
from pms.kernel.errors import Conflict, Invalid
from tests.bookings.rates.asking import AT, TWO, ask, day, derived, limit, one
from tests.bookings.rates.grid import make_grid
from tests.conftest import TODAY
from tests.house import refused


def test_every_pair_is_offered_the_cheapest_first(property_a):
    derived(property_a, "NRF", property_a.rate_plan, percent=-10, position=3)
    derived(property_a, "SAME", property_a.rate_plan, position=2)
    found = ask(property_a)
    assert [(offer.room_type_code, offer.rate_plan_code, offer.total_minor) for offer in found.offers] == [
        ("DBL", "NRF", 18_000),
        ("DBL", "BAR", 20_000),
        ("DBL", "SAME", 20_000),
        ("STE", "NRF", 45_000),
        ("STE", "BAR", 50_000),
        ("STE", "SAME", 50_000),
    ]
    assert (found.refusals, found.alternatives) == ((), ())


def test_every_pair_is_an_offer_or_has_its_refusals(property_a):
    plan = derived(property_a, "NRF", property_a.rate_plan, percent=-10)
    limit(property_a, 10, room_type=property_a.suite, stop_sell=True)
    limit(property_a, 10, plan=plan, room_type=property_a.suite, max_stay=1)
    found = ask(property_a)
    assert [(offer.room_type_code, offer.rate_plan_code) for offer in found.offers] == [("DBL", "NRF"), ("DBL", "BAR")]
    assert [(refusal.room_type_id, refusal.rate_plan_id, refusal.code) for refusal in found.refusals] == [
        (property_a.suite.pk, property_a.rate_plan.pk, "stop_sell"),
        (property_a.suite.pk, plan.pk, "max_stay"),
        (property_a.suite.pk, plan.pk, "stop_sell"),
    ]
    assert found.alternatives == ()


def test_one_offer_is_the_offer_of_the_quote(in_tenant, planted):
    """One code path: every offer of a quote is what a booking of that pair is sold at, line for line."""
    grid = make_grid(types=2, plans=3, today=TODAY)
    party = Party(adults=2, child_ages=(5,), infants=1)
    wish = {"arrival": day(9), "departure": day(16), "party": party, "at": AT}
    from bookings.rates.services import offer_for, quote

    kinds = {kind.pk: kind for kind in grid.types}
    plans = {plan.pk: plan for plan in grid.plans}
    offers = quote(property=grid.property, **wish).offers
    assert len(offers) == 6
    for offer in offers:
        again = offer_for(room_type=kinds[offer.room_type_id], rate_plan=plans[offer.rate_plan_id], **wish)
        assert again == offer


@pytest.mark.parametrize("rounding", [*Rounding])
@pytest.mark.parametrize("percent_fee", [False, True])
def test_the_sums_are_those_of_the_lines(in_tenant, planted, rounding, percent_fee):
    """T30: what an offer says in sum is what its lines come to, however they are rounded."""
    grid = make_grid(types=2, plans=4, today=TODAY)
    TaxSettings.objects.create(property=grid.property, rounding=rounding)
    if percent_fee:
        Fee.objects.create(
            property=grid.property, code="SVC", name="Service", component=Component.SERVICE, basis="night", percent=10
        )
    offers = ask(grid, 9, 16, party=Party(adults=3, child_ages=(14,))).offers
    assert len(offers) == 8
    for offer in offers:
        assert offer.room_minor == sum(night.price_minor for night in offer.nights)
        assert [sum(part.amount_minor for part in night.parts) for night in offer.nights] == [
            night.price_minor for night in offer.nights
        ]
        assert offer.charges_minor == sum(line.amount_minor for line in offer.charges)
        assert offer.taxes_added_minor == sum(line.amount_minor for line in offer.taxes if not line.included)
        assert offer.taxes_included_minor == sum(line.amount_minor for line in offer.taxes if line.included)
        assert offer.taxes_included_minor > 0
        assert offer.total_minor == offer.room_minor + offer.charges_minor + offer.taxes_added_minor
        assert sum(step.amount_minor for step in offer.payments) == offer.total_minor


def test_terms_are_those_of_the_plan_for_the_lead_time(property_a):
    """T47: what is sold says what cancelling costs and what is paid when."""
    place = property_a.property
    policy = CancellationPolicy.objects.create(property=place, code="FLEX", name="Flexible")
    CancellationTier.objects.create(policy=policy, penalty=Penalty.NONE)
    CancellationTier.objects.create(policy=policy, booked_days_below=5, penalty=Penalty.FULL)
    property_a.rate_plan.cancellation_policy = policy
    property_a.rate_plan.payment_terms = PaymentTerms.objects.create(
        property=place, code="DEP", name="Deposit", deposit=Deposit.FIRST_NIGHT
    )
    property_a.rate_plan.save()
    offer = one(property_a)
    assert [tier.penalty for tier in offer.cancellation.tiers] == ["none"]
    assert [(step.kind, step.amount_minor, step.due_now) for step in offer.payments] == [
        ("deposit", 10_000, True),
        ("balance", 10_000, False),
    ]
    assert offer.due_now_minor == 10_000
    assert [tier.penalty for tier in one(property_a, 4, 5).cancellation.tiers] == ["full"]


def told(alternatives):
    return [
        (
            found.kind,
            found.room_type_name,
            (found.arrival - TODAY).days,
            (found.departure - TODAY).days,
            found.total_minor,
        )
        for found in alternatives
    ]


def test_alternatives_are_the_nearest_dates_another_type_and_another_length(property_a):
    limit(property_a, 10, room_type=property_a.double, stop_sell=True)
    found = ask(property_a, 10, 12, room_type=property_a.double)
    assert told(found.alternatives) == [
        ("dates", "Double", 11, 13, 20_000),
        ("room_type", "Suite", 10, 12, 50_000),
        ("dates", "Double", 12, 14, 20_000),
    ]


def test_a_minimum_stay_is_answered_by_a_longer_one(property_a):
    limit(property_a, 10, min_stay_arrival=4)
    found = ask(property_a, 10, 12)
    assert told(found.alternatives) == [
        ("dates", "Double", 11, 13, 20_000),
        ("length", "Double", 10, 14, 40_000),
        ("dates", "Double", 9, 11, 20_000),
    ]


def test_another_plan_where_only_the_plan_refuses(property_a):
    plan = derived(property_a, "EARLY", property_a.rate_plan, percent=-20, lead_days_min=60)
    found = ask(property_a, room_type=property_a.double, rate_plan=plan)
    assert [refusal.code for refusal in found.refusals] == ["plan_lead_time"]
    assert [(row.kind, row.rate_plan_name, row.total_minor) for row in found.alternatives] == [
        ("rate_plan", "Best available rate", 20_000)
    ]


def test_every_alternative_can_be_bought_at_its_total(property_a):
    """They are computed like any offer, over the night that is full and the rules around it."""
    InventoryDay.objects.filter(room_type=property_a.double, date__range=(day(8), day(12))).update(sold=3)
    limit(property_a, 13, closed_to_arrival=True)
    limit(property_a, 7, max_stay=1)
    with pytest.raises(Conflict) as refusal:
        one(property_a, 10, 12)
    assert refusal.value.code == "sold_out"
    offers = refusal.value.context["offers"]
    assert told(offers) == [
        ("dates", "Double", 14, 16, 20_000),
        ("room_type", "Suite", 10, 12, 50_000),
        ("dates", "Double", 6, 8, 20_000),
    ]
    for found in offers:
        kind = property_a.double if found.room_type_id == property_a.double.pk else property_a.suite
        start, end = (found.arrival - TODAY).days, (found.departure - TODAY).days
        assert one(property_a, start, end, room_type=kind).total_minor == found.total_minor
    InventoryDay.objects.filter(room_type=property_a.double).update(sold=0)


def test_no_alternative_is_past(property_a):
    limit(property_a, 0, stop_sell=True)
    found = ask(property_a, 0, 1)
    assert {row.arrival >= TODAY for row in found.alternatives} == {True}


def test_alternatives_may_be_left_out(property_a):
    limit(property_a, 10, stop_sell=True)
    assert ask(property_a, with_alternatives=False).alternatives == ()


@pytest.mark.parametrize(("departure", "code"), [(10, "no_nights"), (9, "no_nights"), (741, "too_long")])
def test_what_is_no_stay_is_refused(property_a, departure, code):
    """T3."""
    with pytest.raises(Invalid) as refusal:
        ask(property_a, 10, departure)
    assert refusal.value.code == code


def queries(asked):
    with CaptureQueriesContext(
        connection,
    ) as made:
        asked()
    return len(made)


def test_a_fixed_number_of_queries_whatever_the_size(in_tenant, planted):
    small = make_grid(types=1, plans=1, today=TODAY, code="SMALL")
    large = make_grid(types=20, plans=10, today=TODAY, code="LARGE")
    counts = [
        queries(lambda grid=grid, nights=nights: ask(grid, 10, 10 + nights))
        for grid in (small, large)
        for nights in (2, 14)
    ]
    assert counts == [9, 9, 9, 9]
    assert len(ask(large, 10, 17).offers) == 200


def test_what_is_refused_costs_one_more_snapshot_and_quotas_one_query(in_tenant, planted):
    large = make_grid(types=3, plans=3, today=TODAY)
    limit(large, 10, stop_sell=True)
    assert queries(lambda: ask(large, 10, 12)) == 18
    assert queries(lambda: ask(large, 10, 12, with_alternatives=False)) == 9
    limit(large, 11, quota=5)
    assert queries(lambda: ask(large, 10, 12, with_alternatives=False)) == 10


def test_what_is_asked_of_one_source_is_not_told_of_another(property_a):
    """Nothing is kept between quotes."""
    assert ask(property_a, source=Source.PHONE).offers == ask(property_a, source=Source.EMAIL).offers
    property_a.rate_plan.sale_last = TODAY - timedelta(days=1)
    property_a.rate_plan.save()
    with refused("sale_window"):
        one(property_a, party=TWO)
