"""The demo as a whole: it is there, nothing speaks against it, and seeding again leaves it alone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django_tenants.utils import schema_context

from billing.folios.models import Folio, Posting
from billing.payments.models import PaymentAccount, PaymentIntent
from billing.taxes.models import Fee, Tax, TaxRate
from billing.taxes.party import Party
from bookings.availability.models import InventoryDay
from bookings.rates.enums import Source
from bookings.rates.models import (
    BasePrice,
    CancellationPolicy,
    CancellationTier,
    Extra,
    PaymentTerms,
    PlanChannel,
    PriceRule,
    Promotion,
    RatePlan,
    Restriction,
    Season,
)
from bookings.rates.quoting import Quote
from bookings.rates.services import offer_for, quote
from bookings.reservations.models import Reservation, ReservationCharge
from pms.access.models import Grant
from pms.access.permissions import SYSTEM_ROLES
from pms.accounts.models import User
from pms.audit.models import AuditEvent
from pms.events.models import OutboxEvent
from pms.kernel.money import round_half_up
from pms.onboarding.demo_accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from pms.properties.models import Property, Unit

#: What a second run must leave alone: prices and rules as well as bookings.
MODELS = (
    *(Reservation, ReservationCharge, AuditEvent, RatePlan, BasePrice, Season, PriceRule, Restriction, PlanChannel),
    *(CancellationPolicy, CancellationTier, PaymentTerms, Extra, Promotion, Tax, TaxRate, Fee),
    *(Folio, Posting, PaymentIntent, PaymentAccount),
)


def counts() -> list[int]:
    return [model.objects.count() for model in MODELS]


@pytest.fixture
def seeded(db: None) -> Iterator[str]:
    out = StringIO()
    with schema_context("public"):
        call_command("seed_demo", "--business-date", "2026-11-20", stdout=out, stderr=StringIO())
        yield out.getvalue()


def test_the_demo_is_complete_and_sound(seeded: str) -> None:
    """One test for all of it, because making it takes seconds. T11: a flat that is taken closes the whole house."""
    assert "olivia@innkeep.test" in seeded
    for slug in ("lusitania", "baltic"):
        out = StringIO()
        call_command("check_invariants", "--organization", slug, stdout=out)
        assert "everything holds" in out.getvalue()
    with schema_context("lusitania"):
        assert list(Property.objects.values_list("code", "name")) == [
            ("LIS", "Lusitania City"),
            ("ALG", "Lusitania Resort"),
        ]
        assert Unit.objects.count() == 460
        roles = set(Grant.objects.values_list("role__code", flat=True))
        assert roles == {role.code for role in SYSTEM_ROLES}
        assert list(Grant.objects.filter(user__name__startswith="Hana").values_list("property_code", flat=True)) == [
            "LIS"
        ]
        before = counts()
        the_prices_are_the_rules()
        the_money_is_there()
        assert not OutboxEvent.objects.filter(relayed_at=None).exists()
    with schema_context("baltic"):
        assert (Unit.objects.count(), Unit.objects.filter(parent__number="U14").count()) == (13, 4)
        assert InventoryDay.objects.filter(room_type__code="HOUSE", linked=1).exists()
        assert not InventoryDay.objects.filter(room_type__code="HOUSE", linked=1, sold=1).exists()
        assert Property.objects.get().business_date == date(2026, 11, 20)
    olivia = User.objects.get(email="olivia@innkeep.test")
    assert olivia.check_password(DEMO_PASSWORD)
    assert User.objects.get(email="pia@innkeep.test").is_staff
    assert User.objects.filter(email__in=[account.email for account in DEMO_ACCOUNTS]).count() == len(DEMO_ACCOUNTS)

    again = StringIO()
    call_command("seed_demo", "--business-date", "2027-01-01", stdout=again, stderr=StringIO())
    assert "lusitania: was there already" in again.getvalue()
    with schema_context("lusitania"):
        assert counts() == before


def the_money_is_there() -> None:
    """T42: guests in house are charged up to last night, who left has paid, deposits are held, companies have bills."""
    place = Property.objects.get(code="LIS")
    yesterday = place.business_date - timedelta(days=1)
    staying = Reservation.objects.filter(property=place, status="checked_in", arrival__lt=place.business_date)
    charged = staying.filter(postings__of_kind="night", postings__service_date=yesterday).distinct()
    assert charged.count() == staying.count() > 100
    assert Folio.objects.filter(property=place, status="closed").count() > 100
    assert Folio.objects.filter(property=place, kind="company", balance_minor__gt=0).exists()
    assert Folio.objects.filter(property=place, reservation__status="confirmed", balance_minor__lt=0).exists()
    assert not Folio.objects.filter(
        property=place, reservation__status="checked_out", ledger="guest", balance_minor__gt=0
    ).exists()
    methods = PaymentIntent.objects.filter(folio__property=place, status="captured").values_list("account__method")
    assert set(methods) == {("cash",), ("terminal",), ("transfer",)}


#: A summer weekend of the demo begins.
FRIDAY = date(2027, 7, 9)


def asked(place: Property, *, nights: int, at: datetime, promo_code: str = "") -> Quote:
    """What the website says to two people who want to come on the Friday."""
    return quote(
        property=place,
        arrival=FRIDAY,
        departure=FRIDAY + timedelta(days=nights),
        party=Party(2),
        at=at,
        source=Source.DIRECT_WEB,
        promo_code=promo_code,
    )


def codes_of(said: Quote) -> set[str]:
    """The rules about promo codes that refuse something."""
    return {refusal.code for refusal in said.refusals if refusal.code.startswith("promo_")}


def the_prices_are_the_rules() -> None:
    """T24, T35, T47: what is on the books was sold by the rules, line for line, with the terms of its plan."""
    place = Property.objects.get(code="LIS")
    friday = FRIDAY
    at = datetime(2027, 6, 1, 12, tzinfo=UTC)
    found = asked(place, nights=2, at=at)
    sold = {(offer.room_type_code, offer.rate_plan_code): offer for offer in found.offers}
    flexible, bound = sold["CLD", "BB-FLEX"], sold["CLD", "BB-NREF"]
    base = BasePrice.objects.get(rate_plan__code="BB-FLEX", room_type__code="CLD", room_type__property=place)
    season = Season.objects.get(property=place, first__lte=friday, last__gte=friday)
    assert season.name.startswith("High season from ")
    weekend = PriceRule.objects.get(property=place, kind="weekend")
    lead = PriceRule.objects.get(property=place, kind="lead_time", first__lte=38, last__gte=38)
    night = base.price_minor
    for percent in (season.percent, weekend.percent, lead.percent):
        night = round_half_up(night * (1 + Decimal(percent or 0) / 100))
    assert [line.price_minor for line in flexible.nights] == [night, night]
    assert [line.price_minor for line in bound.nights] == [round_half_up(night * Decimal("0.9"))] * 2
    assert [part.component for part in flexible.nights[0].parts] == ["accommodation", "breakfast"]
    city_tax = [line for line in flexible.taxes if line.kind == "city_tax"]
    assert [line.amount_minor for line in city_tax] == [8_00, 8_00]
    assert flexible.total_minor == 2 * night + 16_00
    assert (flexible.due_now_minor, bound.due_now_minor) == (0, bound.total_minor - bound.at_property_minor)
    refused = {(refusal.code, refusal.rate_plan_id) for refusal in found.refusals}
    plans = dict(RatePlan.objects.filter(property=place).values_list("code", "pk"))
    assert {
        ("access_code", plans["BB-CORP"]),
        ("plan_lead_time", plans["BB-EARLY"]),
        ("plan_lead_time", plans["BB-LAST"]),
        ("plan_nights", plans["ESCAPE"]),
    } <= refused
    alone = asked(place, nights=1, at=at)
    assert not alone.offers
    assert {refusal.value for refusal in alone.refusals if refusal.code == "min_stay_arrival"} == {2}

    promos = {row.code: (row.uses, row.max_uses) for row in Promotion.objects.filter(property=place)}
    assert promos == {"ATLANTIC10": (3, None), "SPRING25": (0, None), "FIRST5": (5, 5)}
    winter = datetime(2026, 12, 1, tzinfo=UTC)
    said = {code: codes_of(asked(place, nights=3, at=winter, promo_code=code)) for code in promos}
    assert said == {
        "ATLANTIC10": {"promo_plan"},
        "SPRING25": {"promo_window"},
        "FIRST5": {"promo_used_up", "promo_plan"},
    }

    booked = Reservation.objects.filter(
        property=place, status="confirmed", booking__source="direct_web", promotion=None
    )
    for stay in booked.select_related("booking", "room_type", "rate_plan").order_by("pk")[:40]:
        children = stay.occupants.filter(kind="child", age__isnull=False).order_by("pk")
        ages = [child.age or 0 for child in children]
        offer = offer_for(
            room_type=stay.room_type,
            rate_plan=stay.rate_plan,
            arrival=stay.arrival,
            departure=stay.departure,
            party=Party(stay.adults, tuple(ages), stay.infants),
            at=stay.made_at,
            source=Source.DIRECT_WEB,
            override=True,
            check_inventory=False,
        )
        nights = list(stay.nights.order_by("date"))
        assert [night.price_minor for night in nights] == [line.price_minor for line in offer.nights]
        assert (stay.grand_total_minor, stay.taxes_minor) == (offer.total_minor, offer.taxes_added_minor)
        assert [line for night in nights for line in night.taxes] == [line.as_json() for line in offer.taxes]
        assert stay.terms["cancellation"]["code"] == stay.rate_plan.cancellation_policy.code
