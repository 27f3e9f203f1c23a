"""What a reservation is sold as: nights, charges, promotion and terms as one value, from an offer, from rows, from before.

Everything that changes money goes from one such value to another: rows, counts and totals follow from the difference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from billing.taxes.calculation import TaxLine
from billing.taxes.enums import Purpose
from billing.taxes.models import TaxSettings
from billing.taxes.party import ADULT_AGE, Party
from bookings.lifecycle.allocation import PlannedNight
from bookings.lifecycle.commission import commission_set
from bookings.rates.models import Extra
from bookings.rates.quoting import ChargeLine, ExtraWish, Kept, KeptNight, Offer
from bookings.reservations.enums import ChargeKind, OccupantKind
from bookings.reservations.models import Occupant, Reservation, ReservationCharge, SoldVersion, StayNight
from bookings.reservations.terms import (
    SoldTerms,
    parts_as_json,
    parts_from_json,
    terms_as_json,
    terms_from_json,
)


@dataclass(frozen=True, slots=True)
class SoldCharge:
    """An extra or a fee as sold, with its tax lines. `extra_id` is empty for a fee."""

    line: ChargeLine
    taxes: tuple[TaxLine, ...] = ()
    extra_id: int | None = None


@dataclass(frozen=True, slots=True)
class Sold:
    """A reservation's money. Without `terms` it came from elsewhere and none were kept."""

    nights: tuple[PlannedNight, ...] = ()
    charges: tuple[SoldCharge, ...] = ()
    promotion_id: int | None = None
    terms: SoldTerms | None = None

    @property
    def charges_minor(self) -> int:
        """Extras and fees."""
        return sum(charge.line.amount_minor for charge in self.charges)

    @property
    def taxes_minor(self) -> int:
        """Taxes on top of nights, extras and fees."""
        of_nights = (int(tax["amount_minor"]) for night in self.nights for tax in night.taxes if not tax["included"])
        of_charges = (tax.amount_minor for charge in self.charges for tax in charge.taxes if not tax.included)
        return sum(of_nights) + sum(of_charges)

    @property
    def total_minor(self) -> int:
        """Everything."""
        return sum(night.price_minor for night in self.nights) + self.charges_minor + self.taxes_minor


def sold_of(offer: Offer, *, terms: SoldTerms | None, as_it_was: Mapping[date, PlannedNight] | None = None) -> Sold:
    """Return an offer as it is sold, line for line. Nights in `as_it_was` (slept already) stay as they were to the letter."""
    of_charge: dict[str, list[TaxLine]] = {charge.key: [] for charge in offer.charges}
    of_night: dict[date, list[TaxLine]] = {night.date: [] for night in offer.nights}
    for tax in offer.taxes:
        (of_charge[tax.key] if tax.key in of_charge else of_night[tax.date]).append(tax)
    slept = as_it_was or {}
    nights = tuple(
        slept.get(night.date)
        or PlannedNight(
            night.date,
            offer.room_type_id,
            offer.rate_plan_id,
            night.price_minor,
            parts_as_json(night.parts),
            [tax.as_json() for tax in of_night[night.date]],
        )
        for night in offer.nights
    )
    extras = _extra_ids(offer)
    charges = tuple(
        SoldCharge(
            replace(line, kept=False),
            tuple(of_charge[line.key]),
            extras.get(line.code) if line.kind == ChargeKind.EXTRA else None,
        )
        for line in offer.charges
    )
    return Sold(nights=nights, charges=charges, promotion_id=offer.promotion_id, terms=terms)


def _extra_ids(offer: Offer) -> dict[str, int]:
    codes = {line.code for line in offer.charges if line.kind == ChargeKind.EXTRA}
    if not codes:
        return {}
    rows = Extra.objects.filter(property__room_types=offer.room_type_id, code__in=codes)
    return dict(rows.values_list("code", "pk"))


