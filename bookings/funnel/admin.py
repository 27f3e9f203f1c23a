"""The back-office page of the funnel: to read, for who makes prices."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from bookings.funnel.enums import Device, Origin
from bookings.funnel.forms import FunnelForm
from bookings.funnel.models import FunnelDay
from bookings.funnel.selectors import funnel_of
from pms.access.admin_base import RecordAdmin
from pms.access.guards import access_of, require
from pms.access.sites import hotel_site
from pms.properties.models import Property

PERMISSION = "rates.manage"


class FunnelAdmin(RecordAdmin):
    """Step to step, by property, days, origin and device; the whole organization for who holds the permission everywhere."""

    section, title, icon, position = "Bookings", "Conversion", "filter_alt", 190
    view_permission = PERMISSION

    def allows(self, request: HttpRequest, permission: str, row: Any) -> bool:
        """Ask access: at the row's property, and everywhere for a row of the organization."""
        if isinstance(row, FunnelDay) and row.property is None:
            return permission in access_of(request).everywhere
        return super().allows(request, permission, row)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the funnel that the address asks for."""
        require(request, PERMISSION)
        access = access_of(request)
        form = FunnelForm(
            request.GET,
            places=access.scope(PERMISSION, Property.objects.order_by("position", "name"), path="code"),
            with_all=PERMISSION in access.everywhere,
            today=timezone.now().date(),
        )
        context = {
            **self.admin_site.each_context(request),
            "title": "Conversion",
            "opts": self.opts,
            "form": form,
            **(extra_context or {}),
        }
        if form.is_valid():
            chosen = form.cleaned_data
            context["funnel"] = funnel_of(
                first=chosen["first"],
                until=chosen["last"] + timedelta(days=1),
                property=chosen["property"],
                origin=Origin(chosen["origin"]) if chosen["origin"] else None,
                device=Device(chosen["device"]) if chosen["device"] else None,
            )
        return TemplateResponse(request, "funnel/admin.html", context, status=422 if form.errors else 200)


hotel_site.register(FunnelDay, FunnelAdmin)
