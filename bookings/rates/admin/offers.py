"""Extras and promo codes."""

from typing import Any, ClassVar

from django.contrib.admin import display
from django.http import HttpRequest

from bookings.rates.admin.base import RatesAdmin, money_said, percent_said
from bookings.rates.admin.forms import RetirableForm, amount_field, boxes_field
from bookings.rates.enums import Source
from bookings.rates.models import Extra, Promotion
from bookings.rates.services import extra_save, promotion_save
from pms.access.guards import actor_of
from pms.access.sites import hotel_site
from pms.properties.admin_texts import TextsForm, in_languages, texts_fieldset


@in_languages(Extra, "name", "description")
class ExtraForm(TextsForm, RetirableForm):
    """An extra as a manager fills it in."""

    amounts: ClassVar = {"price": "price_minor"}
    price = amount_field("Price", help_text="For one, as often as it is charged.")

    class Meta:
        model = Extra
        fields = (
            "property",
            "code",
            "name",
            "description",
            "component",
            "basis",
            "age_from",
            "daily_limit",
            "position",
        )
        labels: ClassVar = {
            "component": "What it is",
            "basis": "Charged",
            "age_from": "Counted from age",
            "daily_limit": "At most a day",
        }
        help_texts: ClassVar = {"component": "Decides which taxes are in it."}


class ExtraAdmin(RatesAdmin):
    """What is sold with a stay: breakfast, parking, a transfer."""

    icon, position = "room_service", 340
    form = ExtraForm
    settled_fields = ("property", "code")
    fieldsets = (
        (None, {"fields": ("property", ("code", "name"), "description", ("component", "position"))}),
        texts_fieldset("name", "description"),
        ("Price", {"fields": (("price", "basis"), ("age_from", "daily_limit"))}),
        ("End", {"fields": ("retired_at",)}),
    )
    list_display = ("name", "code", "property", "amount", "basis", "daily_limit", "on_sale")
    list_filter = ("property", "component", "basis")
    list_select_related = ("property",)
    search_fields = ("name", "code")

    @display(description="Price", ordering="price_minor")
    def amount(self, extra: Extra) -> str:
        """Return the price with its currency."""
        return money_said(extra.price_minor, extra.property.currency)

    @display(description="On sale", boolean=True, ordering="retired_at")
    def on_sale(self, extra: Extra) -> bool:
        """Return whether the extra is not retired."""
        return extra.retired_at is None

    def save_all(self, request: HttpRequest, row: Extra, form: Any, lists: dict[str, list[Any]]) -> None:
        """Save by the service."""
        extra_save(extra=row, actor=actor_of(request))


class PromotionForm(RetirableForm):
    """A promo code as a manager fills it in."""

    amounts: ClassVar = {"amount": "amount_minor"}
    amount = amount_field("Or an amount off the stay", required=False)
    sources = boxes_field("Where it can be used", Source.choices, help_text="None ticked: everywhere.")

    class Meta:
        model = Promotion
        fields = ("property", "code", "name", "percent")
        labels: ClassVar = {
            "percent": "Per cent off every night",
            "sale_first": "Bookable from",
            "sale_last": "Bookable until",
            "stay_first": "First night",
            "stay_last": "Last night",
            "nights_min": "Nights, at least",
            "max_uses": "Uses, at most",
        }
        help_texts: ClassVar = {
            "code": "What guests type; capitals do not matter.",
            "max_uses": "Empty: as often as wanted.",
        }


class PromotionAdmin(RatesAdmin):
    """Codes that make nights cheaper."""

    title, icon, position = "Promo codes", "local_activity", 345
    form = PromotionForm
    settled_fields = ("property", "code")
    fieldsets = (
        (None, {"fields": ("property", ("code", "name"))}),
        ("What it takes off", {"fields": (("percent", "amount"),)}),
        (
            "When and where",
            {
                "fields": (
                    ("sale_first", "sale_last"),
                    ("stay_first", "stay_last"),
                    ("nights_min", "max_uses"),
                    "rate_plans",
                    "sources",
                )
            },
        ),
        ("End", {"fields": ("retired_at",)}),
    )
    list_display = ("code", "name", "property", "off", "stay_first", "stay_last", "used", "on_sale")
    list_filter = ("property",)
    list_select_related = ("property",)
    search_fields = ("code", "name")

    @display(description="Takes off")
    def off(self, promotion: Promotion) -> str:
        """Return the percentage or the amount."""
        if promotion.percent is not None:
            return percent_said(promotion.percent).lstrip("+")
        return money_said(promotion.amount_minor, promotion.property.currency)

    @display(description="Used", ordering="uses")
    def used(self, promotion: Promotion) -> str:
        """Return how often it was used, of how often it may be."""
        return str(promotion.uses) if promotion.max_uses is None else f"{promotion.uses} of {promotion.max_uses}"

    @display(description="On sale", boolean=True, ordering="retired_at")
    def on_sale(self, promotion: Promotion) -> bool:
        """Return whether the code is not retired."""
        return promotion.retired_at is None

    def save_all(self, request: HttpRequest, row: Promotion, form: Any, lists: dict[str, list[Any]]) -> None:
        """Save code and plans together."""
        promotion_save(promotion=row, rate_plans=list(form.cleaned_data["rate_plans"]), actor=actor_of(request))


hotel_site.register(Extra, ExtraAdmin)
hotel_site.register(Promotion, PromotionAdmin)
