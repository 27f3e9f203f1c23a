"""What search engines read of a price (schema.org Offer): only prices that stand on the page, as the quote gave them."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from bookings.checkout.offers import TypeOffers
from pms.kernel.money import Money
from pms.kernel.wording import said
from pms.properties.enums import PropertyKind
from pms.properties.models import Property, RoomType

IN_STOCK = "https://schema.org/InStock"
_LODGING = {
    PropertyKind.HOTEL: "Hotel",
    PropertyKind.HOSTEL: "Hostel",
    PropertyKind.APARTMENTS: "LodgingBusiness",
    PropertyKind.VILLA: "LodgingBusiness",
}


def json_ld(written: dict[str, Any]) -> SafeString:
    """Return JSON that may stand inside a script element: nothing in it can end the element."""
    text = json.dumps(written, ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return mark_safe(text)  # noqa: S308 - escaped above


def house(place: Property, *, address: str) -> dict[str, Any]:
    """Return which house it is, as every page about it says: kind, address of its page, name."""
    kind = _LODGING.get(PropertyKind(place.kind), "LodgingBusiness")
    return {
        "@context": "https://schema.org",
        "@type": kind,
        "@id": address,
        "url": address,
        "name": said(place, "name"),
    }


def room(kind: RoomType) -> dict[str, Any]:
    """Return a room type."""
    most = {"@type": "QuantitativeValue", "maxValue": kind.max_occupancy}
    return {"@type": "HotelRoom", "name": said(kind, "name"), "occupancy": most}


def stay_offers(kinds: Iterable[TypeOffers], *, url: str) -> list[dict[str, Any]]:
    """Return every rate of every room type on sale for the stay that is shown, with every tax, over its dates."""
    return [
        {
            "@type": "Offer",
            "name": rate.name,
            "url": url,
            "itemOffered": room(kind.room_type),
            "availability": IN_STOCK,
            **_price(rate.offer.total_minor, rate.offer.currency, rate.offer.arrival, rate.offer.departure),
        }
        for kind in kinds
        for rate in kind.rates
    ]


def night_offer(*, night_minor: int, currency: str, first: date, until: date, url: str) -> dict[str, Any]:
    """Return the lowest night of a calendar that is shown: by the night, of the shortest stay [first, until)."""
    offer = {"@type": "Offer", "url": url, "availability": IN_STOCK, **_price(night_minor, currency, first, until)}
    offer["priceSpecification"] |= {"@type": "UnitPriceSpecification", "unitCode": "DAY"}
    return offer


def _price(minor: int, currency: str, first: date, until: date) -> dict[str, Any]:
    days = (first.isoformat(), until.isoformat())
    amount = str(Money(minor, currency).amount)
    return {
        "price": amount,
        "priceCurrency": currency,
        "availabilityStarts": days[0],
        "availabilityEnds": days[1],
        "priceSpecification": {
            "@type": "PriceSpecification",
            "price": amount,
            "priceCurrency": currency,
            "valueAddedTaxIncluded": True,
            "validFrom": days[0],
            "validThrough": days[1],
        },
    }
