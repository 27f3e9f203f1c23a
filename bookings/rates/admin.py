"""Back-office pages: rate plans, base prices, prices of single days."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib.admin import display
from django.http import HttpRequest
from django.urls import reverse
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminDecimalFieldWidget

from bookings.rates.models import BasePrice, DailyPrice, RatePlan
from pms.access.admin_base import ServiceAdmin
from pms.access.guards import access_of
from pms.access.sites import hotel_site
from pms.kernel.admin_pages import Card, counted
from pms.kernel.dates import each_day
from pms.kernel.errors import Invalid
from pms.kernel.money import Money
from pms.properties.models import RoomType


class PriceForm(forms.ModelForm[Any]):
    """A price in the property's currency, as a person writes it: 129.50."""

    price = forms.DecimalField(min_value=0, max_digits=12, decimal_places=3, widget=UnfoldAdminDecimalFieldWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "price" in self.fields:
            self.initial["price"] = money_of(self.instance).amount

    def clean(self) -> dict[str, Any]:
        """Refuse a rate plan and a room type of two properties."""
        cleaned: dict[str, Any] = super().clean() or {}
        plan, room_type = cleaned.get("rate_plan"), cleaned.get("room_type")
        if plan and room_type and plan.property_id != room_type.property_id:
            self.add_error("room_type", "The room type belongs to another property than the rate plan.")
        return cleaned


def money_of(row: BasePrice | DailyPrice) -> Money:
    """Return the price of a row."""
    return Money(row.price_minor, row.rate_plan.property.currency)


class PriceAdmin(ServiceAdmin):
    """Prices: entered in major units, kept in minor ones."""

    change_permission = "rates.manage"
    property_path = "rate_plan__property__code"
    can_delete = True
    settled_fields: ClassVar[Sequence[str]] = ("rate_plan", "room_type")
    list_select_related = ("rate_plan__property", "room_type")
    subject = "price"

    @display(description="Price", ordering="price_minor")
    def amount(self, row: Any) -> str:
        """Return the price with its currency."""
        return str(money_of(row))

    def save_row(self, request: HttpRequest, row: Any, form: Any, *, change: bool) -> None:
        """Turn what was typed into minor units, once rounded."""
        price: Decimal = form.cleaned_data["price"]
        row.price_minor = Money.of(price, row.rate_plan.property.currency).minor
        super().save_row(request, row, form, change=change)


class RatePlanAdmin(ServiceAdmin):
    """Terms under which rooms are sold."""

    section, icon, position = "Prices", "sell", 300
    change_permission = "rates.manage"
    settled_fields = ("property", "code")
    fields = ("property", "code", "name", "position", "board", "guarantee", "cancellation_policy", "is_default")
    list_display = ("name", "code", "property", "board", "guarantee", "cancellation_policy", "is_default")
    list_filter = ("property", "board")
    list_select_related = ("property",)
    search_fields = ("name", "code")


class BasePriceForm(PriceForm):
    """What a night costs where no day says otherwise."""

    class Meta:
        model = BasePrice
        fields = ("rate_plan", "room_type")


class BasePriceAdmin(PriceAdmin):
    """What a night costs where no day says otherwise."""

    form = BasePriceForm
    section, title, icon, position = "Prices", "Base prices", "payments", 310
    fields = ("rate_plan", "room_type", "price")
    list_display = ("room_type", "rate_plan", "amount")
    list_filter = ("rate_plan__property", "rate_plan")


class DailyPriceForm(PriceForm):
    """The price of a day, or of every day up to another."""

    until = forms.DateField(
        required=False, label="Up to and including", widget=UnfoldAdminDateWidget, help_text="Empty: that day only."
    )

    class Meta:
        model = DailyPrice
        fields = ("rate_plan", "room_type", "date")

    def clean(self) -> dict[str, Any]:
        """Refuse days in the wrong order."""
        cleaned = super().clean()
        first, until = cleaned.get("date"), cleaned.get("until")
        if first and until and until < first:
            self.add_error("until", "The last day is before the first.")
        return cleaned


class DailyPriceAdmin(PriceAdmin):
    """Prices of single days; one form fills a whole season."""

    form = DailyPriceForm
    section, title, icon, position = "Prices", "Daily prices", "calendar_month", 320
    settled_fields: ClassVar[Sequence[str]] = ("rate_plan", "room_type", "date")
    list_display = ("date", "room_type", "rate_plan", "amount")
    list_filter = ("rate_plan__property", "rate_plan", "room_type")
    date_hierarchy = "date"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for a last day only when prices are made."""
        days = ("date",) if obj else ("date", "until")
        return ("rate_plan", "room_type", *days, "price")

    def save_row(self, request: HttpRequest, row: DailyPrice, form: Any, *, change: bool) -> None:
        """Write every day of the range; prices that are there already are replaced."""
        super().save_row(request, row, form, change=change)
        last: date | None = form.cleaned_data.get("until")
        if change or last is None or last == row.date:
            return
        days = list(each_day(row.date, last))
        if len(days) > LONGEST_SEASON_DAYS:
            raise Invalid("season_too_long", f"A season has at most {LONGEST_SEASON_DAYS} days.", field="until")
        DailyPrice.objects.bulk_create(
            [
                DailyPrice(
                    rate_plan=row.rate_plan,
                    room_type=row.room_type,
                    date=date.fromordinal(day.toordinal() + 1),
                    price_minor=row.price_minor,
                )
                for day in days
            ],
            update_conflicts=True,
            unique_fields=["rate_plan", "room_type", "date"],
            update_fields=["price_minor"],
        )


LONGEST_SEASON_DAYS = 1100

hotel_site.register(RatePlan, RatePlanAdmin)
hotel_site.register(BasePrice, BasePriceAdmin)
hotel_site.register(DailyPrice, DailyPriceAdmin)


@hotel_site.cards
def rate_cards(request: HttpRequest) -> list[Card]:
    """Say which room types cannot be sold for want of a price."""
    access = access_of(request)
    if not access.allows("rates.manage"):
        return []
    sold = access.scope("rates.manage", RoomType.objects.filter(retired_at=None))
    url = reverse("hotel:rates_baseprice_add")
    cards = [
        Card("price", "No", f"{row.name} of {row.property.name} has no base price.", url, "todo", "Set one")
        for row in sold.filter(base_prices=None).select_related("property")[:5]
    ]
    plans = access.scope("rates.manage", RatePlan.objects.filter(retired_at=None)).count()
    cards.append(
        Card(*counted(plans, "rate plan", "rate plans"), "On sale", reverse("hotel:rates_rateplan_changelist"))
    )
    return cards
