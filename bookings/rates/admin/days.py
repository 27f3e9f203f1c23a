"""Prices and restrictions of single days. What is saved here is a rate change like one of the calendar's."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib.admin import display
from django.db.models import Model
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSingleDateWidget

from bookings.rates.admin.base import RatesAdmin, doubted, money_said
from bookings.rates.admin.forms import RatesForm, amount_field, confirmed_field
from bookings.rates.changing import SWITCHES, Cell
from bookings.rates.enums import PRICE, Limit
from bookings.rates.models import BasePrice, DailyPrice, Restriction
from bookings.rates.services import rates_change
from bookings.rates.services.saving import fits, likely_require
from pms.access.guards import actor_of
from pms.access.sites import hotel_site
from pms.kernel.dates import each_day
from pms.kernel.errors import Invalid

LONGEST_SEASON_DAYS = 1100
_SAID = [("", "\N{EN DASH}"), ("1", "Yes"), ("0", "No")]


class DaysForm(RatesForm):
    """A day, or every day up to another."""

    until = forms.DateField(
        required=False,
        label="Up to and including",
        widget=UnfoldAdminSingleDateWidget,
        help_text="Empty: that day only.",
    )

    def clean(self) -> dict[str, Any]:
        """Refuse days in the wrong order."""
        cleaned = super().clean()
        first, until = cleaned.get("date"), cleaned.get("until")
        if first and until and until < first:
            self.add_error("until", "The last day is before the first.")
        elif first and until and (until - first).days >= LONGEST_SEASON_DAYS:
            self.add_error("until", f"At most {LONGEST_SEASON_DAYS:,} days at once.")
        return cleaned


class DailyPriceForm(DaysForm):
    """The price of a day, or of every day up to another."""

    amounts: ClassVar = {"price": "price_minor"}
    price = amount_field("Price", help_text="Per night, in the property's currency; beats every other rule of the day.")
    confirmed = confirmed_field()

    class Meta:
        model = DailyPrice
        fields = ("rate_plan", "room_type", "date")


class DailyPriceAdmin(RatesAdmin):
    """Prices of single days; one form fills a whole season."""

    title, icon, position = "Daily prices", "calendar_month", 320
    form = DailyPriceForm
    property_path = "rate_plan__property__code"
    can_delete = True
    settled_fields: ClassVar[Sequence[str]] = ("rate_plan", "room_type", "date")
    list_display = ("date", "room_type", "rate_plan", "amount")
    list_filter = ("rate_plan__property", "rate_plan", "room_type")
    list_select_related = ("rate_plan__property", "room_type")
    date_hierarchy = "date"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for a last day only when prices are made, for a confirmation only when one looks wrong."""
        days = ("date",) if obj else ("date", "until")
        return ("rate_plan", "room_type", *days, "price", *(("confirmed",) if doubted(request) else ()))

    @display(description="Price", ordering="price_minor")
    def amount(self, row: DailyPrice) -> str:
        """Return the price with its currency."""
        return money_said(row.price_minor, row.rate_plan.property.currency)

    def save_all(self, request: HttpRequest, row: DailyPrice, form: Any, lists: dict[str, list[Any]]) -> None:
        """Publish a rate change of those days."""
        plan, kind = row.rate_plan, row.room_type
        if kind.property_id != plan.property_id:
            sentence = "The room type belongs to another property than the rate plan."
            raise Invalid("other_property", sentence, field="room_type")
        base = BasePrice.objects.filter(rate_plan=plan)
        likely_require(
            row.price_minor,
            others=list(base.values_list("price_minor", flat=True)),
            currency=plan.property.currency,
            field="price",
            confirmed=bool(form.cleaned_data.get("confirmed")),
        )
        last = form.cleaned_data.get("until") or row.date
        rates_change(
            property=plan.property,
            cells=[
                Cell(kind.pk, plan.pk, day, PRICE, row.price_minor)
                for day in each_day(row.date, last + timedelta(days=1))
            ],
            title=f"Back office: price of {kind.code} in {plan.code}, {_days(row.date, last)}",
            actor=actor_of(request),
        )
        _follow(row, DailyPrice.objects.get(rate_plan=plan, room_type=kind, date=row.date))

    def remove(self, request: HttpRequest, row: DailyPrice) -> None:
        """Publish a rate change that clears the day."""
        plan, kind = row.rate_plan, row.room_type
        rates_change(
            property=plan.property,
            cells=[Cell(kind.pk, plan.pk, row.date, PRICE, None)],
            title=f"Back office: price of {kind.code} in {plan.code} removed, {_days(row.date, row.date)}",
            actor=actor_of(request),
        )


