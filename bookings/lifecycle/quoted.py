"""Asking the one quote on behalf of a reservation, and letting staff sell against its rules with a reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from billing.taxes.party import Party
from bookings.lifecycle.sold import Sold, SoldCharge
from bookings.rates.enums import Source
from bookings.rates.models import RatePlan
from bookings.rates.policies import cancellation_fee, deadline_arrival, no_show_fee
from bookings.rates.quoting import OVERRIDABLE, ExtraWish, HeldNight, Kept, Offer, PaymentStep
from bookings.rates.services import offer_for
from bookings.reservations.models import Reservation
from bookings.reservations.terms import SoldTerms, terms_from_json
from pms.kernel.errors import DomainError
from pms.properties.models import RoomType


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the quote; see `offer_for`, whose arguments these are."""

    room_type: RoomType
    rate_plan: RatePlan
    arrival: date
    departure: date
    party: Party
    at: datetime
    source: Source
    promo_code: str = ""
    access_code: str = ""
    extras: Sequence[ExtraWish] = ()
    prices: Mapping[date, int] | None = None
    kept: Kept | None = None
    held: Mapping[date, HeldNight] | None = None


def offer_or_override(asked: Asked, *, override_reason: str = "", bound: bool = False) -> tuple[Offer, str]:
    """Return the offer, and the rule that was overridden for it, in words; none needed to be: the empty string.

    A rule in OVERRIDABLE gives way to `override_reason`. `bound` is what the hotel cannot refuse: a channel has sold it,
    or it was sold before. The caller holds the inventory locks and asks the counters itself. Raises what offer_for
    raises.
    """
    try:
        return _offer(asked, override=bound), ""
    except DomainError as refusal:
        if refusal.code not in OVERRIDABLE or not override_reason:
            raise
        return _offer(asked, override=True), f"{refusal.code}: {refusal.message}"


def offer_unasked(asked: Asked) -> Offer:
    """Return what something would cost by the prices of now, whatever restricts it: to compare, not to sell."""
    return _offer(asked, override=True)


def _offer(asked: Asked, *, override: bool) -> Offer:
    return offer_for(
        room_type=asked.room_type,
        rate_plan=asked.rate_plan,
        arrival=asked.arrival,
        departure=asked.departure,
        party=asked.party,
        at=asked.at,
        source=asked.source,
        promo_code=asked.promo_code,
        access_code=asked.access_code,
        extras=asked.extras,
        prices=asked.prices,
        override=override,
        check_inventory=False,
        kept=asked.kept,
        held=asked.held,
    )


def override_told(rule: str, *, prices: Mapping[date, int] | None = None) -> dict[str, Any]:
    """Return what the audit says of a sale against the rules, or at prices that staff named; nothing for any other."""
    told: dict[str, Any] = {"overridden": [None, rule]} if rule else {}
    return told | ({"prices_by_hand": [None, True]} if prices else {})


def terms_after(was: SoldTerms | None, *, moved_from: date, arrival: date, total_minor: int) -> SoldTerms | None:
    """Return the terms of a stay that was changed and not sold anew: the policy stays the one sold (T47).

    Deadlines count from the arrival sold, unless the policy moves them (T48). Deposits stay; the balance is what is
    left of the new total, due as many days before arrival as before.
    """
    if was is None:
        return None
    sold_for = was.deadline_arrival or moved_from
    return replace(
        was,
        deadline_arrival=deadline_arrival(was.cancellation, sold_for=sold_for, arrival=arrival),
        payments=payments_after(was.payments, total_minor=total_minor, shift=arrival - moved_from),
    )


def payments_after(
    steps: Sequence[PaymentStep], *, total_minor: int, shift: timedelta = timedelta()
) -> tuple[PaymentStep, ...]:
    """Return payment steps for a new total: deposits as agreed, then the balance; they sum to the total."""
    left, after = total_minor, []
    for step in steps:
        if step.kind != "deposit":
            continue
        amount = min(left, step.amount_minor)
        left -= amount
        after.append(replace(step, amount_minor=amount))
    balances = [step for step in steps if step.kind != "deposit"]
    for step in balances[:-1]:
        amount = min(left, step.amount_minor)
        left -= amount
        after.append(_shifted(replace(step, amount_minor=amount), shift))
    if left:
        last = balances[-1] if balances else PaymentStep("balance", None, 0)
        after.append(_shifted(replace(last, amount_minor=left), shift))
    return tuple(step for step in after if step.amount_minor)


def _shifted(step: PaymentStep, shift: timedelta) -> PaymentStep:
    return step if step.due_on is None or step.due_now else replace(step, due_on=step.due_on + shift)


def fee_now(row: Reservation, *, nights: Sequence[int], at: datetime, no_show: bool = False) -> int:
    """Return what losing a reservation at the UTC instant `at` costs by the terms it was sold under, minor units.

    `nights` are the prices sold, in order, discounts inside; the fee is of the nights and never more than they are (T47).
    """
    terms = terms_from_json(row.terms)
    total_minor = sum(nights)
    if no_show:
        return no_show_fee(terms.cancellation, nights=nights, total_minor=total_minor, currency=row.currency)
    return cancellation_fee(
        terms.cancellation,
        arrival=terms.deadline_arrival or row.arrival,
        zone=row.property.zone,
        at=at,
        nights=nights,
        total_minor=total_minor,
        currency=row.currency,
    )


def cut_short(sold: Sold, *, departure: date) -> Sold:
    """Return what is left of a stay that ends at `departure`: its nights before, and what is charged until then.

    Nothing is asked and nothing counted anew: a guest may always leave.
    """
    charges: list[SoldCharge] = []
    for charge in sold.charges:
        nightly = charge.line.basis in {"night", "person_night"}
        if charge.line.date < departure or (charge.line.date == departure and not nightly):
            charges.append(charge)
    after = replace(
        sold, nights=tuple(night for night in sold.nights if night.date < departure), charges=tuple(charges)
    )
    if sold.terms is None:
        return after
    return replace(
        after,
        terms=replace(sold.terms, payments=payments_after(sold.terms.payments, total_minor=after.total_minor)),
    )
