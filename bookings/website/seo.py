"""What search engines and shared links read: JSON-LD (schema.org), sitemap, robots."""

from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse, translate_url
from django.utils import translation
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from bookings.checkout import structured
from bookings.website.selectors import House
from pms.branding.selectors import look
from pms.kernel.wording import said
from pms.properties.models import Property, RoomType
from pms.properties.photos import copy_name

#: What no engine shall read: pages of work, and those that belong to one guest or change with every visit.
_FOR_STAFF = ("/accounts/", "/desk/", "/hotel-admin/", "/access/", "/hooks/", "/start/")
_FOR_ONE_GUEST = ("/pay/", "/manage/", "/booking/checkout/", "/booking/payment/", "/booking/calculate-price/")


def lodging(request: HttpRequest, house: House) -> dict[str, Any]:
    """Return a property as schema.org has it."""
    row = house.property
    here = request.build_absolute_uri(request.path)
    written: dict[str, Any] = {
        **structured.house(row, address=here),
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
        "containsPlace": [structured.room(card.room_type) for card in house.rooms],
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
    prefixes = ["", *(f"/{code}" for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE)]
    closed = [*_FOR_STAFF, *(f"{prefix}{path}" for prefix in prefixes for path in _FOR_ONE_GUEST)]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    lines.append(f"Sitemap: {request.build_absolute_uri('/sitemap.xml')}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")
