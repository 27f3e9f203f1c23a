"""What a stay costs and whether it may be sold: the one function that every price comes from."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from billing.taxes.party import Party
from bookings.rates import limits
from bookings.rates.alternatives import SHIFT_DAYS, STRETCH_NIGHTS, Instead
from bookings.rates.assembling import Asking, Sale
from bookings.rates.enums import Source
from bookings.rates.explaining import explanation
from bookings.rates.loading import load
from bookings.rates.models import RatePlan
from bookings.rates.quoting import (
    Alternative,
    Explanation,
    ExtraWish,
    HeldNight,
    Kept,
    Offer,
    Quote,
    Refusal,
)
from bookings.rates.snapshot import Snapshot
from bookings.rates.stays import Stay
from pms.kernel.errors import Conflict, Invalid
from pms.properties.models import Property, RoomType

#: Where to look for what a refusal concerns, on a form; what is not here concerns the arrival.
FIELDS = {
    "sold_out": "room_type",
    "too_many_guests": "adults",
    "retired": "rate_plan",
    "no_price": "rate_plan",
    "min_stay_arrival": "departure",
    "min_stay_through": "departure",
    "max_stay": "departure",
    "closed_to_departure": "departure",
    "plan_nights": "departure",
    "access_code": "access_code",
    "sale_window": "rate_plan",
    "stay_window": "rate_plan",
    "plan_lead_time": "rate_plan",
    "channel_closed": "rate_plan",
}
#: What makes no sense as asked, rather than being in the way.
_INVALID = ("no_price", "too_many_guests")


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
    the number of types, plans and nights. Raises Invalid `no_nights`, `too_long`, `other_property`;
    anything else is a Refusal in it.
    """
    stay = Stay.of(
        property=property,
        arrival=arrival,
        departure=departure,
        party=party,
        at=at,
        source=source,
        access_code=access_code,
    )
    asking = Asking(promo_code=promo_code, extras=extras)
    snapshot = _load(stay, asking)
    type_id = None if room_type is None else room_type.pk
    plan_id = None if rate_plan is None else rate_plan.pk
    _belong(snapshot, type_id, plan_id)
    sale = Sale(snapshot, stay, asking)
    offers: list[Offer] = []
    refusals = list(sale.refused)
    for kind in snapshot.types.values():
        if kind.id != type_id and (kind.retired or type_id is not None):
            continue
        for plan in snapshot.plans.values():
            if plan.id != plan_id and (plan.retired or plan_id is not None):
                continue
            found = sale.refusals(plan, kind)
            refusals += found
            if not found and not sale.refused:
                offers.append(sale.offer(plan, kind))
    offers.sort(key=lambda offer: offer.total_minor)
    alternatives: tuple[Alternative, ...] = ()
    if with_alternatives and not offers:
        alternatives = _alternatives(sale, type_id=type_id, plan_id=plan_id)
    return Quote(
        property_code=property.code,
        currency=property.currency,
        arrival=arrival,
        departure=departure,
        party=party,
        at=at,
        offers=tuple(offers),
        refusals=tuple(refusals),
        alternatives=alternatives,
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
    held: Mapping[date, HeldNight] | None = None,
) -> Offer:
    """Return the one offer for a room type on a rate plan, or raise the rule that refuses it.

    `prices` are those of a channel or of the desk: taken as they are, nothing restricts them (T67). `override` lets
    the rules in OVERRIDABLE pass: staff, with a reason that the caller records. `check_inventory` is False where the
    caller holds the locks and asks the counters itself; it is told no alternatives. `kept` is what an existing
    reservation sold: those nights keep price, parts and taxes; stop sell, quota and prices are asked only for the added
    ones, lengths for the whole stay (T21, T29). `held` are the nights that it takes now, kept or not: they count against
    everybody but itself. Raises Conflict with the refusal's code, its date and value in the
    context, or Invalid `no_price`, `too_many_guests`, `promo_*`, `extra_*`.
    """
    stay = Stay.of(
        property=room_type.property,
        arrival=arrival,
        departure=departure,
        party=party,
        at=at,
        source=source,
        access_code=access_code,
        kept=kept,
        held=held,
    )
    asking = Asking(promo_code, extras, prices, override, check_inventory)
    snapshot = _load(stay, asking, room_type_id=room_type.pk)
    _belong(snapshot, room_type.pk, rate_plan.pk)
    sale = Sale(snapshot, stay, asking)
    plan, kind = snapshot.plans[rate_plan.pk], snapshot.types[room_type.pk]
    refusals = limits.ordered([*sale.refused, *sale.refusals(plan, kind)])
    if refusals:
        raise _error(refusals, sale, room_type_id=room_type.pk, rate_plan_id=rate_plan.pk)
    return sale.offer(plan, kind)


