"""Rate plans: what they are, what they derive from, when they can be booked, what is inside and where they are sold."""

from typing import Any, ClassVar

from django.contrib.admin import display
from django.http import HttpRequest

from bookings.rates.admin.base import RatesAdmin, RatesInline, money_said
from bookings.rates.admin.forms import RatesForm, RetirableForm, amount_field, boxes_field
from bookings.rates.enums import INHERITABLE
from bookings.rates.models import PlanChannel, PlanComponent, RatePlan
from bookings.rates.models.plans import inherits_everything
from bookings.rates.services import plan_save
from pms.access.guards import actor_of
from pms.access.sites import hotel_site
from pms.properties.admin_texts import TextsForm, in_languages, texts_fieldset


@in_languages(RatePlan, "name", "description")
class RatePlanForm(TextsForm, RetirableForm):
    """A rate plan as a manager fills it in."""

    amounts: ClassVar = {"derive_amount": "derive_minor"}
    derive_amount = amount_field(
        "Then plus or minus", required=False, help_text="Added to each night afterwards: -5 for five less."
    )
    inherits = boxes_field(
        "Taken from the parent",
        INHERITABLE,
        initial=inherits_everything,
        help_text="Each is a switch of its own; without a parent none matters.",
    )

    class Meta:
        model = RatePlan
        fields = ("property", "code", "name")
        labels: ClassVar = {
            "kind": "Kind of plan",
            "parent": "Derived from",
            "derive_percent": "Per cent more or less",
            "is_default": "Default plan",
            "access_code": "Access code",
            "sale_first": "Bookable from",
            "sale_last": "Bookable until",
            "stay_first": "First night",
            "stay_last": "Last night",
            "lead_days_min": "Days ahead, at least",
            "lead_days_max": "Days ahead, at most",
            "nights_min": "Nights, at least",
            "nights_max": "Nights, at most",
            "fills_gaps": "Fill gaps",
        }
        help_texts: ClassVar = {
            "parent": "Empty: the plan has prices of its own.",
            "is_default": "Chosen first at the desk. A property has one.",
            "position": "Plans are listed in this order.",
        }


class ComponentForm(RatesForm):
    """What is inside the price of a night."""

    amounts: ClassVar = {"amount": "amount_minor"}
    amount = amount_field("Amount inside the price")

    class Meta:
        model = PlanComponent
        fields = ("component", "basis", "age_from")
        labels: ClassVar = {"age_from": "From age"}


class ComponentInline(RatesInline):
    """What is inside the price of a night besides the room."""

    model, form, list_name = PlanComponent, ComponentForm, "components"
    fields = ("component", "basis", "amount", "age_from")
    verbose_name, verbose_name_plural = "component", "Inside the price: the room is what remains"


class ChannelForm(RatesForm):
    """How a plan is sold at one source."""

    amounts: ClassVar = {"amount": "amount_minor"}
    amount = amount_field("Then plus or minus", required=False)

    class Meta:
        model = PlanChannel
        fields = ("source", "is_open", "percent")
        labels: ClassVar = {"is_open": "Sold there", "percent": "Per cent more or less"}


class ChannelInline(RatesInline):
    """Where a plan is sold, and for how much more or less."""

    model, form, list_name = PlanChannel, ChannelForm, "channels"
    fields = ("source", "is_open", "percent", "amount")
    verbose_name, verbose_name_plural = "source", "Where it is sold: unlisted sources sell it at its price"


class RatePlanAdmin(RatesAdmin):
    """Terms under which rooms are sold."""

    icon, position = "sell", 300
    form = RatePlanForm
    inlines = (ComponentInline, ChannelInline)
    settled_fields = ("property", "code")
    fieldsets = (
        (
            None,
            {"fields": ("property", ("code", "name"), "description", ("kind", "board"), ("position", "is_default"))},
        ),
        texts_fieldset("name", "description"),
        ("Terms", {"fields": (("guarantee", "access_code"), ("cancellation_policy", "payment_terms"))}),
        ("Derived from another plan", {"fields": ("parent", ("derive_percent", "derive_amount"), "inherits")}),
        (
            "When it can be booked",
            {
                "description": "Everything is optional; days are the property's own, and both ends are included.",
                "fields": (
                    ("sale_first", "sale_last"),
                    ("stay_first", "stay_last"),
                    ("lead_days_min", "lead_days_max"),
                    ("nights_min", "nights_max"),
                    "fills_gaps",
                ),
            },
        ),
        ("End", {"fields": ("retired_at",)}),
    )
    list_display = ("name", "code", "property", "board", "price_from", "cancellation_policy", "is_default", "on_sale")
    list_filter = ("property", "board", "kind", "cancellation_policy")
    list_select_related = ("property", "parent", "cancellation_policy")
    search_fields = ("name", "code")

    @display(description="Prices", ordering="parent")
    def price_from(self, plan: RatePlan) -> str:
        """Return where the plan's prices come from: "BAR -10 %", or its own."""
        if plan.parent is None or "price" not in plan.inherits:
            return "Its own"
        change = f" {plan.derive_percent.normalize():+f}\N{NO-BREAK SPACE}%" if plan.derive_percent else ""
        if plan.derive_minor:
            sign = "+" if plan.derive_minor > 0 else ""
            change += f" {sign}{money_said(plan.derive_minor, plan.property.currency)}"
        return f"{plan.parent.code}{change}"

    @display(description="On sale", boolean=True, ordering="retired_at")
    def on_sale(self, plan: RatePlan) -> bool:
        """Return whether the plan is not retired."""
        return plan.retired_at is None

    def save_all(self, request: HttpRequest, row: RatePlan, form: Any, lists: dict[str, list[Any]]) -> None:
        """Save plan, components and channels together."""
        plan_save(plan=row, actor=actor_of(request), components=lists["components"], channels=lists["channels"])


hotel_site.register(RatePlan, RatePlanAdmin)
