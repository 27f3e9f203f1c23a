# ruff: noqa: ARG001
"""What a stay costs and whether it may be sold: the one function that every price comes from."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from billing.taxes.party import Party
from bookings.rates.enums import Source
from bookings.rates.models import RatePlan
from bookings.rates.quoting import CancellationTerms, ExtraWish, Kept, NightLine, Offer, Part, PaymentStep, Quote
from bookings.rates.selectors import night_prices
from pms.kernel.dates import nights_between
from pms.properties.models import Property, RoomType


def quote(
    *,
    property: Property,
    arrival: date,
    departure: date,
    party: Party,
    at: datetime,
    source: Source = Source.PHONE,
    room_type: RoomType | None = None,
    rate_plan: RatePlan | None = None,
    promo_code: str = "",
    access_code: str = "",
    extras: Sequence[ExtraWish] = (),
    with_alternatives: bool = True,
) -> Quote:
    """Return every sellable offer (room type x rate plan) for a stay, and for all else the rule that refuses it.

    `at` is the UTC instant of sale; windows are read in property-local time (T26). A fixed number of queries, whatever
    the number of types, plans and nights. Raises Invalid `no_nights`, `too_long`; anything else is a Refusal in it.
    """
    offers = []
    for plan in RatePlan.objects.filter(property=property, retired_at=None):
        for kind in RoomType.objects.filter(property=property, retired_at=None):
            if (room_type and kind != room_type) or (rate_plan and plan != rate_plan):
                continue
            offers.append(
                offer_for(
                    room_type=kind,
                    rate_plan=plan,
                    arrival=arrival,
                    departure=departure,
                    party=party,
                    at=at,
                    source=source,
                )
            )
    return Quote(
        property_code=property.code,
        currency=property.currency,
        arrival=arrival,
        departure=departure,
        party=party,
        at=at,
        offers=tuple(offers),
        refusals=(),
    )


def offer_for(
    *,
    room_type: RoomType,
    rate_plan: RatePlan,
    arrival: date,
    departure: date,
    party: Party,
    at: datetime,
    source: Source = Source.PHONE,
    promo_code: str = "",
    access_code: str = "",
    extras: Sequence[ExtraWish] = (),
    prices: Mapping[date, int] | None = None,
    override: bool = False,
    check_inventory: bool = True,
    kept: Kept | None = None,
) -> Offer:
    """Return the one offer for a room type on a rate plan, or raise the rule that refuses it.

    `prices` are those of a channel or of the desk: taken as they are, nothing restricts them (T67). `override` lets
    the rules in OVERRIDABLE pass: staff, with a reason that the caller records. `check_inventory` is False where the
    caller holds the locks and asks the counters itself. `kept` is what an existing reservation sold: those nights keep
    price, parts and taxes; stop sell, quota and prices are asked only for the added ones, lengths for the whole stay
    (T21, T29). Raises Conflict with the refusal's code, its date and value in the context, or Invalid `no_price`,
    `too_many_guests`, `promo_*`, `extra_*`.
    """
    days = nights_between(arrival, departure)
    kept_nights = kept.nights if kept else {}
    asked = [day for day in days if day not in kept_nights]
    found = prices if prices is not None else night_prices(rate_plan=rate_plan, room_type=room_type, nights=asked)
    nights = tuple(
        NightLine(day, kept_nights[day].price_minor, kept_nights[day].parts, kept=True)
        if day in kept_nights
        else NightLine(day, found[day], (Part("accommodation", found[day]),))
        for day in days
    )
    total = sum(night.price_minor for night in nights)
    return Offer(
        room_type_id=room_type.pk,
        room_type_code=room_type.code,
        room_type_name=room_type.name,
        rate_plan_id=rate_plan.pk,
        rate_plan_code=rate_plan.code,
        rate_plan_name=rate_plan.name,
        board=rate_plan.board,
        currency=room_type.property.currency,
        arrival=arrival,
        departure=departure,
        nights=nights,
        charges=(),
        taxes=(),
        room_minor=total,
        charges_minor=0,
        taxes_added_minor=0,
        taxes_included_minor=0,
        at_property_minor=0,
        total_minor=total,
        payments=(PaymentStep("balance", None, total),),
        cancellation=CancellationTerms(),
        available=0,
    )
