"""Back-office page: the brand."""

from typing import Any

from django.http import HttpRequest

from pms.access.admin_base import ServiceAdmin
from pms.access.guards import actor_of
from pms.access.sites import hotel_site
from pms.branding.models import Brand
from pms.branding.services import brand_save


class BrandAdmin(ServiceAdmin):
    """Name, logo, colours, languages and texts of the guests' pages."""

    section, icon, position = "House", "palette", 160
    change_permission = "inventory.manage"
    property_path = ""
    list_display = ("__str__", "accent", "tagline")
    fieldsets = (
        (None, {"fields": ("name", "logo", "accent", "languages")}),
        ("Texts", {"fields": ("tagline", "about", "texts")}),
        ("Widget", {"fields": ("allowed_origins",)}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let it be made once."""
        return super().has_add_permission(request) and not Brand.objects.exists()

    def save_row(self, request: HttpRequest, row: Brand, form: Any, *, change: bool) -> None:
        """Save by the service."""
        brand_save(brand=row, actor=actor_of(request))


hotel_site.register(Brand, BrandAdmin)
