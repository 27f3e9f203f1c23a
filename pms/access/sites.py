"""The hotel's back office: everything a manager configures. What anybody sees and changes is decided by access alone."""

from typing import Any

from django.http import HttpRequest

from pms.access.guards import access_of
from pms.kernel.admin_pages import BackOfficeSite

#: Whoever holds one of these somewhere has something to do in the back office.
OPENS_BACK_OFFICE = (
    "inventory.manage",
    "inventory.close",
    "rates.manage",
    "taxes.manage",
    "guest.manage",
    "payment.accounts",
    "finance.view",
    "audit.view",
    "access.manage",
    "access.roles",
)


class HotelSite(BackOfficeSite):
    """The back office on an organization's own host."""

    site_header = site_title = "Back office"
    index_title = "Overview"
    settings_name = "UNFOLD"

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in whoever holds a permission that has a page here."""
        access = access_of(request)
        return any(access.allows(permission) for permission in OPENS_BACK_OFFICE)


hotel_site = HotelSite(name="hotel")


def hotel_navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sidebar of the hotel's back office."""
    return hotel_site.navigation(request)


def hotel_name(request: HttpRequest) -> str:
    """Return the organization's name, for the sidebar's head."""
    return str(getattr(request, "tenant", None) or "Innkeep")
