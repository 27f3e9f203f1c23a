"""Seller, buyer and stay as they are now, to be kept with a document; and kept values back from JSON."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from billing.folios.models import Folio
from billing.invoices.content import Address, Buyer, Seller, Stay
from billing.invoices.enums import BuyerKind
from billing.ledger.models import LegalEntity
from bookings.reservations.models import Reservation, StayNight
from guests.profiles.models import Company, Guest
from pms.properties.models import Property

Payer = Guest | Company | Buyer


def seller_of(entity: LegalEntity, place: Property) -> Seller:
    """Return the legal entity as the seller; where it has no address yet, the house's own."""
    own = bool(entity.street or entity.city)
    home = entity if own else place
    return Seller(
        name=entity.name,
        house=place.name,
        address=Address(home.street, home.postal_code, home.city, (entity.country or place.country).upper()),
        vat_id=entity.vat_id,
        tax_number=entity.tax_number,
        register_entry=entity.register_entry,
        email=entity.email or place.email,
        phone=entity.phone or place.phone,
        iban=entity.iban,
        bic=entity.bic,
        bank_name=entity.bank_name,
    )


def buyer_of(payer: Payer) -> Buyer:
    """Return a guest or company as the buyer; what is a buyer already stays."""
    if isinstance(payer, Buyer):
        return payer
    is_company = isinstance(payer, Company)
    return Buyer(
        name=payer.name if isinstance(payer, Company) else payer.full_name,
        kind=BuyerKind.COMPANY.value if is_company else BuyerKind.GUEST.value,
        address=Address(payer.street, payer.postal_code, payer.city, payer.country.upper()),
        vat_id=payer.vat_id,
        email=payer.email,
        code=str(payer.code),
    )


def stay_of(folio: Folio) -> Stay:
    """Return the stay that a folio is about. One query; none without a reservation."""
    row = folio.reservation
    if row is None:
        return Stay()
    return stay_of_reservation(row)


def stay_of_reservation(row: Reservation) -> Stay:
    """Return a reservation's stay with the rooms slept in, in the order of its nights."""
    nights = StayNight.objects.filter(reservation=row, released_at=None, unit__isnull=False).order_by("date")
    rooms = dict.fromkeys(nights.values_list("unit__number", flat=True))
    return Stay(
        reservation=row.code,
        guest=row.guest.full_name,
        room=", ".join(str(room) for room in rooms),
        arrival=row.arrival,
        departure=row.departure,
        persons=row.adults + row.children + row.infants,
    )


def as_json(kept: Seller | Buyer | Stay) -> dict[str, Any]:
    """Return a snapshot as a document keeps it; dates in ISO 8601."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(kept).items()}


def seller_from_json(kept: Mapping[str, Any]) -> Seller:
    """Return the seller that was kept."""
    return Seller(**{**kept, "address": Address(**kept["address"])})


def buyer_from_json(kept: Mapping[str, Any]) -> Buyer:
    """Return the buyer that was kept."""
    return Buyer(**{**kept, "address": Address(**kept["address"])})


def stay_from_json(kept: Mapping[str, Any]) -> Stay:
    """Return the stay that was kept."""
    days = {name: date.fromisoformat(kept[name]) for name in ("arrival", "departure") if kept.get(name)}
    return Stay(**{**kept, **days}) if kept else Stay()
