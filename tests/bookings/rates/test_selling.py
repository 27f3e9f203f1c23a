"""What is sold beside the night: promotions, parts, extras, fees, taxes, and what a change keeps of them."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from billing.taxes.enums import ChargeBasis, Component, TaxBasis, TaxKind
from billing.taxes.models import Fee, Tax, TaxRate
from billing.taxes.party import Party
from bookings.rates.enums import PriceRuleKind, Source
from bookings.rates.models import Extra, ExtraDay, PlanChannel, PlanComponent, Promotion
from bookings.rates.quoting import ExtraWish, Kept, KeptNight
from pms.kernel.errors import Invalid
from tests.bookings.rates.asking import AT, ask, daily, day, derived, one, path, prices, rule
from tests.house import refused

FAMILY = Party(adults=2, child_ages=(4, 12), infants=1)


def promotion(house, **fields):
    return Promotion.objects.create(property=house.property, code="MAY", name="May", **fields)


def test_a_percentage_is_off_every_night_manual_prices_too(property_a):
    promotion(property_a, percent=Decimal("12.5"))
    daily(property_a, 11, 9_999)
    assert prices(property_a, 10, 12, promo_code=" may ") == [8_750, 8_749]
    offer = one(property_a, promo_code="MAY")
    assert (offer.promo_code, offer.discount_minor, offer.room_minor) == ("MAY", 2_500, 17_499)
    steps = path(property_a, promo_code="MAY").nights[1].steps
    assert [(step.kind, step.change, step.result_minor) for step in steps] == [
        ("daily", "", 9_999),
        ("promotion", "-12.5 %", 8_749),
    ]


def test_an_amount_is_shared_out_by_the_prices_and_never_more_than_they_are(property_a):
    """T30: by largest remainder; the nights sum to the price less the amount."""
    found = promotion(property_a, amount_minor=1_000)
    daily(property_a, 11, 20_000)
    assert prices(property_a, 10, 13, promo_code="MAY") == [9_750, 19_500, 9_750]
    found.amount_minor = 1_001
    found.save()
    assert prices(property_a, 10, 13, promo_code="MAY") == [9_750, 19_499, 9_750]
    found.amount_minor = 99_999
    found.save()
    assert prices(property_a, 10, 13, promo_code="MAY") == [0, 0, 0]


@pytest.mark.parametrize(
    ("fields", "code", "found", "value"),
    [
        ({"sale_first": day(1)}, "promo_window", day(0), day(1).isoformat()),
        ({"sale_last": day(-1)}, "promo_window", day(0), day(-1).isoformat()),
        ({"stay_first": day(11)}, "promo_stay", day(10), day(11).isoformat()),
        ({"stay_last": day(10)}, "promo_stay", day(11), day(10).isoformat()),
        ({"nights_min": 3}, "promo_nights", day(10), 3),
        ({"max_uses": 2, "uses": 2}, "promo_used_up", None, 2),
        ({"sources": ["agency", "gds"]}, "promo_source", None, "phone"),
        ({"retired_at": AT}, "promo_unknown", None, "MAY"),
    ],
)
def test_a_code_that_does_not_hold_refuses_everything(property_a, planted, fields, code, found, value):
    promotion(property_a, percent=10, **fields)
    quoted = ask(property_a, promo_code="MAY")
    assert [(row.code, row.date, row.value, row.room_type_id, row.where) for row in quoted.refusals] == [
        (code, found, value, None, "promotion")
    ]
    assert (quoted.offers, quoted.alternatives) == ((), ())
    with pytest.raises(Invalid) as refusal:
        one(property_a, promo_code="MAY")
    assert (refusal.value.code, refusal.value.field) == (code, "promo_code")
    with refused(code):
        one(property_a, promo_code="MAY", override=True)


def test_a_code_nobody_knows(property_a, property_other):
    promotion(property_other, percent=10)
    with refused("promo_unknown"):
        one(property_a, promo_code="MAY")


def test_a_code_for_some_plans_refuses_the_others(property_a):
    plan = derived(property_a, "NRF", property_a.rate_plan)
    promotion(property_a, percent=10).rate_plans.add(plan)
    quoted = ask(property_a, promo_code="MAY", room_type=property_a.double)
    assert [(offer.rate_plan_code, offer.room_minor) for offer in quoted.offers] == [("NRF", 18_000)]
    assert [(row.code, row.rate_plan_id) for row in quoted.refusals] == [("promo_plan", property_a.rate_plan.pk)]
    with refused("promo_plan"):
        one(property_a, promo_code="MAY")


def breakfast(plan, amount, basis=ChargeBasis.PERSON_NIGHT, age_from=0):
    return PlanComponent.objects.create(
        rate_plan=plan, component=Component.BREAKFAST, basis=basis, amount_minor=amount, age_from=age_from
    )


def parts(house, **wish):
    return [[tuple(part) for part in night.parts] for night in one(house, 10, 11, **wish).nights]


def test_a_discount_falls_on_all_parts_alike(property_a):
    """T35: the parts sum to the price, by largest remainder, with discounts on each in proportion."""
    breakfast(property_a.rate_plan, 1_250)
    assert parts(property_a) == [[("accommodation", 7_500), ("breakfast", 2_500)]]
    promotion(property_a, percent=Decimal("33.3"))
    assert parts(property_a, promo_code="MAY") == [[("accommodation", 5_003), ("breakfast", 1_667)]]
    rule(property_a, PriceRuleKind.LENGTH_OF_STAY, percent=-50)
    assert parts(property_a) == [[("accommodation", 3_750), ("breakfast", 1_250)]]
    PlanChannel.objects.create(rate_plan=property_a.rate_plan, source=Source.AGENCY, percent=100)
    assert parts(property_a, source=Source.AGENCY) == [[("accommodation", 7_500), ("breakfast", 2_500)]]


def test_parts_by_night_by_age_and_where_they_are_more_than_the_price(property_a):
    """T35."""
    meal = breakfast(property_a.rate_plan, 1_000, age_from=5)
    assert parts(property_a, room_type=property_a.suite, party=FAMILY) == [
        [("accommodation", 22_000), ("breakfast", 3_000)]
    ]
    meal.basis = ChargeBasis.NIGHT
    meal.amount_minor = 14_000
    meal.save()
    assert parts(property_a) == [[("accommodation", 0), ("breakfast", 10_000)]]
    daily(property_a, 10, 0)
    assert parts(property_a) == [[("accommodation", 0), ("breakfast", 0)]]


def test_components_are_those_of_the_nearest_ancestor(property_a):
    """T35, T23: whatever the switches say."""
    breakfast(property_a.rate_plan, 500)
    second = derived(property_a, "B", property_a.rate_plan, inherits=["price"])
    third = derived(property_a, "C", second, inherits=["price"])
    assert parts(property_a, rate_plan=third) == [[("accommodation", 9_000), ("breakfast", 1_000)]]
    breakfast(second, 700)
    assert parts(property_a, rate_plan=third) == [[("accommodation", 8_600), ("breakfast", 1_400)]]


def extra(house, code="PARK", **fields):
    return Extra.objects.create(property=house.property, code=code, name="Parking", **{"price_minor": 800, **fields})


@pytest.mark.parametrize(
    ("basis", "age_from", "lines"),
    [
        (ChargeBasis.STAY, 0, [(10, 3)]),
        (ChargeBasis.ARRIVAL, 0, [(10, 3)]),
        (ChargeBasis.NIGHT, 0, [(10, 3), (11, 3)]),
        (ChargeBasis.PERSON, 0, [(10, 15)]),
        (ChargeBasis.PERSON, 12, [(10, 9)]),
        (ChargeBasis.PERSON_NIGHT, 4, [(10, 12), (11, 12)]),
    ],
)
def test_an_extra_by_its_basis(property_a, basis, age_from, lines):
    extra(property_a, basis=basis, age_from=age_from)
    offer = one(property_a, room_type=property_a.suite, party=FAMILY, extras=[ExtraWish("PARK", 3)])
    assert [((line.date - day(0)).days, line.quantity) for line in offer.charges] == lines
    assert [line.amount_minor for line in offer.charges] == [quantity * 800 for _, quantity in lines]
    assert offer.charges_minor == sum(quantity for _, quantity in lines) * 800
    assert offer.total_minor == offer.room_minor + offer.charges_minor


def test_an_extra_on_some_days_and_nobody_to_have_it(property_a):
    extra(property_a, basis=ChargeBasis.NIGHT)
    wish = ExtraWish("PARK", dates=(day(11), day(19)))
    assert [line.date for line in one(property_a, 10, 13, extras=[wish]).charges] == [day(11)]
    extra(property_a, "OLD", basis=ChargeBasis.PERSON, age_from=30)
    assert one(property_a, extras=[ExtraWish("OLD")]).charges == ()


def test_an_extra_that_is_not_there_or_sold_out(property_a, planted):
    park = extra(property_a, basis=ChargeBasis.NIGHT, daily_limit=2)
    with pytest.raises(Invalid) as refusal:
        one(property_a, extras=[ExtraWish("SPA")])
    assert (refusal.value.code, refusal.value.field) == ("extra_unknown", "extras")
    assert one(property_a, extras=[ExtraWish("PARK", 2)]).charges_minor == 3_200
    ExtraDay.objects.create(extra=park, date=day(11), limit=3, sold=2)
    quoted = ask(property_a, extras=[ExtraWish("PARK", 2)])
    assert [(row.code, row.date, row.value) for row in quoted.refusals] == [("extra_sold_out", day(11), 1)]
    with refused("extra_sold_out"):
        one(property_a, extras=[ExtraWish("PARK", 2)])
    park.retired_at = AT
    park.save()
    with refused("extra_unknown"):
        one(property_a, extras=[ExtraWish("PARK")])


def test_fees_of_the_house(property_a):
    for code, basis, amount, percent, age in (
        ("CLEAN", ChargeBasis.STAY, 3_000, None, 0),
        ("LINEN", ChargeBasis.PERSON_NIGHT, 100, None, 5),
        ("SVC", ChargeBasis.NIGHT, None, Decimal("12.5"), 0),
    ):
        Fee.objects.create(
            property=property_a.property,
            code=code,
            name=code.title(),
            basis=basis,
            amount_minor=amount,
            percent=percent,
            age_from=age,
        )
    daily(property_a, 11, 9_999, room_type=property_a.suite)
    offer = one(property_a, room_type=property_a.suite, party=FAMILY)
    assert [(line.kind, line.code, (line.date - day(0)).days, line.amount_minor) for line in offer.charges] == [
        ("fee", "CLEAN", 10, 3_000),
        ("fee", "LINEN", 10, 300),
        ("fee", "LINEN", 11, 300),
        ("fee", "SVC", 10, 3_125),
        ("fee", "SVC", 11, 1_250),
    ]


def taxed(house):
    """VAT of 6 % inside the room, 23 % inside parking; a city tax of 2.00 a head and night for five nights."""
    for code, percent, components in (("VATROOM", 6, ["accommodation"]), ("VAT", 23, ["other", "breakfast"])):
        vat = Tax.objects.create(property=house.property, code=code, name=code, components=components)
        TaxRate.objects.create(tax=vat, first=day(-400), percent=percent)
    city = Tax.objects.create(
        property=house.property,
        code="CITY",
        name="City tax",
        kind=TaxKind.CITY_TAX,
        basis=TaxBasis.PERSON_NIGHT,
        components=["accommodation"],
        is_included=False,
        at_property=True,
        position=1,
    )
    return TaxRate.objects.create(tax=city, first=day(-400), amount_minor=200, nights_cap=5, age_from=13)


def test_taxes_name_their_lines(property_a):
    taxed(property_a)
    breakfast(property_a.rate_plan, 1_000)
    extra(property_a, basis=ChargeBasis.STAY)
    offer = one(property_a, 10, 11, extras=[ExtraWish("PARK")])
    night = f"night:{day(10).isoformat()}"
    assert [(line.key, line.tax, line.amount_minor) for line in offer.taxes] == [
        (night, "VATROOM", 453),
        (night, "CITY", 400),
        (f"{night}/breakfast", "VAT", 374),
        (f"extra:PARK:{day(10).isoformat()}", "VAT", 150),
    ]
    assert (offer.taxes_added_minor, offer.taxes_included_minor, offer.at_property_minor) == (400, 977, 400)
    assert offer.total_minor == 10_000 + 800 + 400


def keep(offer, *offsets, settled=()):
    """Return what a change keeps of an offer that was sold."""
    nights = {
        night.date: KeptNight(
            date=night.date,
            price_minor=night.price_minor,
            parts=night.parts,
            taxes=tuple(line for line in offer.taxes if line.key.startswith(f"night:{night.date.isoformat()}")),
            settled=night.date in {day(offset) for offset in settled},
        )
        for night in offer.nights
        if night.date in {day(offset) for offset in offsets}
    }
    return Kept(
        nights=nights,
        charges=offer.charges,
        charge_taxes=tuple(line for line in offer.taxes if not line.key.startswith("night:")),
        cancellation=offer.cancellation,
        arrival=offer.arrival,
        departure=offer.departure,
    )


def test_kept_nights_keep_price_parts_and_taxes_while_rates_and_taxes_change(property_a):
    """T28, T29: only the added night is sold at today's price and tax."""
    taxed(property_a)
    sold = one(property_a)
    property_a.rate_plan.base_prices.update(price_minor=20_000)
    TaxRate.objects.filter(percent=6).update(percent=10)
    changed = one(property_a, 10, 13, kept=keep(sold, 10, 11))
    assert [(night.price_minor, night.kept) for night in changed.nights] == [
        (10_000, True),
        (10_000, True),
        (20_000, False),
    ]
    assert [(line.tax, line.amount_minor) for line in changed.taxes] == [
        ("VATROOM", 566),
        ("CITY", 400),
        ("VATROOM", 566),
        ("CITY", 400),
        ("VATROOM", 1_818),
        ("CITY", 400),
    ]
    undone = one(property_a, kept=keep(changed, 10, 11))
    assert (undone.nights, undone.taxes) == (
        tuple(replace(night, kept=True) for night in sold.nights),
        sold.taxes,
    )


