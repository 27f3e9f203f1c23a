"""Listings are rooms, each with the one rate that Airbnb has; and what is set for a listing as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.adapters.airbnb.calls import Session, in_path
from channels.adapters.base import ChannelRate, ChannelRoom, Wire
from channels.adapters.objects import mapping, sequence
from channels.adapters.values import currency, identifier, minor, name, whole

#: The only rate of every listing.
RATE = "standard"
ARRIVAL, DEPARTURE = "closed_to_arrival", "closed_to_departure"


def rooms(wire: Wire) -> tuple[ChannelRoom, ...]:
    """Return the host's listings."""
    found: dict[str, ChannelRoom] = {}
    for listing in Session(wire).listed("/listings", "listings"):
        key = identifier(listing.get("id"))
        if key:
            guests = whole(listing.get("person_capacity")) or 0
            rate = ChannelRate(RATE, "Standard", _guests(listing, guests), currency=currency(listing.get("currency")))
            found.setdefault(key, ChannelRoom(key, name(listing.get("name"), 160) or key, guests, (rate,)))
    return tuple(found.values())


def _guests(listing: Mapping[str, Any], most: int) -> tuple[int, ...]:
    """Return for how many guests a price is told: those that are included and one more, which makes the amount for each
    further guest; none where all are included."""
    included = whole(mapping(listing.get("pricing")).get("guests_included"), least=1) or 0
    return (included, included + 1) if 0 < included < most else ()


@dataclass(frozen=True, slots=True)
class Whole:
    """What is set for a listing as a whole: the amount for each further guest, and weekdays (0 is Monday) without
    arrivals and departures."""

    extra: int
    weekdays: Mapping[str, frozenset[int]]


def whole_of(session: Session, listing: str, in_currency: str) -> Whole:
    """Return what is set for a listing as a whole."""
    content = session.call("GET", f"/listings/{in_path(listing)}", what="listing")
    told = mapping(content.get("listing"))
    extra = minor(mapping(told.get("pricing")).get("price_per_extra_guest"), in_currency)
    rules = mapping(told.get("rules"))
    return Whole(
        extra or 0,
        {
            kind: frozenset(day for item in sequence(rules.get(kind)) if (day := whole(item, most=6)) is not None)
            for kind in (ARRIVAL, DEPARTURE)
        },
    )
