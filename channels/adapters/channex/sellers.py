"""Who sold a booking, by the names and codes that Channex gives the sites it speaks to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bookings.rates.enums import Source
from channels.adapters.channex.values import minor, name, text

#: Codes before the hyphen of a unique id, and names without their signs: what each is called, and as what it is sold.
_BOOKING_COM = ("Booking.com", Source.BOOKING_COM)
_AIRBNB = ("Airbnb", Source.AIRBNB)
_EXPEDIA = ("Expedia", Source.EXPEDIA)
_VRBO = ("Vrbo", Source.OTA)
_BY_CODE: Mapping[str, tuple[str, Source]] = {
    "BDC": _BOOKING_COM,
    "ABB": _AIRBNB,
    "EXP": _EXPEDIA,
    "EAN": ("Expedia Affiliate Network", Source.EXPEDIA),
    "EGN": ("Egencia", Source.EXPEDIA),
    "HTL": ("Hotels.com", Source.EXPEDIA),
    "HWR": ("Hotwire", Source.EXPEDIA),
    "ORZ": ("Orbitz", Source.EXPEDIA),
    "TRV": ("Travelocity", Source.EXPEDIA),
    "WOT": ("Wotif", Source.EXPEDIA),
    "EBS": ("ebookers", Source.EXPEDIA),
    "CHT": ("CheapTickets", Source.EXPEDIA),
    "LMA": ("Lastminute.au", Source.EXPEDIA),
    "AET": ("American Express Travel", Source.EXPEDIA),
    "VRB": _VRBO,
    "AGO": ("Agoda", Source.OTA),
    "CTP": ("Trip.com", Source.OTA),
    "GMT": ("Goibibo", Source.OTA),
    "GBB": ("Goibibo", Source.OTA),
    "HWL": ("Hostelworld", Source.OTA),
    "AMD": ("Amadeus", Source.GDS),
    "GLL": ("Galileo", Source.GDS),
    "SYX": ("SynXis", Source.GDS),
    "GDS": ("Open GDS", Source.GDS),
    "GEN": ("GDS by SiteMinder", Source.GDS),
}
_BY_NAME: Mapping[str, tuple[str, Source]] = {
    "bookingcom": _BOOKING_COM,
    "airbnb": _AIRBNB,
    "expedia": _EXPEDIA,
    "aexpedia": _EXPEDIA,
    "expediaaffiliatenetwork": _BY_CODE["EAN"],
    "hotelscom": _BY_CODE["HTL"],
    "egencia": _BY_CODE["EGN"],
    "vrbo": _VRBO,
    "homeaway": _VRBO,
    "makemytrip": ("MakeMyTrip", Source.OTA),
    "mmt": ("MakeMyTrip", Source.OTA),
    "goibibo": _BY_CODE["GMT"],
    "agoda": _BY_CODE["AGO"],
    "ctrip": _BY_CODE["CTP"],
    "tripcom": _BY_CODE["CTP"],
    "amadeus": _BY_CODE["AMD"],
    "galileo": _BY_CODE["GLL"],
    "opengds": _BY_CODE["GDS"],
}
#: Made by hand at Channex: sold by nobody.
_NOBODY = frozenset({"offline", "channex", "localota"})
_NOBODY_CODES = frozenset({"OFF", "LO"})
MOST = 40


@dataclass(frozen=True, slots=True)
class Seller:
    """Where it was sold: a name for people, a source for reports (None: as the connection sells)."""

    channel: str
    source: Source | None


def seller_of(attributes: Mapping[str, Any]) -> Seller:
    """Return who sold a booking. A site that sells for another (`secondary_ota`) is the one that the guest knows."""
    named = name(attributes.get("secondary_ota"), MOST) or name(attributes.get("ota_name"), MOST)
    code = text(attributes.get("unique_id"), 60).partition("-")[0].upper()
    plain = re.sub(r"[^a-z0-9]", "", named.lower())
    if plain in _NOBODY or (not plain and code in _NOBODY_CODES):
        return Seller(named, None)
    known = _BY_NAME.get(plain)
    if known is None and not name(attributes.get("secondary_ota")):
        known = _BY_CODE.get(code)
    if known is not None:
        # Its own spelling is kept where it is a brand of the same house that we do not list.
        return Seller(known[0], known[1])
    return Seller(named, Source.OTA if named else None)


@dataclass(frozen=True, slots=True)
class HostAmounts:
    """What Airbnb tells a host in the notes, in minor units; None where it does not."""

    base_minor: int | None
    payout_minor: int | None
    fee_minor: int | None


_LINES = {
    "base": re.compile(r"^Listing Base Price: *(-?[\d.]+)", re.MULTILINE),
    "payout": re.compile(r"^(?:Listing Cancellation|Expected) Payout(?: Amount)?: *(-?[\d.]+)", re.MULTILINE),
    "fee": re.compile(r"^Listing (?:Cancellation )?Host Fee: *(-?[\d.]+)", re.MULTILINE),
}


def host_amounts(notes: str, currency: str) -> HostAmounts:
    """Return the amounts that stand in Airbnb's notes, a line each."""
    found = {
        key: minor(line[1], currency) if (line := pattern.search(notes)) else None for key, pattern in _LINES.items()
    }
    return HostAmounts(found["base"], found["payout"], found["fee"])