def explain(
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
) -> Explanation:
    """Return how the price of a pair came about, night by night and step by step, and every rule that refuses it.

    The same computation as `offer_for`, with its steps kept; the last step of a night ends at the price sold. Raises
    Invalid `no_nights`, `too_long`, `other_property`.
    """
    stay = Stay.of(
        property=room_type.property,
        arrival=arrival,
        departure=departure,
        party=party,
        at=at,
        source=source,
        access_code=access_code,
    )
    asking = Asking(promo_code=promo_code, extras=extras)
    snapshot = _load(stay, asking, room_type_id=room_type.pk)
    _belong(snapshot, room_type.pk, rate_plan.pk)
    return explanation(Sale(snapshot, stay, asking, recording=True), rate_plan.pk, room_type.pk)


def _load(stay: Stay, asking: Asking, *, room_type_id: int | None = None, wider: int = 0) -> Snapshot:
    """Read the rules of a stay, or of as many days more on both sides as alternatives are looked for."""
    return load(
        property=stay.place,
        first=stay.arrival - timedelta(days=wider),
        until=stay.departure + timedelta(days=wider),
        at=stay.at,
        source=stay.source,
        room_type_ids=None if room_type_id is None else [room_type_id],
        promo_code=asking.promo_code if asking.prices is None else "",
        extra_codes={wish.code for wish in asking.extras},
        with_rooms=asking.check_inventory,
    )


def _belong(snapshot: Snapshot, room_type_id: int | None, rate_plan_id: int | None) -> None:
    if (room_type_id is not None and room_type_id not in snapshot.types) or (
        rate_plan_id is not None and rate_plan_id not in snapshot.plans
    ):
        raise Invalid("other_property", "Room type and rate plan belong to another property.", field="rate_plan")


def _alternatives(sale: Sale, *, type_id: int | None, plan_id: int | None) -> tuple[Alternative, ...]:
    """Return what could be sold instead; nothing where a code or an extra is wrong, which no other date makes right."""
    if any(refusal.code.startswith(("promo_", "extra_unknown")) for refusal in sale.refused):
        return ()
    wide = _load(sale.stay, sale.asking, wider=max(SHIFT_DAYS, STRETCH_NIGHTS))
    return Instead(wide, sale.stay, sale.asking, type_id=type_id, plan_id=plan_id).found()


def _error(refusals: Sequence[Refusal], sale: Sale, *, room_type_id: int, rate_plan_id: int) -> Conflict | Invalid:
    """Return the first refusal as an error; its context has the others, and what could be sold instead."""
    first = refusals[0]
    kind = first.code.split("_", maxsplit=1)[0]
    field = {"promo": "promo_code", "extra": "extras"}.get(kind) or FIELDS.get(first.code, "arrival")
    # Whoever holds the locks lets nobody wait for what could be sold instead.
    looks_on = sale.stay.kept is None and sale.asking.check_inventory
    offers = _alternatives(sale, type_id=room_type_id, plan_id=rate_plan_id) if looks_on else ()
    error = Invalid if first.code in _INVALID or kind in {"promo", "extra"} else Conflict
    return error(
        first.code,
        first.message,
        field=field,
        date=first.date,
        value=first.value,
        refusals=tuple(refusals),
        offers=offers,
    )
