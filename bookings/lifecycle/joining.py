"""What a change of the party makes of nights that were sold: they keep their price, who joins pays as of today (T29)."""

from dataclasses import replace
from datetime import date

from django.utils import timezone

from billing.taxes.calculation import TaxLine, tax_lines
from billing.taxes.enums import TaxKind
from billing.taxes.party import Party
from billing.taxes.selectors import rules_load
from bookings.lifecycle.quoted import Asked, offer_unasked
from bookings.lifecycle.sold import Sold
from bookings.rates.enums import Source
from bookings.rates.lines import night_items
from bookings.rates.quoting import NightLine, Offer, Part
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
    plain = [
        NightLine(night.date, night.price_minor, parts_from_json(night.parts, night.price_minor)) for night in kept
    ]
    other = [_dearer(night, before, after) for night in plain]
    rules = rules_load(property=row.property, first=row.arrival, until=row.departure)
    lines = {night.date: [TaxLine.from_json(tax) for tax in night.taxes] for night in kept}
    # Taken from the same prices before and after, so that a night's tax is rounded once, however it came about (T32).
    for nights, party, sign in ((other, new, 1), (plain, old, -1)):
        items = [item for night in nights for item in night_items(night)]
        for tax in tax_lines(rules=rules, items=items, party=party, arrival=row.arrival):
            if tax.kind != TaxKind.CITY_TAX:
                _add(lines[tax.date], tax, sign)
    priced = {night.date: night for night in other}
    return replace(
        was,
        nights=tuple(
            replace(
                night,
                price_minor=priced[night.date].price_minor,
                parts=parts_as_json(priced[night.date].parts),
                taxes=[tax.as_json() for tax in lines[night.date] if tax.amount_minor or tax.base_minor],
            )
            if night.date in priced
            else night
            for night in was.nights
        ),
    )


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


def _dearer(night: NightLine, before: Offer, after: Offer) -> NightLine:
    """Return a night with the parts of its price changed by what the two offers differ in."""
    parts = {part.component: part.amount_minor for part in night.parts}
    for offer, sign in ((after, 1), (before, -1)):
        for part in next(line.parts for line in offer.nights if line.date == night.date):
            parts[part.component] = parts.get(part.component, 0) + sign * part.amount_minor
    if any(minor < 0 for minor in parts.values()):
        return night
    return NightLine(
        night.date, sum(parts.values()), tuple(Part(component, minor) for component, minor in parts.items())
    )


def _add(lines: list[TaxLine], line: TaxLine, sign: int) -> None:
    """Add a tax line to the one of its tax on the same part, or take it away."""
    name = (line.key, line.tax, line.percent, line.included)
    index = next((i for i, each in enumerate(lines) if (each.key, each.tax, each.percent, each.included) == name), None)
    if index is None:
        lines.append(line._replace(amount_minor=0, base_minor=0, quantity=0))
        index = len(lines) - 1
    known = lines[index]
    lines[index] = known._replace(
        amount_minor=known.amount_minor + sign * line.amount_minor,
        base_minor=known.base_minor + sign * line.base_minor,
        quantity=known.quantity + sign * line.quantity,
    )