class RestrictionForm(DaysForm):
    """What a day forbids or limits."""

    closed_to_arrival = forms.TypedChoiceField(
        choices=_SAID, required=False, coerce=lambda said: said == "1", empty_value=None, widget=UnfoldAdminSelectWidget
    )
    closed_to_departure = forms.TypedChoiceField(
        choices=_SAID, required=False, coerce=lambda said: said == "1", empty_value=None, widget=UnfoldAdminSelectWidget
    )
    stop_sell = forms.TypedChoiceField(
        choices=_SAID, required=False, coerce=lambda said: said == "1", empty_value=None, widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = Restriction
        fields = ("property", "rate_plan", "room_type", "date")
        labels: ClassVar = {
            "min_stay_arrival": "Minimum on arrival",
            "min_stay_through": "Minimum through",
            "max_stay": "Maximum",
            "lead_hours_min": "Hours before check-in, at least",
            "lead_days_max": "Days before arrival, at most",
        }
        help_texts: ClassVar = {
            "rate_plan": "Empty: every plan.",
            "room_type": "Empty: every room type.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in SWITCHES & set(self.fields):
            value = getattr(self.instance, name)
            self.initial[name] = "" if value is None else str(int(value))


class RestrictionAdmin(RatesAdmin):
    """What single days forbid or limit."""

    icon, position = "block", 322
    form = RestrictionForm
    can_delete = True
    settled_fields: ClassVar[Sequence[str]] = ("property", "rate_plan", "room_type", "date")
    list_display = ("date", "property", "type", "plan", "says")
    list_filter = ("property", "rate_plan", "room_type")
    list_select_related = ("property", "rate_plan", "room_type")
    date_hierarchy = "date"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for a last day only when restrictions are made."""
        days = ("date",) if obj else ("date", "until")
        return (
            (None, {"fields": ("property", ("rate_plan", "room_type"), days)}),
            ("Length of stay, in nights", {"fields": (("min_stay_arrival", "min_stay_through", "max_stay"),)}),
            ("Closed", {"fields": (("closed_to_arrival", "closed_to_departure", "stop_sell"),)}),
            ("When and how many", {"fields": (("lead_hours_min", "lead_days_max"), "quota")}),
        )

    @display(description="Room type", ordering="room_type")
    def type(self, row: Restriction) -> str:
        """Return the room type it holds for."""
        return str(row.room_type or "Every type")

    @display(description="Plan", ordering="rate_plan")
    def plan(self, row: Restriction) -> str:
        """Return the plan it holds for."""
        return str(row.rate_plan or "Every plan")

    @display(description="Says")
    def says(self, row: Restriction) -> str:
        """Return everything the row says."""
        said = []
        for limit in Limit:
            value = getattr(row, limit)
            if value is not None:
                shown = ("no", "yes")[value] if limit in SWITCHES else value
                said.append(f"{limit.label}: {shown}")
        return ", ".join(said)

    def save_all(self, request: HttpRequest, row: Restriction, form: Any, lists: dict[str, list[Any]]) -> None:
        """Publish a rate change of what was said about those days."""
        place = row.property
        for field, of in (("rate_plan", row.rate_plan), ("room_type", row.room_type)):
            if of is not None and of.property_id != place.pk:
                raise Invalid("other_property", f"{of} belongs to another property.", field=field)
        if row.min_stay_arrival and row.max_stay and row.max_stay < row.min_stay_arrival:
            raise Invalid("span_reversed", "The longest stay is shorter than the shortest.", field="max_stay")
        names = form.changed_data if row.pk else [limit for limit in Limit if getattr(row, limit) is not None]
        limits = [limit for limit in Limit if limit in names]
        if not limits:
            raise Invalid("restriction_empty", "It says nothing yet: fill in at least one.", field="min_stay_arrival")
        last = form.cleaned_data.get("until") or row.date
        rates_change(
            property=place,
            cells=_cells(row, limits, last),
            title=f"Back office: restrictions, {_days(row.date, last)}",
            actor=actor_of(request),
        )
        kept = Restriction.objects.filter(
            fits("room_type", row.room_type), fits("rate_plan", row.rate_plan), property=place, date=row.date
        ).first()
        _follow(row, kept)

    def remove(self, request: HttpRequest, row: Restriction) -> None:
        """Publish a rate change that clears everything the row says."""
        limits = [limit for limit in Limit if getattr(row, limit) is not None]
        for limit in limits:
            setattr(row, limit, None)
        rates_change(
            property=row.property,
            cells=_cells(row, limits, row.date),
            title=f"Back office: restrictions removed, {_days(row.date, row.date)}",
            actor=actor_of(request),
        )


def _cells(row: Restriction, limits: Sequence[Limit], last: date) -> list[Cell]:
    values = [(limit, getattr(row, limit)) for limit in limits]
    return [
        Cell(row.room_type_id, row.rate_plan_id, day, limit, None if value is None else int(value))
        for day in each_day(row.date, last + timedelta(days=1))
        for limit, value in values
    ]


def _days(first: date, last: date) -> str:
    return f"{first:%-d %b %Y}" if first == last else f"{first:%-d %b %Y} to {last:%-d %b %Y}"


def _follow(row: Model, kept: Model | None) -> None:
    """Let the page go on with the row that the change wrote."""
    row.pk = kept.pk if kept is not None else row.pk


hotel_site.register(DailyPrice, DailyPriceAdmin)
hotel_site.register(Restriction, RestrictionAdmin)