def test_city_taxes_are_counted_anew_over_the_whole_stay_except_for_nights_slept(property_a):
    """T33: the cap counts from the first night; when the arrival moves, the capped night becomes another."""
    rate = taxed(property_a)
    rate.nights_cap = 2
    rate.save()
    sold = one(property_a, 10, 12)

    def capped(offer):
        return [(line.date - day(0)).days for line in offer.taxes if line.tax == "CITY"]

    assert capped(sold) == [10, 11]
    assert capped(one(property_a, 9, 12, kept=keep(sold, 10, 11))) == [9, 10]
    assert capped(one(property_a, 9, 12, kept=keep(sold, 10, 11, settled=(10, 11)))) == [9, 10, 11]
    more = one(property_a, 10, 12, kept=keep(sold, 10, 11), party=Party(adults=3))
    assert [line.quantity for line in more.taxes if line.tax == "CITY"] == [3, 3]
    assert [night.price_minor for night in more.nights] == [10_000, 10_000]


def test_charges_by_stay_stay_and_those_by_night_follow_the_nights(property_a):
    """T28: at the price they were sold at, wherever the arrival goes."""
    taxed(property_a)
    extra(property_a, basis=ChargeBasis.NIGHT)
    extra(property_a, "ONCE", basis=ChargeBasis.STAY, price_minor=1_000)
    Fee.objects.create(property=property_a.property, code="CLEAN", name="Cleaning", amount_minor=3_000, basis="stay")
    Fee.objects.create(property=property_a.property, code="LINEN", name="Linen", amount_minor=200, basis="night")
    sold = one(property_a, extras=[ExtraWish("PARK"), ExtraWish("ONCE")])
    Extra.objects.update(price_minor=9_999)
    Fee.objects.update(amount_minor=300)

    def told(offer):
        return sorted((line.code, (line.date - day(0)).days, line.amount_minor, line.kept) for line in offer.charges)

    assert told(one(property_a, 11, 13, kept=keep(sold, 11))) == [
        ("CLEAN", 11, 3_000, True),
        ("LINEN", 11, 200, True),
        ("LINEN", 12, 300, False),
        ("ONCE", 11, 1_000, True),
        ("PARK", 11, 800, True),
        ("PARK", 12, 800, False),
    ]
    moved = one(property_a, 11, 13, kept=keep(sold, 11))
    assert [line.amount_minor for line in moved.taxes if line.key == f"extra:ONCE:{day(11).isoformat()}"] == [187]
    assert told(one(property_a, 10, 11, kept=keep(sold, 10))) == [
        ("CLEAN", 10, 3_000, True),
        ("LINEN", 10, 200, True),
        ("ONCE", 10, 1_000, True),
        ("PARK", 10, 800, True),
    ]


