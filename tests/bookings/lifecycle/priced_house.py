"""A house in which everything that can be part of a price is for sale, under the taxes of any place."""

from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from billing.taxes.enums import ChargeBasis, Component
from billing.taxes.models import Fee
from billing.taxes.regimes import REGIMES
from billing.taxes.services import regime_apply
from bookings.rates.enums import Deposit, Penalty, PriceRuleKind
from bookings.rates.models import (
    BasePrice,
    CancellationPolicy,
    CancellationTier,
    Extra,
    PaymentTerms,
    PlanComponent,
    PriceRule,
    Promotion,
    RatePlan,
    Season,
)
from bookings.reservations.models import Reservation
from tests.conftest import TODAY
from tests.house import TESTER, House, make_house

MONEY = ("date", "room_type_id", "rate_plan_id", "price_minor", "parts", "taxes")
CHARGE = ("kind", "code", "date", "quantity", "unit_minor", "amount_minor", "taxes")


@dataclass(frozen=True, slots=True)
class PricedHouse:
    """A house with three plans (standard, derived, package), three extras, two fees and two promo codes."""

    house: House
    plans: tuple[RatePlan, ...]


def make_priced_house(code: str, regime: str = "") -> PricedHouse:
    """Make the house, under the taxes of a shipped rule set where one is named; amounts suit every currency."""
    house = make_house(code=code, name=f"House {code}", today=TODAY, horizon_days=60)
    place = house.property
    if regime:
        place.currency = REGIMES[regime].currency
        place.save()
        regime_apply(property=place, regime=regime, actor=TESTER)
    policy = CancellationPolicy.objects.create(property=place, code="FLEX", name="Flexible", deadline_time=time(18))
    CancellationTier.objects.create(policy=policy, penalty=Penalty.NONE)
    CancellationTier.objects.create(policy=policy, days_before=2, penalty=Penalty.NIGHTS, nights=1)
    CancellationTier.objects.create(policy=policy, is_no_show=True, penalty=Penalty.PERCENT, percent=80)
    payment = PaymentTerms.objects.create(
        property=place, code="DEP", name="A third now", deposit=Deposit.PERCENT, percent=33, balance_days_before=7
    )
    standard = house.rate_plan
    standard.cancellation_policy, standard.payment_terms = policy, payment
    standard.save()
    derived = RatePlan.objects.create(
        property=place, code="NRF", name="Non-refundable", parent=standard, derive_percent="-12.5"
    )
    package = RatePlan.objects.create(property=place, code="PACK", name="Breakfast and dinner", board="HB")
    for room_type, price_minor in ((house.double, 13_333), (house.suite, 31_111)):
        BasePrice.objects.create(rate_plan=package, room_type=room_type, price_minor=price_minor)
    PlanComponent.objects.create(rate_plan=package, component=Component.BREAKFAST, amount_minor=1_501)
    PlanComponent.objects.create(rate_plan=package, component=Component.BEVERAGES, amount_minor=333)
    Season.objects.create(
        property=place,
        code="ADV",
        name="Advent",
        first=TODAY + timedelta(days=8),
        last=TODAY + timedelta(days=14),
        percent="17.3",
    )
    PriceRule.objects.create(property=place, kind=PriceRuleKind.WEEKEND, percent="11.1")
    PriceRule.objects.create(property=place, kind=PriceRuleKind.CHILD, first=2, last=12, amount_minor=1_250)
    PriceRule.objects.create(property=place, kind=PriceRuleKind.SINGLE, percent="-15")
    PriceRule.objects.create(property=place, kind=PriceRuleKind.LENGTH_OF_STAY, first=5, percent="-7.5")
    _sell_beside(place)
    return PricedHouse(house, (standard, derived, package))


def _sell_beside(place: Any) -> None:
    for code, component, basis, price_minor, limit in (
        ("PARK", Component.PARKING, ChargeBasis.NIGHT, 1_700, 3),
        ("BREAK", Component.BREAKFAST, ChargeBasis.PERSON_NIGHT, 1_433, None),
        ("CAB", Component.TRANSPORT, ChargeBasis.STAY, 4_999, 2),
    ):
        Extra.objects.create(
            property=place,
            code=code,
            name=code.title(),
            component=component,
            basis=basis,
            price_minor=price_minor,
            daily_limit=limit,
        )
    Fee.objects.create(property=place, code="CLEAN", name="Cleaning", component=Component.CLEANING, amount_minor=4_501)
    Fee.objects.create(
        property=place,
        code="LINEN",
        name="Linen",
        component=Component.SERVICE,
        basis=ChargeBasis.NIGHT,
        percent="1.75",
    )
    Promotion.objects.create(property=place, code="TENTH", name="Ten per cent", percent=10, max_uses=50)
    Promotion.objects.create(property=place, code="FIFTY", name="Fifty off", amount_minor=5_000)


def money_of(row: Reservation) -> tuple[Any, ...]:
    """Return everything that a reservation was sold as, row by row."""
    row = Reservation.objects.get(pk=row.pk)
    return (
        list(row.nights.filter(released_at=None).order_by("date").values_list(*MONEY)),
        list(row.charges.filter(released_at=None).order_by("date", "kind", "code").values_list(*CHARGE)),
        (row.total_minor, row.charges_minor, row.taxes_minor, row.promotion_id, row.terms),
    )
