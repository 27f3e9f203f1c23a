"""What the back office asks for about taxes and fees. Rules live in the services."""

from typing import Any, ClassVar

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.db.models import QuerySet
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from billing.taxes.enums import Component, Purpose
from billing.taxes.models import Fee, Tax, TaxRate, TaxSettings
from billing.taxes.regimes import REGIMES
from pms.properties.admin_forms import RetirableForm, RowForm, amount_field, boxes_field
from pms.properties.admin_texts import TextsForm, in_languages
from pms.properties.models import Property


@in_languages(Tax, "name")
class TaxForm(TextsForm, RetirableForm):
    """A tax without its rates."""

    components = boxes_field("Components", Component.choices, help_text="A tax per night counts the room: tick it.")
    exempt_purposes = boxes_field("Exempt", Purpose.choices, help_text="Guests who travel for these do not pay it.")
    on_top_of = SimpleArrayField(
        forms.CharField(max_length=16),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="Codes of added taxes that are part of what this percentage is taken of, with commas.",
    )

    class Meta:
        model = Tax
        fields = (
            "property",
            "code",
            "name",
            "kind",
            "basis",
            "position",
            "at_property",
            "components",
            "is_included",
            "percent_base",
            "on_top_of",
            "slab_per_person",
            "exempt_purposes",
            "source",
            "retired_at",
        )
        labels: ClassVar = {
            "at_property": "Paid at the property",
            "is_included": "Inside the price",
            "percent_base": "Per cent of",
            "slab_per_person": "Slabs by person",
        }


class RateForm(RowForm):
    """One rate of a tax."""

    amounts: ClassVar = {"amount": "amount_minor", "price_from": "price_from_minor", "price_until": "price_until_minor"}
    amount = amount_field("Amount", required=False)
    price_from = amount_field("From a price of", required=False)
    price_until = amount_field("Below a price of", required=False)

    class Meta:
        model = TaxRate
        fields = ("first", "last", "percent", "nights_cap", "age_from")
        labels: ClassVar = {
            "first": "First day",
            "last": "Last day",
            "percent": "Per cent",
            "nights_cap": "Nights at most",
            "age_from": "From age",
        }


@in_languages(Fee, "name")
class FeeForm(TextsForm, RetirableForm):
    """A fee."""

    amounts: ClassVar = {"amount": "amount_minor"}
    amount = amount_field("Amount", required=False)

    class Meta:
        model = Fee
        fields = ("property", "code", "name", "component", "position", "basis", "age_from", "percent", "retired_at")
        labels: ClassVar = {"age_from": "From age", "percent": "Or per cent of each night"}


class SettingsForm(RowForm):
    """How taxes are rounded."""

    class Meta:
        model = TaxSettings
        fields = ("property", "rounding")


class ApplyForm(forms.Form):
    """Which rule set a property takes."""

    property = forms.ModelChoiceField(Property.objects.none(), to_field_name="code", widget=UnfoldAdminSelectWidget)
    regime = forms.ChoiceField(label="Rule set", choices=(), widget=UnfoldAdminSelectWidget)
    category = forms.ChoiceField(required=False, choices=(), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, places: QuerySet[Property], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["property"].queryset = places  # type: ignore[attr-defined]
        named = sorted((regime.name, code) for code, regime in REGIMES.items())
        self.fields["regime"].choices = [(code, name) for name, code in named]  # type: ignore[attr-defined]
        regime = REGIMES.get(self.data.get("regime", ""))
        categories = regime.categories if regime else ()
        if categories:
            self.fields["category"].choices = categories  # type: ignore[attr-defined]
        else:
            del self.fields["category"]

    def chosen(self) -> dict[str, Any]:
        """Return the arguments of regime_preview and regime_apply."""
        return {
            "property": self.cleaned_data["property"],
            "regime": self.cleaned_data["regime"],
            "category": self.cleaned_data.get("category", ""),
        }