def test_a_wish_says_what_its_extra_shall_be(property_a):
    extra(property_a, basis=ChargeBasis.NIGHT)
    sold = one(property_a, extras=[ExtraWish("PARK")])
    Extra.objects.update(price_minor=900)
    kept = keep(sold, 10, 11)
    same = one(property_a, kept=kept, extras=[ExtraWish("PARK")])
    assert [line.amount_minor for line in same.charges] == [800, 800]
    two = one(property_a, kept=kept, extras=[ExtraWish("PARK", 2, dates=(day(11),)), ExtraWish("PARK")])
    assert [(line.quantity, line.amount_minor) for line in two.charges] == [(1, 800), (3, 2_700)]
    assert one(property_a, kept=kept, extras=[ExtraWish("PARK", 0)]).charges == ()


def test_a_code_that_was_sold_is_not_asked_again_and_holds_for_added_nights(property_a, planted):
    """T29: the percentage where the code still holds; an amount was given once."""
    found = promotion(property_a, percent=10, max_uses=1, stay_last=day(12))
    sold = one(property_a, promo_code="MAY")
    found.uses = 1
    found.sale_last = day(-1)
    found.save()
    changed = one(property_a, 10, 14, promo_code="MAY", kept=keep(sold, 10, 11))
    assert [night.price_minor for night in changed.nights] == [9_000, 9_000, 9_000, 10_000]
    found.percent, found.amount_minor = None, 1_000
    found.save()
    changed = one(property_a, 10, 14, promo_code="MAY", kept=keep(sold, 10, 11))
    assert [night.price_minor for night in changed.nights] == [9_000, 9_000, 10_000, 10_000]


def test_the_terms_that_were_sold_stay(property_a):
    """T47."""
    sold = one(property_a)
    terms = replace(sold.cancellation, code="SOLD", name="As sold")
    kept = replace(keep(sold, 10, 11), cancellation=terms)
    assert one(property_a, 10, 13, at=AT + timedelta(days=1), kept=kept).cancellation == terms
