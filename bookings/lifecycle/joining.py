"""What a change of the party makes of nights that were sold: they keep their price, who joins pays as of today (T29)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from django.utils import timezone

from billing.taxes.calculation import TaxLine
from billing.taxes.enums import TaxKind
from billing.taxes.party import Party
from bookings.lifecycle.allocation import PlannedNight
from bookings.lifecycle.quoted import Asked, offer_unasked
from bookings.lifecycle.sold import Sold
from bookings.rates.enums import Source
from bookings.rates.quoting import Offer, Part
from bookings.reservations.models import Reservation
from bookings.reservations.terms import parts_as_json, parts_from_json
from pms.kernel.errors import Conflict, DomainError


def party_paid(*, row: Reservation, was: Sold, old: Party, new: Party, slept: frozenset[date]) -> Sold:
    """Return what was sold with each kept night dearer or cheaper by what the two parties differ in today.

    The reservation has its new dates already. Parts and taxes inside differ along; city taxes are counted anew by whoever
    sells. A night that would cost less than nothing, or of which a part would, stays as it was sold. Raises Conflict
    `party_unpriced` where today's prices cannot be told.
    """
    kept = [night for night in was.nights if night.date not in slept and row.arrival <= night.date < row.departure]
    if not kept:
        return was
    before, after = _offer(row, old), _offer(row, new)
    changed = {night.date: _night(night, before, after) for night in kept}
    return replace(was, nights=tuple(changed.get(night.date, night) for night in was.nights))


def _offer(row: Reservation, party: Party) -> Offer:
    asked = Asked(
        room_type=row.room_type,
        rate_plan=row.rate_plan,
        arrival=row.arrival,
        departure=row.departure,
        party=party,
        at=timezone.now(),
        source=Source(row.booking.source),
        access_code=row.rate_plan.access_code,
    )
    try:
        return offer_unasked(asked)
    except DomainError as refusal:
        raise Conflict(
            "party_unpriced", "These nights are not sold any more: ask at the desk what other guests cost."
        ) from refusal


def _night(night: PlannedNight, before: Offer, after: Offer) -> PlannedNight:
    parts = {part.component: part.amount_minor for part in parts_from_json(night.parts, night.price_minor)}
    for offer, sign in ((after, 1), (before, -1)):
        for part in next(line.parts for line in offer.nights if line.date == night.date):
            parts[part.component] = parts.get(part.component, 0) + sign * part.amount_minor
    if any(minor < 0 for minor in parts.values()):
        return night
    taxes = [TaxLine.from_json(tax) for tax in night.taxes]
    for offer, sign in ((after, 1), (before, -1)):
        taxes = _taxes(taxes, [tax for tax in offer.taxes if _is_of(tax, night.date)], sign)
    return replace(
        night,
        price_minor=sum(parts.values()),
        parts=parts_as_json(tuple(Part(component, minor) for component, minor in parts.items())),
        taxes=[tax.as_json() for tax in taxes if tax.amount_minor or tax.base_minor],
    )


def _is_of(tax: TaxLine, day: date) -> bool:
    return tax.date == day and tax.key.startswith("night:") and tax.kind != TaxKind.CITY_TAX


def _taxes(lines: Sequence[TaxLine], others: Sequence[TaxLine], sign: int) -> list[TaxLine]:
    """Return tax lines with others added, or taken away: each to the one of its tax on the same part."""
    sums = {(line.key, line.tax, line.percent, line.included): line for line in lines}
    for line in others:
        key = (line.key, line.tax, line.percent, line.included)
        known = sums.get(key, line._replace(amount_minor=0, base_minor=0, quantity=0))
        sums[key] = known._replace(
            amount_minor=known.amount_minor + sign * line.amount_minor,
            base_minor=known.base_minor + sign * line.base_minor,
            quantity=known.quantity + sign * line.quantity,
        )
    return list(sums.values())