def terms_of(offer: Offer, *, property_id: int, source: str, extras: Sequence[ExtraWish]) -> SoldTerms:
    """Return the terms that an offer is sold under, with the settings that shaped its taxes (T45)."""
    rounding = ""
    if offer.taxes:
        found = TaxSettings.objects.filter(property_id=property_id).values_list("rounding", flat=True).first()
        rounding = found or ""
    return SoldTerms(
        cancellation=offer.cancellation,
        payments=offer.payments,
        deadline_arrival=offer.arrival,
        promo_code=offer.promo_code,
        source=source,
        rounding=rounding,
        extras=tuple(extras),
    )


def sold_now(row: Reservation, nights: Sequence[StayNight]) -> Sold:
    """Return what a reservation is sold as now. `nights` are its live ones; its live charges are read."""
    charges = ReservationCharge.objects.filter(reservation=row, released_at=None).order_by("date", "pk")
    return Sold(
        nights=tuple(PlannedNight.of(night) for night in nights),
        charges=tuple(charge_of(charge) for charge in charges),
        promotion_id=row.promotion_id,
        terms=terms_from_json(row.terms) if row.terms else None,
    )


def charge_of(row: ReservationCharge) -> SoldCharge:
    """Return a charge as it was sold."""
    line = ChargeLine(
        kind=row.kind,
        code=row.code,
        name=row.name,
        component=row.component,
        basis=row.basis,
        date=row.date,
        quantity=row.quantity,
        unit_minor=row.unit_minor,
        amount_minor=row.amount_minor,
    )
    return SoldCharge(line, tuple(TaxLine.from_json(tax) for tax in row.taxes), row.extra_id)


def kept_of(sold: Sold, *, settled: frozenset[date] = frozenset()) -> Kept:
    """Return sold as what a change keeps (T28, T29); nights in `settled` were slept."""
    return Kept(
        nights={
            night.date: KeptNight(
                date=night.date,
                price_minor=night.price_minor,
                parts=parts_from_json(night.parts, night.price_minor),
                taxes=tuple(TaxLine.from_json(tax) for tax in night.taxes),
                settled=night.date in settled,
            )
            for night in sold.nights
        },
        charges=tuple(replace(charge.line, kept=True) for charge in sold.charges),
        charge_taxes=tuple(tax for charge in sold.charges for tax in charge.taxes),
        cancellation=sold.terms.cancellation if sold.terms else None,
    )


def charges_write(row: Reservation, *, before: Sold, after: Sold, at: datetime | None = None) -> None:
    """Make the live charges of a reservation those of `after`: what differs is released and written anew."""
    old = {charge.line.key: charge for charge in before.charges}
    new = {charge.line.key: charge for charge in after.charges}
    gone: dict[tuple[str, str], list[date]] = {}
    for key, charge in old.items():
        if new.get(key) != charge:
            gone.setdefault((charge.line.kind, charge.line.code), []).append(charge.line.date)
    moment = at or timezone.now()
    for (kind, code), days in gone.items():
        live = ReservationCharge.objects.filter(reservation=row, released_at=None)
        live.filter(kind=kind, code=code, date__in=days).update(released_at=moment)
    fresh = [charge for key, charge in new.items() if old.get(key) != charge]
    if fresh:
        ReservationCharge.objects.bulk_create(_charge_row(row, charge) for charge in fresh)


def _charge_row(row: Reservation, charge: SoldCharge) -> ReservationCharge:
    line = charge.line
    return ReservationCharge(
        reservation=row,
        kind=line.kind,
        extra_id=charge.extra_id,
        code=line.code,
        name=line.name,
        component=line.component,
        basis=line.basis,
        date=line.date,
        quantity=line.quantity,
        unit_minor=line.unit_minor,
        amount_minor=line.amount_minor,
        taxes=[tax.as_json() for tax in charge.taxes],
    )


