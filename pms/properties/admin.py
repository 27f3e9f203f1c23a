"""Back-office pages: properties, amenities, photos. Room types and units take inventory: bookings.availability has them."""

from typing import Any

from django import forms
from django.contrib.admin import display
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from pms.access.admin_base import ServiceAdmin
from pms.access.guards import access_of, actor_of
from pms.access.sites import hotel_site
from pms.kernel.admin_pages import Card, counted
from pms.kernel.jobs import wake_in_tenant
from pms.properties.models import WEEKDAYS, Amenity, Photo, Property, friday_and_saturday
from pms.properties.services import property_save


class PropertyForm(forms.ModelForm[Any]):
    """A property as a manager fills it in."""

    weekend_nights = forms.TypedMultipleChoiceField(
        choices=WEEKDAYS,
        coerce=int,
        initial=friday_and_saturday,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Nights at weekend prices: Friday is the night from Friday to Saturday.",
    )

    class Meta:
        model = Property
        fields = ("code", "name")


class PropertyAdmin(ServiceAdmin):
    """Establishments. The business date is set once; from then on night audit alone moves it."""

    section, icon, position = "House", "apartment", 100
    form = PropertyForm
    change_permission = "inventory.manage"
    property_path = "code"
    settled_fields = ("code", "currency", "business_date")
    list_display = ("name", "code", "kind", "city", "time_zone", "currency", "business_date")
    search_fields = ("name", "code", "city")
    fieldsets = (
        (None, {"fields": ("name", "code", "kind", "position")}),
        ("Day and money", {"fields": ("time_zone", "currency", "business_date", "selling_horizon_days")}),
        ("Weekends", {"fields": ("weekend_nights",)}),
        ("Hours", {"fields": ("check_in_time", "check_out_time", "day_close_time")}),
        ("Address", {"fields": ("street", "postal_code", "city", "country", "phone", "email")}),
        ("For guests", {"fields": ("is_listed", "headline", "description", "house_rules", "amenities", "texts")}),
        ("On the map", {"fields": (("latitude", "longitude"),)}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let only those open a new house who manage every one."""
        return self.change_permission in access_of(request).everywhere

    def save_row(self, request: HttpRequest, row: Property, form: Any, *, change: bool) -> None:
        """Save by the service."""
        property_save(property=row, actor=actor_of(request))


class AmenityAdmin(ServiceAdmin):
    """What properties and room types can have."""

    section, icon, position = "House", "pool", 140
    change_permission = "inventory.manage"
    property_path = ""
    can_delete = True
    settled_fields = ("code",)
    list_display = ("name", "code")
    search_fields = ("name",)


class PhotoAdmin(ServiceAdmin):
    """Pictures of properties and room types."""

    section, icon, position = "House", "photo_library", 150
    change_permission = "inventory.manage"
    can_delete = True
    settled_fields = ("property",)
    list_display = ("picture", "alt_text", "property", "room_type", "position")
    list_filter = ("property",)
    list_select_related = ("property", "room_type")

    def save_row(self, request: HttpRequest, row: Photo, form: Any, *, change: bool) -> None:
        """Save it and have its smaller copies made."""
        row.widths = []
        super().save_row(request, row, form, change=change)
        wake_in_tenant("pms.properties.jobs.shrink_photos")

    @display(description="Picture")
    def picture(self, photo: Photo) -> str:
        """Return a small image."""
        return format_html('<img src="{}" alt="" width="96" height="64" loading="lazy">', photo.image.url)


hotel_site.register(Property, PropertyAdmin)
hotel_site.register(Amenity, AmenityAdmin)
hotel_site.register(Photo, PhotoAdmin)


@hotel_site.cards
def property_cards(request: HttpRequest) -> list[Card]:
    """Say what the first step is, or how many houses there are."""
    access = access_of(request)
    if not access.allows("inventory.manage"):
        return []
    count = access.scope("inventory.manage", Property.objects.all(), path="code").count()
    if count == 0:
        url = reverse("hotel:properties_property_add")
        text = "Name, time zone and currency are enough to begin."
        return [Card("properties yet", "No", text, url, "todo", "Add the first one")]
    url = reverse("hotel:properties_property_changelist")
    return [Card(*counted(count, "property", "properties"), "Hours, address, house rules", url)]
