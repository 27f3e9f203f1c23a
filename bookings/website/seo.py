"""What search engines and shared links read: JSON-LD (schema.org), sitemap, robots."""

import json
from typing import Any
from xml.sax.saxutils import escape

from django.http import HttpRequest, HttpResponse
from django.urls import reverse, translate_url
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from bookings.website.selectors import House
from pms.branding.selectors import look
from pms.kernel.wording import said
from pms.properties.enums import PropertyKind
from pms.properties.models import Property, RoomType
from pms.properties.photos import copy_name

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


def lodging(request: HttpRequest, house: House) -> dict[str, Any]:
    """Return a property as schema.org has it."""
    row = house.property
    here = request.build_absolute_uri(request.path)
    written: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": _LODGING.get(PropertyKind(row.kind), "LodgingBusiness"),
        "@id": here,
        "url": here,
        "name": said(row, "name"),
        "description": said(row, "description") or said(row, "headline"),
        "checkinTime": row.check_in_time.isoformat("minutes"),
        "checkoutTime": row.check_out_time.isoformat("minutes"),
        "currenciesAccepted": row.currency,
        "telephone": row.phone,
        "email": row.email,
        "address": {
            "@type": "PostalAddress",
            "streetAddress": row.street,
            "postalCode": row.postal_code,
            "addressLocality": row.city,
            "addressCountry": row.country,
        },
        "image": [request.build_absolute_uri(photo_url(photo, 1600)) for photo in house.photos[:6]],
        "amenityFeature": [
            {"@type": "LocationFeatureSpecification", "name": said(each, "name"), "value": True}
            for each in house.amenities
        ],
        "containsPlace": [
            {
                "@type": "HotelRoom",
                "name": said(card.room_type, "name"),
                "occupancy": {"@type": "QuantitativeValue", "maxValue": card.room_type.max_occupancy},
            }
            for card in house.rooms
        ],
    }
    if row.latitude is not None and row.longitude is not None:
        written["geo"] = {
            "@type": "GeoCoordinates",
            "latitude": float(row.latitude),
            "longitude": float(row.longitude),
        }
    return {key: value for key, value in written.items() if value not in ("", [])}


def photo_url(photo: Any, width: int) -> str:
    """Return the address of the copy that fits the width, or of the photo itself while there are none."""
    fitting = [each for each in photo.widths if each >= width] or photo.widths[-1:]
    if not fitting or not fitting[0]:
        return str(photo.image.url)
    return str(photo.image.storage.url(copy_name(photo.image.name, fitting[0])))


@require_safe
@cache_control(public=True, max_age=3600)
def sitemap(request: HttpRequest) -> HttpResponse:
    """List every page in every language, each with its sisters (sitemaps.org, hreflang)."""
    rows = Property.objects.filter(is_listed=True)
    pages = [reverse("website:home")]
    pages += [reverse("website:property", args=[row.code]) for row in rows]
    kinds = RoomType.objects.filter(property__in=rows, retired_at=None).select_related("property")
    pages += [reverse("website:room_type", args=[kind.property.code, kind.code]) for kind in kinds]
    languages = look().languages
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">',
    ]
    for page in pages:
        with translation.override("en"):
            addresses = {code: request.build_absolute_uri(translate_url(page, code)) for code in languages}
        sisters = "".join(
            f'<xhtml:link rel="alternate" hreflang="{code}" href="{escape(address)}"/>'
            for code, address in addresses.items()
        )
        lines += [f"<url><loc>{escape(address)}</loc>{sisters}</url>" for address in addresses.values()]
    return HttpResponse("\n".join([*lines, "</urlset>"]), content_type="application/xml")


@require_safe
@cache_control(public=True, max_age=3600)
def robots(request: HttpRequest) -> HttpResponse:
    """Let engines read what anybody may, and say where the list is."""
    closed = ("/accounts/", "/desk/", "/hotel-admin/", "/access/", "/pay/", "/manage/", "/booking/checkout/", "/hooks/")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    lines.append(f"Sitemap: {request.build_absolute_uri('/sitemap.xml')}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")
