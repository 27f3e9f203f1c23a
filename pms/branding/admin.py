"""Back-office page: the brand."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from pms.access.admin_base import ServiceAdmin
from pms.access.guards import access_of, actor_of
from pms.access.sites import hotel_site
from pms.branding.models import Brand, every_language
from pms.branding.services import brand_save
from pms.properties.admin_texts import TextsForm, in_languages, texts_fieldset


class LinesField(forms.CharField):
    """Several values, each on a line of its own."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        """Show them line by line."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Read them line by line; empty lines are none."""
        lines = value if isinstance(value, list) else str(value or "").splitlines()
        return [line.strip() for line in lines if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return whether the lines differ."""
        return bool(self.to_python(initial) != self.to_python(data))


@in_languages(Brand, "tagline", "about")
class BrandForm(TextsForm):
    """The brand as a manager fills it in."""

    languages = forms.MultipleChoiceField(
        choices=settings.LANGUAGES,
        initial=every_language,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="What guests can read the pages in.",
    )
    accent = forms.CharField(
        label="Accent colour",
        required=False,
        max_length=7,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "#00695c"}),
        help_text="Of buttons and links, readable on white. Empty: Innkeep's own green. A dark page lightens it.",
    )
    allowed_origins = LinesField(
        required=False,
        label="Sites that may show the booking widget",
        help_text="One on each line, such as https://www.casadorio.example.",
    )

    class Meta:
        model = Brand
        fields = ("name", "logo", "accent", "languages", "tagline", "about", "allowed_origins")


class BrandAdmin(ServiceAdmin):
    """Name, logo, colours, languages and texts of the guests' pages."""

    section, icon, position = "House", "palette", 160
    form = BrandForm
    change_permission = "inventory.manage"
    property_path = ""
    list_display = ("__str__", "accent", "tagline")
    fieldsets = (
        (None, {"fields": ("name", "logo", "accent", "languages")}),
        ("Texts", {"fields": ("tagline", "about")}),
        texts_fieldset("tagline", "about"),
        ("Widget", {"fields": ("allowed_origins",)}),
    )

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Lead to the brand that is there: an organization has one. Asked here, since every page asks for permissions."""
        brand = Brand.objects.first()
        if brand is not None:
            return redirect("hotel:branding_brand_change", brand.pk)
        page: HttpResponse = super().add_view(request, form_url, extra_context)
        return page

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let those make it who may change it."""
        return self.has_change_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only those change what every house shows who manage every one."""
        return super().has_change_permission(request, obj) and self.change_permission in access_of(request).everywhere

    def save_row(self, request: HttpRequest, row: Brand, form: Any, *, change: bool) -> None:
        """Save by the service."""
        brand_save(brand=row, actor=actor_of(request))


hotel_site.register(Brand, BrandAdmin)
