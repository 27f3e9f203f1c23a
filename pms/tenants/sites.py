"""The platform's own back office: organizations, domains, plans. For the people who run Innkeep, on the public host."""

from typing import Any

from django.http import HttpRequest

from pms.kernel.admin_pages import BackOfficeSite
from pms.kernel.tenancy import is_public


class PlatformSite(BackOfficeSite):
    """The back office on the public host."""

    site_header = site_title = "Innkeep platform"
    index_title = "Overview"
    settings_name = "UNFOLD_PLATFORM"

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in the platform's own people, on the public host only."""
        return is_platform_staff(request)


def is_platform_staff(request: HttpRequest) -> bool:
    """Return whether an active member of the platform's staff is signed in on the public host."""
    return bool(is_public() and request.user.is_active and getattr(request.user, "is_staff", False))


platform_site = PlatformSite(name="platform")


def platform_navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sidebar of the platform's back office."""
    return platform_site.navigation(request)
