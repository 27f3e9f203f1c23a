"""The quote as a whole: offers, refusals, alternatives, and the one offer of a booking."""

from datetime import UTC, datetime, timedelta

from billing.taxes.party import Party
from bookings.rates.models import DailyPrice
from bookings.rates.services import explain, offer_for, quote
from tests.conftest import TODAY

#: Ten in the morning in Lisbon on TODAY.
AT = datetime(2026, 11, 20, 10, tzinfo=UTC)


def day(offset):
    return TODAY + timedelta(days=offset)


def ask(house, arrival=10, departure=12, **kwargs):
    return quote(
        property=house.property,
        arrival=day(arrival),
        departure=day(departure),
        party=kwargs.pop("party", Party(adults=2)),
        at=kwargs.pop("at", AT),
        **kwargs,
    )


def test_every_pair_is_offered_the_cheapest_first(property_a):
    found = ask(property_a)
    assert [(offer.room_type_code, offer.rate_plan_code, offer.total_minor) for offer in found.offers] == [
        ("DBL", "BAR", 20_000),
        ("STE", "BAR", 50_000),
    ]
    assert found.refusals == ()
    assert found.alternatives == ()


def test_one_offer_is_the_same_offer(property_a):
    one = offer_for(
        room_type=property_a.double,
        rate_plan=property_a.rate_plan,
        arrival=day(10),
        departure=day(12),
        party=Party(adults=2),
        at=AT,
    )
    assert one == ask(property_a).offers[0]


def test_the_path_ends_at_the_price(property_a):
    DailyPrice.objects.create(
        rate_plan=property_a.rate_plan, room_type=property_a.double, date=day(11), price_minor=12_000
    )
    told = explain(
        room_type=property_a.double,
        rate_plan=property_a.rate_plan,
        arrival=day(10),
        departure=day(12),
        party=Party(adults=2),
        at=AT,
    )
    assert [night.price_minor for night in told.nights] == [10_000, 12_000]
    assert [[step.kind for step in night.steps] for night in told.nights] == [["base"], ["daily"]]
    assert told.offer.room_minor == 22_000


def test_what_is_refused_has_alternatives(property_a):
    found = ask(property_a, room_type=property_a.double, party=Party(adults=3))
    assert [refusal.code for refusal in found.refusals] == ["too_many_guests"]
    assert [alternative.kind for alternative in found.alternatives] == ["room_type"]
    assert found.alternatives[0].total_minor == 50_000
