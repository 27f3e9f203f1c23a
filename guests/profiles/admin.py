"""Back-office pages: guests and companies. Profiles belong to the organization, not to one property."""

from typing import Any

from django.http import HttpRequest

from guests.profiles.models import Company, Guest
from guests.profiles.services import company_change, guest_change
from pms.access.admin_base import ServiceAdmin
from pms.access.guards import actor_of
from pms.access.sites import hotel_site


class GuestAdmin(ServiceAdmin):
    """Guest profiles."""

    section, icon, position = "Guests", "person", 350
    change_permission = "guest.manage"
    property_path = ""
    list_display = ("last_name", "first_name", "email", "phone", "country", "is_vip")
    list_filter = ("is_vip",)
    search_fields = ("last_name", "first_name", "email", "phone")

    def save_row(self, request: HttpRequest, row: Guest, form: Any, *, change: bool) -> None:
        """Change by the service."""
        if not change:
            super().save_row(request, row, form, change=change)
            return
        fields = {name: form.cleaned_data[name] for name in form.changed_data}
        guest_change(guest=row, actor=actor_of(request), **fields)


class CompanyAdmin(ServiceAdmin):
    """Companies and travel agencies."""

    section, icon, position = "Guests", "business_center", 360
    change_permission = "guest.manage"
    property_path = ""
    settled_fields = ("code",)
    list_display = ("name", "code", "kind", "commission_percent", "email", "country")
    list_filter = ("kind",)
    search_fields = ("name", "code", "email", "vat_id")

    def save_row(self, request: HttpRequest, row: Company, form: Any, *, change: bool) -> None:
        """Change by the service."""
        if not change:
            super().save_row(request, row, form, change=change)
            return
        fields = {name: form.cleaned_data[name] for name in form.changed_data}
        company_change(company=row, actor=actor_of(request), **fields)


hotel_site.register(Guest, GuestAdmin)
hotel_site.register(Company, CompanyAdmin)
