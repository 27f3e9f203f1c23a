from datetime import date
from json import dumps, loads

from bookings.rates.quoting import CancellationTerms, ExtraWish, Part, PaymentStep, TierTerms
from bookings.reservations.terms import SoldTerms, parts_as_json, parts_from_json, terms_as_json, terms_from_json


def test_terms_come_back_from_json_as_they_were():
    """T45, T47: what shaped the sale is kept with it."""
    terms = SoldTerms(
        cancellation=CancellationTerms(
            code="FLEX",
            name="Flexible",
            deadline_time="16:00",
            deadline_moves=True,
            tiers=(TierTerms(None, "none"), TierTerms(2, "percent", percent="12.5")),
            no_show=TierTerms(None, "full"),
        ),
        payments=(
            PaymentStep("deposit", date(2026, 11, 20), 1_000, due_now=True),
            PaymentStep("balance", None, 9_000),
        ),
        deadline_arrival=date(2026, 12, 1),
        promo_code="SPRING",
        source="phone",
        rounding="tax",
        extras=(ExtraWish("PARK", 2), ExtraWish("SPA", 1, (date(2026, 12, 2),))),
    )
    assert terms_from_json(loads(dumps(terms_as_json(terms)))) == terms


def test_what_came_from_elsewhere_has_no_terms_and_is_free():
    assert terms_from_json({}) == SoldTerms()


def test_parts_come_back_and_none_are_all_for_the_room():
    parts = (Part("accommodation", 8_000), Part("breakfast", 2_000))
    assert parts_from_json(loads(dumps(parts_as_json(parts))), 10_000) == parts
    assert parts_from_json([], 10_000) == (Part("accommodation", 10_000),)