def money_set(row: Reservation, sold: Sold) -> None:
    """Set a reservation's totals, commission, promotion and terms to what is sold; saved by the caller."""
    row.total_minor = sum(night.price_minor for night in sold.nights)
    row.charges_minor, row.taxes_minor = sold.charges_minor, sold.taxes_minor
    commission_set(row, sold)
    row.promotion_id = sold.promotion_id
    if sold.terms is not None:
        row.terms = terms_as_json(sold.terms)


def party_of(row: Reservation) -> Party:
    """Return the party of a reservation; a child whose age nobody knows counts as the oldest there is. One query."""
    ages, births = [], []
    if row.children:
        known = Occupant.objects.filter(reservation=row, kind=OccupantKind.CHILD).order_by("pk")
        for child in known[: row.children]:
            ages.append(ADULT_AGE - 1 if child.age is None else child.age)
            births.append(child.born_on)
    ages += [ADULT_AGE - 1] * (row.children - len(ages))
    return Party(
        adults=row.adults,
        child_ages=tuple(ages),
        infants=row.infants,
        child_births=tuple(births) if any(births) else (),
        purpose=Purpose(row.purpose),
    )


def version_keep(row: Reservation, sold: Sold, party: Party) -> SoldVersion:
    """Return what a reservation is now, to be saved when it changes: taking the change back finds it (`version_find`)."""
    return SoldVersion(
        reservation=row,
        version=row.version,
        arrival=row.arrival,
        departure=row.departure,
        changed_at=timezone.now(),
        sold={
            "room_type": row.room_type_id,
            "rate_plan": row.rate_plan_id,
            "party": _party_as_json(party),
            "promotion": sold.promotion_id,
            "terms": terms_as_json(sold.terms) if sold.terms else None,
            "nights": [{**asdict(night), "date": night.date.isoformat()} for night in sold.nights],
            "charges": [
                {
                    **asdict(charge.line),
                    "date": charge.line.date.isoformat(),
                    "extra_id": charge.extra_id,
                    "taxes": [tax.as_json() for tax in charge.taxes],
                }
                for charge in sold.charges
            ],
        },
    )


def version_find(row: Reservation, party: Party, *, version: int | None = None) -> Sold | None:
    """Return what the reservation was sold as when it had the dates, type, plan and party that it has now.

    That is at `version`, where it had them then; else, and without a version, when it had them last.
    """
    wanted = {"room_type": row.room_type_id, "rate_plan": row.rate_plan_id, "party": _party_as_json(party)}
    rows = SoldVersion.objects.filter(reservation=row)
    alike = rows.filter(arrival=row.arrival, departure=row.departure)
    found = list(alike.order_by("-version").values_list("version", "sold"))
    if version is not None:
        # A change that sold nothing else kept no version of its own: what was sold is the next one kept.
        then = rows.filter(version__gte=version).order_by("version").values_list("version", flat=True).first()
        found.sort(key=lambda kept: kept[0] != then)
    for _, kept in found:
        if {name: kept[name] for name in wanted} == wanted:
            return _sold_from_json(kept)
    return None


def _sold_from_json(kept: Mapping[str, Any]) -> Sold:
    charges = []
    for charge in kept["charges"]:
        line = {name: value for name, value in charge.items() if name not in {"extra_id", "taxes"}}
        charges.append(
            SoldCharge(
                ChargeLine(**{**line, "date": date.fromisoformat(line["date"])}),
                tuple(TaxLine.from_json(tax) for tax in charge["taxes"]),
                charge["extra_id"],
            )
        )
    return Sold(
        nights=tuple(PlannedNight(**{**night, "date": date.fromisoformat(night["date"])}) for night in kept["nights"]),
        charges=tuple(charges),
        promotion_id=kept["promotion"],
        terms=terms_from_json(kept["terms"]) if kept["terms"] else None,
    )


def _party_as_json(party: Party) -> dict[str, Any]:
    return {
        "adults": party.adults,
        "child_ages": list(party.child_ages),
        "infants": party.infants,
        "child_births": [born.isoformat() if born else None for born in party.child_births],
        "purpose": str(party.purpose),
    }
