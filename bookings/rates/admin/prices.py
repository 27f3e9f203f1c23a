"""Base prices, seasons with their own prices, and price rules."""

from typing import Any, ClassVar

from django.contrib.admin import display
from django.http import HttpRequest

from bookings.rates.admin.base import RatesAdmin, RatesInline, doubted, money_said, percent_said
from bookings.rates.admin.forms import RatesForm, amount_field, confirmed_field
from bookings.rates.models import BasePrice, PriceRule, Season, SeasonPrice
from bookings.rates.services import (
    base_price_remove,
    base_price_save,
    price_rule_remove,
    price_rule_save,
    season_remove,
    season_save,
)
from bookings.rates.services.prices import COUNTED
from pms.access.guards import actor_of
from pms.access.sites import hotel_site


class BasePriceForm(RatesForm):
    """What a night costs before any rule."""

    amounts: ClassVar = {"price": "price_minor"}
    price = amount_field("Price", help_text="Per night, in the property's currency.")
    confirmed = confirmed_field()

    class Meta:
        model = BasePrice
        fields = ("rate_plan", "room_type")


class BasePriceAdmin(RatesAdmin):
    """What a night costs where no season and no day says otherwise."""

    title, icon, position = "Base prices", "payments", 310
    form = BasePriceForm
    property_path = "rate_plan__property__code"
    can_delete = True
    settled_fields = ("rate_plan", "room_type")
    list_display = ("room_type", "rate_plan", "amount", "property")
    list_filter = ("rate_plan__property", "rate_plan", "room_type")
    list_select_related = ("rate_plan__property", "room_type")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for a confirmation only when the price looks wrong."""
        return ("rate_plan", "room_type", "price", *(("confirmed",) if doubted(request) else ()))

    @display(description="Price", ordering="price_minor")
    def amount(self, row: BasePrice) -> str:
        """Return the price with its currency."""
        return money_said(row.price_minor, row.rate_plan.property.currency)

    @display(description="Property", ordering="rate_plan__property")
    def property(self, row: BasePrice) -> str:
        """Return the property's name."""
        return row.rate_plan.property.name

    def save_all(self, request: HttpRequest, row: BasePrice, form: Any, lists: dict[str, list[Any]]) -> None:
        """Save by the service."""
        base_price_save(price=row, actor=actor_of(request), confirmed=bool(form.cleaned_data.get("confirmed")))

    def remove(self, request: HttpRequest, row: BasePrice) -> None:
        """Remove by the service."""
        base_price_remove(price=row, actor=actor_of(request))


class SeasonPriceForm(RatesForm):
    """What a night of a season costs."""

    amounts: ClassVar = {"price": "price_minor"}
    price = amount_field("Price per night")

    class Meta:
        model = SeasonPrice
        fields = ("rate_plan", "room_type")


class SeasonPriceInline(RatesInline):
    """The season's own prices."""

    model, form, list_name = SeasonPrice, SeasonPriceForm, "prices"
    fields = ("rate_plan", "room_type", "price")
    verbose_name, verbose_name_plural = "price", "Prices of its own: instead of the base price and its percentage"


class SeasonForm(RatesForm):
    """A season as a manager fills it in."""

    confirmed = confirmed_field()

    class Meta:
        model = Season
        fields = ("property", "code", "name", "first", "last", "percent")
        labels: ClassVar = {"first": "First night", "last": "Last night", "percent": "Per cent more or less"}


class SeasonAdmin(RatesAdmin):
    """Nights at other prices: by a percentage, or at prices of their own."""

    icon, position = "sunny", 314
    form = SeasonForm
    inlines = (SeasonPriceInline,)
    can_delete = True
    settled_fields = ("property", "code")
    list_display = ("name", "code", "property", "first", "last", "change")
    list_filter = ("property",)
    list_select_related = ("property",)
    search_fields = ("name", "code")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for a confirmation only when a price looks wrong."""
        confirm = ("confirmed",) if doubted(request) else ()
        return ((None, {"fields": ("property", ("code", "name"), ("first", "last"), "percent", *confirm)}),)

    @display(description="Of the base price", ordering="percent")
    def change(self, season: Season) -> str:
        """Return the percentage."""
        return percent_said(season.percent) if season.percent else "As it is"

    def save_all(self, request: HttpRequest, row: Season, form: Any, lists: dict[str, list[Any]]) -> None:
        """Save season and prices together."""
        confirmed = bool(form.cleaned_data.get("confirmed"))
        season_save(season=row, prices=lists["prices"], actor=actor_of(request), confirmed=confirmed)

    def remove(self, request: HttpRequest, row: Season) -> None:
        """Remove by the service."""
        season_remove(season=row, actor=actor_of(request))


class PriceRuleForm(RatesForm):
    """A rule as a manager fills it in."""

    amounts: ClassVar = {"amount": "amount_minor"}
    amount = amount_field("Or an amount more or less", required=False, help_text="-5 for five less a night.")

    class Meta:
        model = PriceRule
        fields = ("property", "kind", "first", "last", "rate_plan", "room_type", "percent")
        labels: ClassVar = {"first": "From", "last": "To", "percent": "Per cent more or less"}
        help_texts: ClassVar = {
            "first": "Days of the week 1 (Monday) to 7, the first extra adult is 1, ages, nights, or days ahead.",
            "last": "Included; empty: without end.",
            "rate_plan": "Empty: every plan with prices of its own.",
            "room_type": "Empty: every room type.",
        }


class PriceRuleAdmin(RatesAdmin):
    """What makes nights dearer or cheaper: weekends, guests, length of stay, lead time."""

    icon, position = "percent", 316
    form = PriceRuleForm
    can_delete = True
    settled_fields = ("property", "kind")
    fieldsets = (
        (None, {"fields": ("property", "kind", ("first", "last"))}),
        ("For", {"fields": (("rate_plan", "room_type"),)}),
        ("By", {"fields": (("percent", "amount"),)}),
    )
    list_display = ("kind", "counted", "plan", "type", "change", "property")
    list_filter = ("property", "kind", "rate_plan", "room_type")
    list_select_related = ("property", "rate_plan", "room_type")

    @display(description="For", ordering="first")
    def counted(self, rule: PriceRule) -> str:
        """Return what the rule counts: "7 and more"."""
        if COUNTED[rule.kind] is None:
            return "\N{EN DASH}"
        if rule.last is None:
            return f"{rule.first} and more"
        return str(rule.first) if rule.first == rule.last else f"{rule.first} to {rule.last}"

    @display(description="Plan", ordering="rate_plan")
    def plan(self, rule: PriceRule) -> str:
        """Return the plan it holds for."""
        return str(rule.rate_plan or "Every plan")

    @display(description="Room type", ordering="room_type")
    def type(self, rule: PriceRule) -> str:
        """Return the room type it holds for."""
        return str(rule.room_type or "Every type")

    @display(description="By")
    def change(self, rule: PriceRule) -> str:
        """Return by how much."""
        if rule.percent is not None:
            return percent_said(rule.percent)
        return money_said(rule.amount_minor, rule.property.currency)

    def save_all(self, request: HttpRequest, row: PriceRule, form: Any, lists: dict[str, list[Any]]) -> None:
        """Save by the service."""
        price_rule_save(rule=row, actor=actor_of(request))

    def remove(self, request: HttpRequest, row: PriceRule) -> None:
        """Remove by the service."""
        price_rule_remove(rule=row, actor=actor_of(request))


hotel_site.register(BasePrice, BasePriceAdmin)
hotel_site.register(Season, SeasonAdmin)
hotel_site.register(PriceRule, PriceRuleAdmin)
