"""What a changed stay is sold as: kept nights as they were sold, added ones at the quote, or all as it once was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.utils import timezone

from billing.taxes.party import Party
from bookings.lifecycle.allocation import PlannedNight, Still
from bookings.lifecycle.goods import goods_lock, goods_move
from bookings.lifecycle.joining import party_paid
from bookings.lifecycle.quoted import Asked, offer_or_override, terms_after
from bookings.lifecycle.sold import Sold, SoldCharge, charge_of, kept_of, sold_of, terms_of, version_find
from bookings.rates.enums import Source
from bookings.rates.quoting import ExtraWish, HeldNight
from bookings.rates.services import quota_lock
from bookings.reservations.enums import TAKING, Status
from bookings.reservations.models import Reservation, ReservationCharge, StayNight
from bookings.reservations.terms import SoldTerms
from pms.kernel.dates import nights_between


@dataclass(frozen=True, slots=True)
class Resale:
    """How a stay is sold again. `reprice`: everything not slept anew; `bound`: no rule refuses, nothing new is sold.

    `take_back`: nights and charges that were given up come back as they were sold. `paid_from`: the party before, when
    kept nights cost what the party differs from it in. `prices`: what a channel sold each night for (T67).
    """

    party: Party
    reprice: bool = False
    promo_code: str | None = None
    override_reason: str = ""
    bound: bool = False
    take_back: bool = False
    paid_from: Party | None = None
    prices: Mapping[date, int] | None = None


def restored(*, still: Still, was: Sold, party: Party, version: int | None = None) -> Sold | None:
    """Return what the reservation was sold as when it had the dates, type, plan and party that are set now.

    At `version`, else when it had them last. Nights slept since stay as they are. None when it never had them, or not
    with all nights that were slept.
    """
    slept = _slept(still.reservation, was)
    found = version_find(still.reservation, party, version=version)
    if found is None or not set(slept) <= {night.date for night in found.nights}:
        return None
    return replace(found, nights=tuple(slept.get(night.date, night) for night in found.nights))


def resold(*, still: Still, was: Sold, wish: Resale) -> tuple[Sold, str]:
    """Return what the reservation, whose dates, type, plan and party are set already, is sold as from now on.

    Kept nights keep price, parts and taxes, nights already slept to the letter; city taxes are counted over the whole
    stay anew (T29, T33). Second comes the rule that was overridden, in words. Locks quotas, promotions and days of extras.
    Raises what offer_for raises.
    """
    row = still.reservation
    slept = _slept(row, was)
    quota_lock(property_id=row.property_id, days=nights_between(row.arrival, row.departure))
    if wish.take_back:
        was = _with_given_up(row, was)
    if wish.reprice:
        return _sold_anew(still=still, was=was, wish=wish, slept=slept)
    if wish.paid_from is not None:
        was = party_paid(row=row, was=was, old=wish.paid_from, new=wish.party, slept=frozenset(slept))
    terms = was.terms or SoldTerms()
    _lock(row, "", (), charges=was.charges)
    # No wishes: what was sold follows the nights as it was sold, whether or not it is still for sale.
    asked = _asked(still, wish, kept_sold=was, slept=slept, promo_code=terms.promo_code)
    offer, overridden = offer_or_override(asked, override_reason=wish.override_reason, bound=wish.bound)
    after = replace(sold_of(offer, terms=was.terms, as_it_was=slept), promotion_id=was.promotion_id)
    moved_from = min((night.date for night in still.nights), default=row.arrival)
    new_terms = terms_after(after.terms, moved_from=moved_from, arrival=row.arrival, total_minor=after.total_minor)
    return replace(after, terms=new_terms), overridden


def _sold_anew(*, still: Still, was: Sold, wish: Resale, slept: dict[date, PlannedNight]) -> tuple[Sold, str]:
    """Sell everything that was not slept anew: its own uses and extras are given back before the quote is asked."""
    row = still.reservation
    terms = was.terms or SoldTerms()
    extras = terms.extras
    code = terms.promo_code if wish.promo_code is None else wish.promo_code
    nothing = Sold()
    _lock(row, code, extras, old=terms.promo_code, charges=was.charges)
    if row.status in TAKING:
        goods_move(before=was, after=nothing)
    charged = tuple(charge for charge in was.charges if charge.line.date in slept)
    kept_sold = Sold(nights=tuple(slept.values()), charges=charged)
    asked = _asked(still, wish, kept_sold=kept_sold, slept=slept, promo_code=code, extras=extras)
    offer, overridden = offer_or_override(asked, override_reason=wish.override_reason, bound=wish.bound)
    source = row.booking.source
    new_terms = terms_of(offer, property_id=row.property_id, source=source, extras=extras)
    if row.status in TAKING:
        goods_move(before=nothing, after=was)
    return sold_of(offer, terms=new_terms, as_it_was=slept), overridden


def _asked(
    still: Still,
    wish: Resale,
    *,
    kept_sold: Sold,
    slept: dict[date, PlannedNight],
    promo_code: str,
    extras: Sequence[ExtraWish] = (),
) -> Asked:
    row = still.reservation
    kept = kept_of(kept_sold, settled=frozenset(slept))
    held = {
        night.date: HeldNight(night.rate_plan_id, night.room_type_id, night.consumed_type_id) for night in still.nights
    }
    return Asked(
        room_type=row.room_type,
        rate_plan=row.rate_plan,
        arrival=row.arrival,
        departure=row.departure,
        party=wish.party,
        at=timezone.now(),
        source=Source(row.booking.source),
        promo_code=promo_code,
        # Whoever changes a stay has bought it already: its plan's code was asked for then.
        access_code=row.rate_plan.access_code,
        extras=extras,
        prices=wish.prices,
        kept=kept if kept.nights or kept.charges else None,
        held=held,
    )


def _slept(row: Reservation, was: Sold) -> dict[date, PlannedNight]:
    """Return the nights that a guest in house has slept: nothing of them changes any more."""
    if row.status != Status.CHECKED_IN:
        return {}
    return {night.date: night for night in was.nights if night.date < row.property.business_date}


def _lock(
    row: Reservation,
    code: str,
    extras: Sequence[ExtraWish],
    *,
    old: str = "",
    charges: Sequence[SoldCharge] = (),
) -> None:
    if not (code or old or extras or charges):
        return
    days = {*nights_between(row.arrival, row.departure + timedelta(days=1)), *(charge.line.date for charge in charges)}
    goods_lock(
        property_id=row.property_id,
        promo_codes=[code, old],
        extra_codes=[*(wish.code for wish in extras), *(charge.line.code for charge in charges if charge.extra_id)],
        days=sorted(days),
    )


def _with_given_up(row: Reservation, was: Sold) -> Sold:
    """Return what is sold with the nights and charges of the wanted days that were given up, as they were sold then."""
    there = {night.date for night in was.nights}
    wanted = [day for day in nights_between(row.arrival, row.departure) if day not in there]
    released = StayNight.objects.filter(
        reservation=row,
        date__in=wanted,
        released_at__isnull=False,
        room_type=row.room_type_id,
        rate_plan=row.rate_plan_id,
    )
    nights = {night.date: PlannedNight.of(night) for night in released.order_by("pk")}
    charges = {charge.line.key: charge for charge in was.charges}
    gone = ReservationCharge.objects.filter(reservation=row, date__in=nights, released_at__isnull=False)
    for charge in gone.order_by("-pk"):
        given_up = charge_of(charge)
        charges.setdefault(given_up.line.key, given_up)
    return replace(
        was,
        nights=tuple(sorted([*was.nights, *nights.values()], key=lambda night: night.date)),
        charges=tuple(charges.values()),
    )
